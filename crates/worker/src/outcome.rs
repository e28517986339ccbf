//! How a job ends, and what an error means for its next attempt.

use crate::context::Context;
use queue::{Job, JobError, JobResult};

/// `Done`, `Skipped` with a reason, or an error that says whether another attempt makes sense.
pub type Outcome = Result<JobResult, Failure>;

/// The body of a job.
pub trait Run: Job {
    fn run(self, context: &Context) -> impl Future<Output = Outcome> + Send;
}

pub fn done() -> Outcome {
    Ok(JobResult::Done)
}

/// Nothing to do, and why: no failure.
pub fn skip(reason: impl Into<String>) -> Outcome {
    Ok(JobResult::Skipped(reason.into()))
}

/// An error on its way to the queue. `?` turns errors of the rules and of the media child into it.
#[derive(Debug)]
pub struct Failure(pub JobError);

impl Failure {
    /// Another attempt may succeed.
    pub fn retry(cause: impl Into<anyhow::Error>) -> Self {
        Self(JobError::Retry(cause.into()))
    }

    /// It would only fail again.
    pub fn permanent(cause: impl Into<anyhow::Error>) -> Self {
        Self(JobError::Fail(cause.into()))
    }
}

impl From<domain::Error> for Failure {
    fn from(error: domain::Error) -> Self {
        match error {
            // Something outside is away, the disk is full, or we do not know: later may be better.
            domain::Error::Unavailable(cause) | domain::Error::DiskFull(cause) | domain::Error::Internal(cause) => {
                Self(JobError::Retry(cause))
            }
            refusal => Self::permanent(refusal),
        }
    }
}

impl From<metadata::Error> for Failure {
    fn from(error: metadata::Error) -> Self {
        Self::from(media::Error::from(error))
    }
}

impl From<media::Error> for Failure {
    fn from(error: media::Error) -> Self {
        if error.is_permanent() { Self::permanent(error) } else { Self::retry(error) }
    }
}
