//! What the server says of itself: what it can do, what it holds, which versions it has been.

use crate::{
    app::App,
    caller::Caller,
    embeddings,
    error::{Error, Result},
};
use chrono::{DateTime, Utc};
use model::{
    server_info::{DiskSpace, Features, VersionHistoryEntry},
    users::UserUsage,
};
use serde_json::{Value, json};

/// Whether the administrator has been through the first steps.
const ADMIN_ONBOARDING: &str = "admin-onboarding";
/// What was once made and has to be there ever since.
const FLAGS: &str = "system-flags";
const VERSION_CHECK: &str = "version-check-state";

/// What this version can do at all; the settings turn off what an administrator does not want of it.
const CAN: Features = Features {
    config_file: true,
    duplicate_detection: false,
    email: false,
    facial_recognition: false,
    import_faces: false,
    map: false,
    oauth: false,
    oauth_auto_launch: false,
    ocr: false,
    password_login: true,
    realtime_transcoding: true,
    reverse_geocoding: false,
    search: false,
    sidecar: true,
    smart_search: true,
    trash: true,
};

/// What this installation can do: clients hide the rest.
pub fn features(app: &App) -> Features {
    let config = app.system.get();
    let models = &config.machine_learning;
    let searches_by_meaning = embeddings::model(&config).is_some();
    Features {
        config_file: CAN.config_file && app.env.server.config_file.is_some(),
        duplicate_detection: CAN.duplicate_detection && models.enabled && models.duplicate_detection.enabled,
        email: CAN.email && config.notifications.smtp.enabled,
        facial_recognition: CAN.facial_recognition && models.enabled && models.facial_recognition.enabled,
        import_faces: CAN.import_faces && config.metadata.faces.r#import,
        map: CAN.map && config.map.enabled,
        oauth: CAN.oauth && config.oauth.enabled,
        oauth_auto_launch: CAN.oauth_auto_launch && config.oauth.auto_launch,
        ocr: CAN.ocr && models.enabled && models.ocr.enabled,
        password_login: CAN.password_login && config.password_login.enabled,
        realtime_transcoding: CAN.realtime_transcoding && config.ffmpeg.realtime.enabled,
        reverse_geocoding: CAN.reverse_geocoding && config.reverse_geocoding.enabled,
        search: CAN.search,
        sidecar: CAN.sidecar,
        smart_search: CAN.smart_search && searches_by_meaning,
        trash: CAN.trash && config.trash.enabled,
    }
}

/// How far the installation has been set up.
#[derive(Debug, Clone, Copy)]
pub struct SetUp {
    /// There is an administrator.
    pub is_initialized: bool,
    /// Who has been through the first steps.
    pub is_onboarded: bool,
}

pub async fn set_up(app: &App) -> Result<SetUp> {
    let mut conn = app.db.acquire().await?;
    let is_initialized = db::users::has_admin(&mut conn).await?;
    // Whoever runs the product from a settings file has made the choices that the first steps ask for.
    let is_onboarded = app.env.server.config_file.is_some() || {
        let stored = db::system_metadata::find(&mut conn, ADMIN_ONBOARDING).await?.unwrap_or_default();
        stored["isOnboarded"].as_bool().unwrap_or_default()
    };
    Ok(SetUp { is_initialized, is_onboarded })
}

pub async fn set_admin_onboarding(app: &App, _administrator: &Caller, is_onboarded: bool) -> Result<()> {
    let value = json!({ "isOnboarded": is_onboarded });
    Ok(db::system_metadata::upsert(&mut *app.db.acquire().await?, ADMIN_ONBOARDING, &value).await?)
}

/// The disk that holds the library.
pub async fn storage(app: &App, _caller: &Caller) -> Result<DiskSpace> {
    Ok(app.files.disk_space().await?)
}

/// What every user keeps.
pub async fn statistics(app: &App, _administrator: &Caller) -> Result<Vec<UserUsage>> {
    Ok(db::users::usage(&mut *app.db.acquire().await?).await?)
}

pub async fn version_history(app: &App) -> Result<Vec<VersionHistoryEntry>> {
    Ok(db::system_metadata::version_history(&mut *app.db.acquire().await?).await?)
}

/// Notes at start that this version serves the database from now on; once, however many servers start.
pub async fn record_version(app: &App, version: &str) -> Result<()> {
    let mut tx = app.db.begin().await?;
    db::system_metadata::lock(&mut tx, "version").await?;
    let newest = db::system_metadata::version_history(&mut tx).await?.into_iter().next();
    if newest.is_none_or(|newest| newest.version != version) {
        db::system_metadata::insert_version(&mut tx, version).await?;
    }
    Ok(tx.commit().await?)
}

/// Makes sure at start that every folder of the library is the one it was: an unmounted disk must not be filled up
/// beside the photos that it hides. On the very first start there is nothing to compare with, and the markers are made.
pub async fn check_mounts(app: &App) -> Result<()> {
    let mut tx = app.db.begin().await?;
    db::system_metadata::lock(&mut tx, FLAGS).await?;
    let mut flags = db::system_metadata::find(&mut tx, FLAGS).await?.unwrap_or_else(|| json!({}));
    let were_made = flags["mountChecks"].as_bool().unwrap_or_default();
    if were_made {
        match app.files.check_markers().await {
            Err(error) if app.env.library.ignore_mount_check_errors => {
                tracing::warn!("starting although a folder of the library is not right: {error}");
            }
            checked => checked.map_err(Error::internal)?,
        }
    } else {
        app.files.create_markers().await.map_err(Error::internal)?;
        flags["mountChecks"] = json!(true);
        db::system_metadata::upsert(&mut tx, FLAGS, &flags).await?;
    }
    Ok(tx.commit().await?)
}

/// When somebody last looked for a newer release, and which was found.
#[derive(Debug, Clone, Default)]
pub struct VersionCheck {
    pub checked_at: Option<DateTime<Utc>>,
    pub release_version: Option<String>,
}

pub async fn version_check(app: &App, _caller: &Caller) -> Result<VersionCheck> {
    let stored = db::system_metadata::find(&mut *app.db.acquire().await?, VERSION_CHECK).await?.unwrap_or_default();
    let text = |key: &str| stored.get(key).and_then(Value::as_str).map(str::to_owned);
    Ok(VersionCheck {
        checked_at: text("checkedAt").and_then(|at| at.parse().ok()),
        release_version: text("releaseVersion"),
    })
}
