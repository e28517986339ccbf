//! One picture out of a video, for its thumbnail: upright, in plain colours.
//!
//! Frames are decoded forward from the start, since a seek alone lands on the wrong frame. Many recordings begin black,
//! so the first frame that shows something wins, or the best of the first seconds if none does.

use super::chain::{Chain, Medium};
use super::codecs::open_decoder;
use super::decoding::{receive, unless_damaged};
use super::error::{Result, VideoError};
use super::libav::{self, During};
use super::plan::{self, filters, filters::Pictures};
use super::probe;
use super::reading::MAX_DAMAGED_IN_A_ROW;
use super::transcode::capabilities;
use super::types::VideoStream;
use config::system::choices::ToneMapping;
use ffmpeg::codec::packet::Packet;
use ffmpeg_next as ffmpeg;
use std::path::Path;

/// Brightness that varies less than this (of 127) is a blank picture, or all but one.
const BLANK: f32 = 8.0;
/// How long to look for something better than a blank picture.
const SEARCH_SECONDS: f64 = 3.0;
/// Frames decoded beside each other are wasted if the first one will do.
const MAX_THREADS: u32 = 2;

/// Rows of red, green, blue bytes without padding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Picture {
    pub width: u32,
    pub height: u32,
    pub rgb: Vec<u8>,
}

/// `short_side` bounds the shorter side, to save work that a later shrink would throw away; nothing is enlarged.
pub fn representative(path: &Path, short_side: Option<u32>, tonemap: ToneMapping) -> Result<Picture> {
    let mut input = libav::open(path)?;
    let video = probe::describe(&input).video.ok_or(VideoError::NoVideo)?;
    let can = capabilities();
    let stream = input.stream(video.index).ok_or(VideoError::NoVideo)?;
    let time_base = stream.time_base();
    let decoder = open_decoder(&stream, plan::threads(0, can.cores).min(MAX_THREADS))?;
    let mut search = Search { decoder, best: None, first_pts: None, seen: 0, seconds_per_tick: f64::from(time_base) };
    let frame = search.run(&mut input, video.index)?;
    let pictures = Pictures {
        size: plan::target_size(&video, short_side),
        tone: filters::tone_mapping(&video, tonemap, &can),
        format: "rgb24",
    };
    convert(&frame, &video, &pictures, time_base)
}

struct Search {
    decoder: ffmpeg::decoder::Opened,
    best: Option<(f32, ffmpeg::Frame)>,
    first_pts: Option<i64>,
    seen: u32,
    seconds_per_tick: f64,
}

impl Search {
    fn run(&mut self, input: &mut ffmpeg::format::context::Input, stream: usize) -> Result<ffmpeg::Frame> {
        let (mut ended, mut damaged) = (false, 0);
        while !ended {
            let mut packet = Packet::empty();
            match packet.read(input) {
                Ok(()) if packet.stream() != stream => continue,
                Ok(()) => self.decoder.send_packet(&packet).or_else(unless_damaged).during("decode")?,
                Err(ffmpeg::Error::InvalidData) if damaged < MAX_DAMAGED_IN_A_ROW => damaged += 1,
                // Whatever ends the reading: a picture that was decoded before is good enough.
                Err(_) => {
                    ended = true;
                    self.decoder.send_eof().or_else(unless_damaged).during("finish decoding")?;
                }
            }
            if self.look()? {
                break;
            }
        }
        match self.best.take() {
            Some((_, frame)) => Ok(frame),
            None => libav::check_disk(input).and(Err(VideoError::NoPicture)),
        }
    }

    /// Takes what is decoded; `true` when the search is over.
    fn look(&mut self) -> Result<bool> {
        loop {
            let mut frame = libav::new_frame();
            if !receive(&mut self.decoder, &mut frame)? {
                return Ok(false);
            }
            self.seen += 1;
            let pts = frame.timestamp().unwrap_or(0);
            let seconds = (pts - *self.first_pts.get_or_insert(pts)) as f64 * self.seconds_per_tick;
            // A format whose brightness is not read counts as showing something.
            let contrast = libav::contrast(&frame).unwrap_or(f32::MAX);
            if self.best.as_ref().is_none_or(|(best, _)| contrast > *best) {
                self.best = Some((contrast, frame));
            }
            if contrast >= BLANK || seconds >= SEARCH_SECONDS || self.seen >= crate::limits::get().frames {
                return Ok(true);
            }
        }
    }
}

fn convert(
    frame: &ffmpeg::Frame,
    video: &VideoStream,
    pictures: &Pictures,
    time_base: ffmpeg::Rational,
) -> Result<Picture> {
    let frame_rate = video.frame_rate.unwrap_or((1, 1));
    let mut chain =
        Chain::new(Medium::Pictures { frame_rate }, &filters::filters(video, pictures), time_base, MAX_THREADS);
    chain.push(frame)?;
    chain.finish()?;
    let mut converted = ffmpeg::frame::Video::empty();
    if chain.pull(&mut converted)?.is_none() {
        return Err(VideoError::NoPicture);
    }
    let (width, height) = (converted.width(), converted.height());
    let row = width as usize * 3;
    let mut rgb = Vec::with_capacity(row * height as usize);
    for line in converted.data(0).chunks(converted.stride(0)).take(height as usize) {
        rgb.extend_from_slice(&line[..row]);
    }
    Ok(Picture { width, height, rgb })
}
