//! Which encoder runs on the processor, and what it is told.
//!
//! Two settings mean nothing here: `temporalAQ` is a mode of NVIDIA's encoders alone, and `cqMode` chooses between two
//! kinds of constant quality that only cards have; on the processor quality is always that of `crf`. VP9 and AV1 have no
//! B frames, so `bframes` is for H.264 and HEVC, and libvpx chooses its reference frames itself.

use super::Capabilities;
use crate::video::error::{Result, VideoError};
use crate::video::policy;
use crate::video::types::Color;
use config::system::choices::VideoCodec;
use config::system::ffmpeg::Ffmpeg;

/// Slowest last, as x264 names them; other encoders number theirs.
const PRESETS: [&str; 9] =
    ["ultrafast", "superfast", "veryfast", "faster", "fast", "medium", "slow", "slower", "veryslow"];

fn encoders(codec: VideoCodec) -> &'static [&'static str] {
    match codec {
        VideoCodec::H264 => &["libx264"],
        VideoCodec::Hevc => &["libx265"],
        VideoCodec::Vp9 => &["libvpx-vp9"],
        VideoCodec::Av1 => &["libsvtav1", "libaom-av1"],
    }
}

/// `None` when this build has none.
pub(in crate::video) fn find(codec: VideoCodec, can: &Capabilities) -> Option<&'static str> {
    encoders(codec).iter().copied().find(|name| can.encoders.contains(name))
}

pub(super) fn for_video(codec: VideoCodec, can: &Capabilities) -> Result<&'static str> {
    choose(encoders(codec), can)
}

pub(super) fn choose(wanted: &[&'static str], can: &Capabilities) -> Result<&'static str> {
    let found = wanted.iter().find(|name| can.encoders.contains(name));
    found.copied().ok_or(VideoError::MissingEncoder(wanted.first().copied().unwrap_or("this codec")))
}

/// The preset's place, quickest first; one that nobody knows is the quickest.
pub(in crate::video) fn speed(settings: &Ffmpeg) -> usize {
    PRESETS.iter().position(|name| *name == settings.preset).unwrap_or(0)
}

/// Only with a bit rate to aim at. SVT-AV1 is no part of it: what ffmpeg has of it makes one pass.
pub(super) fn takes_two_passes(encoder: &str, settings: &Ffmpeg) -> bool {
    let has_two = matches!(encoder, "libx264" | "libx265" | "libvpx-vp9" | "libaom-av1");
    settings.two_pass && has_two && policy::max_bit_rate(settings).is_some()
}

pub(super) fn options(encoder: &str, settings: &Ffmpeg) -> Vec<(String, String)> {
    let mut options: Vec<(&str, String)> = Vec::new();
    let speed = speed(settings);
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
    options.extend(rate_options(encoder, settings));
    if settings.gop_size > 0 {
        options.push(("g", settings.gop_size.to_string()));
    }
    if settings.bframes >= 0 && matches!(encoder, "libx264" | "libx265") {
        options.push(("bf", settings.bframes.to_string()));
    }
    if settings.refs > 0 && encoder != "libvpx-vp9" {
        options.push(("refs", settings.refs.to_string()));
    }
    options.into_iter().map(|(key, value)| (key.to_owned(), value)).collect()
}

/// Constant quality, under a ceiling if there is one; with two passes an average below that ceiling.
fn rate_options(encoder: &str, settings: &Ffmpeg) -> Vec<(&'static str, String)> {
    let crf = ("crf", settings.crf.to_string());
    let is_vp9_or_aom = encoder == "libvpx-vp9" || encoder == "libaom-av1";
    match policy::max_bit_rate(settings) {
        // VP9 and AV1 take their quality for a ceiling unless the average is given as none.
        None if is_vp9_or_aom => vec![crf, ("b", "0".to_owned())],
        None => vec![crf],
        Some(max) if takes_two_passes(encoder, settings) => {
            [("b", average_below(max).to_string())].into_iter().chain(ceiling(max)).collect()
        }
        Some(max) if is_vp9_or_aom => vec![crf, ("b", max.to_string())],
        Some(max) if encoder == "libsvtav1" => vec![crf, ("maxrate", max.to_string())],
        Some(max) => [crf].into_iter().chain(ceiling(max)).collect(),
    }
}

/// The bit rate that is not gone beyond, seen over two seconds.
pub(in crate::video) fn ceiling(max: u64) -> [(&'static str, String); 2] {
    [("maxrate", max.to_string()), ("bufsize", (max * 2).to_string())]
}

/// What leaves room below a ceiling for scenes that move.
pub(in crate::video) fn average_below(max: u64) -> u64 {
    max * 2 / 3
}

/// Tags for the player. Names that ffmpeg's encoders do not know would make them refuse, so only usual ones pass.
pub(in crate::video) fn color_options(color: &Color, tone_mapped: bool) -> Vec<(String, String)> {
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
