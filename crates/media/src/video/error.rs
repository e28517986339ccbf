//! What can go wrong with a video, in words for the person who looks at the failed job.

use std::path::{Path, PathBuf};

pub type Result<T> = std::result::Result<T, VideoError>;

#[derive(Debug, thiserror::Error)]
pub enum VideoError {
    /// `detail` is the last thing libav complained about, or its name for the error code.
    #[error("{action}: {detail}")]
    Libav { action: &'static str, detail: String },
    /// Of a disk that fails or is full, whatever the file is like.
    #[error("{action}: the disk: {detail}")]
    Disk { action: &'static str, detail: String },
    #[error("the file has no video track")]
    NoVideo,
    #[error("no picture could be decoded")]
    NoPicture,
    #[error("the video track cannot be decoded: {0}")]
    Undecodable(String),
    #[error("the file ends after {seen_ms} ms of {expected_ms} ms: it is truncated")]
    Truncated { seen_ms: u64, expected_ms: u64 },
    #[error("the file does not say how long it is")]
    UnknownLength,
    #[error("there is no such version of this video")]
    UnknownVariant,
    #[error("the encoder began a piece without a key frame")]
    Indivisible,
    #[error("this build of ffmpeg knows no devices of the kind {0}")]
    NoDevice(String),
    #[error("this build of ffmpeg has no encoder for {0}")]
    MissingEncoder(&'static str),
    #[error("the path {} is not valid UTF-8", .0.display())]
    Path(PathBuf),
    #[error("{action} {}", path.display())]
    Io { action: &'static str, path: PathBuf, source: std::io::Error },
}

impl VideoError {
    pub(super) fn io(action: &'static str, path: &Path, source: std::io::Error) -> Self {
        Self::Io { action, path: path.to_owned(), source }
    }
}
