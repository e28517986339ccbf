//! Rockchip's boards. Only builds of ffmpeg with Rockchip's additions know these names, Debian's does not: there every
//! transcode falls back. Their encoders take neither presets nor B or reference frames, and make one pass.

use super::{Api, Wish, tone_map_by_opencl};
use config::system::choices::VideoCodec;

pub(super) const API: Api = Api {
    kind: "rkmpp",
    decoder_suffix: Some("rkmpp"),
    takes_from_card_alone: false,
    // A board has one.
    device: |_| (None, Vec::new()),
    encoder,
    options,
    scale: |(width, height), format| format!("scale_rkrga=w={width}:h={height}:format={format}"),
    deinterlace: None,
    turn: Some(|turn| format!("vpp_rkrga=transpose={}", turn.direction())),
    tone_map: ("tonemap_opencl", |curve| tone_map_by_opencl(curve, "rkmpp")),
};

fn encoder(codec: VideoCodec) -> Option<&'static str> {
    match codec {
        VideoCodec::H264 => Some("h264_rkmpp"),
        VideoCodec::Hevc => Some("hevc_rkmpp"),
        VideoCodec::Vp9 | VideoCodec::Av1 => None,
    }
}

fn options(wish: &Wish<'_>) -> Vec<(&'static str, String)> {
    match wish.bit_rates {
        Some((max, average)) => {
            vec![("rc_mode", "AVBR".to_owned()), ("b", average.to_string()), ("maxrate", max.to_string())]
        }
        None => vec![("rc_mode", "CQP".to_owned()), ("qp_init", wish.settings.crf.to_string())],
    }
}
