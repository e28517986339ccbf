//! What can go wrong between us and Redis.

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("Redis cannot be reached; the operation may be tried again")]
    Unavailable(#[source] anyhow::Error),
    #[error("the queue {0} is full; what is missing is queued again by the next sweep")]
    Full(&'static str),
    #[error("a job cannot be written as JSON")]
    BadData(#[from] serde_json::Error),
    #[error("{0:?} is not a schedule: five fields of cron are wanted")]
    BadSchedule(String),
    #[error("the settings of Redis are wrong")]
    Settings(#[source] redis::RedisError),
}

pub type Result<T, E = Error> = std::result::Result<T, E>;

impl From<bullmq::Error> for Error {
    fn from(error: bullmq::Error) -> Self {
        Self::Unavailable(error.into())
    }
}

impl From<redis::RedisError> for Error {
    fn from(error: redis::RedisError) -> Self {
        Self::Unavailable(error.into())
    }
}
