//! `VideoInfo` and settings → `TranscodePlan`: which filters, which encoder, which options. Pure; runs nothing.
//!
//! What must stay true: the plan is complete. `transcode` only carries it out and looks at no setting, so what a setting
//! does can be read, and tested, here.

pub(super) mod audio;
pub(super) mod encoder;
#[cfg(test)]
mod every_setting;
pub(super) mod filters;

use super::error::{Result, VideoError};
use super::hwaccel::{self, DeviceWish};
use super::policy::{self, Action, Decision};
use super::types::{VideoInfo, VideoStream};
use config::system::ffmpeg::Ffmpeg;
use filters::Pictures;
use serde::{Deserialize, Serialize};

/// More threads than this cost memory and hardly save time at 720p; the administrator can still ask for more.
const MAX_AUTOMATIC_THREADS: u32 = 4;
/// Assumed where a container does not tell.
const USUAL_FRAME_RATE: (u32, u32) = (30, 1);

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TranscodePlan {
    pub video: VideoPlan,
    pub audio: Option<AudioPlan>,
    /// For decoding, filtering and encoding each.
    pub threads: u32,
    /// What progress and truncation are measured against.
    pub duration_ms: Option<u64>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum VideoPlan {
    Copy { stream: usize, tag: Option<[u8; 4]> },
    Encode(Box<VideoEncode>),
}

impl VideoPlan {
    pub(super) fn stream(&self) -> usize {
        match self {
            Self::Copy { stream, .. } => *stream,
            Self::Encode(encode) => encode.stream,
        }
    }

    pub(super) fn passes(&self) -> u32 {
        match self {
            Self::Copy { .. } => 1,
            Self::Encode(encode) => encode.passes,
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct VideoEncode {
    pub stream: usize,
    pub encoder: String,
    pub tag: Option<[u8; 4]>,
    pub width: u32,
    pub height: u32,
    /// A chain of filters as on ffmpeg's command line; its output has `width`, `height` and, unless the pictures are on
    /// a graphics card then, `pixel_format`.
    pub filters: String,
    pub pixel_format: String,
    /// A hint to the encoder's rate control; frames keep their own times.
    pub frame_rate: (u32, u32),
    pub options: Vec<(String, String)>,
    /// Two need a bit rate to aim at: the first pass only measures.
    pub passes: u32,
    /// The graphics card that encodes; `None` is the processor.
    pub device: Option<DeviceWish>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum AudioPlan {
    Copy { stream: usize },
    Encode(AudioEncode),
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AudioEncode {
    pub stream: usize,
    pub encoder: String,
    pub sample_rate: u32,
    pub channels: u32,
    pub bit_rate: u32,
    pub filters: String,
    pub options: Vec<(String, String)>,
}

/// What this build of ffmpeg and this machine can do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Capabilities {
    /// The filters that turn HDR into SDR are there.
    pub tone_mapping: bool,
    pub encoders: Vec<&'static str>,
    /// Filters of graphics cards that not every build and machine has.
    pub card_filters: Vec<&'static str>,
    pub cores: u32,
}

/// Every encoder on the processor that a plan may name, best first for each codec.
pub(super) const ENCODERS: [&str; 8] =
    ["libx264", "libx265", "libvpx-vp9", "libsvtav1", "libaom-av1", "aac", "libmp3lame", "libopus"];

pub fn plan(info: &VideoInfo, decision: &Decision, settings: &Ffmpeg, can: &Capabilities) -> Result<TranscodePlan> {
    let video = info.video.as_ref().ok_or(VideoError::NoVideo)?;
    let threads = threads(settings.threads, can.cores);
    let video_plan = match decision.video {
        Action::Copy => VideoPlan::Copy { stream: video.index, tag: mp4_tag(&video.codec) },
        Action::Encode => VideoPlan::Encode(Box::new(match hwaccel::api(settings.accel) {
            Some(api) => hwaccel::plan_video(api, video, settings, can)?,
            None => plan_video(video, settings, can)?,
        })),
    };
    let audio_plan = match (&info.audio, decision.audio) {
        (Some(audio), Some(Action::Copy)) => Some(AudioPlan::Copy { stream: audio.index }),
        (Some(audio), Some(Action::Encode)) => Some(AudioPlan::Encode(audio::plan_audio(audio, settings, can)?)),
        _ => None,
    };
    Ok(TranscodePlan { video: video_plan, audio: audio_plan, threads, duration_ms: info.duration_ms })
}

pub(super) fn threads(wanted: u32, cores: u32) -> u32 {
    if wanted > 0 { wanted } else { cores.clamp(1, MAX_AUTOMATIC_THREADS) }
}

/// On the processor.
pub(super) fn plan_video(video: &VideoStream, settings: &Ffmpeg, can: &Capabilities) -> Result<VideoEncode> {
    let name = encoder::for_video(settings.target_video_codec, can)?;
    let tone = filters::tone_mapping(video, settings.tonemap, can);
    let size = target_size(video, policy::target_short_side(settings));
    let pictures = Pictures { size, tone, format: "yuv420p" };
    let mut options = encoder::options(name, settings);
    options.push(("threads".to_owned(), threads(settings.threads, can.cores).to_string()));
    options.extend(encoder::color_options(&video.color, tone.is_some()));
    Ok(VideoEncode {
        stream: video.index,
        encoder: name.to_owned(),
        tag: mp4_tag(policy::video_codec_name(settings.target_video_codec)),
        width: size.0,
        height: size.1,
        filters: filters::filters(video, &pictures),
        pixel_format: pictures.format.to_owned(),
        frame_rate: frame_rate(video),
        options,
        passes: if encoder::takes_two_passes(name, settings) { 2 } else { 1 },
        device: None,
    })
}

pub(super) fn frame_rate(video: &VideoStream) -> (u32, u32) {
    video.frame_rate.unwrap_or(USUAL_FRAME_RATE)
}

/// Apple's players open HEVC only under this name; the muxer's own choice is another.
pub(super) fn mp4_tag(codec: &str) -> Option<[u8; 4]> {
    (codec == "hevc").then_some(*b"hvc1")
}

/// On the screen: the shorter side as asked for but never larger, both sides even as 4:2:0 needs.
pub(super) fn target_size(video: &VideoStream, short_side: Option<u32>) -> (u32, u32) {
    let short = video.short_side().max(1);
    let scale = short_side.map_or(1.0, |target| (f64::from(target) / f64::from(short)).min(1.0));
    let even = |side: u32| {
        let side = f64::from(side) * scale;
        // A side that is not scaled loses its odd line; one that is goes to the nearest even number.
        let halves = if scale < 1.0 { (side / 2.0).round() } else { (side / 2.0).floor() };
        (halves as u32).max(1) * 2
    };
    (even(video.display_width), even(video.display_height))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::video::types::Color;
    use config::system::choices::{ToneMapping, VideoCodec};

    fn can() -> Capabilities {
        Capabilities { tone_mapping: true, encoders: ENCODERS.to_vec(), card_filters: vec![], cores: 16 }
    }

    fn stream(width: u32, height: u32) -> VideoStream {
        VideoStream { frame_rate: Some((30000, 1001)), ..VideoStream::plain("hevc", width, height) }
    }

    fn encode(video: VideoStream, settings: &Ffmpeg) -> VideoEncode {
        let info = VideoInfo { video: Some(video), ..VideoInfo::default() };
        let decision = Decision { video: Action::Encode, audio: None, remux: false };
        match plan(&info, &decision, settings, &can()).expect("a plan").video {
            VideoPlan::Encode(encode) => *encode,
            VideoPlan::Copy { .. } => panic!("copied"),
        }
    }

    fn option<'a>(encode: &'a VideoEncode, key: &str) -> Option<&'a str> {
        encode.options.iter().find(|(name, _)| name == key).map(|(_, value)| value.as_str())
    }

    #[test]
    fn the_default_is_h264_720p() {
        let encode = encode(stream(1920, 1080), &Ffmpeg::default());
        assert_eq!(encode.encoder, "libx264");
        assert_eq!((encode.width, encode.height), (1280, 720));
        assert_eq!(encode.filters, "scale=1280:720,format=yuv420p");
        assert_eq!(encode.frame_rate, (30000, 1001));
        let options: Vec<String> = encode.options.iter().map(|(key, value)| format!("{key}={value}")).collect();
        assert_eq!(options.join(" "), "preset=ultrafast crf=23 threads=4 color_range=tv");
    }

    #[test]
    fn sizes_are_even_and_never_larger() {
        let table = [
            ((1920, 1080), Some(720), (1280, 720)),
            ((1080, 1920), Some(720), (720, 1280)),
            ((1921, 1081), Some(720), (1280, 720)),
            ((640, 360), Some(720), (640, 360)),
            ((321, 241), Some(720), (320, 240)),
            ((321, 241), None, (320, 240)),
            ((4000, 100), Some(720), (4000, 100)),
            ((1, 1), Some(720), (2, 2)),
            ((854, 480), Some(240), (428, 240)),
        ];
        for ((width, height), target, expected) in table {
            assert_eq!(target_size(&stream(width, height), target), expected, "{width}x{height} to {target:?}");
        }
    }

    #[test]
    fn a_turned_video_is_shrunk_before_it_is_turned() {
        let turned = VideoStream { rotation: 90, display_width: 1080, display_height: 1920, ..stream(1920, 1080) };
        let encode = encode(turned, &Ffmpeg::default());
        assert_eq!((encode.width, encode.height), (720, 1280));
        assert_eq!(encode.filters, "scale=1280:720,transpose=clock,format=yuv420p");
    }

    #[test]
    fn hdr_is_tone_mapped_if_the_filters_are_there() {
        let color = Color { transfer: Some("arib-std-b67".to_owned()), ..Color::default() };
        let hdr = VideoStream { color, pixel_format: Some("yuv420p10le".to_owned()), ..stream(3840, 2160) };
        let mapped = encode(hdr.clone(), &Ffmpeg::default());
        assert_eq!(
            mapped.filters,
            "zscale=w=1280:h=720:tin=arib-std-b67:min=2020_ncl:pin=2020:rin=limited:t=linear:npl=100,format=gbrpf32le,\
             zscale=p=709,tonemap=tonemap=hable:desat=0,zscale=t=709:m=709:r=limited,format=yuv420p,format=yuv420p"
        );
        assert_eq!(option(&mapped, "color_trc"), Some("bt709"));
        let plain = encode(hdr, &Ffmpeg { tonemap: ToneMapping::Disabled, ..Ffmpeg::default() });
        assert_eq!(plain.filters, "scale=1280:720,format=yuv420p");
        assert_eq!(option(&plain, "color_trc"), Some("arib-std-b67"));
    }

    #[test]
    fn settings_reach_the_encoder() {
        let settings = Ffmpeg {
            target_video_codec: VideoCodec::Hevc,
            preset: "slow".to_owned(),
            crf: 28,
            max_bitrate: "3000k".to_owned(),
            gop_size: 60,
            bframes: 2,
            refs: 3,
            threads: 1,
            target_resolution: "original".to_owned(),
            ..Ffmpeg::default()
        };
        let encode = encode(stream(1920, 1080), &settings);
        let options: Vec<String> = encode.options.iter().map(|(key, value)| format!("{key}={value}")).collect();
        assert_eq!(
            options.join(" "),
            "preset=slow x265-params=log-level=error crf=28 maxrate=3000000 bufsize=6000000 g=60 bf=2 refs=3 threads=1 \
             color_range=tv"
        );
        assert_eq!(encode.tag, Some(*b"hvc1"));
        assert_eq!(encode.filters, "scale=1920:1080,format=yuv420p");
    }

    #[test]
    fn two_passes_need_a_bit_rate_and_an_encoder_that_makes_them() {
        let rate = |target_video_codec, max_bitrate: &str, two_pass, can: &Capabilities| {
            let max_bitrate = max_bitrate.to_owned();
            let settings = Ffmpeg { target_video_codec, two_pass, max_bitrate, ..Ffmpeg::default() };
            let encode = plan_video(&stream(1280, 720), &settings, can).expect("a plan");
            let rate = encode.options.iter().filter(|(key, _)| matches!(key.as_str(), "crf" | "b" | "maxrate"));
            let rate: Vec<String> = rate.map(|(key, value)| format!("{key}={value}")).collect();
            format!("{} {}", encode.passes, rate.join(" "))
        };
        let older = Capabilities { encoders: vec!["libaom-av1"], ..can() };
        use VideoCodec::{Av1, H264, Hevc, Vp9};
        assert_eq!(rate(H264, "0", true, &can()), "1 crf=23");
        assert_eq!(rate(H264, "3M", false, &can()), "1 crf=23 maxrate=3000000");
        for codec in [H264, Hevc, Vp9] {
            assert_eq!(rate(codec, "3M", true, &can()), "2 b=2000000 maxrate=3000000", "{codec:?}");
        }
        assert_eq!(rate(Vp9, "3M", false, &can()), "1 crf=23 b=3000000");
        assert_eq!(rate(Av1, "3M", true, &can()), "1 crf=23 maxrate=3000000");
        assert_eq!(rate(Av1, "3M", true, &older), "2 b=2000000 maxrate=3000000");
    }

    #[test]
    fn an_encoder_that_is_not_there_is_named() {
        let can = Capabilities { encoders: vec!["libx264"], ..can() };
        let info = VideoInfo { video: Some(stream(640, 480)), ..VideoInfo::default() };
        let decision = Decision { video: Action::Encode, audio: None, remux: false };
        let settings = Ffmpeg { target_video_codec: VideoCodec::Vp9, ..Ffmpeg::default() };
        let error = plan(&info, &decision, &settings, &can).expect_err("no encoder");
        assert_eq!(error.to_string(), "this build of ffmpeg has no encoder for libvpx-vp9");
    }
}
