//! What the worker asks of its child process, and what that answers: one line of JSON each.
//!
//! JSON is UTF-8, and so are the paths in it: they come from the database, which stores them as text, or are made of the
//! library's root, which is read as text, and of ids. Any other path is refused before it is sent.

use crate::{error::Error, image::Pictures, video::hls::Variant, video::transcode::Transcoded};
use config::system::{
    choices::{ToneMapping, TranscodeHWAccel},
    ffmpeg::Ffmpeg,
    image::Image,
};
use metadata::Metadata;
use model::{assets::AssetType, faces::FaceBox};
use serde::{Deserialize, Serialize};
use std::{ops::Range, path::PathBuf};

/// What an asset is taken for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Kind {
    Image,
    /// Its picture is the first frame that shows something.
    Video,
}

impl From<AssetType> for Kind {
    fn from(asset_type: AssetType) -> Self {
        if asset_type == AssetType::Video { Self::Video } else { Self::Image }
    }
}

/// Which child serves a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Program {
    Image,
    Video,
}

impl Program {
    pub fn name(self) -> &'static str {
        match self {
            Self::Image => "image-child",
            Self::Video => "video-child",
        }
    }
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Request {
    /// Preview, thumbnail and, where one is wanted, a picture in full size, written to the given paths.
    Pictures {
        source: PathBuf,
        kind: Kind,
        settings: Image,
        /// Of films that are brighter than a plain screen.
        tone_mapping: ToneMapping,
        preview: PathBuf,
        thumbnail: PathBuf,
        fullsize: Option<PathBuf>,
    },
    /// A small square picture of somebody's face.
    Face {
        source: PathBuf,
        kind: Kind,
        face: FaceBox,
        settings: Image,
        tone_mapping: ToneMapping,
        target: PathBuf,
    },
    Metadata {
        path: PathBuf,
        sidecar: Option<PathBuf>,
        kind: Kind,
    },
    /// A video that plays everywhere, if the settings ask for one.
    Transcode {
        source: PathBuf,
        target: PathBuf,
        settings: Ffmpeg,
    },
    /// In which versions a video can be streamed.
    Variants {
        source: PathBuf,
        settings: Ffmpeg,
    },
    /// Pieces of one version, written into a folder that exists. Progress is told after each piece.
    Segments {
        source: PathBuf,
        folder: PathBuf,
        settings: Ffmpeg,
        variant: usize,
        segments: Range<u32>,
    },
    /// Misbehaves on purpose, for tests of the limits.
    #[cfg(debug_assertions)]
    Misbehave {
        how: Misbehaviour,
    },
}

impl Request {
    pub(crate) fn program(&self) -> Program {
        match self {
            Self::Pictures { kind, .. } | Self::Face { kind, .. } | Self::Metadata { kind, .. } => match kind {
                Kind::Image => Program::Image,
                Kind::Video => Program::Video,
            },
            Self::Transcode { .. } | Self::Variants { .. } | Self::Segments { .. } => Program::Video,
            #[cfg(debug_assertions)]
            Self::Misbehave { .. } => Program::Image,
        }
    }

    /// Whether drivers of graphics cards may take part.
    pub(crate) fn is_for_card(&self) -> bool {
        matches!(self, Self::Transcode { settings, .. } if settings.accel != TranscodeHWAccel::Disabled)
    }
}

#[cfg(debug_assertions)]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Misbehaviour {
    Abort,
    Panic,
    Hang,
    EatMemory,
    Babble,
    /// Writes into a file, which only the making of pictures and videos may.
    WriteFile,
    OpenSocket,
    RunProgram,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Response {
    Pictures(Pictures),
    Face,
    Metadata(Box<Metadata>),
    /// `None`: the original plays everywhere.
    Transcode(Option<Transcoded>),
    Variants(Vec<Variant>),
    Segments,
}

/// One line of the child's.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum Line {
    /// From 0 to 1.
    Progress(f32),
    Ok(Response),
    Error(Error),
}
