//! What the server says of itself.

use crate::time::Timestamp;
use chrono::{DateTime, Utc};
use config::{SystemConfig, env::BuildEnv};
use model::{
    ids::UserId,
    mime::{self, FileKind},
    server_info::{DiskSpace, Features, VersionHistoryEntry},
    users::UserUsage,
};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

/// The API version that clients negotiate with; the workspace carries it as its own.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");
/// Where the release notes and apps of an API version are.
const RELEASES: &str = "https://github.com/immich-app/immich/releases";

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ServerPingResponse)]
pub struct PingResponse {
    pub res: &'static str,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ServerVersionResponseDto)]
pub struct VersionResponse {
    pub major: u32,
    pub minor: u32,
    pub patch: u32,
    /// Which release candidate; none of ours is one.
    #[schema(required)]
    pub prerelease: Option<u32>,
}

#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = ServerVersionHistoryResponseDto)]
pub struct VersionHistoryResponse {
    pub created_at: Timestamp,
    pub id: Uuid,
    pub version: String,
}

#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = VersionCheckStateResponseDto)]
pub struct VersionCheckResponse {
    #[schema(required)]
    pub checked_at: Option<Timestamp>,
    #[schema(required)]
    pub release_version: Option<String>,
}

#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = ServerFeaturesDto)]
pub struct FeaturesResponse {
    pub config_file: bool,
    pub duplicate_detection: bool,
    pub email: bool,
    pub facial_recognition: bool,
    pub import_faces: bool,
    pub map: bool,
    pub oauth: bool,
    pub oauth_auto_launch: bool,
    pub ocr: bool,
    pub password_login: bool,
    pub realtime_transcoding: bool,
    pub reverse_geocoding: bool,
    pub search: bool,
    pub sidecar: bool,
    pub smart_search: bool,
    pub trash: bool,
}

#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = ServerConfigDto)]
pub struct ServerConfigResponse {
    pub external_domain: String,
    pub is_initialized: bool,
    pub is_onboarded: bool,
    pub login_page_message: String,
    pub maintenance_mode: bool,
    pub map_dark_style_url: String,
    pub map_light_style_url: String,
    pub min_faces: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub oauth_account_management_url: Option<String>,
    pub oauth_button_text: String,
    pub public_users: bool,
    pub trash_days: u32,
    pub user_delete_delay: u32,
}

#[derive(Debug, Default, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = ServerAboutResponseDto)]
pub struct AboutResponse {
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub build: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub build_image: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub build_image_url: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub build_url: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub exiftool: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub ffmpeg: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub imagemagick: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub libvips: Option<String>,
    pub licensed: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub nodejs: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub repository: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub repository_url: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub source_commit: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub source_ref: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub source_url: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub third_party_bug_feature_url: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub third_party_documentation_url: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub third_party_source_url: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub third_party_support_url: Option<String>,
    pub version: String,
    pub version_url: String,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ServerApkLinksDto)]
pub struct ApkLinksResponse {
    pub arm64v8a: String,
    pub armeabiv7a: String,
    pub universal: String,
    #[serde(rename = "x86_64")]
    pub x86_64: String,
}

#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = ServerStorageResponseDto)]
pub struct StorageResponse {
    pub disk_available: String,
    pub disk_available_raw: u64,
    pub disk_size: String,
    pub disk_size_raw: u64,
    pub disk_usage_percentage: f64,
    pub disk_use: String,
    pub disk_use_raw: u64,
}

#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = ServerStatsResponseDto)]
pub struct StatisticsResponse {
    pub photos: i64,
    pub usage: i64,
    pub usage_by_user: Vec<UsageByUser>,
    pub usage_photos: i64,
    pub usage_videos: i64,
    pub videos: i64,
}

#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = UsageByUserDto)]
pub struct UsageByUser {
    pub photos: i64,
    #[schema(required)]
    pub quota_size_in_bytes: Option<i64>,
    pub usage: i64,
    pub usage_photos: i64,
    pub usage_videos: i64,
    pub user_id: UserId,
    pub user_name: String,
    pub videos: i64,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ServerMediaTypesResponseDto)]
pub struct MediaTypesResponse {
    pub image: Vec<String>,
    pub sidecar: Vec<String>,
    pub video: Vec<String>,
}

impl PingResponse {
    pub const PONG: Self = Self { res: "pong" };
}

impl VersionResponse {
    /// This server's version, in the numbers that clients compare.
    pub fn current() -> Self {
        let mut numbers = VERSION.split('.').map(|part| part.parse().expect("a package version is three numbers"));
        let mut next = || numbers.next().unwrap_or_default();
        Self { major: next(), minor: next(), patch: next(), prerelease: None }
    }
}

impl From<VersionHistoryEntry> for VersionHistoryResponse {
    fn from(entry: VersionHistoryEntry) -> Self {
        Self { created_at: entry.created_at.into(), id: entry.id, version: entry.version }
    }
}

impl VersionCheckResponse {
    /// When somebody last looked for a newer release, and what was found.
    pub fn new(checked_at: Option<DateTime<Utc>>, release_version: Option<String>) -> Self {
        Self { checked_at: checked_at.map(Into::into), release_version }
    }
}

impl From<Features> for FeaturesResponse {
    fn from(features: Features) -> Self {
        Self {
            config_file: features.config_file,
            duplicate_detection: features.duplicate_detection,
            email: features.email,
            facial_recognition: features.facial_recognition,
            import_faces: features.import_faces,
            map: features.map,
            oauth: features.oauth,
            oauth_auto_launch: features.oauth_auto_launch,
            ocr: features.ocr,
            password_login: features.password_login,
            realtime_transcoding: features.realtime_transcoding,
            reverse_geocoding: features.reverse_geocoding,
            search: features.search,
            sidecar: features.sidecar,
            smart_search: features.smart_search,
            trash: features.trash,
        }
    }
}

impl ServerConfigResponse {
    /// `is_initialized`: there is an administrator; `is_onboarded`: who has been through the first steps.
    pub fn new(config: &SystemConfig, is_initialized: bool, is_onboarded: bool) -> Self {
        let account_url = &config.oauth.account_management_url;
        Self {
            external_domain: config.server.external_domain.clone(),
            is_initialized,
            is_onboarded,
            login_page_message: config.server.login_page_message.clone(),
            maintenance_mode: false,
            map_dark_style_url: config.map.dark_style.clone(),
            map_light_style_url: config.map.light_style.clone(),
            min_faces: config.machine_learning.facial_recognition.min_faces,
            oauth_account_management_url: Some(account_url.clone()).filter(|url| !url.is_empty()),
            oauth_button_text: config.oauth.button_text.clone(),
            public_users: config.server.public_users,
            trash_days: config.trash.days,
            user_delete_delay: config.user.delete_delay,
        }
    }
}

impl AboutResponse {
    pub fn new(build: &BuildEnv) -> Self {
        let build = build.clone();
        Self {
            build: build.build,
            build_image: build.build_image,
            build_image_url: build.build_image_url,
            build_url: build.build_url,
            licensed: false,
            repository: build.repository,
            repository_url: build.repository_url,
            source_commit: build.source_commit,
            source_ref: build.source_ref,
            source_url: build.source_url,
            version: format!("v{VERSION}"),
            version_url: format!("{RELEASES}/tag/v{VERSION}"),
            ..Self::default()
        }
    }
}

impl ApkLinksResponse {
    /// The mobile app of the version that this server speaks.
    pub fn current() -> Self {
        let link = |kind: &str| format!("{RELEASES}/download/v{VERSION}/app-{kind}release.apk");
        Self {
            arm64v8a: link("arm64-v8a-"),
            armeabiv7a: link("armeabi-v7a-"),
            universal: link(""),
            x86_64: link("x86_64-"),
        }
    }
}

impl From<DiskSpace> for StorageResponse {
    fn from(disk: DiskSpace) -> Self {
        let percentage =
            if disk.size_bytes == 0 { 0.0 } else { disk.used_bytes as f64 / disk.size_bytes as f64 * 100.0 };
        Self {
            disk_available: human_readable(disk.available_bytes),
            disk_available_raw: disk.available_bytes,
            disk_size: human_readable(disk.size_bytes),
            disk_size_raw: disk.size_bytes,
            disk_usage_percentage: (percentage * 100.0).round() / 100.0,
            disk_use: human_readable(disk.used_bytes),
            disk_use_raw: disk.used_bytes,
        }
    }
}

/// `1.5 GiB`: the largest unit below the number, one decimal.
fn human_readable(bytes: u64) -> String {
    const UNITS: [&str; 6] = ["KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];
    let mut number = bytes as f64;
    let mut unit = "B";
    for larger in UNITS {
        if number < 1024.0 {
            break;
        }
        number /= 1024.0;
        unit = larger;
    }
    if unit == "B" { format!("{bytes} B") } else { format!("{number:.1} {unit}") }
}

impl StatisticsResponse {
    /// Every user's share and their sum.
    pub fn new(usage: Vec<UserUsage>) -> Self {
        let sum = |of: fn(&UserUsage) -> i64| usage.iter().map(of).sum();
        Self {
            photos: sum(|user| user.photos),
            usage: sum(|user| user.usage_bytes),
            usage_photos: sum(|user| user.usage_photos_bytes),
            usage_videos: sum(|user| user.usage_videos_bytes),
            videos: sum(|user| user.videos),
            usage_by_user: usage.into_iter().map(Into::into).collect(),
        }
    }
}

impl From<UserUsage> for UsageByUser {
    fn from(user: UserUsage) -> Self {
        Self {
            photos: user.photos,
            quota_size_in_bytes: user.quota_size_bytes,
            usage: user.usage_bytes,
            usage_photos: user.usage_photos_bytes,
            usage_videos: user.usage_videos_bytes,
            user_id: user.user_id,
            user_name: user.user_name,
            videos: user.videos,
        }
    }
}

impl MediaTypesResponse {
    /// What may be uploaded, by file extension.
    pub fn all() -> Self {
        Self {
            image: mime::extensions_of(FileKind::Image),
            sidecar: mime::extensions_of(FileKind::Sidecar),
            video: mime::extensions_of(FileKind::Video),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_healthcheck_compares_bytes() {
        assert_eq!(serde_json::to_string(&PingResponse::PONG).unwrap(), r#"{"res":"pong"}"#);
    }

    #[test]
    fn prerelease_is_present_and_null() {
        let version = serde_json::to_value(VersionResponse::current()).unwrap();
        assert_eq!(version, serde_json::json!({"major": 3, "minor": 2, "patch": 2, "prerelease": null}));
    }

    #[test]
    fn sizes_are_read_by_people() {
        assert_eq!(human_readable(0), "0 B");
        assert_eq!(human_readable(1023), "1023 B");
        assert_eq!(human_readable(1536), "1.5 KiB");
        assert_eq!(human_readable(500 * 1024 * 1024 * 1024), "500.0 GiB");
        let empty = DiskSpace { size_bytes: 0, used_bytes: 0, available_bytes: 0 };
        assert_eq!(StorageResponse::from(empty).disk_usage_percentage, 0.0);
    }

    #[test]
    fn extensions_carry_their_dot() {
        let types = MediaTypesResponse::all();
        assert!(types.image.contains(&".heic".to_owned()) && types.sidecar == [".xmp"]);
    }
}
