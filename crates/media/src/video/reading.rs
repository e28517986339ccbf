//! Reading a file packet by packet, and how far that came.

use super::error::Result;
use super::libav;
use ffmpeg::Rescale;
use ffmpeg::codec::packet::Packet;
use ffmpeg::format::context::Input;
use ffmpeg_next as ffmpeg;
use std::path::Path;

/// So many unreadable packets one after the other are the end of the file, whatever it says.
pub(super) const MAX_DAMAGED_IN_A_ROW: u32 = 100;

pub(super) struct Reader {
    pub input: Input,
    /// The earliest time in the file, in microseconds; the output starts at zero.
    pub start_us: i64,
    pub seen: Seen,
    /// The stream of the pictures.
    video: usize,
    damaged: u32,
}

/// When the last packets ended, in milliseconds.
#[derive(Default)]
pub(super) struct Seen {
    pub video_ms: u64,
    pub any_ms: u64,
}

impl Reader {
    pub(super) fn open(path: &Path, video: usize) -> Result<Self> {
        let input = libav::open(path)?;
        let start_us = start_us(&input);
        Ok(Self { input, start_us, seen: Seen::default(), video, damaged: 0 })
    }

    /// `None` at the end.
    pub(super) fn next(&mut self) -> Result<Option<Packet>> {
        loop {
            let mut packet = Packet::empty();
            match packet.read(&mut self.input) {
                Ok(()) => {
                    self.damaged = 0;
                    self.note(&packet);
                    return Ok(Some(packet));
                }
                Err(ffmpeg::Error::InvalidData) if self.damaged < MAX_DAMAGED_IN_A_ROW => self.damaged += 1,
                Err(ffmpeg::Error::Eof | ffmpeg::Error::InvalidData) => {
                    return libav::check_disk(&self.input).map(|()| None);
                }
                Err(error) => return Err(libav::while_reading(&self.input, error)),
            }
        }
    }

    fn note(&mut self, packet: &Packet) {
        let (stream, start) = (self.input.stream(packet.stream()), packet.pts().or(packet.dts()));
        let (Some(stream), Some(start)) = (stream, start) else { return };
        let end_us = (start + packet.duration()).rescale(stream.time_base(), ffmpeg::rescale::TIME_BASE);
        let end_ms = u64::try_from((end_us - self.start_us) / 1000).unwrap_or(0);
        self.seen.any_ms = self.seen.any_ms.max(end_ms);
        if packet.stream() == self.video {
            self.seen.video_ms = self.seen.video_ms.max(end_ms);
        }
    }
}

/// The earliest time in the file. Broadcast recordings start at any hour.
pub(super) fn start_us(input: &Input) -> i64 {
    let starts = input.streams().filter(|stream| stream.start_time() != ffmpeg::ffi::AV_NOPTS_VALUE);
    starts.map(|stream| stream.start_time().rescale(stream.time_base(), ffmpeg::rescale::TIME_BASE)).min().unwrap_or(0)
}
