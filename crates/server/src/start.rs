//! What happens once before the server listens, and what tidies up beside it.

use anyhow::Context;
use config::env::DatabaseEnv;
use domain::App;
use std::time::Duration;

/// A database that is still starting gets this long.
const DATABASE_PATIENCE: Duration = Duration::from_secs(120);
const SWEEP_EVERY: Duration = Duration::from_secs(10 * 60);

/// Brings the schema up to date as soon as the database answers.
pub async fn migrate_when_up(env: &DatabaseEnv) -> anyhow::Result<()> {
    let deadline = tokio::time::Instant::now() + DATABASE_PATIENCE;
    loop {
        match App::migrate(env).await {
            Ok(()) => return Ok(()),
            Err(domain::Error::Unavailable(error)) if tokio::time::Instant::now() < deadline => {
                tracing::warn!("waiting for the database: {:#}", error);
                tokio::time::sleep(Duration::from_millis(500)).await;
            }
            Err(error) => return Err(error).context("bring the database up to date"),
        }
    }
}

/// Settings, version history, and the marker files that prove that every folder of the library is mounted.
pub async fn prepare(app: &App) -> anyhow::Result<()> {
    app.reload_system_config().await.context("read the settings")?;
    domain::server_info::record_version(app, env!("CARGO_PKG_VERSION")).await.context("record the version")?;
    domain::server_info::check_mounts(app).await.context("check the folders of the library")?;
    Ok(())
}

/// Clears away what uploads left that were cut off by a crash: at start, then now and again.
pub async fn sweep_incoming(app: App) {
    loop {
        match domain::assets::sweep_incoming(&app).await {
            Ok(0) => {}
            Ok(removed) => tracing::info!(removed, "removed what interrupted uploads had left"),
            Err(error) => tracing::warn!("sweep interrupted uploads: {error:#}"),
        }
        tokio::time::sleep(SWEEP_EVERY).await;
    }
}
