//! The settings in three tiers: everything for administrators (`config::SystemConfig` itself), some for every user,
//! few for whoever opens the login page.

use config::{SystemConfig, system::choices::VideoCodec};
use serde::Serialize;
use utoipa::ToSchema;

#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = PublicConfigDto)]
pub struct PublicConfig {
    pub oauth: PublicConfigOAuth,
    pub password_login: PublicConfigPasswordLogin,
    pub server: PublicConfigServer,
    pub theme: PublicConfigTheme,
}

#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = PublicConfigOAuthDto)]
pub struct PublicConfigOAuth {
    pub auto_launch: bool,
    pub button_text: String,
    pub enabled: bool,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PublicConfigPasswordLoginDto)]
pub struct PublicConfigPasswordLogin {
    pub enabled: bool,
}

#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = PublicConfigServerDto)]
pub struct PublicConfigServer {
    pub login_page_message: String,
}

#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = PublicConfigThemeDto)]
pub struct PublicConfigTheme {
    pub custom_css: String,
}

#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = UserConfigDto)]
pub struct UserConfig {
    pub ffmpeg: UserConfigFFmpeg,
    pub image: UserConfigImage,
    pub machine_learning: UserConfigMachineLearning,
    pub map: UserConfigMap,
    pub oauth: UserConfigOAuth,
    pub password_login: UserConfigPasswordLogin,
    pub reverse_geocoding: UserConfigReverseGeocoding,
    pub server: UserConfigServer,
    pub theme: UserConfigTheme,
    pub trash: UserConfigTrash,
    pub user: UserConfigUser,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = UserConfigFFmpegDto)]
pub struct UserConfigFFmpeg {
    pub realtime: UserConfigFFmpegRealtime,
}

#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = UserConfigFFmpegRealtimeDto)]
pub struct UserConfigFFmpegRealtime {
    pub enabled: bool,
    pub resolutions: Vec<u32>,
    pub video_codecs: Vec<VideoCodec>,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = UserConfigImageDto)]
pub struct UserConfigImage {
    pub fullsize: UserConfigGeneratedFullsizeImage,
    pub preview: UserConfigGeneratedImage,
    pub thumbnail: UserConfigGeneratedImage,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = UserConfigGeneratedFullsizeImageDto)]
pub struct UserConfigGeneratedFullsizeImage {
    pub enabled: bool,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = UserConfigGeneratedImageDto)]
pub struct UserConfigGeneratedImage {
    pub size: u32,
}

#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = UserConfigMachineLearningDto)]
pub struct UserConfigMachineLearning {
    pub clip: UserConfigClip,
    pub duplicate_detection: UserConfigDuplicateDetection,
    pub enabled: bool,
    pub facial_recognition: UserConfigFacialRecognition,
    pub ocr: UserConfigOcr,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = UserConfigClipDto)]
pub struct UserConfigClip {
    pub enabled: bool,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = UserConfigDuplicateDetectionDto)]
pub struct UserConfigDuplicateDetection {
    pub enabled: bool,
}

#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = UserConfigFacialRecognitionDto)]
pub struct UserConfigFacialRecognition {
    pub enabled: bool,
    pub min_faces: u32,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = UserConfigOcrDto)]
pub struct UserConfigOcr {
    pub enabled: bool,
}

#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = UserConfigMapDto)]
pub struct UserConfigMap {
    pub dark_style: String,
    pub enabled: bool,
    pub light_style: String,
}

#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = UserConfigOAuthDto)]
pub struct UserConfigOAuth {
    pub auto_launch: bool,
    pub button_text: String,
    pub enabled: bool,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = UserConfigPasswordLoginDto)]
pub struct UserConfigPasswordLogin {
    pub enabled: bool,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = UserConfigReverseGeocodingDto)]
pub struct UserConfigReverseGeocoding {
    pub enabled: bool,
}

#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = UserConfigServerDto)]
pub struct UserConfigServer {
    pub external_domain: String,
    pub login_page_message: String,
    pub public_users: bool,
}

#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = UserConfigThemeDto)]
pub struct UserConfigTheme {
    pub custom_css: String,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = UserConfigTrashDto)]
pub struct UserConfigTrash {
    pub days: u32,
    pub enabled: bool,
}

#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = UserConfigUserDto)]
pub struct UserConfigUser {
    pub delete_delay: u32,
}

#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = SystemConfigTemplateStorageOptionDto)]
pub struct StorageTemplateOptions {
    pub day_options: Vec<String>,
    pub hour_options: Vec<String>,
    pub minute_options: Vec<String>,
    pub month_options: Vec<String>,
    pub preset_options: Vec<String>,
    pub second_options: Vec<String>,
    pub week_options: Vec<String>,
    pub year_options: Vec<String>,
}

impl From<&SystemConfig> for PublicConfig {
    fn from(config: &SystemConfig) -> Self {
        Self {
            oauth: PublicConfigOAuth {
                auto_launch: config.oauth.auto_launch,
                button_text: config.oauth.button_text.clone(),
                enabled: config.oauth.enabled,
            },
            password_login: PublicConfigPasswordLogin { enabled: config.password_login.enabled },
            server: PublicConfigServer { login_page_message: config.server.login_page_message.clone() },
            theme: PublicConfigTheme { custom_css: config.theme.custom_css.clone() },
        }
    }
}

impl From<&SystemConfig> for UserConfig {
    fn from(config: &SystemConfig) -> Self {
        let realtime = &config.ffmpeg.realtime;
        Self {
            ffmpeg: UserConfigFFmpeg {
                realtime: UserConfigFFmpegRealtime {
                    enabled: realtime.enabled,
                    resolutions: realtime.resolutions.clone(),
                    video_codecs: realtime.video_codecs.clone(),
                },
            },
            image: UserConfigImage {
                fullsize: UserConfigGeneratedFullsizeImage { enabled: config.image.fullsize.enabled },
                preview: UserConfigGeneratedImage { size: config.image.preview.size },
                thumbnail: UserConfigGeneratedImage { size: config.image.thumbnail.size },
            },
            machine_learning: (&config.machine_learning).into(),
            map: UserConfigMap {
                dark_style: config.map.dark_style.clone(),
                enabled: config.map.enabled,
                light_style: config.map.light_style.clone(),
            },
            oauth: UserConfigOAuth {
                auto_launch: config.oauth.auto_launch,
                button_text: config.oauth.button_text.clone(),
                enabled: config.oauth.enabled,
            },
            password_login: UserConfigPasswordLogin { enabled: config.password_login.enabled },
            reverse_geocoding: UserConfigReverseGeocoding { enabled: config.reverse_geocoding.enabled },
            server: UserConfigServer {
                external_domain: config.server.external_domain.clone(),
                login_page_message: config.server.login_page_message.clone(),
                public_users: config.server.public_users,
            },
            theme: UserConfigTheme { custom_css: config.theme.custom_css.clone() },
            trash: UserConfigTrash { days: config.trash.days, enabled: config.trash.enabled },
            user: UserConfigUser { delete_delay: config.user.delete_delay },
        }
    }
}

impl From<&config::system::machine_learning::MachineLearning> for UserConfigMachineLearning {
    fn from(config: &config::system::machine_learning::MachineLearning) -> Self {
        Self {
            clip: UserConfigClip { enabled: config.clip.enabled },
            duplicate_detection: UserConfigDuplicateDetection { enabled: config.duplicate_detection.enabled },
            enabled: config.enabled,
            facial_recognition: UserConfigFacialRecognition {
                enabled: config.facial_recognition.enabled,
                min_faces: config.facial_recognition.min_faces,
            },
            ocr: UserConfigOcr { enabled: config.ocr.enabled },
        }
    }
}

impl StorageTemplateOptions {
    /// What a storage template may be put together from.
    pub fn all() -> Self {
        let list = |tokens: &[&str]| tokens.iter().map(|&token| token.to_owned()).collect();
        Self {
            day_options: list(&["d", "dd"]),
            hour_options: list(&["h", "hh", "H", "HH"]),
            minute_options: list(&["m", "mm"]),
            month_options: list(&["M", "MM", "MMM", "MMMM"]),
            preset_options: list(PRESETS),
            second_options: list(&["s", "ss", "SSS"]),
            week_options: list(&["W", "WW"]),
            year_options: list(&["y", "yy"]),
        }
    }
}

/// Templates to choose from: by year, month and day in the usual spellings, by album, by camera.
const PRESETS: &[&str] = &[
    "{{y}}/{{y}}-{{MM}}-{{dd}}/{{filename}}",
    "{{y}}/{{MM}}-{{dd}}/{{filename}}",
    "{{y}}/{{MMMM}}-{{dd}}/{{filename}}",
    "{{y}}/{{MM}}/{{filename}}",
    "{{y}}/{{#if album}}{{album}}{{else}}Other/{{MM}}{{/if}}/{{filename}}",
    "{{#if album}}{{album-startDate-y}}/{{album}}{{else}}{{y}}/Other/{{MM}}{{/if}}/{{filename}}",
    "{{y}}/{{MMM}}/{{filename}}",
    "{{y}}/{{MMMM}}/{{filename}}",
    "{{y}}/{{MM}}/{{dd}}/{{filename}}",
    "{{y}}/{{MMMM}}/{{dd}}/{{filename}}",
    "{{y}}/{{y}}-{{MM}}/{{y}}-{{MM}}-{{dd}}/{{filename}}",
    "{{y}}-{{MM}}-{{dd}}/{{filename}}",
    "{{y}}-{{MMM}}-{{dd}}/{{filename}}",
    "{{y}}-{{MMMM}}-{{dd}}/{{filename}}",
    "{{y}}/{{y}}-{{MM}}/{{filename}}",
    "{{y}}/{{y}}-{{WW}}/{{filename}}",
    "{{y}}/{{y}}-{{MM}}-{{dd}}/{{assetId}}",
    "{{y}}/{{y}}-{{MM}}/{{assetId}}",
    "{{y}}/{{y}}-{{WW}}/{{assetId}}",
    "{{album}}/{{filename}}",
    "{{make}}/{{model}}/{{y}}-{{MM}}/{{filename}}",
];
