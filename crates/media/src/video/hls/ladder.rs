//! In which versions a video is offered, and how each is made. Pure.

use super::Timeline;
use crate::video::error::{Result, VideoError};
use crate::video::plan::{self, AudioEncode, Capabilities, VideoEncode};
use crate::video::types::VideoInfo;
use config::system::choices::{AudioCodec, VideoCodec};
use config::system::ffmpeg::Ffmpeg;
use serde::{Deserialize, Serialize};

/// Shorter sides, and what H.264 needs for them at most, in bits per second.
const RESOLUTIONS: [(u32, u64); 5] =
    [(480, 2_000_000), (720, 4_000_000), (1080, 8_000_000), (1440, 14_000_000), (2160, 28_000_000)];
/// In the order of what they need, and how much that is of what H.264 needs, in percent.
const CODECS: [(VideoCodec, u64); 3] = [(VideoCodec::Av1, 50), (VideoCodec::Hevc, 65), (VideoCodec::H264, 100)];
/// With what the container adds.
const SOUND_BITS: u64 = 140_000;
/// Slower presets would not keep up with the player.
const SLOWEST_PRESET: &str = "veryfast";
const QUICK_PRESETS: [&str; 2] = ["ultrafast", "superfast"];

/// One of the versions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Variant {
    /// Its place among all rungs there are, whether the source and the settings allow them or not.
    pub index: usize,
    pub width: u32,
    pub height: u32,
    /// Bits per second at most.
    pub bandwidth: u64,
    /// As browsers ask their decoders (RFC 6381).
    pub codecs: String,
    pub timeline: Timeline,
}

/// How a version is made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct StreamPlan {
    pub video: VideoEncode,
    pub audio: Option<AudioEncode>,
    pub timeline: Timeline,
    pub threads: u32,
}

struct Rung {
    short_side: u32,
    codec: VideoCodec,
    bit_rate: u64,
}

fn rung(index: usize) -> Option<Rung> {
    let (short_side, bit_rate) = *RESOLUTIONS.get(index / CODECS.len())?;
    let (codec, percent) = CODECS[index % CODECS.len()];
    Some(Rung { short_side, codec, bit_rate: bit_rate * percent / 100 })
}

/// The rungs that the settings name and the machine can make, none larger than the source; a source that is smaller than
/// all of them is offered at its own size.
pub fn variants(info: &VideoInfo, settings: &Ffmpeg, can: &Capabilities) -> Result<Vec<Variant>> {
    let video = info.video.as_ref().ok_or(VideoError::NoVideo)?;
    let timeline = Timeline::of(info).ok_or(VideoError::UnknownLength)?;
    let realtime = &settings.realtime;
    let smallest = realtime.resolutions.iter().min().copied().unwrap_or(0);
    let mut variants = Vec::new();
    for (index, rung) in (0..).map_while(|index| Some((index, rung(index)?))) {
        let fits = rung.short_side <= video.short_side() || rung.short_side == smallest;
        let wanted = realtime.resolutions.contains(&rung.short_side) && realtime.video_codecs.contains(&rung.codec);
        if !fits || !wanted || plan::encoder::find(rung.codec, can).is_none() {
            continue;
        }
        let (width, height) = plan::target_size(video, Some(rung.short_side));
        let sound = if info.audio.is_some() { ",mp4a.40.2" } else { "" };
        variants.push(Variant {
            index,
            width,
            height,
            bandwidth: rung.bit_rate + SOUND_BITS,
            codecs: format!("{}{sound}", codec_string(rung.codec, (width, height), timeline.fps())),
            timeline,
        });
    }
    Ok(variants)
}

/// The plan of a transcode to this rung, with the rhythm of the pieces.
pub(super) fn plan(info: &VideoInfo, settings: &Ffmpeg, index: usize, can: &Capabilities) -> Result<StreamPlan> {
    let source = info.video.as_ref().ok_or(VideoError::NoVideo)?;
    let rung = rung(index).ok_or(VideoError::UnknownVariant)?;
    let timeline = Timeline::of(info).ok_or(VideoError::UnknownLength)?;
    let quick = QUICK_PRESETS.contains(&settings.preset.as_str());
    let settings = Ffmpeg {
        target_video_codec: rung.codec,
        target_audio_codec: AudioCodec::Aac,
        target_resolution: rung.short_side.to_string(),
        max_bitrate: format!("{}k", rung.bit_rate / 1000),
        gop_size: u32::try_from(timeline.frames_per_segment()).unwrap_or(u32::MAX),
        // Then packets leave the encoder in the order in which they are shown, and a piece depends on no other.
        bframes: 0,
        refs: 0,
        two_pass: false,
        preset: if quick { settings.preset.clone() } else { SLOWEST_PRESET.to_owned() },
        ..settings.clone()
    };
    let mut video = plan::plan_video(source, &settings, can)?;
    video.frame_rate = timeline.frame_rate;
    match video.encoder.as_str() {
        "libx264" | "libx265" => video.options.push(("forced-idr".to_owned(), "1".to_owned())),
        // Its other kind of key frame needs pictures from before it.
        "libsvtav1" => video.options.push(("svtav1-params".to_owned(), "irefresh-type=2".to_owned())),
        _ => {}
    }
    let audio = info.audio.as_ref().map(|audio| plan::audio::plan_audio(audio, &settings, can)).transpose()?;
    Ok(StreamPlan { video, audio, timeline, threads: plan::threads(settings.threads, can.cores) })
}

/// Profile and level: the lowest level that allows the size and the rate.
fn codec_string(codec: VideoCodec, (width, height): (u32, u32), fps: f64) -> String {
    let pixels = u64::from(width) * u64::from(height);
    let rate = (pixels as f64 * fps) as u64;
    // H.264 counts whole blocks of 16 × 16 pixels.
    let blocks = u64::from(width.div_ceil(16)) * u64::from(height.div_ceil(16));
    let block_rate = (blocks as f64 * fps) as u64;
    let level = |levels: &[(u32, u64, u64)], size, rate| {
        let found = levels.iter().find(|(_, most, most_rate)| size <= *most && rate <= *most_rate);
        found.or(levels.last()).map_or(0, |(level, ..)| *level)
    };
    match codec {
        VideoCodec::H264 => format!("avc1.6400{:02x}", level(&H264_LEVELS, blocks, block_rate)),
        VideoCodec::Hevc => format!("hvc1.1.6.L{}.B0", level(&HEVC_LEVELS, pixels, rate)),
        VideoCodec::Av1 => format!("av01.0.{:02}M.08", level(&AV1_LEVELS, pixels, rate)),
        VideoCodec::Vp9 => "vp09.00.51.08".to_owned(),
    }
}

/// Level, blocks in a picture, blocks in a second (ITU-T H.264, table A-1).
const H264_LEVELS: [(u32, u64, u64); 8] = [
    (30, 1_620, 40_500),
    (31, 3_600, 108_000),
    (32, 5_120, 216_000),
    (40, 8_192, 245_760),
    (42, 8_704, 522_240),
    (50, 22_080, 589_824),
    (51, 36_864, 983_040),
    (52, 36_864, 2_073_600),
];
/// Level × 30, pixels in a picture, pixels in a second (ITU-T H.265, table A.8).
const HEVC_LEVELS: [(u32, u64, u64); 7] = [
    (90, 552_960, 16_588_800),
    (93, 983_040, 33_177_600),
    (120, 2_228_224, 66_846_720),
    (123, 2_228_224, 133_693_440),
    (150, 8_912_896, 267_386_880),
    (153, 8_912_896, 534_773_760),
    (156, 8_912_896, 1_069_547_520),
];
/// Number of the level, pixels in a picture, pixels in a second (AV1, annex A.3).
const AV1_LEVELS: [(u32, u64, u64); 7] = [
    (4, 665_856, 19_975_680),
    (5, 1_065_024, 31_950_720),
    (8, 2_359_296, 70_778_880),
    (9, 2_359_296, 141_557_760),
    (12, 8_912_896, 267_386_880),
    (13, 8_912_896, 534_773_760),
    (14, 8_912_896, 1_069_547_520),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::video::plan::ENCODERS;
    use crate::video::types::{AudioStream, VideoStream};

    fn can() -> Capabilities {
        Capabilities { tone_mapping: true, encoders: ENCODERS.to_vec(), card_filters: vec![], cores: 4 }
    }

    fn info(width: u32, height: u32) -> VideoInfo {
        let video = VideoStream {
            width,
            height,
            display_width: width,
            display_height: height,
            frame_rate: Some((25, 1)),
            ..VideoStream::default()
        };
        let audio = AudioStream { channels: 2, sample_rate: 48_000, ..AudioStream::default() };
        VideoInfo { video: Some(video), audio: Some(audio), duration_ms: Some(10_000), ..VideoInfo::default() }
    }

    fn offered(width: u32, height: u32, settings: &Ffmpeg) -> Vec<(usize, u32, u32, String)> {
        let variants = variants(&info(width, height), settings, &can()).expect("variants");
        variants.into_iter().map(|it| (it.index, it.width, it.height, it.codecs)).collect()
    }

    #[test]
    fn there_are_fifteen_rungs() {
        assert!(rung(14).is_some() && rung(15).is_none());
    }

    #[test]
    fn the_settings_and_the_source_choose() {
        let all = |index, width, height, codecs: &str| (index, width, height, codecs.to_owned());
        let settings = Ffmpeg::default();
        assert_eq!(
            offered(1920, 1080, &settings),
            [
                all(1, 854, 480, "hvc1.1.6.L90.B0,mp4a.40.2"),
                all(2, 854, 480, "avc1.64001e,mp4a.40.2"),
                all(4, 1280, 720, "hvc1.1.6.L93.B0,mp4a.40.2"),
                all(5, 1280, 720, "avc1.64001f,mp4a.40.2"),
                all(7, 1920, 1080, "hvc1.1.6.L120.B0,mp4a.40.2"),
                all(8, 1920, 1080, "avc1.640028,mp4a.40.2"),
            ]
        );
        let indexes = |width, height| offered(width, height, &settings).iter().map(|it| it.0).collect::<Vec<_>>();
        assert_eq!(indexes(720, 1280), [1, 2, 4, 5], "upright");
        assert_eq!(indexes(3840, 2160), [1, 2, 4, 5, 7, 8]);
        let mut av1 = settings.clone();
        av1.realtime.video_codecs = vec![VideoCodec::Av1];
        av1.realtime.resolutions = vec![1440, 2160];
        assert_eq!(
            offered(3840, 2160, &av1),
            [all(9, 2560, 1440, "av01.0.12M.08,mp4a.40.2"), all(12, 3840, 2160, "av01.0.12M.08,mp4a.40.2")]
        );
    }

    #[test]
    fn a_small_video_is_offered_as_it_is() {
        let sizes: Vec<_> = offered(320, 240, &Ffmpeg::default()).into_iter().map(|it| (it.0, it.1, it.2)).collect();
        assert_eq!(sizes, [(1, 320, 240), (2, 320, 240)]);
    }

    #[test]
    fn a_codec_without_encoder_is_not_offered() {
        let can = Capabilities { encoders: vec!["libx264", "aac"], ..can() };
        let variants = variants(&info(640, 480), &Ffmpeg::default(), &can).expect("variants");
        assert_eq!(variants.iter().map(|it| it.index).collect::<Vec<_>>(), [2]);
    }

    #[test]
    fn a_plan_has_the_rhythm_of_the_pieces() {
        let plan = plan(&info(1920, 1080), &Ffmpeg::default(), 5, &can()).expect("a plan");
        let options: Vec<String> = plan.video.options.iter().map(|(key, value)| format!("{key}={value}")).collect();
        assert_eq!(
            options.join(" "),
            "preset=ultrafast crf=23 maxrate=4000000 bufsize=8000000 g=50 bf=0 threads=4 color_range=tv forced-idr=1"
        );
        assert_eq!(plan.audio.map(|audio| audio.encoder), Some("aac".to_owned()));
    }
}
