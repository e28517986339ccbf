//! What pictures show, as directions that can be compared: what its jobs work on and how the results are kept.
//!
//! Postgres says which model made the embeddings that there are. When the settings name another one, whoever notices
//! first empties the table, and every asset lacks its embedding: jobs and sweeps make them anew.

use crate::{
    app::App,
    asset_jobs::{self, Step},
    error::{Error, Result},
    jobs::SmartSearchQueueAll,
    models, system_config,
};
use anyhow::anyhow;
use config::SystemConfig;
use model::ids::AssetId;
use std::path::PathBuf;

/// The model of the settings; `None` when none is to be used.
pub fn model(config: &SystemConfig) -> Option<&str> {
    let models = &config.machine_learning;
    (models.enabled && models.clip.enabled).then_some(models.clip.model_name.as_str())
}

/// The picture of an asset that a model is shown; `None` when there is nothing to see, or not yet.
pub async fn find_picture(app: &App, id: AssetId) -> Result<Option<PathBuf>> {
    Ok(db::embeddings::find_picture(&mut *app.db.acquire().await?, id).await?.map(PathBuf::from))
}

/// Keeps what this model says of an asset's picture.
pub async fn record(app: &App, id: AssetId, model: &str, embedding: Vec<f32>) -> Result<()> {
    let dimensions = i32::try_from(embedding.len()).map_err(Error::internal)?;
    let mut tx = begin_with(app, model).await?;
    if db::embeddings::dimensions(&mut tx).await? != dimensions {
        db::embeddings::set_dimensions(&mut tx, dimensions).await?;
    }
    db::embeddings::record(&mut tx, id, embedding).await?;
    Ok(tx.commit().await?)
}

/// Of a picture that the model refuses: it would do so again, so nobody asks until all are asked for.
pub async fn give_up(app: &App, id: AssetId, model: &str) -> Result<()> {
    let mut tx = begin_with(app, model).await?;
    db::embeddings::mark(&mut tx, id).await?;
    Ok(tx.commit().await?)
}

/// A transaction during which embeddings are this model's.
async fn begin_with(app: &App, model: &str) -> Result<db::Tx> {
    adopt(app, model).await?;
    let mut tx = app.db.begin().await?;
    if db::embeddings::hold_model(&mut tx).await?.as_deref() == Some(model) { Ok(tx) } else { Err(changed_meanwhile()) }
}

/// Queues the making of embeddings for every asset that lacks one, or for all. What failed because no service answered
/// is tried again: what a model refused lacks nothing. Answers how many were queued.
pub async fn queue_missing(app: &App, all: bool) -> Result<u64> {
    // As they are stored: who changed them asks at once, and this process may not have heard of it yet.
    let config = system_config::load(app).await?;
    let Some(model) = model(&config) else { return Ok(0) };
    adopt(app, model).await?;
    asset_jobs::queue_missing(app, Step::Embedding, all).await
}

/// The same for a sweep, which has time: as long as no service answers, nothing is queued only to fail.
pub async fn sweep(app: &App) -> Result<u64> {
    if model(&app.system.get()).is_none() || !has_missing(app).await? {
        return Ok(0);
    }
    if !models::are_reachable(app).await? {
        tracing::warn!("no model service answers: photos wait for their embeddings");
        return Ok(0);
    }
    queue_missing(app, false).await
}

async fn has_missing(app: &App) -> Result<bool> {
    let config = app.system.get();
    let mut conn = app.db.acquire().await?;
    let is_other = db::embeddings::model(&mut conn).await?.as_deref() != model(&config);
    Ok(is_other || !db::asset_jobs::list_for_step(&mut conn, Step::Embedding, false, None, 1).await?.is_empty())
}

/// After the settings have changed: another model begins its work at once, not with the next sweep.
pub async fn follow_settings(app: &App) -> Result<()> {
    let config = app.system.get();
    let Some(model) = model(&config) else { return Ok(()) };
    if db::embeddings::model(&mut *app.db.acquire().await?).await?.as_deref() != Some(model) {
        app.queue.push(&SmartSearchQueueAll { force: false }).await?;
    }
    Ok(())
}

/// Makes this the model of all embeddings, if the settings as they are stored say so: a process that has not heard of a
/// change yet must not undo it.
async fn adopt(app: &App, model: &str) -> Result<()> {
    if db::embeddings::model(&mut *app.db.acquire().await?).await?.as_deref() == Some(model) {
        return Ok(());
    }
    if self::model(&system_config::load(app).await?) != Some(model) {
        return Err(changed_meanwhile());
    }
    let mut tx = app.db.begin().await?;
    db::embeddings::change_model(&mut tx, model).await?;
    tx.commit().await?;
    tracing::info!(model, "embeddings are this model's from now on");
    Ok(())
}

fn changed_meanwhile() -> Error {
    Error::Unavailable(anyhow!("the model of the settings has changed meanwhile"))
}
