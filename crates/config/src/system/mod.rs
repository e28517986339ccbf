//! Settings that an administrator edits at run time. Stored in Postgres, only where they differ from the defaults here.

pub mod backup;
pub mod choices;
pub mod ffmpeg;
pub mod image;
pub mod integrity_checks;
pub mod job;
pub mod library;
pub mod logging;
pub mod machine_learning;
pub mod map;
pub mod metadata;
pub mod new_version_check;
pub mod nightly_tasks;
pub mod notifications;
pub mod oauth;
pub mod password_login;
pub mod reverse_geocoding;
pub mod server;
pub mod storage_template;
pub mod templates;
pub mod theme;
pub mod trash;
pub mod user;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Complete settings, defaults filled in. The JSON form is that of the admin API.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, ToSchema)]
#[serde(default, rename_all = "camelCase")]
#[schema(as = AdminConfigDto)]
pub struct SystemConfig {
    #[schema(required)]
    pub backup: backup::Backups,
    #[schema(required)]
    pub ffmpeg: ffmpeg::Ffmpeg,
    #[schema(required)]
    pub image: image::Image,
    #[schema(required)]
    pub integrity_checks: integrity_checks::IntegrityChecks,
    #[schema(required)]
    pub job: job::Job,
    #[schema(required)]
    pub library: library::Library,
    #[schema(required)]
    pub logging: logging::Logging,
    #[schema(required)]
    pub machine_learning: machine_learning::MachineLearning,
    #[schema(required)]
    pub map: map::Map,
    #[schema(required)]
    pub metadata: metadata::Metadata,
    #[schema(required)]
    pub new_version_check: new_version_check::NewVersionCheck,
    #[schema(required)]
    pub nightly_tasks: nightly_tasks::NightlyTasks,
    #[schema(required)]
    pub notifications: notifications::Notifications,
    #[schema(required)]
    pub oauth: oauth::OAuth,
    #[schema(required)]
    pub password_login: password_login::PasswordLogin,
    #[schema(required)]
    pub reverse_geocoding: reverse_geocoding::ReverseGeocoding,
    #[schema(required)]
    pub server: server::Server,
    #[schema(required)]
    pub storage_template: storage_template::StorageTemplate,
    #[schema(required)]
    pub templates: templates::Templates,
    #[schema(required)]
    pub theme: theme::Theme,
    #[schema(required)]
    pub trash: trash::Trash,
    #[schema(required)]
    pub user: user::User,
}

/// Why new settings were refused; the text goes to the administrator.
#[derive(Debug, thiserror::Error)]
pub enum InvalidSettings {
    #[error("{0}")]
    Shape(#[from] serde_json::Error),
    #[error("{0}")]
    Value(String),
}

impl SystemConfig {
    /// Fills stored differences up with this, the defaults. Empty texts and nulls mean "default".
    pub fn with_partial(&self, partial: &serde_json::Value) -> Result<Self, InvalidSettings> {
        let mut complete = serde_json::to_value(self)?;
        model::preferences::merge(&mut complete, &without_empty(partial));
        let config: Self = serde_json::from_value(complete)?;
        config.normalised()
    }

    /// What differs from these defaults: the form that is stored.
    pub fn to_partial(&self, defaults: &Self) -> Result<serde_json::Value, InvalidSettings> {
        let complete = serde_json::to_value(self)?;
        let defaults = serde_json::to_value(defaults)?;
        Ok(model::preferences::difference(&complete, &defaults).unwrap_or_else(|| serde_json::json!({})))
    }

    /// Target codecs are always accepted ones, the external domain is an origin without a path.
    fn normalised(mut self) -> Result<Self, InvalidSettings> {
        if !self.ffmpeg.accepted_video_codecs.contains(&self.ffmpeg.target_video_codec) {
            self.ffmpeg.accepted_video_codecs.push(self.ffmpeg.target_video_codec);
        }
        if !self.ffmpeg.accepted_audio_codecs.contains(&self.ffmpeg.target_audio_codec) {
            self.ffmpeg.accepted_audio_codecs.push(self.ffmpeg.target_audio_codec);
        }
        if !self.server.external_domain.is_empty() {
            let url = url::Url::parse(&self.server.external_domain)
                .map_err(|_| InvalidSettings::Value("server.externalDomain must be a URL".to_owned()))?;
            self.server.external_domain = url.origin().ascii_serialization();
        }
        for (name, quality) in [
            ("thumbnail", self.image.thumbnail.quality),
            ("preview", self.image.preview.quality),
            ("fullsize", self.image.fullsize.quality),
        ] {
            if !(1..=100).contains(&quality) {
                return Err(InvalidSettings::Value(format!("image.{name}.quality must be between 1 and 100")));
            }
        }
        Ok(self)
    }

    /// How many jobs of a queue each worker runs at once.
    pub fn concurrency(&self, queue: model::queue::QueueName) -> usize {
        use model::queue::QueueName as Q;
        let job = &self.job;
        let configured = match queue {
            Q::FacialRecognition | Q::StorageTemplateMigration | Q::DuplicateDetection | Q::BackupDatabase => return 1,
            Q::ThumbnailGeneration => job.thumbnail_generation.concurrency,
            Q::MetadataExtraction => job.metadata_extraction.concurrency,
            Q::VideoConversion => job.video_conversion.concurrency,
            Q::FaceDetection => job.face_detection.concurrency,
            Q::SmartSearch => job.smart_search.concurrency,
            Q::BackgroundTask => job.background_task.concurrency,
            Q::Migration => job.migration.concurrency,
            Q::Search => job.search.concurrency,
            Q::Sidecar => job.sidecar.concurrency,
            Q::Library => job.library.concurrency,
            Q::Notifications => job.notifications.concurrency,
            Q::Ocr => job.ocr.concurrency,
            Q::Workflow => job.workflow.concurrency,
            Q::IntegrityCheck => job.integrity_check.concurrency,
            Q::Editor => job.editor.concurrency,
        };
        usize::try_from(configured).unwrap_or(1).max(1)
    }
}

/// Leaves out empty texts, so that they fall back to their defaults.
fn without_empty(value: &serde_json::Value) -> serde_json::Value {
    match value {
        serde_json::Value::Object(fields) => serde_json::Value::Object(
            fields
                .iter()
                .filter(|(_, value)| !value.is_null() && value.as_str() != Some(""))
                .map(|(key, value)| (key.clone(), without_empty(value)))
                .collect(),
        ),
        other => other.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn only_differences_are_stored_and_defaults_fill_the_rest() {
        let config =
            SystemConfig::default().with_partial(&json!({"trash": {"days": 5}, "map": {"lightStyle": ""}})).unwrap();
        assert_eq!(config.trash.days, 5);
        assert_eq!(config.map, map::Map::default());
        assert_eq!(config.to_partial(&SystemConfig::default()).unwrap(), json!({"trash": {"days": 5}}));
    }

    #[test]
    fn target_codecs_become_accepted_and_bad_values_are_named() {
        let config = SystemConfig::default().with_partial(&json!({"ffmpeg": {"targetVideoCodec": "hevc"}})).unwrap();
        assert!(config.ffmpeg.accepted_video_codecs.contains(&choices::VideoCodec::Hevc));
        let error = SystemConfig::default().with_partial(&json!({"image": {"preview": {"quality": 0}}})).unwrap_err();
        assert_eq!(error.to_string(), "image.preview.quality must be between 1 and 100");
        assert!(SystemConfig::default().with_partial(&json!({"server": {"externalDomain": "photos"}})).is_err());
    }
}
