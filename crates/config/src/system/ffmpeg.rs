//! How and when videos are transcoded.

use super::choices::{AudioCodec, CQMode, ToneMapping, TranscodeHWAccel, TranscodePolicy, VideoCodec, VideoContainer};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(default, rename_all = "camelCase")]
#[schema(as = AdminConfigFFmpegDto)]
pub struct Ffmpeg {
    #[schema(required)]
    pub accel: TranscodeHWAccel,
    #[schema(required)]
    pub accel_decode: bool,
    #[schema(required)]
    pub accepted_audio_codecs: Vec<AudioCodec>,
    #[schema(required)]
    pub accepted_containers: Vec<VideoContainer>,
    #[schema(required)]
    pub accepted_video_codecs: Vec<VideoCodec>,
    #[schema(required)]
    pub bframes: i32,
    #[schema(required)]
    pub cq_mode: CQMode,
    #[schema(required)]
    pub crf: u32,
    #[schema(required)]
    pub gop_size: u32,
    #[schema(required)]
    pub max_bitrate: String,
    #[schema(required)]
    pub preferred_hw_device: String,
    #[schema(required)]
    pub preset: String,
    #[schema(required)]
    pub realtime: Realtime,
    #[schema(required)]
    pub refs: u32,
    #[schema(required)]
    pub target_audio_codec: AudioCodec,
    #[schema(required)]
    pub target_resolution: String,
    #[schema(required)]
    pub target_video_codec: VideoCodec,
    #[serde(rename = "temporalAQ")]
    #[schema(required)]
    pub temporal_aq: bool,
    #[schema(required)]
    pub threads: u32,
    #[schema(required)]
    pub tonemap: ToneMapping,
    #[schema(required)]
    pub transcode: TranscodePolicy,
    #[schema(required)]
    pub two_pass: bool,
}

impl Default for Ffmpeg {
    fn default() -> Self {
        Self {
            accel: TranscodeHWAccel::Disabled,
            accel_decode: true,
            accepted_audio_codecs: vec![AudioCodec::Aac, AudioCodec::Mp3, AudioCodec::Opus],
            accepted_containers: vec![VideoContainer::Mov, VideoContainer::Ogg, VideoContainer::Webm],
            accepted_video_codecs: vec![VideoCodec::H264],
            bframes: -1,
            cq_mode: CQMode::Auto,
            crf: 23,
            gop_size: 0,
            max_bitrate: "0".to_owned(),
            preferred_hw_device: "auto".to_owned(),
            preset: "ultrafast".to_owned(),
            realtime: Realtime::default(),
            refs: 0,
            target_audio_codec: AudioCodec::Aac,
            target_resolution: "720".to_owned(),
            target_video_codec: VideoCodec::H264,
            temporal_aq: false,
            threads: 0,
            tonemap: ToneMapping::Hable,
            transcode: TranscodePolicy::Required,
            two_pass: false,
        }
    }
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(default, rename_all = "camelCase")]
#[schema(as = AdminConfigFFmpegRealtimeDto)]
pub struct Realtime {
    #[schema(required)]
    pub enabled: bool,
    #[schema(required)]
    pub resolutions: Vec<u32>,
    #[schema(required)]
    pub video_codecs: Vec<VideoCodec>,
}

impl Default for Realtime {
    fn default() -> Self {
        Self {
            enabled: false,
            resolutions: vec![480, 720, 1080],
            video_codecs: vec![VideoCodec::H264, VideoCodec::Hevc],
        }
    }
}
