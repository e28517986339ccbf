//! Video on a graphics card: which device, which encoder with which options, which filters. Pure; opens no device.
//!
//! The card decodes and shrinks where it can read the source, and always encodes. Pictures stay on it as far as its
//! filters go; where they do not, what is left is done in memory, with pictures that are small by then.
//!
//! What must stay true: this is a try. Whatever the device, the driver or the build lacks, [`weaker`] settings make the
//! same video, and the log says why they had to. No card was at hand when this was written: tests compare plans, and ask
//! the encoders and filters of the build whether they know all words in them; frames have not been through.

mod filters;
mod nvenc;
mod qsv;
mod rkmpp;
mod vaapi;

use super::error::{Result, VideoError};
use super::plan::filters::{Pictures, Turn, tone_mapping};
use super::plan::{self, Capabilities, VideoEncode, encoder};
use super::policy;
use super::types::VideoStream;
use config::system::choices::{TranscodeHWAccel, VideoCodec};
use config::system::ffmpeg::Ffmpeg;
use serde::{Deserialize, Serialize};

/// Every encoder that a plan may name.
pub(super) const ENCODERS: [&str; 13] = [
    "h264_nvenc",
    "hevc_nvenc",
    "av1_nvenc",
    "h264_qsv",
    "hevc_qsv",
    "vp9_qsv",
    "av1_qsv",
    "h264_vaapi",
    "hevc_vaapi",
    "vp9_vaapi",
    "av1_vaapi",
    "h264_rkmpp",
    "hevc_rkmpp",
];

/// The device that a plan wants, and what it is to do besides encoding.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DeviceWish {
    /// As ffmpeg calls the kind of device.
    pub kind: String,
    /// Which one of several; `None` lets the driver choose.
    pub name: Option<String>,
    pub options: Vec<(String, String)>,
    pub decodes: bool,
    /// Of the names of decoders, where the card has its own.
    pub decoder_suffix: Option<String>,
}

/// An interface to cards, and what is different with it.
pub(super) struct Api {
    kind: &'static str,
    decoder_suffix: Option<&'static str>,
    /// Its encoders take pictures only from the card; others fetch them from memory as well.
    takes_from_card_alone: bool,
    /// Name and options of the device that the administrator chose.
    device: fn(&str) -> Chosen,
    encoder: fn(VideoCodec) -> Option<&'static str>,
    /// Quality, speed and the like, as its encoders name them.
    options: fn(&Wish<'_>) -> Vec<(&'static str, String)>,
    /// Shrinks a picture that is on the card, to a pixel format of the card's.
    scale: fn((u32, u32), &str) -> String,
    deinterlace: Option<&'static str>,
    turn: Option<fn(Turn) -> String>,
    /// The filter that a build and a machine must have for it, and the chain for a curve.
    tone_map: (&'static str, fn(&str) -> String),
}

type Chosen = (Option<String>, Vec<(&'static str, String)>);

/// What the settings ask of an encoder.
struct Wish<'a> {
    codec: VideoCodec,
    settings: &'a Ffmpeg,
    /// Place among the presets, quickest first.
    speed: usize,
    /// The ceiling, and the average below it.
    bit_rates: Option<(u64, u64)>,
}

pub(super) fn api(accel: TranscodeHWAccel) -> Option<&'static Api> {
    match accel {
        TranscodeHWAccel::Nvenc => Some(&nvenc::API),
        TranscodeHWAccel::Qsv => Some(&qsv::API),
        TranscodeHWAccel::Vaapi => Some(&vaapi::API),
        TranscodeHWAccel::Rkmpp => Some(&rkmpp::API),
        TranscodeHWAccel::Disabled => None,
    }
}

/// What to try after these settings have failed: first without the card's decoder, then without the card.
pub fn weaker(settings: &Ffmpeg) -> Option<Ffmpeg> {
    match settings.accel {
        TranscodeHWAccel::Disabled => None,
        _ if settings.accel_decode => Some(Ffmpeg { accel_decode: false, ..settings.clone() }),
        _ => Some(without_card(settings)),
    }
}

pub fn without_card(settings: &Ffmpeg) -> Ffmpeg {
    Ffmpeg { accel: TranscodeHWAccel::Disabled, ..settings.clone() }
}

pub(super) fn plan_video(api: &Api, video: &VideoStream, settings: &Ffmpeg, can: &Capabilities) -> Result<VideoEncode> {
    let encoder =
        (api.encoder)(settings.target_video_codec).ok_or(VideoError::MissingEncoder("this codec on a card"))?;
    if !can.encoders.contains(&encoder) {
        return Err(VideoError::MissingEncoder(encoder));
    }
    let tone = tone_mapping(video, settings.tonemap, can);
    let size = plan::target_size(video, policy::target_short_side(settings));
    let pictures = Pictures { size, tone, format: "nv12" };
    let decodes = settings.accel_decode && filters::card_decodes(api, video);
    let filters = if decodes {
        filters::from_card(api, video, &pictures, can)
    } else {
        filters::from_memory(api, video, &pictures)
    };
    Ok(VideoEncode {
        stream: video.index,
        encoder: encoder.to_owned(),
        tag: plan::mp4_tag(policy::video_codec_name(settings.target_video_codec)),
        width: size.0,
        height: size.1,
        filters,
        pixel_format: pictures.format.to_owned(),
        frame_rate: plan::frame_rate(video),
        options: options(api, video, settings, tone.is_some()),
        // Where a card looks twice, its encoder does so by itself.
        passes: 1,
        device: Some(device(api, settings, decodes)),
    })
}

fn options(api: &Api, video: &VideoStream, settings: &Ffmpeg, tone_mapped: bool) -> Vec<(String, String)> {
    let wish = Wish {
        codec: settings.target_video_codec,
        settings,
        speed: encoder::speed(settings),
        bit_rates: policy::max_bit_rate(settings).map(|max| (max, encoder::average_below(max))),
    };
    let mut options = (api.options)(&wish);
    if settings.gop_size > 0 {
        options.push(("g", settings.gop_size.to_string()));
    }
    let options = options.into_iter().map(|(key, value)| (key.to_owned(), value));
    options.chain(encoder::color_options(&video.color, tone_mapped)).collect()
}

fn device(api: &Api, settings: &Ffmpeg, decodes: bool) -> DeviceWish {
    let chosen = Some(settings.preferred_hw_device.trim()).filter(|name| !name.is_empty() && *name != "auto");
    let (name, options) = chosen.map_or((None, Vec::new()), api.device);
    DeviceWish {
        kind: api.kind.to_owned(),
        name,
        options: options.into_iter().map(|(key, value)| (key.to_owned(), value)).collect(),
        decodes,
        decoder_suffix: api.decoder_suffix.filter(|_| decodes).map(str::to_owned),
    }
}

/// "renderD128" → "/dev/dri/renderD128".
fn render_node(name: &str) -> String {
    format!("/dev/dri/{}", name.rsplit('/').next().unwrap_or(name))
}

/// The same filter runs on all cards whose pictures can be lent to OpenCL.
fn tone_map_by_opencl(curve: &str, kind: &str) -> String {
    format!(
        "hwmap=derive_device=opencl,\
         tonemap_opencl=tonemap={curve}:desat=0:t=bt709:m=bt709:p=bt709:r=tv:format=nv12,\
         hwmap=derive_device={kind}:reverse=1"
    )
}

#[cfg(test)]
mod tests;
