//! Putting jobs in.

use crate::{
    connection::{Queue, within},
    error::{Error, Result},
    job::Job,
};
use bullmq::{
    options::JobOptions,
    queue::BulkJob,
    types::{BackoffStrategy, RemoveOnFinish},
};
use model::queue::QueueName;
use std::time::Duration;

/// More than this many waiting jobs of a queue are refused: what is missing is found again by a sweep.
const MAX_WAITING: u64 = 2_000_000;
/// Failed jobs that are kept to be looked at.
const KEEP_FAILED: usize = 1000;
/// First pause before another attempt; doubled each time, and spread a little.
const BACKOFF: Duration = Duration::from_secs(2);
const BULK: usize = 500;
const RETRY_AFTER: Duration = Duration::from_millis(200);

/// What differs from a plain push.
#[derive(Debug, Clone, Default)]
pub struct PushOptions {
    pub delay: Option<Duration>,
    pub priority: Option<u32>,
    /// In place of the job's own id.
    pub job_id: Option<String>,
}

impl Queue {
    /// Puts a job in. A job whose id waits or runs already is not put in twice; one that failed is tried again.
    pub async fn push<J: Job>(&self, job: &J) -> Result<()> {
        self.push_with(job, PushOptions::default()).await
    }

    /// The first call after Redis came back finds its connection broken and mends it: it is made once more.
    pub async fn push_with<J: Job>(&self, job: &J, options: PushOptions) -> Result<()> {
        match self.push_once(job, options.clone()).await {
            Err(Error::Unavailable(_)) => {
                tokio::time::sleep(RETRY_AFTER).await;
                self.push_once(job, options).await
            }
            pushed => pushed,
        }
    }

    async fn push_once<J: Job>(&self, job: &J, options: PushOptions) -> Result<()> {
        let queue = self.bull(J::QUEUE).await?;
        let data = serde_json::to_value(job)?;
        let options = job_options(job, options);
        if let Some(id) = &options.job_id {
            self.forget_failed(J::QUEUE, std::slice::from_ref(id)).await?;
        }
        within(async {
            queue.add_bulk(vec![BulkJob::with_options(J::NAME, data, options)]).await?;
            Ok(())
        })
        .await
    }

    /// Puts many jobs in. Those that failed stay failed: a sweep must not try hopeless files for ever.
    pub async fn push_many<J: Job>(&self, jobs: &[J]) -> Result<()> {
        let queue = self.bull(J::QUEUE).await?;
        if within(async { Ok(queue.count().await?) }).await? + jobs.len() as u64 > MAX_WAITING {
            return Err(Error::Full(J::QUEUE.as_str()));
        }
        for jobs in jobs.chunks(BULK) {
            let mut bulk = Vec::with_capacity(jobs.len());
            for job in jobs {
                let options = job_options(job, PushOptions::default());
                bulk.push(BulkJob::with_options(J::NAME, serde_json::to_value(job)?, options));
            }
            within(async { Ok(queue.add_bulk(bulk).await.map(drop)?) }).await?;
        }
        Ok(())
    }

    /// The same, with those that failed tried again.
    pub async fn push_many_again<J: Job>(&self, jobs: &[J]) -> Result<()> {
        for jobs in jobs.chunks(BULK) {
            let ids: Vec<String> = jobs.iter().filter_map(Job::job_id).collect();
            self.forget_failed(J::QUEUE, &ids).await?;
        }
        self.push_many(jobs).await
    }

    /// Removes the failed jobs among these ids, so that they can be put in again.
    async fn forget_failed(&self, queue: QueueName, ids: &[String]) -> Result<()> {
        if ids.is_empty() {
            return Ok(());
        }
        let bull = self.bull(queue).await?;
        let mut redis = self.redis().await?;
        within(async {
            let mut pipe = redis::pipe();
            for id in ids {
                pipe.cmd("ZSCORE").arg(bull.keys().failed()).arg(id);
            }
            let scores: Vec<Option<f64>> = pipe.query_async(&mut redis).await?;
            for (id, _) in ids.iter().zip(scores).filter(|(_, score)| score.is_some()) {
                bull.remove(id).await?;
            }
            Ok(())
        })
        .await
    }
}

fn job_options<J: Job>(job: &J, options: PushOptions) -> JobOptions {
    JobOptions {
        delay: options.delay.map(|delay| u64::try_from(delay.as_millis()).unwrap_or(u64::MAX)),
        priority: options.priority.or(J::PRIORITY),
        attempts: Some(J::ATTEMPTS),
        backoff: Some(BackoffStrategy::Exponential(jittered(BACKOFF))),
        remove_on_complete: Some(RemoveOnFinish::Bool(true)),
        remove_on_fail: Some(RemoveOnFinish::Count(KEEP_FAILED)),
        job_id: options.job_id.or_else(|| job.job_id()),
        ..JobOptions::default()
    }
}

/// Spread by a quarter, so that what failed together does not come back together.
fn jittered(base: Duration) -> u64 {
    let base = base.as_millis() as u64;
    base - base / 8 + rand::random_range(0..=base / 4)
}
