//! What a job is to a queue: a name, a payload, and how often it may be tried.

use model::queue::QueueName;
use serde::{Serialize, de::DeserializeOwned};
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// Failed jobs of a queue that are kept to be looked at.
pub(crate) const KEEP_FAILED: usize = 1000;

/// A payload. Holds ids and flags only; must bear being run twice and being lost once.
pub trait Job: Serialize + DeserializeOwned + Send + Sync + 'static {
    /// Unique in the product, never renamed.
    const NAME: &'static str;
    const QUEUE: QueueName;
    /// How often it is tried before it has failed.
    const ATTEMPTS: u32 = 1;
    /// First pause before another attempt; doubled each time, and spread a little.
    const BACKOFF: Duration = Duration::from_secs(2);
    /// Smaller runs sooner; `None` runs before all that have one, in the order of pushing.
    const PRIORITY: Option<u32> = None;

    /// While a job with this id waits or runs, pushing another one does nothing.
    fn job_id(&self) -> Option<String> {
        None
    }
}

/// How a job ended well.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum JobResult {
    Done,
    /// There was nothing to do, and why.
    Skipped(String),
}

/// How a job ended badly, and whether another attempt makes sense.
#[derive(Debug)]
pub enum JobError {
    Retry(anyhow::Error),
    Fail(anyhow::Error),
}

pub type JobOutcome = std::result::Result<JobResult, JobError>;

/// A job as its body gets it.
#[derive(Debug, Clone)]
pub struct JobContext {
    pub id: String,
    pub queue: QueueName,
    pub name: String,
    pub data: serde_json::Value,
    /// 1 for the first attempt.
    pub attempt: u32,
    /// Cancelled when the worker stops and does not wait any longer.
    pub cancelled: CancellationToken,
    pub(crate) progress: tokio::sync::watch::Sender<f32>,
}

impl JobContext {
    /// Tells who looks at the queue how far the job is, from 0 to 1. Never waits; only the newest value counts.
    pub fn set_progress(&self, share: f32) {
        self.progress.send_replace(share.clamp(0.0, 1.0));
    }
}
