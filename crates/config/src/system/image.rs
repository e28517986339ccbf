//! The pictures made of every asset: sizes are of the shorter side.

use super::choices::{Colorspace, ImageFormat};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(default, rename_all = "camelCase")]
#[schema(as = AdminConfigImageDto)]
pub struct Image {
    #[schema(required)]
    pub colorspace: Colorspace,
    #[schema(required)]
    pub extract_embedded: bool,
    #[schema(required)]
    pub fullsize: GeneratedFullsizeImage,
    #[schema(required)]
    pub preview: GeneratedImage,
    #[schema(required)]
    pub thumbnail: GeneratedImage,
}

impl Default for Image {
    fn default() -> Self {
        Self {
            colorspace: Colorspace::P3,
            extract_embedded: false,
            fullsize: GeneratedFullsizeImage::default(),
            preview: GeneratedImage { format: ImageFormat::Jpeg, progressive: false, quality: 80, size: 1440 },
            thumbnail: GeneratedImage { format: ImageFormat::Webp, progressive: false, quality: 80, size: 250 },
        }
    }
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(default, rename_all = "camelCase")]
#[schema(as = AdminConfigGeneratedFullsizeImageDto)]
pub struct GeneratedFullsizeImage {
    #[schema(required)]
    pub enabled: bool,
    #[schema(required)]
    pub format: ImageFormat,
    pub progressive: bool,
    #[schema(required)]
    pub quality: u32,
}

impl Default for GeneratedFullsizeImage {
    fn default() -> Self {
        Self { enabled: false, format: ImageFormat::Jpeg, progressive: false, quality: 80 }
    }
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(default, rename_all = "camelCase")]
#[schema(as = AdminConfigGeneratedImageDto)]
pub struct GeneratedImage {
    #[schema(required)]
    pub format: ImageFormat,
    pub progressive: bool,
    #[schema(required)]
    pub quality: u32,
    #[schema(required)]
    pub size: u32,
}

impl Default for GeneratedImage {
    fn default() -> Self {
        Self { format: ImageFormat::Jpeg, progressive: false, quality: 80, size: 1440 }
    }
}
