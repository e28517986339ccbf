//! The worker as a whole: queues in, bodies run, schedule and sweeps beside them, and an orderly end.

use crate::{context::Context, outcome::Failure, registry, schedule, sweep};
use domain::App;
use futures::FutureExt;
use media::Runner;
use model::queue::QueueName;
use queue::{Handler, JobContext, JobOutcome, JobResult, Workers, WorkersOptions};
use std::{collections::BTreeSet, sync::Arc, time::Duration};
use tokio_util::sync::CancellationToken;
use tracing::Instrument;

/// How long running jobs may take after the signal to stop; what is left is run again later.
const PATIENCE: Duration = Duration::from_secs(20);

/// Works until `stopping` is cancelled.
pub async fn run(app: App, media: Runner, stopping: CancellationToken) {
    let context = Context::new(app.clone(), media);
    let workers = Workers::start(&app.queue, options(&app), &handler(context.clone()));
    let beside = [
        tokio::spawn(schedule::run(context.clone())),
        tokio::spawn(sweep::run(app.clone())),
        tokio::spawn(domain::system_config::follow(app.clone())),
        tokio::spawn(domain::models::watch(app.clone())),
    ];
    tracing::info!(version = env!("CARGO_PKG_VERSION"), "the worker is waiting for jobs");
    stopping.cancelled().await;
    tracing::info!("stopping: waiting for running jobs");
    beside.iter().for_each(tokio::task::JoinHandle::abort);
    workers.stop(PATIENCE).await;
}

/// Runs jobs until every queue is empty: what tests call in place of [`run`].
pub async fn drain(app: &App, media: Runner) {
    let context = Context::new(app.clone(), media);
    let workers = Workers::start(&app.queue, options(app), &handler(context));
    loop {
        let busy = match app.queue.states().await {
            Ok(states) => {
                states.iter().any(|(_, state)| state.counts.active + state.counts.waiting + state.counts.delayed > 0)
            }
            Err(_) => true,
        };
        if !busy {
            break;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    workers.stop(PATIENCE).await;
}

/// Only queues that have jobs are worked on: an idle worker costs two connections.
fn options(app: &App) -> WorkersOptions {
    let system = app.system.get();
    let queues: BTreeSet<QueueName> = domain::jobs::CATALOGUE.iter().map(|(_, queue)| *queue).collect();
    WorkersOptions { queues: queues.into_iter().map(|queue| (queue, system.concurrency(queue))).collect() }
}

fn handler(context: Context) -> Handler {
    Arc::new(move |job| {
        let context = context.for_job(job.clone());
        async move { run_one(&context, job).await }.boxed()
    })
}

/// One job in its span; its end is logged here and nowhere else.
async fn run_one(context: &Context, job: JobContext) -> JobOutcome {
    let span = tracing::info_span!(
        "job",
        job.name = job.name,
        job.id = job.id,
        job.attempt = job.attempt,
        asset.id = job.data.get("id").and_then(|id| id.as_str()).unwrap_or_default()
    );
    async {
        let result = tokio::select! {
            outcome = registry::run(context, &job.name, job.data.clone()) => outcome,
            () = job.cancelled.cancelled() => Err(Failure::retry(anyhow::anyhow!("the worker stopped"))),
        };
        match result {
            Ok(JobResult::Done) => {
                tracing::debug!("done");
                Ok(JobResult::Done)
            }
            Ok(JobResult::Skipped(reason)) => {
                tracing::debug!(reason, "skipped");
                Ok(JobResult::Skipped(reason))
            }
            Err(Failure(error)) => {
                match &error {
                    queue::JobError::Retry(cause) => tracing::warn!("the attempt failed: {cause:#}"),
                    queue::JobError::Fail(cause) => tracing::error!("the job failed: {cause:#}"),
                }
                Err(error)
            }
        }
    }
    .instrument(span)
    .await
}
