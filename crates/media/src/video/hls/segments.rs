//! Makes pieces of a version, one after the other.
//!
//! What must stay true: memory is bounded by the pieces under way, and a piece is written as soon as it is complete,
//! since somebody waits for it.

use super::fragment::{self, Packets, Shape};
use super::ladder::{self, StreamPlan, Variant};
use super::tracks::{Track, first_packet};
use crate::video::decoding::Source;
use crate::video::error::{Result, VideoError};
use crate::video::libav;
use crate::video::probe;
use crate::video::reading::{MAX_DAMAGED_IN_A_ROW, start_us};
use crate::video::transcode::capabilities;
use config::system::ffmpeg::Ffmpeg;
use ffmpeg::codec::packet::Packet;
use ffmpeg::format::context::Input;
use ffmpeg_next as ffmpeg;
use std::ops::Range;
use std::path::Path;

/// How long before the first piece reading begins. Some containers have no index, and what is found there by guessing
/// may lie too late; the next attempt begins earlier, the last at the start.
const SEEK_MARGINS_US: [Option<i64>; 3] = [Some(500_000), Some(10_000_000), None];

/// Which pieces of which version are wanted.
#[derive(Debug, Clone)]
pub struct Order<'a> {
    pub source: &'a Path,
    /// Where pieces go; it exists.
    pub folder: &'a Path,
    pub settings: &'a Ffmpeg,
    /// Index of a [`Variant`].
    pub variant: usize,
    pub segments: Range<u32>,
}

/// In which versions this video can be streamed.
pub fn variants(source: &Path, settings: &Ffmpeg) -> Result<Vec<Variant>> {
    ladder::variants(&probe::probe(source)?, settings, &capabilities())
}

/// `made` hears after each piece how much of the order is done, from 0 to 1.
pub fn make(order: &Order<'_>, made: &mut dyn FnMut(f32)) -> Result<()> {
    let info = probe::probe(order.source)?;
    let plan = ladder::plan(&info, order.settings, order.variant, &capabilities())?;
    let segments = order.segments.start..order.segments.end.min(plan.timeline.segments());
    if segments.is_empty() {
        return Err(VideoError::UnknownVariant);
    }
    for margin in SEEK_MARGINS_US {
        if attempt(order, &plan, &segments, margin, made)? {
            return Ok(());
        }
    }
    Err(VideoError::NoPicture)
}

/// `false` if what was found lies after the first piece: nothing was made.
fn attempt(
    order: &Order<'_>,
    plan: &StreamPlan,
    segments: &Range<u32>,
    margin_us: Option<i64>,
    made: &mut dyn FnMut(f32),
) -> Result<bool> {
    let mut input = libav::open(order.source)?;
    let source = Source { input: &input, start_us: start_us(&input), threads: plan.threads };
    let video = Track::pictures(&source, plan, segments)?;
    let audio = plan.audio.as_ref().map(|audio| Track::sound(&source, audio, &plan.timeline, segments)).transpose()?;
    let start_seconds = plan.timeline.start_seconds(segments.start);
    let from_us = (start_seconds * 1e6) as i64;
    let start_us = source.start_us;
    let seek_us = margin_us.map(|margin| from_us - margin).filter(|at| *at > 0);
    if let Some(at) = seek_us {
        // A container that cannot be searched stays where it is, at the start.
        let _ = input.seek(start_us + at, ..start_us + at);
    }
    let mut run = Run { order, plan, segments: segments.clone(), next: segments.start, video, audio };
    let frame_seconds = 1.0 / plan.timeline.fps();
    loop {
        let more = run.read(&mut input, from_us)?;
        let first = run.video.first_decoded_seconds();
        let is_late = first.map_or(!more, |first| first > start_seconds + frame_seconds);
        if is_late && seek_us.is_some() {
            return Ok(false);
        }
        if !more {
            break;
        }
        run.write_complete(made)?;
    }
    run.video.finish()?;
    if let Some(audio) = &mut run.audio {
        audio.finish()?;
    }
    run.write_complete(made)?;
    if run.next < run.segments.end { Err(VideoError::NoPicture) } else { Ok(true) }
}

struct Run<'a> {
    order: &'a Order<'a>,
    plan: &'a StreamPlan,
    segments: Range<u32>,
    /// The piece that is under way.
    next: u32,
    video: Track,
    audio: Option<Track>,
}

impl Run<'_> {
    /// One packet further; `false` when there is nothing more to read, or nothing more is needed.
    fn read(&mut self, input: &mut Input, from_us: i64) -> Result<bool> {
        if self.video.is_full() && self.audio.as_ref().is_none_or(Track::is_full) {
            return Ok(false);
        }
        let mut packet = Packet::empty();
        for _ in 0..MAX_DAMAGED_IN_A_ROW {
            match packet.read(input) {
                Ok(()) => {}
                Err(ffmpeg::Error::InvalidData) => continue,
                Err(ffmpeg::Error::Eof) => return libav::check_disk(input).map(|()| false),
                Err(error) => return Err(libav::while_reading(input, error)),
            }
            if packet.stream() == self.video.stream {
                self.video.push(&packet, from_us)?;
            } else if let Some(audio) = self.audio.as_mut().filter(|audio| audio.stream == packet.stream()) {
                audio.push(&packet, from_us)?;
            }
            return Ok(true);
        }
        libav::check_disk(input).map(|()| false)
    }

    /// Pieces are complete when both tracks are past their end.
    fn write_complete(&mut self, made: &mut dyn FnMut(f32)) -> Result<()> {
        while self.next < self.segments.end {
            let (pictures_end, sound_end) = (self.first_frame(self.next + 1), self.first_sound(self.next + 1));
            let is_complete = self.video.encoded >= pictures_end
                && self.audio.as_ref().is_none_or(|audio| audio.encoded >= sound_end);
            if !is_complete {
                break;
            }
            self.write(pictures_end, sound_end)?;
            self.next += 1;
            made((self.next - self.segments.start) as f32 / self.segments.len() as f32);
        }
        Ok(())
    }

    fn write(&mut self, pictures_end: u64, sound_end: u64) -> Result<()> {
        let pictures = take_before(&mut self.video, pictures_end);
        if !pictures.packets.first().is_some_and(Packet::is_key) {
            return Err(VideoError::Indivisible);
        }
        let mut tracks = vec![pictures];
        tracks.extend(self.audio.as_mut().map(|audio| take_before(audio, sound_end)));
        let shape = Shape {
            folder: self.order.folder,
            video: &self.video.encoder,
            tag: self.plan.video.tag,
            frame_rate: self.plan.timeline.frame_rate,
            audio: self.audio.as_ref().map(|audio| &*audio.encoder),
        };
        fragment::write(&shape, self.next, tracks)
    }

    fn first_frame(&self, segment: u32) -> u64 {
        self.plan.timeline.first_frame(segment)
    }

    fn first_sound(&self, segment: u32) -> u64 {
        let Some(audio) = &self.plan.audio else { return 0 };
        let samples = self.audio.as_ref().map_or(1, Track::units);
        first_packet(&self.plan.timeline, segment, audio.sample_rate, samples)
    }
}

fn take_before(track: &mut Track, end: u64) -> Packets {
    let count = track.packets.partition_point(|(place, _)| *place < end);
    let packets = track.packets.drain(..count).map(|(_, packet)| packet).collect();
    Packets { packets, time_base: track.encoder.time_base() }
}
