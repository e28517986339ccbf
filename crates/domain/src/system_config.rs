//! The administrator's settings: read at start, kept as differences from the defaults, announced when they change.

use crate::{
    app::App,
    caller::Caller,
    embeddings,
    error::{Error, Result},
    events::Event,
    queues,
};
use anyhow::Context;
use config::SystemConfig;
use futures::StreamExt;
use serde_json::Value;
use std::{future::ready, path::Path, pin::pin, sync::Arc, time::Duration};

/// Where the differences are kept among the system's metadata.
const KEY: &str = "system-config";
/// How old settings can get in a process that missed the announcement of a change.
const LOOK_ANEW: Duration = Duration::from_secs(60);

/// The settings as they are stored, or as the operator's file says.
pub async fn load(app: &App) -> Result<SystemConfig> {
    let partial = match &app.env.server.config_file {
        Some(file) => read_file(file).await?,
        None => db::system_metadata::find(&mut *app.db.acquire().await?, KEY).await?.unwrap_or_default(),
    };
    defaults(app).with_partial(&partial).map_err(Error::internal)
}

async fn read_file(file: &Path) -> Result<Value> {
    let text = tokio::fs::read_to_string(file)
        .await
        .with_context(|| format!("read the settings in {}", file.display()))
        .map_err(Error::Internal)?;
    parse_file(&text)
        .with_context(|| format!("the settings in {} are neither JSON nor YAML", file.display()))
        .map_err(Error::Internal)
}

/// All JSON is YAML too.
fn parse_file(text: &str) -> anyhow::Result<Value> {
    let value = serde_yaml_ng::from_str(text)?;
    anyhow::ensure!(matches!(value, Value::Object(_) | Value::Null), "they are not sections with settings");
    Ok(value)
}

/// Reads the settings anew whenever a process announces that it changed them. An announcement may be lost, so they are
/// looked at now and then without one.
pub async fn follow(app: App) {
    let mut changes = pin!(app.events.subscribe().filter(|event| ready(*event == Event::ConfigUpdated)));
    loop {
        if let Ok(None) = tokio::time::timeout(LOOK_ANEW, changes.next()).await {
            tokio::time::sleep(LOOK_ANEW).await;
        }
        if let Err(error) = app.reload_system_config().await {
            tracing::error!("read the settings anew: {error:#}");
        }
    }
}

/// The settings as this process knows them.
pub fn current(app: &App) -> Arc<SystemConfig> {
    app.system.get()
}

/// What the operator set for the model service holds where the administrator chose nothing else.
pub fn defaults(app: &App) -> SystemConfig {
    let (mut config, env) = (SystemConfig::default(), &app.env.machine_learning);
    config.machine_learning.enabled = env.enabled;
    if let Some(url) = &env.url {
        config.machine_learning.urls = vec![url.clone()];
    }
    config
}

/// Takes new settings, complete: stores what differs from the defaults and tells every process.
pub async fn update(app: &App, _administrator: &Caller, new: &SystemConfig) -> Result<Arc<SystemConfig>> {
    if app.env.server.config_file.is_some() {
        return Err(Error::bad_request("Cannot update configuration while IMMICH_CONFIG_FILE is in use"));
    }
    let complete = serde_json::to_value(new).map_err(Error::internal)?;
    let defaults = defaults(app);
    let config = defaults.with_partial(&complete).map_err(|error| Error::BadRequest(error.to_string().into()))?;
    let partial = config.to_partial(&defaults).map_err(Error::internal)?;
    db::system_metadata::upsert(&mut *app.db.acquire().await?, KEY, &partial).await?;
    app.reload_system_config().await?;
    queues::apply_concurrency(app).await?;
    app.events.publish(&Event::ConfigUpdated).await;
    embeddings::follow_settings(app).await?;
    Ok(app.system.get())
}

#[cfg(test)]
mod tests {
    use super::parse_file;
    use serde_json::{Value, json};

    #[test]
    fn a_file_of_settings_is_json_or_yaml() {
        let settings = json!({ "ffmpeg": { "crf": 20, "targetResolution": "720" } });
        assert_eq!(parse_file(&settings.to_string()).unwrap(), settings);
        assert_eq!(parse_file("ffmpeg:\n  crf: 20\n  targetResolution: '720'\n").unwrap(), settings);
        assert_eq!(parse_file("").unwrap(), Value::Null);
        assert!(parse_file("ffmpeg: [").is_err());
        assert!(parse_file("just words").is_err());
    }
}
