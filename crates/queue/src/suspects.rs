//! Whom to blame when a worker dies: all its jobs ended with it, and at most one of them is the cause.
//!
//! What must stay true: a job that kills its worker ends as failed after a bounded number of runs, and those that ran
//! beside it do not fail for it. A job whose worker died is a suspect. Each worker process runs its suspects one at a
//! time, beside jobs that are none, and only a death during a suspect's own turn counts against it. A turn is short: a
//! film of hours must not hold up the others, and what kills its worker does so soon.

use crate::{connection::Queue, connection::within, error::Result, keys};
use bullmq::job::Job as BullJob;
use model::queue::QueueName;
use std::{pin::Pin, sync::Arc, time::Duration};
use tokio::sync::{Mutex, OwnedMutexGuard};

/// Who lives so long is acquitted.
const TURN: Duration = Duration::from_secs(60);
/// So many deaths in a job's own turn are no coincidence.
const MAX_DEATHS: u32 = 3;

/// The suspects of one process.
#[derive(Clone)]
pub(crate) struct Suspects {
    queue: Queue,
    turn: Arc<Mutex<()>>,
}

/// How a job may run.
pub(crate) enum Verdict {
    /// As any other.
    Innocent,
    /// In its turn, which it has now.
    Suspect(Turn),
    /// Not again.
    Guilty,
}

/// Nobody else has one until it is over.
pub(crate) struct Turn {
    queue: Queue,
    job_key: String,
    _alone: OwnedMutexGuard<()>,
}

impl Suspects {
    pub fn new(queue: Queue) -> Self {
        Self { queue, turn: Arc::default() }
    }

    /// Judges a job that is about to run; a suspect waits here for its turn.
    pub async fn judge(&self, queue: QueueName, job: &BullJob) -> Result<Verdict> {
        // Started no more often than it ended: the usual case costs no call.
        if job.attempts_started() <= job.attempts_made() + 1 {
            return Ok(Verdict::Innocent);
        }
        let job_key = keys::job(self.queue.prefix(), queue, job.id());
        let mut redis = self.queue.redis().await?;
        let is_suspect = within(async {
            let stalled: Option<u32> =
                redis::cmd("HGET").arg(&job_key).arg(keys::JOB_STALLED).query_async(&mut redis).await?;
            Ok(stalled.is_some_and(|times| times > 0))
        });
        if !is_suspect.await? {
            return Ok(Verdict::Innocent);
        }
        let alone = Arc::clone(&self.turn).lock_owned().await;
        // Counted before it runs: afterwards this process may be dead.
        let deaths = within(async {
            let turns: u32 =
                redis::cmd("HINCRBY").arg(&job_key).arg(keys::JOB_TURNS).arg(1).query_async(&mut redis).await?;
            Ok(turns.saturating_sub(1))
        });
        if deaths.await? >= MAX_DEATHS {
            return Ok(Verdict::Guilty);
        }
        Ok(Verdict::Suspect(Turn { queue: self.queue.clone(), job_key, _alone: alone }))
    }
}

impl Turn {
    /// The turn is over when the job has ended, or has lived long enough; then it goes on like any other.
    pub async fn during<T>(self, mut running: Pin<&mut impl Future<Output = T>>) -> T {
        let ended = tokio::time::timeout(TURN, &mut running).await;
        if let Err(error) = self.end().await {
            // At worst the job is blamed for a death that was not its own.
            tracing::debug!("acquit a job: {error}");
        }
        match ended {
            Ok(outcome) => outcome,
            Err(_lives) => running.await,
        }
    }

    async fn end(self) -> Result<()> {
        let mut redis = self.queue.redis().await?;
        within(async { Ok(redis::cmd("HDEL").arg(&self.job_key).arg(keys::JOB_TURNS).query_async(&mut redis).await?) })
            .await
    }
}
