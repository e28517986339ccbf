//! The chains of filters of a card: what it can do itself, and where pictures change between it and memory.

use super::Api;
use crate::video::plan::Capabilities;
use crate::video::plan::filters::{self, Pictures, has_other_pixels, is_full_range, tone_map_filters, turns, unturned};
use crate::video::types::VideoStream;

/// What cards have decoders for; which of them a card has is seen when it is asked.
const DECODABLE: [&str; 6] = ["h264", "hevc", "vp8", "vp9", "av1", "mpeg2video"];
/// Their filters leave the range as it is, or not, each in its own way; and their decoders know no other pixels.
const READABLE: [&str; 2] = ["yuv420p", "yuv420p10le"];

pub(super) fn card_decodes(api: &Api, video: &VideoStream) -> bool {
    let is_readable = video.pixel_format.as_deref().is_some_and(|format| READABLE.contains(&format));
    let is_possible = DECODABLE.contains(&video.codec.as_str()) && is_readable && !is_full_range(video);
    is_possible && (!video.interlaced || api.deinterlace.is_some())
}

/// From the processor's decoder to the card's encoder.
pub(super) fn from_memory(api: &Api, video: &VideoStream, pictures: &Pictures) -> String {
    let mut chain = filters::filters(video, pictures);
    if api.takes_from_card_alone {
        chain.push_str(",hwupload");
    }
    chain
}

/// From the card's decoder to the card's encoder.
pub(super) fn from_card(api: &Api, video: &VideoStream, pictures: &Pictures, can: &Capabilities) -> String {
    let size = unturned(video, pictures.size);
    let mut chain = Chain { filters: Vec::new(), is_on_card: true };
    chain.filters.extend(api.deinterlace.filter(|_| video.interlaced).map(str::to_owned));
    match pictures.tone {
        None => chain.filters.push((api.scale)(size, pictures.format)),
        Some(curve) => {
            chain.filters.push((api.scale)(size, "p010"));
            let (needed, tone_map) = api.tone_map;
            if can.card_filters.contains(&needed) {
                chain.filters.push(tone_map(curve));
            } else {
                chain.download("p010le");
                // What maps tones wants the colours in planes of their own.
                chain.filters.push("format=yuv420p10le".to_owned());
                chain.filters.extend(tone_map_filters(video, size, curve));
            }
        }
    }
    if has_other_pixels(video) {
        chain.filters.push("setsar=1".to_owned());
    }
    for turn in turns(video) {
        match api.turn {
            Some(on_card) if chain.is_on_card => chain.filters.push(on_card(turn)),
            _ => {
                chain.download(pictures.format);
                chain.filters.push(turn.filter().to_owned());
            }
        }
    }
    if !chain.is_on_card {
        chain.filters.push(format!("format={}", pictures.format));
        if api.takes_from_card_alone {
            chain.filters.push("hwupload".to_owned());
        }
    }
    chain.filters.join(",")
}

struct Chain {
    filters: Vec<String>,
    is_on_card: bool,
}

impl Chain {
    /// `format` is that of the pictures on the card, as the processor's filters call it.
    fn download(&mut self, format: &str) {
        if self.is_on_card {
            self.filters.push("hwdownload".to_owned());
            self.filters.push(format!("format={format}"));
            self.is_on_card = false;
        }
    }
}
