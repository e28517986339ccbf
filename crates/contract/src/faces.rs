//! Faces in assets.

use crate::people::PersonResponse;
use model::{
    faces::{FaceSource, FaceView},
    ids::{AssetId, FaceId},
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = AssetFaceResponseDto)]
pub struct FaceResponse {
    pub bounding_box_x1: i32,
    pub bounding_box_x2: i32,
    pub bounding_box_y1: i32,
    pub bounding_box_y2: i32,
    pub id: FaceId,
    pub image_height: i32,
    pub image_width: i32,
    #[schema(required)]
    pub person: Option<PersonResponse>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub source_type: Option<FaceSource>,
}

/// Of which asset.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct FacesQuery {
    #[param(inline)]
    pub id: AssetId,
}

impl From<FaceView> for FaceResponse {
    fn from(face: FaceView) -> Self {
        let area = face.area;
        Self {
            bounding_box_x1: area.x1,
            bounding_box_x2: area.x2,
            bounding_box_y1: area.y1,
            bounding_box_y2: area.y2,
            id: face.id,
            image_height: area.image_height,
            image_width: area.image_width,
            person: face.person.as_ref().map(Into::into),
            source_type: Some(face.source),
        }
    }
}
