//! Putting jobs in.

use crate::{
    connection::{Queue, within},
    error::{Error, Result},
    job::{Job, KEEP_FAILED},
};
use bullmq::{
    options::JobOptions,
    queue::BulkJob,
    types::{BackoffStrategy, RemoveOnFinish},
};
use futures::{FutureExt, future::BoxFuture};
use model::queue::QueueName;
use std::time::Duration;

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

    pub async fn push_with<J: Job>(&self, job: &J, options: PushOptions) -> Result<()> {
        let options = job_options(job, options);
        let data = serde_json::to_value(job)?;
        let ids = options.job_id.as_slice();
        again_after_outage(|| {
            async {
                self.admit(J::QUEUE, ids, 1).await?;
                self.add(J::QUEUE, vec![BulkJob::with_options(J::NAME, data.clone(), options.clone())]).await
            }
            .boxed()
        })
        .await
    }

    /// Puts many jobs in. Those that failed stay failed: a sweep must not try hopeless files for ever.
    pub async fn push_many<J: Job>(&self, jobs: &[J]) -> Result<()> {
        self.push_bulks(jobs, false).await
    }

    /// The same, with those that failed tried again.
    pub async fn push_many_again<J: Job>(&self, jobs: &[J]) -> Result<()> {
        self.push_bulks(jobs, true).await
    }

    async fn push_bulks<J: Job>(&self, jobs: &[J], again: bool) -> Result<()> {
        for jobs in jobs.chunks(BULK) {
            let ids: Vec<String> = if again { jobs.iter().filter_map(Job::job_id).collect() } else { Vec::new() };
            let prepare = |job: &J| {
                let options = job_options(job, PushOptions::default());
                Ok((serde_json::to_value(job)?, options))
            };
            let prepared = jobs.iter().map(prepare).collect::<Result<Vec<_>>>()?;
            again_after_outage(|| {
                async {
                    self.admit(J::QUEUE, &ids, jobs.len()).await?;
                    let bulk = prepared.iter().cloned();
                    let bulk = bulk.map(|(data, options)| BulkJob::with_options(J::NAME, data, options)).collect();
                    self.add(J::QUEUE, bulk).await
                }
                .boxed()
            })
            .await?;
        }
        Ok(())
    }

    async fn add(&self, queue: QueueName, jobs: Vec<BulkJob>) -> Result<()> {
        let bull = self.bull(queue).await?;
        within(async { Ok(bull.add_bulk(jobs).await.map(drop)?) }).await
    }

    /// Makes room for jobs, or refuses them: a queue has an end, and failed jobs with these ids make way.
    async fn admit(&self, queue: QueueName, ids: &[String], adding: usize) -> Result<()> {
        let bull = self.bull(queue).await?;
        let mut redis = self.redis().await?;
        let keys = bull.keys();
        let mut pipe = redis::pipe();
        pipe.cmd("LLEN").arg(keys.wait()).cmd("ZCARD").arg(keys.prioritized()).cmd("ZCARD").arg(keys.delayed());
        for id in ids {
            pipe.cmd("ZSCORE").arg(keys.failed()).arg(id);
        }
        // Counts and scores alike are small numbers, or nothing.
        let answers: Vec<Option<f64>> = within(async { Ok(pipe.query_async(&mut redis).await?) }).await?;
        let (lengths, scores) = answers.split_at(3);
        if lengths.iter().flatten().sum::<f64>() + adding as f64 > self.max_waiting() as f64 {
            return Err(Error::Full(queue.as_str()));
        }
        for (id, _) in ids.iter().zip(scores).filter(|(_, score)| score.is_some()) {
            within(async { Ok(bull.remove(id).await?) }).await?;
        }
        Ok(())
    }
}

/// The first call after Redis came back finds its connection broken and mends it: it is made once more.
///
/// Boxed, since callers nest it in futures of their own, whose types would grow beyond what the compiler bears.
async fn again_after_outage<'a>(call: impl Fn() -> BoxFuture<'a, Result<()>> + Send + Sync) -> Result<()> {
    within(async {
        match call().await {
            Err(Error::Unavailable(_)) => {
                tokio::time::sleep(RETRY_AFTER).await;
                call().await
            }
            result => result,
        }
    })
    .await
}

fn job_options<J: Job>(job: &J, options: PushOptions) -> JobOptions {
    JobOptions {
        delay: options.delay.map(|delay| u64::try_from(delay.as_millis()).unwrap_or(u64::MAX)),
        priority: options.priority.or(J::PRIORITY),
        attempts: Some(J::ATTEMPTS),
        backoff: Some(BackoffStrategy::Exponential(jittered(J::BACKOFF))),
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
