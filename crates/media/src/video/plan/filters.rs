//! The chain of filters between decoder and encoder, and what it is for: one size, upright, plain colours.

use super::Capabilities;
use crate::video::types::VideoStream;
use config::system::choices::ToneMapping;

pub(in crate::video) fn tone_mapping(
    video: &VideoStream,
    setting: ToneMapping,
    can: &Capabilities,
) -> Option<&'static str> {
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
pub(in crate::video) struct Pictures {
    /// On the screen, after turning.
    pub size: (u32, u32),
    pub tone: Option<&'static str>,
    pub format: &'static str,
}

/// Deinterlace, shrink, tone map, turn, in this order: what is costly sees as few pixels as possible.
pub(in crate::video) fn filters(video: &VideoStream, pictures: &Pictures) -> String {
    let size = unturned(video, pictures.size);
    let mut chain = Vec::new();
    if video.interlaced {
        chain.push("yadif=deint=interlaced".to_owned());
    }
    match pictures.tone {
        Some(curve) => chain.extend(tone_map_filters(video, size, curve)),
        // Also where the size is right already: it may change in the middle of a file, and costs nothing until then.
        None => chain.push(scale_filter(video, size, pictures.format)),
    }
    if has_other_pixels(video) {
        chain.push("setsar=1".to_owned());
    }
    chain.extend(turns(video).into_iter().map(|turn| turn.filter().to_owned()));
    chain.push(format!("format={}", pictures.format));
    chain.join(",")
}

/// The size on the screen as it is before the picture is turned.
pub(in crate::video) fn unturned(video: &VideoStream, (width, height): (u32, u32)) -> (u32, u32) {
    if video.is_turned() { (height, width) } else { (width, height) }
}

/// Pixels that are no squares become squares by scaling, which the picture must be told.
pub(in crate::video) fn has_other_pixels(video: &VideoStream) -> bool {
    video.pixel_aspect.0 != video.pixel_aspect.1
}

/// What brings a picture upright.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::video) enum Turn {
    Mirror,
    Clockwise,
    UpsideDown,
    CounterClockwise,
}

impl Turn {
    pub(in crate::video) fn filter(self) -> &'static str {
        match self {
            Self::Mirror => "hflip",
            Self::Clockwise => "transpose=clock",
            Self::UpsideDown => "hflip,vflip",
            Self::CounterClockwise => "transpose=cclock",
        }
    }

    /// As the filters of graphics cards call it.
    pub(in crate::video) fn direction(self) -> &'static str {
        match self {
            Self::Mirror => "hflip",
            Self::Clockwise => "clock",
            Self::UpsideDown => "reversal",
            Self::CounterClockwise => "cclock",
        }
    }
}

/// One after the other.
pub(in crate::video) fn turns(video: &VideoStream) -> Vec<Turn> {
    let turned = match video.rotation {
        90 => Some(Turn::Clockwise),
        180 => Some(Turn::UpsideDown),
        270 => Some(Turn::CounterClockwise),
        _ => None,
    };
    video.mirrored.then_some(Turn::Mirror).into_iter().chain(turned).collect()
}

/// Light as it was filmed → light as a plain screen shows it. `zscale` refuses what is not named, so all is named.
pub(in crate::video) fn tone_map_filters(video: &VideoStream, (width, height): (u32, u32), curve: &str) -> Vec<String> {
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

pub(in crate::video) fn is_full_range(video: &VideoStream) -> bool {
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
