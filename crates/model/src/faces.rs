//! Faces: where somebody is in a picture.

use crate::{
    ids::{AssetId, FaceId},
    people::Person,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Who found a face.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, sqlx::Type, ToSchema)]
#[serde(rename_all = "kebab-case")]
#[sqlx(type_name = "text", rename_all = "kebab-case")]
#[schema(as = SourceType)]
pub enum FaceSource {
    MachineLearning,
    /// The file or its sidecar says so.
    Exif,
    Manual,
}

/// A rectangle in an upright picture of that size, in its pixels; right and bottom are outside.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FaceBox {
    pub image_width: i32,
    pub image_height: i32,
    pub x1: i32,
    pub y1: i32,
    pub x2: i32,
    pub y2: i32,
}

/// Somebody whom a file names, and where.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct NamedFace {
    pub name: String,
    pub area: FaceBox,
}

/// A face with whom it shows, if that is known.
#[derive(Debug, Clone)]
pub struct FaceView {
    pub id: FaceId,
    pub area: FaceBox,
    pub source: FaceSource,
    pub person: Option<Person>,
}

/// The face by which a person is shown, and where it is found.
#[derive(Debug, Clone)]
pub struct FeatureFace {
    pub id: FaceId,
    pub asset_id: AssetId,
    pub area: FaceBox,
}
