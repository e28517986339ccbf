//! NVIDIA. Turning is left to memory: the filter for it is in no free build.

use super::{Api, Chosen, Wish};
use crate::video::plan::encoder::ceiling;
use config::system::choices::VideoCodec;

/// The quickest and the slowest preset are p1 and p7.
const SLOWEST: usize = 7;

pub(super) const API: Api = Api {
    kind: "cuda",
    decoder_suffix: None,
    takes_from_card_alone: false,
    device,
    encoder,
    options,
    scale: |(width, height), format| format!("scale_cuda=w={width}:h={height}:format={format}"),
    deinterlace: Some("yadif_cuda=deint=interlaced"),
    turn: None,
    // Only in builds with the additions of the Jellyfin project.
    tone_map: ("tonemap_cuda", |curve| {
        format!("tonemap_cuda=tonemap={curve}:desat=0:t=bt709:m=bt709:p=bt709:r=tv:format=nv12")
    }),
};

/// These cards are numbered; a render node, which the page offers as well, names none of them.
fn device(chosen: &str) -> Chosen {
    let number = chosen.parse::<u32>().ok();
    (number.map(|number| number.to_string()), Vec::new())
}

fn encoder(codec: VideoCodec) -> Option<&'static str> {
    match codec {
        VideoCodec::H264 => Some("h264_nvenc"),
        VideoCodec::Hevc => Some("hevc_nvenc"),
        VideoCodec::Av1 => Some("av1_nvenc"),
        VideoCodec::Vp9 => None,
    }
}

fn options(wish: &Wish<'_>) -> Vec<(&'static str, String)> {
    let settings = wish.settings;
    let mut options = vec![
        ("preset", format!("p{}", (wish.speed + 1).min(SLOWEST))),
        ("tune", "hq".to_owned()),
        ("rc", "vbr".to_owned()),
    ];
    match wish.bit_rates {
        Some((_, average)) if settings.two_pass => {
            options.push(("b", average.to_string()));
            options.push(("multipass", "fullres".to_owned()));
        }
        _ => options.push(("cq", settings.crf.to_string())),
    }
    if let Some((max, _)) = wish.bit_rates {
        options.extend(ceiling(max));
    }
    options.push(("rc-lookahead", "20".to_owned()));
    if settings.temporal_aq {
        // One option, two spellings.
        let name = if wish.codec == VideoCodec::Hevc { "temporal_aq" } else { "temporal-aq" };
        options.push((name, "1".to_owned()));
    }
    if settings.bframes >= 0 {
        options.push(("bf", settings.bframes.to_string()));
    }
    if settings.refs > 0 {
        options.push(("refs", settings.refs.to_string()));
    }
    options
}
