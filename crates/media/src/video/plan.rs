//! `VideoInfo` and settings → `TranscodePlan`: which filters, which encoder, which options. Pure; runs nothing.
//!
//! What must stay true: the plan is complete. `transcode` only carries it out and looks at no setting, so what a setting
//! does can be read, and tested, here.

use super::error::{Result, VideoError};
use super::policy::{self, Action, Decision};
use super::types::{AudioStream, Color, VideoInfo, VideoStream};
use config::system::choices::{AudioCodec, ToneMapping, TranscodeHWAccel, VideoCodec};
use config::system::ffmpeg::Ffmpeg;
use serde::{Deserialize, Serialize};

/// More threads than this cost memory and hardly save time at 720p; the administrator can still ask for more.
const MAX_AUTOMATIC_THREADS: u32 = 4;
/// Assumed where a container does not tell.
const USUAL_FRAME_RATE: (u32, u32) = (30, 1);
/// Slowest last, as x264 names them; other encoders number theirs.
const PRESETS: [&str; 9] =
    ["ultrafast", "superfast", "veryfast", "faster", "fast", "medium", "slow", "slower", "veryslow"];
/// What AAC and MP3 encoders take without resampling; Opus has only the last.
const SAMPLE_RATES: [u32; 8] = [16_000, 22_050, 24_000, 32_000, 44_100, 8_000, 11_025, 48_000];

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TranscodePlan {
    pub video: VideoPlan,
    pub audio: Option<AudioPlan>,
    /// For decoding, filtering and encoding each.
    pub threads: u32,
    /// Two need a target bit rate: the first pass only measures.
    pub passes: u32,
    /// What progress and truncation are measured against.
    pub duration_ms: Option<u64>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum VideoPlan {
    Copy { stream: usize, tag: Option<[u8; 4]> },
    Encode(VideoEncode),
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct VideoEncode {
    pub stream: usize,
    pub encoder: String,
    pub tag: Option<[u8; 4]>,
    pub width: u32,
    pub height: u32,
    /// A chain of filters as on ffmpeg's command line; its output has `width`, `height` and yuv420p.
    pub filters: String,
    /// A hint to the encoder's rate control; frames keep their own times.
    pub frame_rate: (u32, u32),
    pub options: Vec<(String, String)>,
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
    pub cores: u32,
}

/// Every encoder that a plan may name, best first for each codec.
pub(super) const ENCODERS: [&str; 8] =
    ["libx264", "libx265", "libvpx-vp9", "libsvtav1", "libaom-av1", "aac", "libmp3lame", "libopus"];

pub fn plan(info: &VideoInfo, decision: &Decision, settings: &Ffmpeg, can: &Capabilities) -> Result<TranscodePlan> {
    let video = info.video.as_ref().ok_or(VideoError::NoVideo)?;
    if settings.accel != TranscodeHWAccel::Disabled {
        tracing::info!(accel = ?settings.accel, "hardware encoding is not supported yet, using software");
    }
    let threads = threads(settings.threads, can.cores);
    let two_pass = decision.video == Action::Encode && takes_two_passes(settings);
    let video_plan = match decision.video {
        Action::Copy => VideoPlan::Copy { stream: video.index, tag: mp4_tag(&video.codec) },
        Action::Encode => VideoPlan::Encode(plan_video(video, settings, can, two_pass)?),
    };
    let audio_plan = match (&info.audio, decision.audio) {
        (Some(audio), Some(Action::Copy)) => Some(AudioPlan::Copy { stream: audio.index }),
        (Some(audio), Some(Action::Encode)) => Some(AudioPlan::Encode(plan_audio(audio, settings, can)?)),
        _ => None,
    };
    Ok(TranscodePlan {
        video: video_plan,
        audio: audio_plan,
        threads,
        passes: if two_pass { 2 } else { 1 },
        duration_ms: info.duration_ms,
    })
}

pub(super) fn threads(wanted: u32, cores: u32) -> u32 {
    if wanted > 0 { wanted } else { cores.clamp(1, MAX_AUTOMATIC_THREADS) }
}

/// Only the encoders that keep their measurements in a file of ours, and only with a bit rate to aim at.
fn takes_two_passes(settings: &Ffmpeg) -> bool {
    settings.two_pass && settings.target_video_codec == VideoCodec::H264 && policy::max_bit_rate(settings).is_some()
}

pub(super) fn plan_video(
    video: &VideoStream,
    settings: &Ffmpeg,
    can: &Capabilities,
    two_pass: bool,
) -> Result<VideoEncode> {
    let encoder = choose_encoder(video_encoders(settings.target_video_codec), can)?;
    let (width, height) = target_size(video, policy::target_short_side(settings));
    let tone = tone_mapping(video, settings.tonemap, can);
    let pictures = Pictures { size: (width, height), tone, format: "yuv420p" };
    let mut options = encoder_options(encoder, settings, two_pass);
    options.push(("threads".to_owned(), threads(settings.threads, can.cores).to_string()));
    options.extend(color_options(&video.color, tone.is_some()));
    Ok(VideoEncode {
        stream: video.index,
        encoder: encoder.to_owned(),
        tag: mp4_tag(policy::video_codec_name(settings.target_video_codec)),
        width,
        height,
        filters: filters(video, &pictures),
        frame_rate: video.frame_rate.unwrap_or(USUAL_FRAME_RATE),
        options,
    })
}

fn video_encoders(codec: VideoCodec) -> &'static [&'static str] {
    match codec {
        VideoCodec::H264 => &["libx264"],
        VideoCodec::Hevc => &["libx265"],
        VideoCodec::Vp9 => &["libvpx-vp9"],
        VideoCodec::Av1 => &["libsvtav1", "libaom-av1"],
    }
}

/// `None` when this build has none.
pub(super) fn find_video_encoder(codec: VideoCodec, can: &Capabilities) -> Option<&'static str> {
    video_encoders(codec).iter().copied().find(|name| can.encoders.contains(name))
}

fn choose_encoder(wanted: &[&'static str], can: &Capabilities) -> Result<&'static str> {
    let found = wanted.iter().find(|name| can.encoders.contains(name));
    found.copied().ok_or(VideoError::MissingEncoder(wanted.first().copied().unwrap_or("this codec")))
}

/// Apple's players open HEVC only under this name; the muxer's own choice is another.
fn mp4_tag(codec: &str) -> Option<[u8; 4]> {
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

pub(super) fn tone_mapping(video: &VideoStream, setting: ToneMapping, can: &Capabilities) -> Option<&'static str> {
    let curve = match setting {
        ToneMapping::Hable => "hable",
        ToneMapping::Mobius => "mobius",
        ToneMapping::Reinhard => "reinhard",
        ToneMapping::Disabled => return None,
    };
    if video.is_hdr() && !can.tone_mapping {
        tracing::warn!("ffmpeg lacks zscale or tonemap: the colours of this HDR video will look pale");
    }
    (video.is_hdr() && can.tone_mapping).then_some(curve)
}

/// What a chain of filters shall deliver.
pub(super) struct Pictures {
    /// On the screen, after turning.
    pub size: (u32, u32),
    pub tone: Option<&'static str>,
    pub format: &'static str,
}

/// Deinterlace, shrink, tone map, turn, in this order: what is costly sees as few pixels as possible.
pub(super) fn filters(video: &VideoStream, pictures: &Pictures) -> String {
    let (width, height) = if video.is_turned() { (pictures.size.1, pictures.size.0) } else { pictures.size };
    let mut chain = Vec::new();
    if video.interlaced {
        chain.push("yadif=deint=interlaced".to_owned());
    }
    match pictures.tone {
        Some(curve) => chain.extend(tone_map_filters(video, (width, height), curve)),
        // Also where the size is right already: it may change in the middle of a file, and costs nothing until then.
        None => chain.push(scale_filter(video, (width, height), pictures.format)),
    }
    if video.pixel_aspect.0 != video.pixel_aspect.1 {
        chain.push("setsar=1".to_owned());
    }
    if video.mirrored {
        chain.push("hflip".to_owned());
    }
    match video.rotation {
        90 => chain.push("transpose=clock".to_owned()),
        180 => chain.push("hflip,vflip".to_owned()),
        270 => chain.push("transpose=cclock".to_owned()),
        _ => {}
    }
    chain.push(format!("format={}", pictures.format));
    chain.join(",")
}

/// Light as it was filmed → light as a plain screen shows it. `zscale` refuses what is not named, so all is named.
fn tone_map_filters(video: &VideoStream, (width, height): (u32, u32), curve: &str) -> Vec<String> {
    let transfer = video.color.transfer.as_deref().unwrap_or("smpte2084");
    vec![
        format!(
            "zscale=w={width}:h={height}:tin={transfer}:min=2020_ncl:pin=2020:rin={}:t=linear:npl=100",
            zscale_range(video)
        ),
        "format=gbrpf32le".to_owned(),
        "zscale=p=709".to_owned(),
        format!("tonemap=tonemap={curve}:desat=0"),
        "zscale=t=709:m=709:r=limited".to_owned(),
        "format=yuv420p".to_owned(),
    ]
}

fn zscale_range(video: &VideoStream) -> &'static str {
    if is_full_range(video) { "full" } else { "limited" }
}

fn is_full_range(video: &VideoStream) -> bool {
    video.color.range.as_deref() == Some("pc") || video.pixel_format.as_deref().is_some_and(|it| it.starts_with("yuvj"))
}

fn scale_filter(video: &VideoStream, (width, height): (u32, u32), format: &str) -> String {
    let mut scale = format!("scale={width}:{height}");
    if format == "rgb24" {
        // Fine enough for a still; the default is made for speed.
        scale.push_str(":flags=lanczos+accurate_rnd+full_chroma_int");
        // Players take untagged video above SD for BT.709; the scaler would take it for BT.601.
        if video.color.space.is_none() && video.height.min(video.width) > 576 {
            scale.push_str(":in_color_matrix=bt709");
        }
    } else if is_full_range(video) {
        scale.push_str(":in_range=full:out_range=limited");
    }
    scale
}

fn encoder_options(encoder: &str, settings: &Ffmpeg, two_pass: bool) -> Vec<(String, String)> {
    let mut options: Vec<(&str, String)> = Vec::new();
    let speed = PRESETS.iter().position(|name| *name == settings.preset).unwrap_or(0);
    match encoder {
        "libx264" => options.push(("preset", PRESETS[speed].to_owned())),
        "libx265" => {
            options.push(("preset", PRESETS[speed].to_owned()));
            options.push(("x265-params", "log-level=error".to_owned()));
        }
        "libvpx-vp9" => {
            options.push(("deadline", "good".to_owned()));
            options.push(("cpu-used", (8 - speed).min(5).to_string()));
            options.push(("row-mt", "1".to_owned()));
        }
        "libsvtav1" => options.push(("preset", (12 - speed).to_string())),
        "libaom-av1" => {
            options.push(("cpu-used", (8 - speed).to_string()));
            options.push(("row-mt", "1".to_owned()));
        }
        _ => {}
    }
    options.extend(rate_options(encoder, settings, two_pass));
    if settings.gop_size > 0 {
        options.push(("g", settings.gop_size.to_string()));
    }
    if settings.bframes >= 0 && encoder != "libvpx-vp9" {
        options.push(("bf", settings.bframes.to_string()));
    }
    if settings.refs > 0 && encoder != "libvpx-vp9" {
        options.push(("refs", settings.refs.to_string()));
    }
    options.into_iter().map(|(key, value)| (key.to_owned(), value)).collect()
}

/// Constant quality, under a ceiling if there is one; with two passes an average below that ceiling.
fn rate_options(encoder: &str, settings: &Ffmpeg, two_pass: bool) -> Vec<(&'static str, String)> {
    let crf = ("crf", settings.crf.to_string());
    match policy::max_bit_rate(settings) {
        // VP9 and AV1 take their quality for a ceiling unless the average is given as none.
        None if encoder == "libvpx-vp9" || encoder == "libaom-av1" => vec![crf, ("b", "0".to_owned())],
        None => vec![crf],
        Some(max) if encoder == "libvpx-vp9" || encoder == "libaom-av1" => vec![crf, ("b", max.to_string())],
        Some(max) if encoder == "libsvtav1" => vec![crf, ("maxrate", max.to_string())],
        Some(max) => {
            let ceiling = [("maxrate", max.to_string()), ("bufsize", (max * 2).to_string())];
            let quality = if two_pass { ("b", (max * 2 / 3).to_string()) } else { crf };
            std::iter::once(quality).chain(ceiling).collect()
        }
    }
}

/// Tags for the player. Names that ffmpeg's encoders do not know would make them refuse, so only usual ones pass.
fn color_options(color: &Color, tone_mapped: bool) -> Vec<(String, String)> {
    const USUAL: [&str; 9] = [
        "bt709",
        "smpte170m",
        "bt470bg",
        "bt2020nc",
        "bt2020",
        "bt2020-10",
        "smpte2084",
        "arib-std-b67",
        "iec61966-2-1",
    ];
    let tag = |own: &Option<String>| {
        if tone_mapped { Some("bt709".to_owned()) } else { own.clone().filter(|name| USUAL.contains(&name.as_str())) }
    };
    [("colorspace", tag(&color.space)), ("color_primaries", tag(&color.primaries)), ("color_trc", tag(&color.transfer))]
        .into_iter()
        .filter_map(|(key, name)| Some((key.to_owned(), name?)))
        .chain([("color_range".to_owned(), "tv".to_owned())])
        .collect()
}

pub(super) fn plan_audio(audio: &AudioStream, settings: &Ffmpeg, can: &Capabilities) -> Result<AudioEncode> {
    // PCM has no place in MP4; whoever asks for it gets what plays everywhere.
    let (candidates, sample_format): (&[&'static str], _) = match settings.target_audio_codec {
        AudioCodec::Aac | AudioCodec::PcmS16le => (&["aac"], "fltp"),
        AudioCodec::Mp3 => (&["libmp3lame"], "fltp"),
        AudioCodec::Opus => (&["libopus"], "flt"),
    };
    let encoder = choose_encoder(candidates, can)?;
    let fits = encoder != "libopus" && SAMPLE_RATES.contains(&audio.sample_rate);
    let sample_rate = if fits { audio.sample_rate } else { 48_000 };
    // Surround is mixed down: phones and browsers play stereo, and the original keeps the rest.
    let (channels, layout, bit_rate) = if audio.channels == 1 { (1, "mono", 96_000) } else { (2, "stereo", 128_000) };
    Ok(AudioEncode {
        stream: audio.index,
        encoder: encoder.to_owned(),
        sample_rate,
        channels,
        bit_rate,
        // Gaps in a recording become silence, so that sound and picture stay together.
        filters: format!(
            "aresample=async=1,aformat=sample_fmts={sample_format}:sample_rates={sample_rate}:channel_layouts={layout}"
        ),
        options: vec![("b".to_owned(), bit_rate.to_string())],
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn can() -> Capabilities {
        Capabilities { tone_mapping: true, encoders: ENCODERS.to_vec(), cores: 16 }
    }

    fn stream(width: u32, height: u32) -> VideoStream {
        VideoStream {
            codec: "hevc".to_owned(),
            pixel_format: Some("yuv420p".to_owned()),
            width,
            height,
            display_width: width,
            display_height: height,
            pixel_aspect: (1, 1),
            frame_rate: Some((30000, 1001)),
            ..VideoStream::default()
        }
    }

    fn encode(video: VideoStream, settings: &Ffmpeg) -> VideoEncode {
        let info = VideoInfo { video: Some(video), ..VideoInfo::default() };
        let decision = Decision { video: Action::Encode, audio: None, remux: false };
        match plan(&info, &decision, settings, &can()).expect("a plan").video {
            VideoPlan::Encode(encode) => encode,
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
    fn two_passes_need_a_bit_rate() {
        let info = VideoInfo { video: Some(stream(1280, 720)), ..VideoInfo::default() };
        let decision = Decision { video: Action::Encode, audio: None, remux: false };
        let passes = |max_bitrate: &str, two_pass| {
            let settings = Ffmpeg { two_pass, max_bitrate: max_bitrate.to_owned(), ..Ffmpeg::default() };
            plan(&info, &decision, &settings, &can()).expect("a plan").passes
        };
        assert_eq!((passes("0", true), passes("2M", false), passes("2M", true)), (1, 1, 2));
    }

    #[test]
    fn surround_becomes_stereo_and_mono_stays() {
        let audio = |channels, sample_rate, codec| {
            let audio = AudioStream { channels, sample_rate, ..AudioStream::default() };
            let settings = Ffmpeg { target_audio_codec: codec, ..Ffmpeg::default() };
            let plan = plan_audio(&audio, &settings, &can()).expect("a plan");
            (plan.encoder, plan.channels, plan.sample_rate)
        };
        assert_eq!(audio(6, 48_000, AudioCodec::Aac), ("aac".to_owned(), 2, 48_000));
        assert_eq!(audio(1, 8_000, AudioCodec::Aac), ("aac".to_owned(), 1, 8_000));
        assert_eq!(audio(2, 192_000, AudioCodec::Mp3), ("libmp3lame".to_owned(), 2, 48_000));
        assert_eq!(audio(2, 44_100, AudioCodec::Opus), ("libopus".to_owned(), 2, 48_000));
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
