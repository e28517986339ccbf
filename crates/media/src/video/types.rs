//! What a video file holds, as plain values that cross the pipe to and from the child process.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct VideoInfo {
    /// Names of the demuxer that recognised the content, like `mov`, `mp4`, `m4a`.
    pub format_names: Vec<String>,
    /// First brand of an ISO media file; tells QuickTime (`qt  `) from MP4.
    pub major_brand: Option<String>,
    pub duration_ms: Option<u64>,
    pub bit_rate: Option<u64>,
    pub video: Option<VideoStream>,
    /// The audio track that a player would choose.
    pub audio: Option<AudioStream>,
    /// Tags of the container, keys as the container spells them.
    pub tags: BTreeMap<String, String>,
}

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct VideoStream {
    pub index: usize,
    pub codec: String,
    pub profile: Option<String>,
    /// `None` when no frame could be found that tells it.
    pub pixel_format: Option<String>,
    /// Size as stored, before rotation.
    pub width: u32,
    pub height: u32,
    /// Degrees clockwise that a player turns the picture: 0, 90, 180 or 270.
    pub rotation: u32,
    /// The picture is flipped left to right before it is turned.
    pub mirrored: bool,
    /// Width to height of one stored pixel.
    pub pixel_aspect: (u32, u32),
    /// Size on a screen: square pixels, turned upright.
    pub display_width: u32,
    pub display_height: u32,
    /// Average frames per second as a fraction.
    pub frame_rate: Option<(u32, u32)>,
    pub bit_rate: Option<u64>,
    pub duration_ms: Option<u64>,
    /// As the container says; not all do.
    pub frame_count: Option<u64>,
    pub interlaced: bool,
    pub color: Color,
}

/// Names as ffmpeg spells them; `None` is unspecified.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Color {
    pub range: Option<String>,
    pub space: Option<String>,
    pub primaries: Option<String>,
    pub transfer: Option<String>,
}

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AudioStream {
    pub index: usize,
    pub codec: String,
    pub channels: u32,
    pub sample_rate: u32,
    pub bit_rate: Option<u64>,
}

impl VideoInfo {
    /// The container by one name, as settings spell it where they know it.
    ///
    /// One demuxer reads QuickTime and MP4, and one Matroska and WebM, so the brand and the codecs decide.
    pub fn container(&self) -> &str {
        let is = |name| self.format_names.iter().any(|known| known == name);
        if is("mov") {
            return if self.major_brand.as_deref() == Some("qt  ") { "mov" } else { "mp4" };
        }
        if is("webm") {
            let video = self.video.as_ref().is_none_or(|v| matches!(v.codec.as_str(), "vp8" | "vp9" | "av1"));
            let audio = self.audio.as_ref().is_none_or(|a| matches!(a.codec.as_str(), "opus" | "vorbis"));
            return if video && audio { "webm" } else { "matroska" };
        }
        self.format_names.first().map_or("unknown", String::as_str)
    }
}

impl VideoStream {
    /// High dynamic range: brighter than a plain screen shows, so it must be tone mapped.
    pub fn is_hdr(&self) -> bool {
        matches!(self.color.transfer.as_deref(), Some("smpte2084" | "arib-std-b67"))
    }

    pub fn fps(&self) -> Option<f64> {
        self.frame_rate.map(|(frames, seconds)| f64::from(frames) / f64::from(seconds.max(1)))
    }

    /// Length of the shorter side on a screen, which is what a resolution of "720" means.
    pub fn short_side(&self) -> u32 {
        self.display_width.min(self.display_height)
    }

    pub fn is_turned(&self) -> bool {
        self.rotation == 90 || self.rotation == 270
    }
}

#[cfg(test)]
impl VideoStream {
    /// As most cameras record, with square pixels and nothing to turn.
    pub(super) fn plain(codec: &str, width: u32, height: u32) -> Self {
        Self {
            codec: codec.to_owned(),
            pixel_format: Some("yuv420p".to_owned()),
            width,
            height,
            display_width: width,
            display_height: height,
            pixel_aspect: (1, 1),
            ..Self::default()
        }
    }
}
