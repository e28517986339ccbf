//! One job's way: BullMQ holds its lock, apalis runs its body, and the outcome goes back.
//!
//! What must stay true: a body that panics, hangs on after its worker was told to stop, or loses its worker never takes
//! another job with it, and a job that a stopping worker did not finish goes back to wait as if it had not been tried.

use crate::{
    job::{JobContext, JobError, JobOutcome, JobResult},
    suspects::{Suspects, Verdict},
};
use apalis_core::{task::Task, worker::builder::WorkerBuilder};
use bullmq::{job::Job as BullJob, types::JobProgress};
use futures::{FutureExt, StreamExt, future::BoxFuture, stream::BoxStream};
use model::queue::QueueName;
use std::{
    any::Any,
    panic::AssertUnwindSafe,
    sync::Arc,
    task::Poll,
    time::{Duration, Instant},
};
use tokio::sync::{mpsc, oneshot, watch};
use tokio_util::{sync::CancellationToken, task::AbortOnDropHandle};

/// How often progress is written at most.
const PROGRESS_EVERY: Duration = Duration::from_millis(500);
/// A body that is told to stop may still end well within this time.
pub(crate) const GRACE: Duration = Duration::from_secs(1);

/// The body of all jobs.
pub type Handler = Arc<dyn Fn(JobContext) -> BoxFuture<'static, JobOutcome> + Send + Sync>;

/// A job on its way from BullMQ to the body, and the way back.
pub(crate) struct Envelope {
    context: JobContext,
    answer: oneshot::Sender<JobOutcome>,
}

type BullResult = std::result::Result<serde_json::Value, bullmq::Error>;

/// BullMQ's side of a job: run it at once, or in its turn if its worker died before.
pub(crate) async fn hand_over(
    queue: QueueName,
    job: BullJob,
    sender: mpsc::Sender<Envelope>,
    cancelled: CancellationToken,
    suspects: Suspects,
) -> BullResult {
    let verdict = tokio::select! {
        verdict = suspects.judge(queue, &job) => verdict,
        () = cancelled.cancelled() => return back_to_wait(),
    };
    let mut running = std::pin::pin!(run(queue, job, sender, cancelled));
    match verdict {
        Ok(Verdict::Innocent) => running.await,
        Ok(Verdict::Suspect(turn)) => turn.during(running.as_mut()).await,
        Ok(Verdict::Guilty) => Err(bullmq::Error::Unrecoverable("its worker died whenever it ran".to_owned())),
        // Without Redis its lock is about to be lost as well.
        Err(_) => back_to_wait(),
    }
}

/// Gives a job to apalis, writes its progress, waits for the outcome.
async fn run(
    queue: QueueName,
    mut job: BullJob,
    sender: mpsc::Sender<Envelope>,
    cancelled: CancellationToken,
) -> BullResult {
    let (progress, progressed) = watch::channel(0.0f32);
    let (answer, mut answered) = oneshot::channel();
    let context = JobContext {
        id: job.id().to_owned(),
        queue,
        name: job.name().to_owned(),
        data: job.data().clone(),
        attempt: job.attempts_made() + 1,
        cancelled: cancelled.clone(),
        progress,
    };
    if sender.send(Envelope { context, answer }).await.is_err() {
        return back_to_wait();
    }
    let outcome = tokio::select! {
        biased;
        outcome = &mut answered => outcome,
        never = write_progress(&mut job, progressed) => match never {},
        () = cancelled.cancelled() => {
            // Whatever a cancelled body complains about, stopping it was our doing.
            return match tokio::time::timeout(GRACE, answered).await {
                Ok(Ok(Ok(result))) => Ok(written(result)),
                _ => back_to_wait(),
            };
        }
    };
    match outcome {
        Ok(Ok(result)) => Ok(written(result)),
        Ok(Err(JobError::Retry(cause))) => Err(bullmq::Error::ProcessingError(format!("{cause:#}"))),
        Ok(Err(JobError::Fail(cause))) => Err(bullmq::Error::Unrecoverable(format!("{cause:#}"))),
        Err(_) => Err(bullmq::Error::ProcessingError("the job was dropped".to_owned())),
    }
}

/// The only error after which BullMQ puts a job back to the front without counting the attempt.
fn back_to_wait() -> BullResult {
    Err(bullmq::Error::RateLimited { delay_ms: 0 })
}

fn written(result: JobResult) -> serde_json::Value {
    match result {
        JobResult::Done => serde_json::Value::Null,
        JobResult::Skipped(reason) => serde_json::json!({ "skipped": reason }),
    }
}

/// Writes what the body reports, now and then; ends never, so that whoever waits for the outcome ends it.
async fn write_progress(job: &mut BullJob, mut progressed: watch::Receiver<f32>) -> std::convert::Infallible {
    while progressed.changed().await.is_ok() {
        let share = *progressed.borrow_and_update();
        let percent = JobProgress::Object(serde_json::json!((share * 100.0).round()));
        if let Err(error) = job.update_progress(percent).await {
            tracing::debug!(job.id = job.id(), "write progress: {error}");
        }
        tokio::time::sleep(PROGRESS_EVERY).await;
    }
    std::future::pending().await
}

/// apalis' side: a stream of jobs through a service, as many at once as BullMQ hands over.
pub(crate) async fn run_apalis(queue: QueueName, receiver: mpsc::Receiver<Envelope>, handler: Handler) {
    let jobs: BoxStream<'static, std::result::Result<Envelope, std::io::Error>> =
        futures::stream::unfold(receiver, |mut receiver| async { Some((Ok(receiver.recv().await?), receiver)) })
            .boxed();
    let worker = WorkerBuilder::new(queue.as_str()).backend(jobs).build(Body { handler });
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
        let Envelope { context, mut answer } = task.args;
        // apalis drives all its futures in one task: bodies get their own, so that they use all cores.
        let mut body = AbortOnDropHandle::new(tokio::spawn(run_body(Arc::clone(&self.handler), context)));
        Box::pin(async move {
            tokio::select! {
                outcome = &mut body => {
                    let outcome = outcome.unwrap_or_else(|error| Err(JobError::Retry(error.into())));
                    // Nobody waits any more when the worker has just stopped.
                    let _ = answer.send(outcome);
                }
                () = answer.closed() => {}
            }
            Ok(())
        })
    }
}

/// Runs one body with its numbers; a panic is a failed attempt and nothing more.
async fn run_body(handler: Handler, context: JobContext) -> JobOutcome {
    let started = Instant::now();
    let labels = [("queue", context.queue.to_string()), ("name", context.name.clone())];
    let running = Running::new(&labels);
    let outcome = AssertUnwindSafe(async { handler(context).await }).catch_unwind().await.unwrap_or_else(|panic| {
        Err(JobError::Retry(anyhow::anyhow!("the job panicked: {}", panic_text(panic.as_ref()))))
    });
    drop(running);
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

/// Counted as running until dropped: a body that is aborted counts down too.
struct Running(metrics::Gauge);

impl Running {
    fn new(labels: &[(&'static str, String); 2]) -> Self {
        let gauge = metrics::gauge!("jobs_running", labels);
        gauge.increment(1);
        Self(gauge)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.0.decrement(1);
    }
}

fn panic_text(panic: &(dyn Any + Send)) -> &str {
    panic.downcast_ref::<String>().map(String::as_str).or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("?")
}
