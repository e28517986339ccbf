//! Taking jobs out and running them.
//!
//! BullMQ's worker takes a job, holds its lock and renews it; each job goes through a channel to an apalis worker, whose
//! service runs the body (see `bridge`). A worker that was killed leaves a lock that runs out within seconds: another one
//! (or itself, started again) takes the job over, a bounded number of times (see `suspects`).

use crate::{
    bridge::{Envelope, GRACE, Handler, hand_over, run_apalis},
    connection::Queue,
    error::Result,
    events::{Heard, listen},
    job::KEEP_FAILED,
    keys,
    suspects::Suspects,
};
use bullmq::{job::Job as BullJob, options::WorkerOptions, types::RemoveOnFinish, worker::Worker};
use futures::StreamExt;
use model::queue::QueueName;
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};
use tokio::sync::mpsc;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

/// A worker that does not renew its lock for so long is dead.
const LOCK: Duration = Duration::from_secs(5);
const LOOK_FOR_DEAD_EVERY: Duration = Duration::from_secs(3);
/// A job may be taken over this often, whoever was to blame; when its worker dies once more, it has failed. One that is
/// to blame ends sooner (see `suspects`): this bounds what kills its worker only after a while.
const MAX_STALLED: u32 = 20;
/// How long an idle worker waits in one call. A new job wakes it at once; this bounds the wait should that get lost.
const IDLE_WAIT_S: u64 = 10;
/// Pause after a call that failed, and between attempts to reach Redis at start.
const RETRY: Duration = Duration::from_secs(1);
/// How often a stopping worker looks whether its jobs have ended.
const LOOK: Duration = Duration::from_millis(20);
/// How long closing a worker waits for its blocking call, which would otherwise last to its end.
const CLOSE_MS: u64 = 50;
const COUNT_WAITING_EVERY: Duration = Duration::from_secs(15);

/// Which queues are worked on, each with how many jobs at once.
#[derive(Debug, Clone)]
pub struct WorkersOptions {
    pub queues: Vec<(QueueName, usize)>,
}

type Running = Arc<Mutex<HashMap<QueueName, Arc<Worker>>>>;

/// Running workers; they go on until [`Workers::stop`].
pub struct Workers {
    queue: Queue,
    running: Running,
    /// Tasks that start workers: none may come up after the stop.
    starting: TaskTracker,
    /// Bodies are told to end.
    cancelled: CancellationToken,
    /// What runs beside the workers ends.
    stopping: CancellationToken,
}

impl Workers {
    /// Starts workers; a Redis that is not up yet is waited for.
    pub fn start(queue: &Queue, options: WorkersOptions, handler: &Handler) -> Self {
        let workers = Self {
            queue: queue.clone(),
            running: Arc::default(),
            starting: TaskTracker::new(),
            cancelled: CancellationToken::new(),
            stopping: CancellationToken::new(),
        };
        let suspects = Suspects::new(queue.clone());
        for (name, concurrency) in options.queues {
            let (handler, cancelled) = (Arc::clone(handler), workers.cancelled.clone());
            let starting = start_one(queue.clone(), name, concurrency, handler, cancelled, suspects.clone());
            let (queue, running, stopping) = (queue.clone(), Arc::clone(&workers.running), workers.stopping.clone());
            workers.starting.spawn(async move {
                if let Some(worker) = stopping.run_until_cancelled(starting).await {
                    locked(&running).insert(name, worker);
                    apply_stored(&queue, &running).await;
                }
            });
        }
        tokio::spawn(
            workers
                .stopping
                .clone()
                .run_until_cancelled_owned(follow_concurrency(queue.clone(), Arc::clone(&workers.running))),
        );
        tokio::spawn(workers.stopping.clone().run_until_cancelled_owned(count_waiting(queue.clone())));
        workers
    }

    /// Takes no further job and waits for those that run; what is not done in time is put back to wait.
    pub async fn stop(self, patience: Duration) {
        self.stopping.cancel();
        self.starting.close();
        self.starting.wait().await;
        let workers: HashMap<_, _> = locked(&self.running).drain().collect();
        workers.values().for_each(|worker| worker.pause());
        if !all_idle(&workers, patience).await {
            tracing::warn!("running jobs are given back: they did not end within {} s", patience.as_secs());
            self.cancelled.cancel();
            all_idle(&workers, GRACE * 2).await;
        }
        let closing = workers.values().map(|worker| worker.close(CLOSE_MS));
        for closed in futures::future::join_all(closing).await {
            if let Err(error) = closed {
                tracing::warn!("stop a worker: {error}");
            }
        }
        // Bodies that heed nothing end here: their jobs have been given back.
        self.cancelled.cancel();
        let names: Vec<_> = workers.keys().copied().collect();
        drop(workers);
        if let Err(error) = wake_others(&self.queue, &names).await {
            tracing::debug!("wake other workers: {error}");
        }
    }
}

fn locked(running: &Running) -> std::sync::MutexGuard<'_, HashMap<QueueName, Arc<Worker>>> {
    // The map is whole after any panic: each change is a single insert or drain.
    running.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Whether all jobs ended within the time. Looks twice, since a fetch may just be on its way.
async fn all_idle(workers: &HashMap<QueueName, Arc<Worker>>, patience: Duration) -> bool {
    let deadline = Instant::now() + patience;
    let mut looks_idle = 0;
    loop {
        let active: usize =
            futures::future::join_all(workers.values().map(|worker| worker.active_count())).await.iter().sum();
        looks_idle = if active == 0 { looks_idle + 1 } else { 0 };
        if looks_idle == 2 {
            return true;
        }
        if Instant::now() >= deadline && active > 0 {
            return false;
        }
        tokio::time::sleep(LOOK).await;
    }
}

/// What woke this worker in its last moment is shown to another one.
async fn wake_others(queue: &Queue, names: &[QueueName]) -> Result<()> {
    let mut redis = queue.redis().await?;
    let mut pipe = redis::pipe();
    for name in names {
        pipe.cmd("ZADD").arg(format!("{}:{name}:marker", queue.prefix())).arg(0).arg("0").ignore();
    }
    crate::connection::within(async { Ok(pipe.query_async(&mut redis).await?) }).await
}

async fn start_one(
    queue: Queue,
    name: QueueName,
    concurrency: usize,
    handler: Handler,
    cancelled: CancellationToken,
    suspects: Suspects,
) -> Arc<Worker> {
    let (sender, receiver) = mpsc::channel::<Envelope>(1);
    tokio::spawn(run_apalis(name, receiver, handler));
    loop {
        let sender = sender.clone();
        let (cancelled, suspects) = (cancelled.clone(), suspects.clone());
        let processor = move |job: BullJob, _: bullmq::worker::CancellationToken| {
            hand_over(name, job, sender.clone(), cancelled.child_token(), suspects.clone())
        };
        match Worker::with_options(name.as_str(), processor, worker_options(&queue, name, concurrency)).await {
            Ok(worker) => {
                let worker = Arc::new(worker);
                tokio::spawn(watch_events(name, Arc::clone(&worker)));
                return worker;
            }
            Err(error) => {
                tracing::warn!(queue = %name, "waiting for Redis: {error}");
                tokio::time::sleep(RETRY).await;
            }
        }
    }
}

fn worker_options(queue: &Queue, name: QueueName, concurrency: usize) -> WorkerOptions {
    WorkerOptions {
        connection: queue.bull_options(),
        prefix: queue.prefix().to_owned(),
        concurrency: name.fixed_concurrency().unwrap_or(concurrency.max(1)),
        lock_duration: LOCK.as_millis() as u64,
        stalled_interval: LOOK_FOR_DEAD_EVERY.as_millis() as u64,
        max_stalled_count: MAX_STALLED,
        drain_delay: IDLE_WAIT_S,
        run_retry_delay: RETRY.as_millis() as u64,
        autorun: true,
        remove_on_complete: Some(RemoveOnFinish::Bool(true)),
        remove_on_fail: Some(RemoveOnFinish::Count(KEEP_FAILED)),
        ..WorkerOptions::default()
    }
}

/// Empties the worker's list of events, which grows without bound otherwise, and logs what matters.
async fn watch_events(queue: QueueName, worker: Arc<Worker>) {
    use bullmq::worker::WorkerEvent;
    while let Some(event) = worker.next_event().await {
        match event {
            WorkerEvent::Stalled { job_id } => tracing::warn!(%queue, job_id, "a job's worker died: it runs again"),
            WorkerEvent::Error(error) => tracing::warn!(%queue, "the queue reports an error: {error}"),
            WorkerEvent::Closed => return,
            _ => {}
        }
    }
}

/// Applies changes of concurrency, and after each (re)connection those that were missed.
async fn follow_concurrency(queue: Queue, running: Running) {
    let mut changes = listen(&queue, keys::concurrency_channel(queue.prefix()));
    while let Some(heard) = changes.next().await {
        match heard {
            Heard::Connected => apply_stored(&queue, &running).await,
            Heard::Message(message) => {
                if let Some((name, concurrency)) = parse_change(&message) {
                    apply(&running, name, concurrency);
                }
            }
        }
    }
}

async fn apply_stored(queue: &Queue, running: &Running) {
    match queue.concurrencies().await {
        Ok(stored) => stored.into_iter().for_each(|(name, concurrency)| apply(running, name, concurrency)),
        Err(error) => tracing::debug!("read the stored concurrency: {error}"),
    }
}

/// `<queue> <number>`, as [`Queue::set_concurrency`] publishes it.
fn parse_change(message: &[u8]) -> Option<(QueueName, usize)> {
    let (name, concurrency) = std::str::from_utf8(message).ok()?.split_once(' ')?;
    Some((name.parse().ok()?, concurrency.parse().ok()?))
}

fn apply(running: &Running, name: QueueName, concurrency: usize) {
    if name.fixed_concurrency().is_none()
        && let Some(worker) = locked(running).get(&name)
        && worker.concurrency() != concurrency
    {
        worker.set_concurrency(concurrency);
        tracing::info!(queue = %name, concurrency, "concurrency changed");
    }
}

/// Keeps the gauge of waiting jobs true enough for a chart.
async fn count_waiting(queue: Queue) {
    loop {
        tokio::time::sleep(COUNT_WAITING_EVERY).await;
        let Ok(states) = queue.states().await else { continue };
        for (name, state) in states {
            let counts = state.counts;
            for (label, count) in [("waiting", counts.waiting), ("delayed", counts.delayed), ("failed", counts.failed)]
            {
                metrics::gauge!("jobs", "queue" => name.as_str(), "state" => label).set(count as f64);
            }
        }
    }
}
