//! Intel and AMD, by way of the Linux interface. It makes no second pass, so `twoPass` means nothing here.

use super::{Api, Wish, render_node, tone_map_by_opencl};
use crate::video::plan::encoder::ceiling;
use config::system::choices::{CQMode, VideoCodec};

/// The quickest level; the slowest is 1.
const QUICKEST: usize = 7;

pub(super) const API: Api = Api {
    kind: "vaapi",
    decoder_suffix: None,
    takes_from_card_alone: true,
    device: |chosen| (Some(render_node(chosen)), Vec::new()),
    encoder,
    options,
    scale: |(width, height), format| format!("scale_vaapi=w={width}:h={height}:format={format}"),
    deinterlace: Some("deinterlace_vaapi=auto=1"),
    turn: Some(|turn| format!("transpose_vaapi=dir={}", turn.direction())),
    tone_map: ("tonemap_opencl", |curve| tone_map_by_opencl(curve, "vaapi")),
};

fn encoder(codec: VideoCodec) -> Option<&'static str> {
    Some(match codec {
        VideoCodec::H264 => "h264_vaapi",
        VideoCodec::Hevc => "hevc_vaapi",
        VideoCodec::Vp9 => "vp9_vaapi",
        VideoCodec::Av1 => "av1_vaapi",
    })
}

fn options(wish: &Wish<'_>) -> Vec<(&'static str, String)> {
    let settings = wish.settings;
    let level = QUICKEST - wish.speed.min(QUICKEST - 1);
    let mut options = vec![("compression_level", level.to_string())];
    let mut rate = |mode: &str, name, value: u64| {
        options.push(("rc_mode", mode.to_owned()));
        options.push((name, value.to_string()));
    };
    let crf = u64::from(settings.crf);
    match wish.bit_rates {
        Some((_, average)) => rate("VBR", "b", average),
        None if settings.cq_mode == CQMode::Icq => rate("ICQ", "global_quality", crf),
        // Encoders of these two take a fixed quantizer for a quality.
        None if matches!(wish.codec, VideoCodec::Vp9 | VideoCodec::Av1) => rate("CQP", "global_quality", crf),
        None => rate("CQP", "qp", crf),
    }
    if let Some((max, _)) = wish.bit_rates {
        options.extend(ceiling(max));
    }
    if settings.bframes >= 0 {
        options.push(("bf", settings.bframes.to_string()));
    }
    if settings.refs > 0 {
        options.push(("refs", settings.refs.to_string()));
    }
    options
}
