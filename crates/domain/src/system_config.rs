//! The administrator's settings: read at start, kept as differences from the defaults, announced when they change.

use crate::{
    app::App,
    caller::Caller,
    error::{Error, Result},
    events::Event,
    queues,
};
use anyhow::Context;
use config::SystemConfig;
use serde_json::Value;
use std::{path::Path, sync::Arc};

/// Where the differences are kept among the system's metadata.
const KEY: &str = "system-config";

/// The settings as they are stored, or as the operator's file says.
pub async fn load(app: &App) -> Result<SystemConfig> {
    let partial = match &app.env.server.config_file {
        Some(file) => read_file(file).await?,
        None => db::system_metadata::find(&mut *app.db.acquire().await?, KEY).await?.unwrap_or_default(),
    };
    let mut config = SystemConfig::from_partial(&partial).map_err(Error::internal)?;
    apply_env(app, &mut config);
    Ok(config)
}

/// What the operator set for the model service holds where the administrator chose nothing else.
fn apply_env(app: &App, config: &mut SystemConfig) {
    let env = &app.env.machine_learning;
    let defaults = SystemConfig::default().machine_learning;
    if !env.enabled && config.machine_learning.enabled == defaults.enabled {
        config.machine_learning.enabled = false;
    }
    if let Some(url) = &env.url
        && config.machine_learning.urls == defaults.urls
    {
        config.machine_learning.urls = vec![url.clone()];
    }
}

async fn read_file(file: &Path) -> Result<Value> {
    let text = tokio::fs::read_to_string(file)
        .await
        .with_context(|| format!("read the settings in {}", file.display()))
        .map_err(Error::Internal)?;
    serde_json::from_str(&text)
        .with_context(|| format!("the settings in {} are not JSON", file.display()))
        .map_err(Error::Internal)
}

/// The settings as this process knows them.
pub fn current(app: &App) -> Arc<SystemConfig> {
    app.system.get()
}

pub fn defaults(app: &App) -> SystemConfig {
    let mut config = SystemConfig::default();
    apply_env(app, &mut config);
    config
}

/// Takes new settings, complete: stores what differs from the defaults and tells every process.
pub async fn update(app: &App, _administrator: &Caller, new: &SystemConfig) -> Result<Arc<SystemConfig>> {
    if app.env.server.config_file.is_some() {
        return Err(Error::bad_request("Cannot update configuration while IMMICH_CONFIG_FILE is in use"));
    }
    let complete = serde_json::to_value(new).map_err(Error::internal)?;
    let config = SystemConfig::from_partial(&complete).map_err(|error| Error::BadRequest(error.to_string().into()))?;
    let partial = config.to_partial().map_err(Error::internal)?;
    db::system_metadata::upsert(&mut *app.db.acquire().await?, KEY, &partial).await?;
    app.reload_system_config().await?;
    queues::apply_concurrency(app).await?;
    app.events.publish(&Event::ConfigUpdated).await;
    Ok(app.system.get())
}
