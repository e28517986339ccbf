//! Jobs to push, workers that note what they run, and waiting for what must come.

use crate::redis_server::PATIENCE;
use futures::FutureExt;
use model::queue::{JobCounts, QueueName};
use queue::{Handler, Job, JobContext, JobOutcome, JobResult, Queue, Workers, WorkersOptions};
use serde::{Deserialize, Serialize};
use std::{
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

pub const QUEUE: QueueName = QueueName::BackgroundTask;

macro_rules! jobs {
    ($($(#[$doc:meta])* $name:ident, attempts $attempts:literal $(, $id:ident)?;)*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Serialize, Deserialize)]
        pub struct $name(pub u32);

        impl Job for $name {
            const NAME: &'static str = stringify!($name);
            const QUEUE: QueueName = QUEUE;
            const ATTEMPTS: u32 = $attempts;
            const BACKOFF: Duration = Duration::from_millis(100);
            $(fn job_id(&self) -> Option<String> {
                Some(format!("{}-{}", stringify!($id), self.0))
            })?
        }
    )*};
}

jobs! {
    /// Any number of times.
    Plain, attempts 1;
    /// Once at a time for each number.
    Unique, attempts 1, unique;
    Stubborn, attempts 3;
}

/// What bodies were run with, in order.
#[derive(Clone, Default)]
pub struct Notes(Arc<Mutex<Vec<JobContext>>>);

impl Notes {
    pub fn add(&self, context: &JobContext) {
        self.0.lock().unwrap().push(context.clone());
    }

    pub fn numbers(&self) -> Vec<u64> {
        self.0.lock().unwrap().iter().map(|context| context.data.as_u64().unwrap()).collect()
    }

    pub fn attempts(&self) -> Vec<u32> {
        self.0.lock().unwrap().iter().map(|context| context.attempt).collect()
    }

    pub fn len(&self) -> usize {
        self.0.lock().unwrap().len()
    }
}

pub fn handler<F: Future<Output = JobOutcome> + Send + 'static>(
    body: impl Fn(JobContext) -> F + Send + Sync + 'static,
) -> Handler {
    Arc::new(move |context| body(context).boxed())
}

/// A body that notes its job and is done.
pub fn noting(notes: &Notes) -> Handler {
    let notes = notes.clone();
    handler(move |context| {
        notes.add(&context);
        async { Ok(JobResult::Done) }
    })
}

pub fn start(queue: &Queue, concurrency: usize, body: impl Into<Handler>) -> Workers {
    Workers::start(queue, WorkersOptions { queues: vec![(QUEUE, concurrency)] }, &body.into())
}

pub async fn counts(queue: &Queue) -> JobCounts {
    queue.state(QUEUE).await.unwrap().counts
}

/// Waits for a condition, never for a time.
pub async fn eventually<F: Future<Output = bool>>(what: &str, condition: impl Fn() -> F) {
    let started = Instant::now();
    while !condition().await {
        assert!(started.elapsed() < PATIENCE, "waited in vain for {what}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// Nothing waits, runs or is delayed.
pub async fn all_done(queue: &Queue) {
    eventually("all jobs to be done", || async {
        queue.state(QUEUE).await.is_ok_and(|state| {
            let counts = state.counts;
            counts.active + counts.waiting + counts.delayed == 0
        })
    })
    .await;
}
