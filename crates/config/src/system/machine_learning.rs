//! Which models run where.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(default, rename_all = "camelCase")]
#[schema(as = AdminConfigMachineLearningDto)]
pub struct MachineLearning {
    #[schema(required)]
    pub availability_checks: MachineLearningAvailabilityChecks,
    #[schema(required)]
    pub clip: Clip,
    #[schema(required)]
    pub duplicate_detection: DuplicateDetection,
    #[schema(required)]
    pub enabled: bool,
    #[schema(required)]
    pub facial_recognition: FacialRecognition,
    #[schema(required)]
    pub ocr: Ocr,
    #[schema(required)]
    pub urls: Vec<String>,
}

impl Default for MachineLearning {
    fn default() -> Self {
        Self {
            availability_checks: MachineLearningAvailabilityChecks::default(),
            clip: Clip::default(),
            duplicate_detection: DuplicateDetection::default(),
            enabled: true,
            facial_recognition: FacialRecognition::default(),
            ocr: Ocr::default(),
            urls: vec!["http://immich-machine-learning:3003".to_owned()],
        }
    }
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(default, rename_all = "camelCase")]
#[schema(as = AdminConfigMachineLearningAvailabilityChecksDto)]
pub struct MachineLearningAvailabilityChecks {
    #[schema(required)]
    pub enabled: bool,
    #[schema(required)]
    pub interval: u32,
    #[schema(required)]
    pub timeout: u32,
}

impl Default for MachineLearningAvailabilityChecks {
    fn default() -> Self {
        Self { enabled: true, interval: 30000, timeout: 2000 }
    }
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(default, rename_all = "camelCase")]
#[schema(as = AdminConfigClipDto)]
pub struct Clip {
    #[schema(required)]
    pub enabled: bool,
    #[schema(required)]
    pub model_name: String,
}

impl Default for Clip {
    fn default() -> Self {
        Self { enabled: true, model_name: "ViT-B-32__openai".to_owned() }
    }
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(default, rename_all = "camelCase")]
#[schema(as = AdminConfigDuplicateDetectionDto)]
pub struct DuplicateDetection {
    #[schema(required)]
    pub enabled: bool,
    #[schema(required)]
    pub max_distance: f64,
}

impl Default for DuplicateDetection {
    fn default() -> Self {
        Self { enabled: true, max_distance: 0.01 }
    }
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(default, rename_all = "camelCase")]
#[schema(as = AdminConfigFacialRecognitionDto)]
pub struct FacialRecognition {
    #[schema(required)]
    pub enabled: bool,
    #[schema(required)]
    pub max_distance: f64,
    #[schema(required)]
    pub min_faces: u32,
    #[schema(required)]
    pub min_score: f64,
    #[schema(required)]
    pub model_name: String,
}

impl Default for FacialRecognition {
    fn default() -> Self {
        Self { enabled: true, max_distance: 0.5, min_faces: 3, min_score: 0.7, model_name: "buffalo_l".to_owned() }
    }
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(default, rename_all = "camelCase")]
#[schema(as = AdminConfigOcrDto)]
pub struct Ocr {
    #[schema(required)]
    pub enabled: bool,
    #[schema(required)]
    pub max_resolution: u32,
    #[schema(required)]
    pub min_detection_score: f64,
    #[schema(required)]
    pub min_recognition_score: f64,
    #[schema(required)]
    pub model_name: String,
}

impl Default for Ocr {
    fn default() -> Self {
        Self {
            enabled: true,
            max_resolution: 736,
            min_detection_score: 0.5,
            min_recognition_score: 0.8,
            model_name: "PP-OCRv5_mobile".to_owned(),
        }
    }
}
