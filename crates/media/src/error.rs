//! What can go wrong with a file from a stranger, in words for the person who looks at the failed job.

use crate::video::error::VideoError;
use serde::{Deserialize, Serialize};

/// Crosses the pipe from the child, so causes are texts.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
#[serde(tag = "kind", content = "text", rename_all = "camelCase")]
pub enum Error {
    #[error("this format is not supported: {0}")]
    Unsupported(String),
    #[error("the file is damaged: {0}")]
    Damaged(String),
    #[error("the picture is too large: {0}")]
    TooLarge(String),
    #[error("the file took longer than {0} s to read")]
    TimedOut(u64),
    /// More than the child may have; there is no sense in another attempt.
    #[error("the file needs too much memory")]
    OutOfMemory,
    #[error("the decoder crashed on the file ({0})")]
    Crashed(String),
    #[error("{0}")]
    Io(String),
}

pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    /// Whether another attempt would only fail again. Crashes may come from a machine out of memory, so they are tried
    /// again, as often as the job allows.
    pub fn is_permanent(&self) -> bool {
        matches!(self, Self::Unsupported(_) | Self::Damaged(_) | Self::TooLarge(_) | Self::OutOfMemory)
    }

    pub(crate) fn io(action: &str, path: &std::path::Path, error: &std::io::Error) -> Self {
        Self::Io(format!("{action} {}: {error}", path.display()))
    }

    pub(crate) fn damaged(error: impl std::fmt::Display) -> Self {
        Self::Damaged(error.to_string())
    }
}

impl From<metadata::Error> for Error {
    fn from(error: metadata::Error) -> Self {
        match error {
            metadata::Error::Damaged(text) => Self::Damaged(text),
            metadata::Error::Io(text) => Self::Io(text),
        }
    }
}

impl From<VideoError> for Error {
    fn from(error: VideoError) -> Self {
        match error {
            VideoError::Io { action, path, source } => Self::io(action, &path, &source),
            VideoError::Disk { .. } => Self::Io(error.to_string()),
            VideoError::MissingEncoder(_) | VideoError::Path(_) | VideoError::UnknownVariant => {
                Self::Unsupported(error.to_string())
            }
            other => Self::Damaged(other.to_string()),
        }
    }
}
