//! The form of a request, read within bounds while it arrives.

use crate::{
    Service,
    error::{Error, Result},
};
use axum::extract::multipart::{Field, Multipart, MultipartError};
use axum::http::StatusCode;
use bytes::{Bytes, BytesMut};
use ml_api::Entries;
use tokio::sync::OwnedSemaphorePermit;

const LARGEST_ENTRIES: usize = 64 << 10;
/// Far more than any model reads of it.
const LARGEST_TEXT: usize = 1 << 20;
/// What is around the fields, and fields that nobody knows.
const SMALL_CHANGE: usize = 1 << 20;

pub struct Request {
    pub entries: Entries,
    pub inputs: Inputs,
    /// Given back with the request.
    _held: Vec<OwnedSemaphorePermit>,
}

/// All of one kind. An image wins over a text.
pub enum Inputs {
    Images(Vec<Bytes>),
    Texts(Vec<String>),
}

impl Request {
    /// The most that a request may have in all.
    pub fn most_bytes(service: &Service) -> usize {
        let image = service.limits.max_image_mb << 20;
        image.saturating_mul(2).max(service.limits.max_inputs * LARGEST_TEXT) + LARGEST_ENTRIES + SMALL_CHANGE
    }

    pub async fn read(service: &Service, mut form: Multipart) -> Result<Self> {
        let mut held = Vec::new();
        let (mut entries, mut images, mut texts) = (None, Vec::new(), Vec::new());
        while let Some(field) = form.next_field().await.map_err(malformed)? {
            let name = field.name().unwrap_or_default().to_owned();
            let most = match name.as_str() {
                "entries" => LARGEST_ENTRIES,
                "text" => LARGEST_TEXT,
                "image" => service.limits.max_image_mb << 20,
                // Unknown ones are read past: the form may grow.
                _ => continue,
            };
            let content = read_field(service, field, &name, most, &mut held).await?;
            match name.as_str() {
                "entries" => entries = Some(content),
                "text" => texts.push(utf8(&content)?),
                _ => images.push(content),
            }
            if images.len().max(texts.len()) > service.limits.max_inputs {
                let most = service.limits.max_inputs;
                return Err(Error::TooLarge(format!("at most {most} images or texts are taken in one request")));
            }
        }
        let entries = entries.ok_or_else(|| Error::Malformed("the field \"entries\" is missing".to_owned()))?;
        let inputs = match (images.is_empty(), texts.is_empty()) {
            (false, _) => Inputs::Images(images),
            (true, false) => Inputs::Texts(texts),
            (true, true) => return Err(Error::BadRequest("either an image or a text is needed".to_owned())),
        };
        Ok(Self { entries: parse(&entries)?, inputs, _held: held })
    }
}

fn parse(entries: &[u8]) -> Result<Entries> {
    serde_json::from_slice(entries).map_err(|error| Error::Malformed(format!("the field \"entries\": {error}")))
}

async fn read_field(
    service: &Service,
    mut field: Field<'_>,
    name: &str,
    most: usize,
    held: &mut Vec<OwnedSemaphorePermit>,
) -> Result<Bytes> {
    let mut content = BytesMut::new();
    let mut holding: Option<OwnedSemaphorePermit> = None;
    while let Some(chunk) = field.chunk().await.map_err(malformed)? {
        if content.len() + chunk.len() > most {
            return Err(Error::TooLarge(format!("the field {name:?} has more than {most} bytes")));
        }
        let more = service.admit_bytes(chunk.len())?;
        match &mut holding {
            Some(holding) => holding.merge(more),
            None => holding = Some(more),
        }
        content.extend_from_slice(&chunk);
    }
    held.extend(holding);
    Ok(content.freeze())
}

fn utf8(content: &[u8]) -> Result<String> {
    let text = std::str::from_utf8(content);
    text.map(str::to_owned).map_err(|_| Error::Malformed("the field \"text\" is not UTF-8".to_owned()))
}

#[expect(clippy::needless_pass_by_value, reason = "`map_err` hands it over")]
fn malformed(error: MultipartError) -> Error {
    if error.status() == StatusCode::PAYLOAD_TOO_LARGE {
        return Error::TooLarge("the request is too large".to_owned());
    }
    Error::Malformed(format!("the form: {}", error.body_text()))
}
