//! Looking at queues and switching them.

use crate::{
    connection::{Queue, within, within_long},
    error::Result,
    keys,
};
use model::queue::{JobCounts, JobView, QueueJobStatus, QueueName, QueueState};
use std::collections::HashMap;

impl Queue {
    pub async fn state(&self, name: QueueName) -> Result<QueueState> {
        Ok(self.states_of(&[name]).await?.pop().map(|(_, state)| state).unwrap_or_default())
    }

    /// Every queue in the order of their names' list, in one round trip.
    pub async fn states(&self) -> Result<Vec<(QueueName, QueueState)>> {
        self.states_of(QueueName::ALL).await
    }

    async fn states_of(&self, names: &[QueueName]) -> Result<Vec<(QueueName, QueueState)>> {
        let mut redis = self.redis().await?;
        let mut pipe = redis::pipe();
        for name in names {
            let key = |part: &str| format!("{}:{name}:{part}", self.prefix());
            pipe.cmd("LLEN").arg(key("active"));
            pipe.cmd("ZCARD").arg(key("completed"));
            pipe.cmd("ZCARD").arg(key("failed"));
            pipe.cmd("ZCARD").arg(key("delayed"));
            pipe.cmd("LLEN").arg(key("wait"));
            pipe.cmd("ZCARD").arg(key("prioritized"));
            pipe.cmd("LLEN").arg(key("paused"));
            pipe.cmd("HEXISTS").arg(key("meta")).arg("paused");
        }
        let numbers: Vec<u64> = within(async { Ok(pipe.query_async(&mut redis).await?) }).await?;
        let states = names.iter().zip(numbers.chunks_exact(8)).map(|(&name, numbers)| {
            let &[active, completed, failed, delayed, wait, prioritized, paused, is_paused] = numbers else {
                unreachable!("chunks_exact gives slices of eight");
            };
            let is_paused = is_paused > 0;
            // A paused queue keeps its jobs where they were; they are shown as paused.
            let ready = wait + prioritized + paused;
            let (waiting, paused) = if is_paused { (0, ready) } else { (ready, 0) };
            let counts = JobCounts { active, completed, failed, delayed, waiting, paused };
            (name, QueueState { counts, is_active: active > 0, is_paused })
        });
        Ok(states.collect())
    }

    /// Running jobs go on, no further one is started.
    pub async fn pause(&self, name: QueueName) -> Result<()> {
        let queue = self.bull(name).await?;
        within(async { Ok(queue.pause().await?) }).await
    }

    pub async fn resume(&self, name: QueueName) -> Result<()> {
        let queue = self.bull(name).await?;
        within(async { Ok(queue.resume().await?) }).await
    }

    /// Throws away what waits, delayed jobs included.
    pub async fn empty(&self, name: QueueName) -> Result<()> {
        let queue = self.bull(name).await?;
        within_long(async { Ok(queue.drain(true).await?) }).await
    }

    pub async fn clear_failed(&self, name: QueueName) -> Result<()> {
        let queue = self.bull(name).await?;
        within_long(async { Ok(queue.clean(0, 0, "failed").await.map(drop)?) }).await
    }

    /// Jobs in the given states, newest first, `count` of each state at most from `start` on.
    pub async fn jobs(
        &self,
        name: QueueName,
        statuses: &[QueueJobStatus],
        start: usize,
        count: usize,
    ) -> Result<Vec<JobView>> {
        let queue = self.bull(name).await?;
        let is_paused = within(async { Ok(queue.is_paused().await?) }).await?;
        let types: Vec<&str> = statuses.iter().flat_map(|status| bull_states(*status, is_paused)).copied().collect();
        // To BullMQ no states are all states.
        if types.is_empty() || count == 0 {
            return Ok(Vec::new());
        }
        let (start, end) = (start as i64, (start + count) as i64 - 1);
        let jobs = within(async { Ok(queue.get_jobs(&types, start, end, false).await?) }).await?;
        Ok(jobs
            .into_iter()
            .map(|job| JobView {
                id: job.id().to_owned(),
                name: job.name().to_owned(),
                timestamp_ms: i64::try_from(job.timestamp()).unwrap_or(i64::MAX),
                data: job.data().clone(),
                failed_reason: Some(job.failed_reason().to_owned()).filter(|reason| !reason.is_empty()),
                attempts: job.attempts_made(),
            })
            .collect())
    }

    /// What [`Queue::set_concurrency`] was last told, by queue.
    pub(crate) async fn concurrencies(&self) -> Result<Vec<(QueueName, usize)>> {
        let mut redis = self.redis().await?;
        let stored: HashMap<String, usize> = within(async {
            Ok(redis::cmd("HGETALL").arg(keys::concurrency(self.prefix())).query_async(&mut redis).await?)
        })
        .await?;
        Ok(stored.into_iter().filter_map(|(name, concurrency)| Some((name.parse().ok()?, concurrency))).collect())
    }

    /// How many jobs of a queue each worker runs at once, from now on, in all processes.
    pub async fn set_concurrency(&self, name: QueueName, concurrency: usize) -> Result<()> {
        let mut redis = self.redis().await?;
        within(async {
            redis::pipe()
                .cmd("HSET")
                .arg(keys::concurrency(self.prefix()))
                .arg(name.as_str())
                .arg(concurrency.max(1))
                .ignore()
                .cmd("PUBLISH")
                .arg(keys::concurrency_channel(self.prefix()))
                .arg(format!("{name} {}", concurrency.max(1)))
                .ignore()
                .query_async::<()>(&mut redis)
                .await?;
            Ok(())
        })
        .await
    }
}

/// Where BullMQ keeps the jobs that are shown in a state: a paused queue leaves its jobs where they wait.
fn bull_states(status: QueueJobStatus, is_paused: bool) -> &'static [&'static str] {
    const READY: &[&str] = &["wait", "prioritized", "paused"];
    match status {
        QueueJobStatus::Active => &["active"],
        QueueJobStatus::Failed => &["failed"],
        QueueJobStatus::Completed => &["completed"],
        QueueJobStatus::Delayed => &["delayed"],
        QueueJobStatus::Waiting if !is_paused => READY,
        QueueJobStatus::Paused if is_paused => READY,
        QueueJobStatus::Waiting | QueueJobStatus::Paused => &[],
    }
}
