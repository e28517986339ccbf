//! The upload form: files stream to the disk while they are hashed, fields are read around them in any order.

use crate::error::{ApiError, ApiResult};
use axum::{
    body::BodyDataStream,
    extract::Request,
    http::{HeaderMap, StatusCode, header},
};
use bytes::Bytes;
use contract::upload::UploadFields;
use domain::{
    App, Caller,
    assets::{self, Upload, UploadOutcome, UploadedFile},
};
use files::Incoming;
use futures::{Stream, StreamExt, stream};
use model::{checksum::Checksum, mime};
use multer::{Field, Multipart};
use std::{
    io,
    path::PathBuf,
    sync::atomic::{AtomicUsize, Ordering},
    task::{Poll, ready},
    time::Duration,
};
use uuid::Uuid;

/// A text field is at most this long, all together not much longer.
const MAX_FIELD_BYTES: usize = 256 * 1024;
const MAX_FIELDS: usize = 64;
/// A sidecar is XML of a few kilobytes.
const MAX_SIDECAR_BYTES: u64 = 16 * 1024 * 1024;
/// What file systems and people bear.
const MAX_NAME_BYTES: usize = 255;
/// What the parser may gather before it makes something of it: pieces of the network and the head of a part.
const MAX_UNREAD_BYTES: usize = 1024 * 1024;
/// How long a client that was refused may go on sending.
const LINGER: Duration = Duration::from_secs(30);

/// What the form held.
#[derive(Default)]
struct Form {
    fields: Vec<(String, String)>,
    original: Option<(String, Incoming)>,
    sidecar: Option<Incoming>,
}

/// Receives an upload. Whatever goes wrong on the way, no file and no row is left.
pub async fn receive(app: &App, caller: &Caller, request: Request) -> ApiResult<UploadOutcome> {
    let (parts, body) = request.into_parts();
    if let Some(checksum) = announced_checksum(&parts.headers)
        && let Some(id) = assets::find_duplicate(app, caller, checksum).await?
    {
        return Ok(UploadOutcome::Duplicate(id));
    }
    let mut body = body.into_data_stream();
    let form = match read_form(app, caller, &parts.headers, &mut body).await {
        Ok(form) => form,
        Err(error) => {
            linger(body).await;
            return Err(error);
        }
    };
    let fields = UploadFields::parse(&form.fields)?;
    let Some((part_name, original)) = form.original else {
        return Err(domain::Error::bad_request("Field(s) assetData should not be empty").into());
    };
    let upload = Upload {
        file_name: fields.filename.as_deref().map_or(part_name, tidy_name),
        file_created_at: fields.file_created_at,
        file_modified_at: fields.file_modified_at,
        duration_ms: fields.duration,
        is_favorite: fields.is_favorite.unwrap_or_default(),
        visibility: fields.visibility.unwrap_or_default(),
        live_photo_video_id: fields.live_photo_video_id,
        metadata: fields.metadata.unwrap_or_default().into_iter().map(|item| (item.key, item.value.into())).collect(),
    };
    Ok(assets::store(app, caller, upload, UploadedFile { original, sidecar: form.sidecar }).await?)
}

/// The checksum that some clients send ahead, so that known files need not be sent at all.
fn announced_checksum(headers: &HeaderMap) -> Option<Checksum> {
    headers.get("x-immich-checksum")?.to_str().ok()?.parse().ok()
}

/// Most clients hear nothing while they send: closing on them would lose the reason why they were refused.
pub(crate) async fn linger(mut body: BodyDataStream) {
    let rest = async { while let Some(Ok(_)) = body.next().await {} };
    if tokio::time::timeout(LINGER, rest).await.is_err() {
        tracing::debug!("a refused upload goes on and on");
    }
}

async fn read_form(app: &App, caller: &Caller, headers: &HeaderMap, body: &mut BodyDataStream) -> ApiResult<Form> {
    let unread = AtomicUsize::new(0);
    let mut multipart = multipart(headers, body, &unread)?;
    let mut form = Form::default();
    while let Some(field) = multipart.next_field().await.map_err(broken)? {
        unread.store(0, Ordering::Relaxed);
        match field.name().unwrap_or_default() {
            "assetData" if form.original.is_none() => {
                let override_name =
                    form.fields.iter().find(|(key, _)| key == "filename").map(|(_, name)| name.as_str());
                let name = tidy_name(override_name.or(field.file_name()).unwrap_or_default());
                assets::require_supported(&name)?;
                let target = app.files.original(caller.user_id()?, Uuid::new_v4(), &mime::extension(&name));
                form.original = Some((name, store(app, field, target, None, &unread).await?));
            }
            "sidecarData" if form.sidecar.is_none() => {
                let target = app.files.original(caller.user_id()?, Uuid::new_v4(), "xmp");
                form.sidecar = Some(store(app, field, target, Some(MAX_SIDECAR_BYTES), &unread).await?);
            }
            name if form.fields.len() < MAX_FIELDS => {
                let name = name.to_owned();
                let text = text(field).await?;
                form.fields.push((name, text));
            }
            _ => return Err(ApiError::status(StatusCode::BAD_REQUEST, "The form has too many fields")),
        }
    }
    Ok(form)
}

/// The parts of a form as they come in. Whoever reads one sets `unread` back to zero.
pub(crate) fn multipart<'a>(
    headers: &HeaderMap,
    body: &'a mut BodyDataStream,
    unread: &'a AtomicUsize,
) -> ApiResult<Multipart<'a>> {
    let content_type = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let boundary = multer::parse_boundary(content_type)
        .map_err(|_| ApiError::status(StatusCode::BAD_REQUEST, "The upload must be multipart/form-data"))?;
    Ok(Multipart::new(paced(body, unread), boundary))
}

/// The parser takes all that is there before it looks at it, and waits for the end of a part's head for ever. So it gets
/// one piece at a time, and no more once `unread` says that nothing came of the last megabyte.
fn paced<'a>(body: &'a mut BodyDataStream, unread: &'a AtomicUsize) -> impl Stream<Item = io::Result<Bytes>> + 'a {
    let mut rests = false;
    stream::poll_fn(move |context| {
        if std::mem::take(&mut rests) {
            context.waker().wake_by_ref();
            return Poll::Pending;
        }
        let piece = ready!(body.poll_next_unpin(context));
        rests = true;
        Poll::Ready(piece.map(|piece| {
            let piece = piece.map_err(io::Error::other)?;
            match unread.fetch_add(piece.len(), Ordering::Relaxed) {
                0..=MAX_UNREAD_BYTES => Ok(piece),
                _ => Err(io::Error::other("the head of a part is too long")),
            }
        }))
    })
}

/// Writes a part to the disk as it comes in.
pub(crate) async fn store(
    app: &App,
    mut field: Field<'_>,
    target: PathBuf,
    max_bytes: Option<u64>,
    unread: &AtomicUsize,
) -> ApiResult<Incoming> {
    let mut incoming = app.files.receive(target).await.map_err(domain::Error::from)?;
    while let Some(chunk) = field.chunk().await.map_err(broken)? {
        unread.store(0, Ordering::Relaxed);
        incoming.write(&chunk).await.map_err(domain::Error::from)?;
        if max_bytes.is_some_and(|max| incoming.size_bytes() > max) {
            return Err(domain::Error::TooLarge("The file is too large".into()).into());
        }
    }
    Ok(incoming)
}

async fn text(mut field: Field<'_>) -> ApiResult<String> {
    let mut bytes = Vec::new();
    while let Some(chunk) = field.chunk().await.map_err(broken)? {
        if bytes.len() + chunk.len() > MAX_FIELD_BYTES {
            return Err(domain::Error::TooLarge("A field of the form is too large".into()).into());
        }
        bytes.extend_from_slice(&chunk);
    }
    String::from_utf8(bytes).map_err(|_| ApiError::status(StatusCode::BAD_REQUEST, "A field of the form is not UTF-8"))
}

/// The connection broke or the form is not one; the client learns it if it still listens.
#[expect(clippy::needless_pass_by_value, reason = "errors are handed over by value in map_err")]
pub(crate) fn broken(error: multer::Error) -> ApiError {
    tracing::debug!("an upload broke off: {error}");
    ApiError::status(StatusCode::BAD_REQUEST, "The upload is incomplete or not a form")
}

/// The last part of a path, without control characters, and of a length that people bear; its extension stays.
pub(crate) fn tidy_name(name: &str) -> String {
    let name = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let name: String = name.chars().filter(|c| !c.is_control()).collect();
    if name.len() <= MAX_NAME_BYTES {
        return name;
    }
    let extension = mime::extension(&name);
    let keep = MAX_NAME_BYTES.saturating_sub(extension.len().min(16) + 1);
    let mut end = keep;
    while !name.is_char_boundary(end) {
        end -= 1;
    }
    if extension.is_empty() || extension.len() > 16 {
        name[..end].to_owned()
    } else {
        format!("{}.{extension}", &name[..end])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_lose_their_tricks_and_keep_their_extension() {
        assert_eq!(tidy_name("../../etc/passwd.jpg"), "passwd.jpg");
        assert_eq!(tidy_name("C:\\photos\\a.PNG"), "a.PNG");
        assert_eq!(tidy_name("a\0b\n.jpg"), "ab.jpg");
        let long = tidy_name(&format!("{}.heic", "ä".repeat(10_000)));
        assert!(long.len() <= MAX_NAME_BYTES && long.ends_with("ä.heic"), "{long}");
        assert!(tidy_name(&"x".repeat(10_000)).len() <= MAX_NAME_BYTES);
    }
}
