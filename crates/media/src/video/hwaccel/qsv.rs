//! Intel, by way of its own media library. It makes no second pass, so `twoPass` means nothing here.

use super::{Api, Chosen, Wish, render_node, tone_map_by_opencl};
use crate::video::plan::encoder::ceiling;
use config::system::choices::{CQMode, VideoCodec};

const PRESETS: [&str; 7] = ["veryfast", "faster", "fast", "medium", "slow", "slower", "veryslow"];
/// Of the units in which ffmpeg gives a fixed quantizer (`FF_QP2LAMBDA`).
const LAMBDA: u32 = 118;

pub(super) const API: Api = Api {
    kind: "qsv",
    decoder_suffix: Some("qsv"),
    takes_from_card_alone: false,
    device,
    encoder,
    options,
    scale: |(width, height), format| format!("vpp_qsv=w={width}:h={height}:format={format}"),
    deinterlace: Some("deinterlace_qsv=mode=advanced"),
    turn: Some(|turn| format!("vpp_qsv=transpose={}", turn.direction())),
    tone_map: ("tonemap_opencl", |curve| tone_map_by_opencl(curve, "qsv")),
};

/// The library's devices are its implementations; the card is that of the interface below it.
fn device(chosen: &str) -> Chosen {
    (Some("hw".to_owned()), vec![("child_device", render_node(chosen))])
}

fn encoder(codec: VideoCodec) -> Option<&'static str> {
    Some(match codec {
        VideoCodec::H264 => "h264_qsv",
        VideoCodec::Hevc => "hevc_qsv",
        VideoCodec::Vp9 => "vp9_qsv",
        VideoCodec::Av1 => "av1_qsv",
    })
}

fn options(wish: &Wish<'_>) -> Vec<(&'static str, String)> {
    let settings = wish.settings;
    // The three quickest presets are one here.
    let preset = PRESETS[wish.speed.saturating_sub(2).min(PRESETS.len() - 1)];
    let mut options = vec![("preset", preset.to_owned()), ("async_depth", "4".to_owned())];
    let fixed_quantizer = match settings.cq_mode {
        CQMode::Cqp => true,
        CQMode::Icq => false,
        // VP9 has no other constant quality.
        CQMode::Auto => wish.codec == VideoCodec::Vp9,
    };
    match wish.bit_rates {
        // Each kind of constant quality would ignore the ceiling.
        Some((max, average)) => {
            options.push(("b", average.to_string()));
            options.extend(ceiling(max));
        }
        None if fixed_quantizer => {
            options.push(("flags", "+qscale".to_owned()));
            options.push(("global_quality", (settings.crf * LAMBDA).to_string()));
        }
        None => options.push(("global_quality", settings.crf.to_string())),
    }
    if wish.codec == VideoCodec::Vp9 {
        options.push(("low_power", "1".to_owned()));
    }
    if settings.bframes >= 0 && wish.codec != VideoCodec::Vp9 {
        options.push(("bf", settings.bframes.to_string()));
    }
    if settings.refs > 0 {
        options.push(("refs", settings.refs.to_string()));
    }
    options
}
