//! The first half of a track's way: packets in, decoded and filtered frames out.

use super::chain::{Chain, Medium};
use super::codecs::{open_decoder, open_decoder_on};
use super::device::Device;
use super::error::{Result, VideoError};
use super::libav::{self, During};
use super::plan::{AudioEncode, VideoEncode};
use super::reading::Reader;
use ffmpeg::codec::{decoder, packet::Packet};
use ffmpeg::format::context::Input;
use ffmpeg::format::stream::Stream;
use ffmpeg::util::error::{EAGAIN, ENOMEM};
use ffmpeg::{Rational, Rescale};
use ffmpeg_next as ffmpeg;

/// A decoder holds fewer frames than this; one that complains longer makes no progress.
const MAX_DAMAGED_FRAMES: u32 = 64;
/// Sound may go on this long after the length that the header gives.
const END_SLACK_US: i64 = 10_000_000;

/// Where a track comes from: everything that opening one needs to know.
pub(super) struct Source<'a> {
    pub input: &'a Input,
    /// The time of the first packet of the file, in microseconds; the output starts at zero.
    pub start_us: i64,
    pub threads: u32,
}

impl<'a> Source<'a> {
    pub(super) fn find(&self, stream: usize) -> Result<Stream<'a>> {
        self.input.stream(stream).ok_or(VideoError::NoVideo)
    }
}

pub(super) struct Decoding {
    decoder: decoder::Opened,
    chain: Chain,
    is_video: bool,
    /// Nothing more goes into the decoder; nothing more goes into the filters.
    decoder_ends: bool,
    chain_ends: bool,
    /// Was filtered already, to be looked at.
    first: Option<(ffmpeg::Frame, Rational)>,
    /// Where the next frame starts if it does not say so itself.
    next_decoded: Option<i64>,
    stream_time_base: Rational,
    /// The start of the file, in units of the stream.
    start: i64,
    /// The end of the file as its header says.
    end_us: i64,
    /// By how much impossible times were set back.
    jumped: i64,
}

impl Decoding {
    /// `device` is the card that helps.
    pub(super) fn pictures(source: &Source<'_>, plan: &VideoEncode, device: Option<&Device>) -> Result<Self> {
        let stream = source.find(plan.stream)?;
        let decoder = open_decoder_on(&stream, source.threads, device)?;
        let medium = Medium::Pictures { frame_rate: plan.frame_rate };
        let chain = Chain::new(medium, &plan.filters, stream.time_base(), source.threads).on(device);
        Ok(Self::new(source, &stream, decoder, chain, true))
    }

    /// `frame_size` is how many samples the encoder takes at once.
    pub(super) fn sound(source: &Source<'_>, plan: &AudioEncode, frame_size: u32) -> Result<Self> {
        let stream = source.find(plan.stream)?;
        let decoder = open_decoder(&stream, 1)?;
        let chain = Chain::new(Medium::Sound { frame_size }, &plan.filters, ffmpeg::rescale::TIME_BASE, 1);
        Ok(Self::new(source, &stream, decoder, chain, false))
    }

    fn new(source: &Source<'_>, stream: &Stream<'_>, decoder: decoder::Opened, chain: Chain, is_video: bool) -> Self {
        Self {
            decoder,
            chain,
            is_video,
            decoder_ends: false,
            chain_ends: false,
            first: None,
            next_decoded: None,
            stream_time_base: stream.time_base(),
            start: source.start_us.rescale(ffmpeg::rescale::TIME_BASE, stream.time_base()),
            end_us: source.input.duration().max(0).saturating_add(END_SLACK_US),
            jumped: 0,
        }
    }

    /// Reads until the first picture is through the filters, which then is the next one. Returns what was read of other
    /// streams.
    pub(super) fn look_ahead(&mut self, reader: &mut Reader, stream: usize) -> Result<Vec<Packet>> {
        let mut others = Vec::new();
        let mut frame = libav::new_frame();
        loop {
            if let Some(time_base) = self.next(&mut frame)? {
                self.first = Some((frame, time_base));
                return Ok(others);
            }
            match reader.next()? {
                Some(packet) if packet.stream() == stream => self.push(packet)?,
                Some(packet) => others.push(packet),
                None if self.decoder_ends => return Err(VideoError::NoPicture),
                None => self.finish()?,
            }
        }
    }

    /// What [`Self::look_ahead`] found.
    pub(super) fn first(&self) -> Option<&ffmpeg::Frame> {
        self.first.as_ref().map(|(frame, _)| frame)
    }

    /// A damaged packet costs the frames that needed it, not the video; whether too much is missing is seen at the end.
    pub(super) fn push(&mut self, mut packet: Packet) -> Result<()> {
        begin_at(&mut packet, self.start);
        self.decoder.send_packet(&packet).or_else(unless_damaged).during("decode")
    }

    /// The input has ended: what decoder and filters still hold comes next.
    pub(super) fn finish(&mut self) -> Result<()> {
        if !self.decoder_ends {
            self.decoder_ends = true;
            self.decoder.send_eof().or_else(unless_damaged).during("finish decoding")?;
        }
        Ok(())
    }

    /// The next filtered frame, and the unit of its time; `None` when there is none for now.
    pub(super) fn next(&mut self, frame: &mut ffmpeg::Frame) -> Result<Option<Rational>> {
        if let Some((first, time_base)) = self.first.take() {
            *frame = first;
            return Ok(Some(time_base));
        }
        let mut decoded = libav::new_frame();
        loop {
            if let Some(time_base) = self.chain.pull(frame)? {
                return Ok(Some(time_base));
            }
            if receive(&mut self.decoder, &mut decoded)? {
                // Few files leave the time out; then a frame follows the one before it.
                let pts = self.time_of(&decoded);
                decoded.set_pts(Some(pts));
                self.chain.push(&decoded)?;
            } else if self.decoder_ends && !self.chain_ends {
                self.chain_ends = true;
                self.chain.finish()?;
            } else {
                return Ok(None);
            }
        }
    }

    /// When a decoded frame is to be heard or seen, in the units of the chain.
    ///
    /// Gaps in the sound are filled with silence, so a damaged time would make hours of it. A jump past the end that the
    /// file claims is taken for damage: what comes then follows what came before.
    fn time_of(&mut self, frame: &ffmpeg::Frame) -> i64 {
        let said = frame.timestamp().map(|pts| pts.rescale(self.stream_time_base, self.chain.time_base()));
        let lasts = if self.is_video {
            frame.packet().duration.rescale(self.stream_time_base, self.chain.time_base())
        } else {
            libav::sound_us(frame)
        };
        let pts = match (said, self.next_decoded) {
            (said, None) => said.unwrap_or(0),
            (None, Some(expected)) => expected,
            (Some(said), Some(expected)) => {
                let pts = said.saturating_sub(self.jumped);
                if !self.is_video && pts > expected.max(self.end_us) {
                    self.jumped = self.jumped.saturating_add(pts - expected);
                    expected
                } else {
                    pts
                }
            }
        };
        self.next_decoded = Some(pts.saturating_add(lasts.max(1)));
        pts
    }
}

/// Lets times begin with the file.
pub(super) fn begin_at(packet: &mut Packet, start: i64) {
    packet.set_pts(packet.pts().map(|pts| pts - start));
    packet.set_dts(packet.dts().map(|dts| dts - start));
}

/// What a decoder says of its input is no reason to stop: decoders have many words for damage.
pub(super) fn unless_damaged(error: ffmpeg::Error) -> std::result::Result<(), ffmpeg::Error> {
    match error {
        ffmpeg::Error::Other { errno: ENOMEM } | ffmpeg::Error::Exit | ffmpeg::Error::Bug | ffmpeg::Error::Bug2 => {
            Err(error)
        }
        _ => Ok(()),
    }
}

/// The next frame that could be decoded; `false` when there is none for now. Damaged ones are passed over.
pub(super) fn receive(decoder: &mut decoder::Opened, frame: &mut ffmpeg::Frame) -> Result<bool> {
    for _ in 0..MAX_DAMAGED_FRAMES {
        match decoder.receive_frame(frame) {
            Ok(()) => return Ok(true),
            Err(ffmpeg::Error::Eof | ffmpeg::Error::Other { errno: EAGAIN }) => return Ok(false),
            Err(error) => unless_damaged(error).during("decode")?,
        }
    }
    Ok(false)
}
