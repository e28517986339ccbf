//! Why a rule refused or failed. `Text` is for the client, `Cause` only for the log.

use std::borrow::Cow;

pub type Text = Cow<'static, str>;
/// The whole chain of what went wrong inside; never shown to a client.
pub type Cause = anyhow::Error;

/// One kind per HTTP answer; the server turns each into a status in one place.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("{0}")]
    BadRequest(Text),
    #[error("{0}")]
    Unauthenticated(Text),
    #[error("{0}")]
    Forbidden(Text),
    #[error("{0}")]
    NotFound(Text),
    #[error("{0}")]
    TooLarge(Text),
    /// Something outside (database, queue, disk) is away: the same call may succeed later.
    #[error("try again later")]
    Unavailable(#[source] Cause),
    /// The disk that holds the library is full.
    #[error("No space left on the server")]
    DiskFull(#[source] Cause),
    #[error("internal error")]
    Internal(#[source] Cause),
}

pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    pub fn bad_request(text: impl Into<Text>) -> Self {
        Self::BadRequest(text.into())
    }

    pub fn not_found(text: impl Into<Text>) -> Self {
        Self::NotFound(text.into())
    }

    pub fn forbidden(text: impl Into<Text>) -> Self {
        Self::Forbidden(text.into())
    }

    pub fn unauthenticated(text: impl Into<Text>) -> Self {
        Self::Unauthenticated(text.into())
    }

    /// Whether the owner has these very bytes already.
    pub(crate) fn is_duplicate_asset(&self) -> bool {
        let Self::Internal(cause) = self else { return false };
        cause.downcast_ref::<db::Error>().and_then(db::Error::constraint) == Some(db::assets::CHECKSUM_KEY)
    }

    pub fn internal(cause: impl Into<Cause>) -> Self {
        Self::Internal(cause.into())
    }
}

impl From<db::Error> for Error {
    fn from(error: db::Error) -> Self {
        if error.is_transient() { Self::Unavailable(error.into()) } else { Self::Internal(error.into()) }
    }
}

impl From<files::Error> for Error {
    fn from(error: files::Error) -> Self {
        match error {
            files::Error::Full(_) => Self::DiskFull(error.into()),
            files::Error::Io { .. } => Self::Internal(error.into()),
        }
    }
}

impl From<queue::Error> for Error {
    fn from(error: queue::Error) -> Self {
        Self::Unavailable(error.into())
    }
}
