//! Finds what was accepted and never finished: jobs that were lost with Redis' data, or that could not be queued.
//!
//! Postgres is the truth. A sweep queues what it says is missing; jobs carry their asset's id, so what waits, runs or has
//! failed for good is not queued twice.

use domain::{
    App,
    asset_jobs::{self, Step},
};
use std::time::{Duration, Instant};

/// Besides, Redis is asked this often whether it lost its memory.
const LOOK_EVERY: Duration = Duration::from_secs(5);
const SWEEP_EVERY: Duration = Duration::from_secs(5 * 60);

/// Sweeps at start, every few minutes, and as soon as Redis turns out to have lost its data.
pub async fn run(app: App) {
    let mut swept: Option<Instant> = None;
    loop {
        let forgetful = matches!(app.queue.remembers().await, Ok(false));
        if forgetful || swept.is_none_or(|at| at.elapsed() >= SWEEP_EVERY) {
            match sweep(&app).await {
                Ok(()) => swept = Some(Instant::now()),
                Err(error) => tracing::warn!("look for unfinished work: {error:#}"),
            }
        }
        tokio::time::sleep(LOOK_EVERY).await;
    }
}

async fn sweep(app: &App) -> domain::Result<()> {
    for step in [Step::Metadata, Step::Thumbnails, Step::Video] {
        let queued = asset_jobs::queue_missing(app, step, false).await?;
        if queued > 0 {
            tracing::info!(?step, queued, "found unfinished work");
        }
    }
    let unseen = domain::embeddings::sweep(app).await?;
    if unseen > 0 {
        tracing::info!(unseen, "found photos without an embedding");
    }
    let unwritten = domain::sidecars::queue_unwritten(app).await?;
    if unwritten > 0 {
        tracing::info!(unwritten, "found edits that no sidecar holds");
    }
    let faces = domain::people::queue_thumbnails(app, false).await?;
    if faces > 0 {
        tracing::info!(faces, "found people without a picture of their face");
    }
    asset_jobs::queue_deleted(app).await?;
    domain::queues::apply_concurrency(app).await?;
    Ok(app.queue.remember().await?)
}
