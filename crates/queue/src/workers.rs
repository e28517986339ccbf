//! Taking jobs out and running them.
//!
//! BullMQ's worker takes a job, holds its lock and renews it; each job goes through a channel to an apalis worker, whose
//! service runs the body; the answer goes back and BullMQ finishes the job. A worker that was killed leaves a lock that
//! runs out within seconds: another one (or itself, started again) takes the job over, a bounded number of times.

use crate::{
    connection::Queue,
    events::subscribe,
    job::{JobContext, JobError, JobOutcome, JobResult},
    keys,
};
use apalis_core::{task::Task, worker::builder::WorkerBuilder};
use bullmq::{
    job::Job as BullJob,
    options::WorkerOptions,
    types::{JobProgress, RemoveOnFinish},
    worker::Worker,
};
use futures::{FutureExt, StreamExt, future::BoxFuture, stream::BoxStream};
use model::queue::QueueName;
use std::{
    any::Any,
    collections::HashMap,
    panic::AssertUnwindSafe,
    sync::Arc,
    task::Poll,
    time::{Duration, Instant},
};
use tokio::sync::{Mutex, mpsc, oneshot, watch};
use tokio_util::sync::CancellationToken;

/// A worker that does not renew its lock for so long is dead.
const LOCK: Duration = Duration::from_secs(6);
const LOOK_FOR_DEAD_EVERY: Duration = Duration::from_secs(3);
/// A job that killed its worker so often has failed.
const MAX_STALLED: u32 = 2;
/// How long an idle worker waits in one call; a new job wakes it at once.
const IDLE_WAIT_S: u64 = 30;
const KEEP_FAILED: usize = 1000;
/// How often progress is written at most.
const PROGRESS_EVERY: Duration = Duration::from_millis(500);
const RETRY_CONNECT: Duration = Duration::from_secs(1);

/// The body of all jobs.
pub type Handler = Arc<dyn Fn(JobContext) -> BoxFuture<'static, JobOutcome> + Send + Sync>;

/// Which queues are worked on, each with how many jobs at once.
#[derive(Debug, Clone)]
pub struct WorkersOptions {
    pub queues: Vec<(QueueName, usize)>,
}

/// Running workers; they go on until [`Workers::stop`].
pub struct Workers {
    running: Arc<Mutex<HashMap<QueueName, Arc<Worker>>>>,
    cancelled: CancellationToken,
    stopping: CancellationToken,
}

/// A job on its way from BullMQ to the body, and the way back.
struct Envelope {
    context: JobContext,
    answer: oneshot::Sender<JobOutcome>,
}

impl Workers {
    /// Starts workers; a Redis that is not up yet is waited for.
    pub fn start(queue: &Queue, options: WorkersOptions, handler: Handler) -> Self {
        let workers =
            Self { running: Arc::default(), cancelled: CancellationToken::new(), stopping: CancellationToken::new() };
        for (name, concurrency) in options.queues {
            let starting = start_one(queue.clone(), name, concurrency, Arc::clone(&handler), workers.cancelled.clone());
            let (running, stopping) = (Arc::clone(&workers.running), workers.stopping.clone());
            tokio::spawn(async move {
                tokio::select! {
                    worker = starting => { running.lock().await.insert(name, worker); }
                    () = stopping.cancelled() => {}
                }
            });
        }
        tokio::spawn(follow_concurrency(queue.clone(), Arc::clone(&workers.running), workers.stopping.clone()));
        workers
    }

    /// Takes no further job, waits for those that run, then cancels what is left: it is run again later.
    pub async fn stop(self, patience: Duration) {
        self.stopping.cancel();
        let workers: Vec<_> = self.running.lock().await.drain().map(|(_, worker)| worker).collect();
        let closing = workers.iter().map(|worker| worker.close(patience.as_millis() as u64));
        for closed in futures::future::join_all(closing).await {
            if let Err(error) = closed {
                tracing::warn!("stop a worker: {error}");
            }
        }
        self.cancelled.cancel();
    }
}

async fn start_one(
    queue: Queue,
    name: QueueName,
    concurrency: usize,
    handler: Handler,
    cancelled: CancellationToken,
) -> Arc<Worker> {
    let (sender, receiver) = mpsc::channel::<Envelope>(1);
    tokio::spawn(run_apalis(name, receiver, handler));
    loop {
        let sender = sender.clone();
        let cancelled = cancelled.clone();
        let processor = move |job: BullJob, _: bullmq::worker::CancellationToken| {
            hand_over(name, job, sender.clone(), cancelled.child_token())
        };
        let options = WorkerOptions {
            connection: queue.bull_options(),
            prefix: queue.prefix().to_owned(),
            concurrency: concurrency.max(1),
            lock_duration: LOCK.as_millis() as u64,
            stalled_interval: LOOK_FOR_DEAD_EVERY.as_millis() as u64,
            max_stalled_count: MAX_STALLED,
            drain_delay: IDLE_WAIT_S,
            autorun: true,
            remove_on_complete: Some(RemoveOnFinish::Bool(true)),
            remove_on_fail: Some(RemoveOnFinish::Count(KEEP_FAILED)),
            ..WorkerOptions::default()
        };
        match Worker::with_options(name.as_str(), processor, options).await {
            Ok(worker) => {
                let worker = Arc::new(worker);
                tokio::spawn(watch_events(name, Arc::clone(&worker)));
                return worker;
            }
            Err(error) => {
                tracing::warn!(queue = %name, "waiting for Redis: {error}");
                tokio::time::sleep(RETRY_CONNECT).await;
            }
        }
    }
}

/// BullMQ's side of a job: give it to apalis, write its progress, wait for the outcome.
async fn hand_over(
    queue: QueueName,
    mut job: BullJob,
    sender: mpsc::Sender<Envelope>,
    cancelled: CancellationToken,
) -> std::result::Result<serde_json::Value, bullmq::Error> {
    let (progress, mut progressed) = watch::channel(0.0f32);
    let (answer, mut answered) = oneshot::channel();
    let context = JobContext {
        id: job.id().to_owned(),
        queue,
        name: job.name().to_owned(),
        data: job.data().clone(),
        attempt: job.attempts_made() + 1,
        cancelled,
        progress,
    };
    if sender.send(Envelope { context, answer }).await.is_err() {
        return Err(bullmq::Error::ProcessingError("the worker is stopping".to_owned()));
    }
    let outcome = loop {
        tokio::select! {
            outcome = &mut answered => break outcome,
            changed = progressed.changed() => {
                if changed.is_err() {
                    break (&mut answered).await;
                }
                let share = *progressed.borrow_and_update();
                let percent = JobProgress::Object(serde_json::json!((share * 100.0).round()));
                if let Err(error) = job.update_progress(percent).await {
                    tracing::debug!(job.id = job.id(), "write progress: {error}");
                }
                tokio::time::sleep(PROGRESS_EVERY).await;
            }
        }
    };
    match outcome {
        Ok(Ok(JobResult::Done)) => Ok(serde_json::Value::Null),
        Ok(Ok(JobResult::Skipped(reason))) => Ok(serde_json::json!({ "skipped": reason })),
        Ok(Err(JobError::Retry(cause))) => Err(bullmq::Error::ProcessingError(format!("{cause:#}"))),
        Ok(Err(JobError::Fail(cause))) => Err(bullmq::Error::Unrecoverable(format!("{cause:#}"))),
        Err(_) => Err(bullmq::Error::ProcessingError("the job was dropped".to_owned())),
    }
}

/// apalis' side: a stream of jobs through a service, as many at once as BullMQ hands over.
async fn run_apalis(queue: QueueName, receiver: mpsc::Receiver<Envelope>, handler: Handler) {
    let jobs: BoxStream<'static, std::result::Result<Envelope, std::io::Error>> =
        futures::stream::unfold(receiver, |mut receiver| async { Some((Ok(receiver.recv().await?), receiver)) })
            .boxed();
    let body = Body { handler };
    let worker = WorkerBuilder::new(queue.as_str()).backend(jobs).build(body);
    if let Err(error) = worker.run().await {
        tracing::error!(%queue, "the worker ended: {error}");
    }
}

/// The service at the heart of apalis' tower.
#[derive(Clone)]
struct Body {
    handler: Handler,
}

impl tower::Service<Task<Envelope>> for Body {
    type Response = ();
    type Error = std::io::Error;
    type Future = BoxFuture<'static, std::result::Result<(), std::io::Error>>;

    fn poll_ready(&mut self, _: &mut std::task::Context<'_>) -> Poll<std::result::Result<(), std::io::Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, task: Task<Envelope>) -> Self::Future {
        let handler = Arc::clone(&self.handler);
        Box::pin(async move {
            let Envelope { context, answer } = task.args;
            let outcome = run_body(&handler, context).await;
            // Nobody waits any more when the worker is stopping.
            let _ = answer.send(outcome);
            Ok(())
        })
    }
}

/// Runs one body with its numbers; a panic is a failed attempt and nothing more.
async fn run_body(handler: &Handler, context: JobContext) -> JobOutcome {
    let started = Instant::now();
    let labels = [("queue", context.queue.to_string()), ("name", context.name.clone())];
    metrics::gauge!("jobs_running", &labels).increment(1);
    let outcome = AssertUnwindSafe(handler(context)).catch_unwind().await.unwrap_or_else(|panic| {
        Err(JobError::Retry(anyhow::anyhow!("the job panicked: {}", panic_text(panic.as_ref()))))
    });
    metrics::gauge!("jobs_running", &labels).decrement(1);
    metrics::histogram!("job_duration_seconds", &labels).record(started.elapsed().as_secs_f64());
    let result = match &outcome {
        Ok(JobResult::Done) => "done",
        Ok(JobResult::Skipped(_)) => "skipped",
        Err(JobError::Retry(_)) => "retried",
        Err(JobError::Fail(_)) => "failed",
    };
    let [queue, name] = labels;
    metrics::counter!("jobs_total", &[queue, name, ("result", result.to_owned())]).increment(1);
    outcome
}

fn panic_text(panic: &(dyn Any + Send)) -> &str {
    panic.downcast_ref::<String>().map(String::as_str).or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("?")
}

/// Empties the worker's list of events, which grows without bound otherwise, and logs what matters.
async fn watch_events(queue: QueueName, worker: Arc<Worker>) {
    use bullmq::worker::WorkerEvent;
    while let Some(event) = worker.next_event().await {
        match event {
            WorkerEvent::Stalled { .. } => tracing::warn!(%queue, ?event, "a job's worker died: it runs again"),
            WorkerEvent::Error { .. } => tracing::warn!(%queue, ?event, "the queue reports an error"),
            WorkerEvent::Closed => return,
            _ => {}
        }
    }
}

/// Applies changes of concurrency, those made before this process started included.
async fn follow_concurrency(
    queue: Queue,
    running: Arc<Mutex<HashMap<QueueName, Arc<Worker>>>>,
    stopping: CancellationToken,
) {
    let mut changes = subscribe(&queue, keys::concurrency_channel(queue.prefix()));
    loop {
        let message = tokio::select! {
            message = changes.next() => message,
            () = stopping.cancelled() => return,
        };
        let Some(message) = message else { return };
        let text = String::from_utf8_lossy(&message);
        let Some((name, concurrency)) = text.split_once(' ') else { continue };
        let (Ok(name), Ok(concurrency)) = (name.parse::<QueueName>(), concurrency.parse::<usize>()) else { continue };
        if name.fixed_concurrency().is_none()
            && let Some(worker) = running.lock().await.get(&name)
        {
            worker.set_concurrency(concurrency);
            tracing::info!(queue = %name, concurrency, "concurrency changed");
        }
    }
}
