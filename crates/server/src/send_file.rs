//! A file as an answer: ranges, conditions, caching. Memory stays bounded however large the file is.

use crate::error::{ApiError, ApiResult};
use axum::{
    body::Body,
    http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header},
    response::{IntoResponse, Response},
};
use std::{
    fs::File,
    io::{Read, Seek, SeekFrom},
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
    time::{Duration, SystemTime, UNIX_EPOCH},
};
use tokio::io::AsyncReadExt;
use tokio_util::io::ReaderStream;

/// Files up to this size are read at once, in the same hop to another thread that opens them.
const SMALL: u64 = 256 * 1024;
const BUFFER: usize = 256 * 1024;

/// How long a browser may keep the file without asking.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Caching {
    /// A day, and longer while it asks in the background: addresses of pictures carry their version.
    Day,
    /// Asks every time.
    Revalidate,
}

impl Caching {
    fn header(self) -> HeaderValue {
        HeaderValue::from_static(match self {
            Self::Day => "private, max-age=86400, no-transform, stale-while-revalidate=2592000, stale-if-error=2592000",
            Self::Revalidate => "private, no-cache, no-transform",
        })
    }
}

/// What is served, and under which name.
pub struct Served<'a> {
    pub path: PathBuf,
    pub content_type: &'static str,
    pub file_name: &'a str,
    pub caching: Caching,
}

/// Answers a GET or HEAD. A file that is not there is 404.
pub async fn send_file(method: &Method, request: &HeaderMap, served: Served<'_>) -> ApiResult<Response> {
    let wants = Wants::of(request);
    let path = served.path.clone();
    let is_head = method == Method::HEAD;
    let opened = tokio::task::spawn_blocking(move || open(&path, &wants, is_head));
    let opened = match opened.await {
        Ok(Ok(opened)) => opened,
        Ok(Err(error)) if error.kind() == std::io::ErrorKind::NotFound => return Err(not_found()),
        Ok(Err(error)) => return Err(ApiError::Rule(domain::Error::internal(error))),
        Err(error) => return Err(ApiError::Rule(domain::Error::internal(error))),
    };
    let mut response = match opened.answer {
        Answer::NotModified => StatusCode::NOT_MODIFIED.into_response(),
        Answer::BadRange => {
            let mut response = StatusCode::RANGE_NOT_SATISFIABLE.into_response();
            set(&mut response, header::CONTENT_RANGE, &format!("bytes */{}", opened.size_bytes));
            return Ok(response);
        }
        Answer::Bytes { start, length, body, is_part } => {
            let body = match body {
                Bytes::None => Body::empty(),
                Bytes::Whole(bytes) => Body::from(bytes),
                Bytes::File(file) => {
                    let reader = tokio::fs::File::from_std(file).take(length);
                    Body::from_stream(ReaderStream::with_capacity(reader, BUFFER))
                }
            };
            let mut response = Response::new(body);
            if is_part {
                *response.status_mut() = StatusCode::PARTIAL_CONTENT;
                let range = format!("bytes {start}-{}/{}", start + length - 1, opened.size_bytes);
                set(&mut response, header::CONTENT_RANGE, &range);
            }
            set(&mut response, header::CONTENT_LENGTH, &length.to_string());
            response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(served.content_type));
            set(&mut response, header::CONTENT_DISPOSITION, &disposition(served.file_name));
            response
        }
    };
    set(&mut response, header::ETAG, &opened.etag);
    set(&mut response, header::LAST_MODIFIED, &http_date(opened.modified_s));
    response.headers_mut().insert(header::ACCEPT_RANGES, HeaderValue::from_static("bytes"));
    response.headers_mut().insert(header::CACHE_CONTROL, served.caching.header());
    Ok(response)
}

/// The body that clients know for a file they may not see or that is not there.
pub fn not_found() -> ApiError {
    ApiError::status(StatusCode::NOT_FOUND, "Not Found")
}

struct Wants {
    if_none_match: Option<String>,
    if_modified_since: Option<u64>,
    if_range: Option<String>,
    range: Option<String>,
}

impl Wants {
    fn of(headers: &HeaderMap) -> Self {
        let text = |name: HeaderName| headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
        Self {
            if_none_match: text(header::IF_NONE_MATCH),
            if_modified_since: text(header::IF_MODIFIED_SINCE).as_deref().and_then(parse_http_date),
            if_range: text(header::IF_RANGE),
            range: text(header::RANGE),
        }
    }
}

struct Opened {
    etag: String,
    modified_s: u64,
    size_bytes: u64,
    answer: Answer,
}

enum Answer {
    NotModified,
    BadRange,
    Bytes { start: u64, length: u64, body: Bytes, is_part: bool },
}

enum Bytes {
    None,
    Whole(Vec<u8>),
    File(File),
}

/// Everything that touches the disk for a small file, in one go.
fn open(path: &Path, wants: &Wants, is_head: bool) -> std::io::Result<Opened> {
    let mut file = File::open(path)?;
    let metadata = file.metadata()?;
    if !metadata.is_file() {
        return Err(std::io::ErrorKind::NotFound.into());
    }
    let size_bytes = metadata.len();
    let modified = metadata.modified().unwrap_or(UNIX_EPOCH);
    let modified_s = modified.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
    let (seconds, nanos) = (metadata.mtime(), metadata.mtime_nsec());
    let etag = format!("\"{:x}-{seconds:x}.{nanos:x}-{size_bytes:x}\"", metadata.ino());
    let answer = if is_unchanged(wants, &etag, modified_s) {
        Answer::NotModified
    } else {
        let asked = wants.range.as_deref().filter(|_| range_applies(wants, &etag, modified_s));
        match asked.map_or(Range::Whole, |range| parse_range(range, size_bytes)) {
            Range::Unsatisfiable => Answer::BadRange,
            range => {
                let (start, length, is_part) = match range {
                    Range::Part { start, length } => (start, length, true),
                    _ => (0, size_bytes, false),
                };
                let body = if is_head {
                    Bytes::None
                } else {
                    read(&mut file, start, length)?.map_or(Bytes::File(file), Bytes::Whole)
                };
                Answer::Bytes { start, length, body, is_part }
            }
        }
    };
    Ok(Opened { etag, modified_s, size_bytes, answer })
}

/// The bytes of a small range; `None` leaves the file at its start, to be streamed.
fn read(file: &mut File, start: u64, length: u64) -> std::io::Result<Option<Vec<u8>>> {
    file.seek(SeekFrom::Start(start))?;
    if length > SMALL {
        return Ok(None);
    }
    let mut bytes = Vec::with_capacity(length as usize);
    file.take(length).read_to_end(&mut bytes)?;
    Ok(Some(bytes))
}

fn is_unchanged(wants: &Wants, etag: &str, modified_s: u64) -> bool {
    match &wants.if_none_match {
        Some(tags) => tags.split(',').map(str::trim).any(|tag| tag == "*" || tag.trim_start_matches("W/") == etag),
        None => wants.if_modified_since.is_some_and(|since| modified_s <= since),
    }
}

/// A range of another version of the file would be put together with the wrong rest.
fn range_applies(wants: &Wants, etag: &str, modified_s: u64) -> bool {
    match &wants.if_range {
        None => true,
        Some(tag) if tag.starts_with('"') => tag == etag,
        Some(date) => parse_http_date(date).is_some_and(|date| date == modified_s),
    }
}

#[derive(Debug, PartialEq, Eq)]
enum Range {
    Whole,
    Part { start: u64, length: u64 },
    Unsatisfiable,
}

/// One range; several, and what is no range at all, get the whole file.
fn parse_range(text: &str, size: u64) -> Range {
    let Some(spec) = text.strip_prefix("bytes=").filter(|spec| !spec.contains(',')) else { return Range::Whole };
    let Some((first, last)) = spec.trim().split_once('-') else { return Range::Whole };
    let (start, end) = match (first.parse::<u64>(), last.parse::<u64>()) {
        (Ok(start), Ok(end)) if start <= end => (start, end.min(size.saturating_sub(1))),
        (Ok(start), Err(_)) if last.is_empty() => (start, size.saturating_sub(1)),
        (Err(_), Ok(suffix)) if first.is_empty() && suffix > 0 => (size.saturating_sub(suffix), size.saturating_sub(1)),
        (Err(_), Ok(0)) if first.is_empty() => return Range::Unsatisfiable,
        _ => return Range::Whole,
    };
    if start >= size { Range::Unsatisfiable } else { Range::Part { start, length: end - start + 1 } }
}

/// Inline, under a name in any script.
fn disposition(file_name: &str) -> String {
    let mut encoded = String::with_capacity(file_name.len());
    for byte in file_name.bytes() {
        if byte.is_ascii_alphanumeric() || b"!#$&+-.^_`|~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            encoded.push_str(&format!("%{byte:02X}"));
        }
    }
    format!("inline; filename*=UTF-8''{encoded}")
}

fn http_date(seconds: u64) -> String {
    chrono::DateTime::<chrono::Utc>::from(SystemTime::UNIX_EPOCH + Duration::from_secs(seconds))
        .format("%a, %d %b %Y %H:%M:%S GMT")
        .to_string()
}

fn parse_http_date(text: &str) -> Option<u64> {
    let date = chrono::DateTime::parse_from_rfc2822(text).ok()?;
    u64::try_from(date.timestamp()).ok()
}

fn set(response: &mut Response, name: HeaderName, value: &str) {
    // Everything that is put in was made here of plain characters.
    if let Ok(value) = HeaderValue::from_str(value) {
        response.headers_mut().insert(name, value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_read_as_players_send_them() {
        assert_eq!(parse_range("bytes=0-", 10), Range::Part { start: 0, length: 10 });
        assert_eq!(parse_range("bytes=2-3", 10), Range::Part { start: 2, length: 2 });
        assert_eq!(parse_range("bytes=2-300", 10), Range::Part { start: 2, length: 8 });
        assert_eq!(parse_range("bytes=-3", 10), Range::Part { start: 7, length: 3 });
        assert_eq!(parse_range("bytes=-30", 10), Range::Part { start: 0, length: 10 });
        assert_eq!(parse_range("bytes=10-", 10), Range::Unsatisfiable);
        assert_eq!(parse_range("bytes=-0", 10), Range::Unsatisfiable);
        assert_eq!(parse_range("bytes=0-", 0), Range::Unsatisfiable);
        assert_eq!(parse_range("bytes=3-2", 10), Range::Whole);
        assert_eq!(parse_range("bytes=0-1,3-4", 10), Range::Whole);
        assert_eq!(parse_range("lines=0-1", 10), Range::Whole);
    }

    #[test]
    fn names_in_any_script_are_plain_in_the_header() {
        assert_eq!(disposition("Käse \"1\".jpg"), "inline; filename*=UTF-8''K%C3%A4se%20%221%22.jpg");
    }

    #[test]
    fn dates_go_there_and_back() {
        assert_eq!(http_date(784_111_777), "Sun, 06 Nov 1994 08:49:37 GMT");
        assert_eq!(parse_http_date("Sun, 06 Nov 1994 08:49:37 GMT"), Some(784_111_777));
    }
}
