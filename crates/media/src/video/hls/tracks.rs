//! The two tracks of a stream: decoded, filtered and encoded from the beginning of one piece to the end of another.
//!
//! Both are laid on a grid that begins at the start of the video, not of the run: frame 7 is the same picture, and
//! packet 7 of the sound the same samples, in whichever run they are made.

use super::ladder::StreamPlan;
use super::timeline::Timeline;
use crate::video::chain::{Chain, Medium};
use crate::video::codecs::{self, Pass, open_decoder};
use crate::video::decoding::{Source, receive, unless_damaged};
use crate::video::error::Result;
use crate::video::libav::{self, During};
use crate::video::plan::AudioEncode;
use ffmpeg::codec::{self, decoder, encoder, packet::Packet};
use ffmpeg::format::stream::Stream;
use ffmpeg::util::error::EAGAIN;
use ffmpeg::{Rational, Rescale};
use ffmpeg_next as ffmpeg;
use std::ops::Range;

/// The encoder's first packets lack what came before them; so many are made and thrown away.
const WARM_UP_PACKETS: u64 = 2;
/// Sound that ends so long before the first piece is not even decoded.
const SOUND_NEEDED_BEFORE_US: i64 = 1_000_000;

pub(super) struct Track {
    pub stream: usize,
    pub encoder: encoder::Encoder,
    /// Encoded and not yet part of a piece, by their place on the grid.
    pub packets: Vec<(u64, Packet)>,
    /// The place after that of the last packet that left the encoder.
    pub encoded: u64,
    decoder: decoder::Opened,
    chain: Chain,
    kind: Kind,
    stream_time_base: Rational,
    /// The start of the file, in `stream_time_base`.
    start: i64,
    /// Where the next decoded frame is if it does not say so itself, in units of the chain.
    expected: i64,
    /// The time of the first decoded frame, likewise.
    first_decoded: Option<i64>,
    /// What is still to be encoded.
    next: Range<u64>,
    /// Which packets are wanted of those that are encoded.
    wanted: Range<u64>,
}

enum Kind {
    Pictures { frames_per_segment: u64 },
    Sound { samples: u64, silence: ffmpeg::frame::Audio },
}

struct Codecs {
    decoder: decoder::Opened,
    chain: Chain,
    encoder: encoder::Encoder,
}

impl Track {
    pub(super) fn pictures(source: &Source<'_>, plan: &StreamPlan, segments: &Range<u32>) -> Result<Self> {
        let stream = source.find(plan.video.stream)?;
        let (frames, seconds) = plan.timeline.frame_rate;
        // What comes before the first piece is thrown away before it costs anything; the last picture stays on until the
        // end that the file claims. The units are fine enough for every frame rate, whatever those of the source are.
        let filters = format!(
            "settb=1/90000,tpad=stop=-1:stop_mode=clone,fps={frames}/{seconds}:start_time={:.6},{}",
            plan.timeline.start_seconds(segments.start),
            plan.video.filters
        );
        let medium = Medium::Pictures { frame_rate: plan.timeline.frame_rate };
        let time_base = Rational(seconds as i32, frames as i32);
        let codecs = Codecs {
            decoder: open_decoder(&stream, plan.threads)?,
            chain: Chain::new(medium, &filters, stream.time_base(), plan.threads),
            encoder: codecs::open_video_encoder(&plan.video, time_base, Pass::Only, codec::Flags::GLOBAL_HEADER)?,
        };
        let wanted = plan.timeline.first_frame(segments.start)..plan.timeline.first_frame(segments.end);
        let kind = Kind::Pictures { frames_per_segment: plan.timeline.frames_per_segment() };
        Ok(Self::new(source, &stream, codecs, kind, wanted.clone(), wanted))
    }

    pub(super) fn sound(
        source: &Source<'_>,
        plan: &AudioEncode,
        timeline: &Timeline,
        segments: &Range<u32>,
    ) -> Result<Self> {
        let stream = source.find(plan.stream)?;
        let (encoder, frame_size) = codecs::open_audio_encoder(plan, codec::Flags::GLOBAL_HEADER)?;
        let samples = u64::from(frame_size.max(1));
        let packet = |segment| first_packet(timeline, segment, plan.sample_rate, samples);
        let wanted = packet(segments.start)..packet(segments.end);
        // Part of what a packet holds is heard with the next one, so one more is made than is wanted.
        let made = wanted.start.saturating_sub(WARM_UP_PACKETS)..wanted.end + 1;
        // Cut or filled with silence to begin at the very sample, and silent after its end.
        let filters =
            format!("aresample={}:async=1:first_pts={},{},apad", plan.sample_rate, made.start * samples, plan.filters);
        let layout = ffmpeg::ChannelLayout::default(plan.channels as i32);
        let mut silence = ffmpeg::frame::Audio::new(codecs::sample_format(&plan.encoder), samples as usize, layout);
        silence.set_rate(plan.sample_rate);
        for plane in 0..silence.planes() {
            silence.data_mut(plane).fill(0);
        }
        let chain = Chain::new(Medium::Sound { frame_size }, &filters, ffmpeg::rescale::TIME_BASE, 1);
        let codecs = Codecs { decoder: open_decoder(&stream, 1)?, chain, encoder };
        Ok(Self::new(source, &stream, codecs, Kind::Sound { samples, silence }, made, wanted))
    }

    fn new(
        source: &Source<'_>,
        stream: &Stream<'_>,
        codecs: Codecs,
        kind: Kind,
        next: Range<u64>,
        wanted: Range<u64>,
    ) -> Self {
        let stream_time_base = stream.time_base();
        Self {
            stream: stream.index(),
            encoder: codecs.encoder,
            packets: Vec::new(),
            encoded: wanted.start,
            decoder: codecs.decoder,
            chain: codecs.chain,
            kind,
            stream_time_base,
            start: source.start_us.rescale(ffmpeg::rescale::TIME_BASE, stream_time_base),
            expected: 0,
            first_decoded: None,
            next,
            wanted,
        }
    }

    /// Nothing more is to be decoded.
    pub(super) fn is_full(&self) -> bool {
        self.next.is_empty()
    }

    /// Where the first frame was that could be decoded, in seconds.
    pub(super) fn first_decoded_seconds(&self) -> Option<f64> {
        self.first_decoded.map(|at| at as f64 * f64::from(self.chain.time_base()))
    }

    pub(super) fn push(&mut self, packet: &Packet, needed_from_us: i64) -> Result<()> {
        if self.is_full() || self.is_long_before(packet, needed_from_us) {
            return Ok(());
        }
        self.decoder.send_packet(packet).or_else(unless_damaged).during("decode")?;
        self.pass_on()
    }

    /// The input has ended, or enough of it was read: fills up what is missing, and empties the encoder.
    pub(super) fn finish(&mut self) -> Result<()> {
        if !self.is_full() {
            self.decoder.send_eof().or_else(unless_damaged).during("finish decoding")?;
            self.pass_on()?;
            self.be_silent_if_nothing_was_heard()?;
            self.chain.finish()?;
            self.encode()?;
        }
        self.encoder.send_eof().during("finish encoding")?;
        self.take_packets()?;
        self.encoded = self.wanted.end;
        Ok(())
    }

    /// The sound may be shorter than the pictures, and the filters want something to begin with.
    fn be_silent_if_nothing_was_heard(&mut self) -> Result<()> {
        match &mut self.kind {
            Kind::Sound { samples, silence } if self.first_decoded.is_none() => {
                let at = (self.next.start * *samples) as i64;
                let rate = Rational(1, silence.rate() as i32);
                silence.set_pts(Some(at.rescale(rate, self.chain.time_base())));
                self.chain.push(silence)
            }
            _ => Ok(()),
        }
    }

    /// Packets of sound stand alone, those of pictures do not.
    fn is_long_before(&self, packet: &Packet, needed_from_us: i64) -> bool {
        let Kind::Sound { .. } = self.kind else { return false };
        let at = packet.pts().map(|pts| (pts - self.start).rescale(self.stream_time_base, ffmpeg::rescale::TIME_BASE));
        at.is_some_and(|at| at < needed_from_us - SOUND_NEEDED_BEFORE_US)
    }

    fn pass_on(&mut self) -> Result<()> {
        let mut frame = libav::new_frame();
        while !self.is_full() && receive(&mut self.decoder, &mut frame)? {
            let said = frame.timestamp().map(|pts| pts - self.start);
            let at = said.map_or(self.expected, |pts| pts.rescale(self.stream_time_base, self.chain.time_base()));
            let lasts = match self.kind {
                Kind::Pictures { .. } => frame.packet().duration.max(1),
                Kind::Sound { .. } => libav::sound_us(&frame),
            };
            self.expected = at + lasts;
            self.first_decoded.get_or_insert(at);
            frame.set_pts(Some(at));
            self.chain.push(&frame)?;
            self.encode()?;
        }
        Ok(())
    }

    fn encode(&mut self) -> Result<()> {
        let mut frame = libav::new_frame();
        while !self.is_full() {
            let Some(time_base) = self.chain.pull(&mut frame)? else { return Ok(()) };
            let at = frame.pts().map_or(0, |pts| pts.rescale(time_base, self.encoder.time_base()));
            let place = (self.next.start * self.units()) as i64;
            // A chain that was built anew in the middle begins once more with what is there already.
            if at < place {
                continue;
            }
            frame.set_pts(Some(place));
            if let Kind::Pictures { frames_per_segment } = self.kind {
                libav::set_key_frame(&mut frame, self.next.start.is_multiple_of(frames_per_segment));
            }
            self.next.start += 1;
            self.encoder.send_frame(&frame).during("encode")?;
            self.take_packets()?;
        }
        Ok(())
    }

    fn take_packets(&mut self) -> Result<()> {
        loop {
            let mut packet = Packet::empty();
            match self.encoder.receive_packet(&mut packet) {
                Ok(()) => self.keep(packet),
                Err(ffmpeg::Error::Eof | ffmpeg::Error::Other { errno: EAGAIN }) => return Ok(()),
                Err(error) => return Err(error).during("encode"),
            }
        }
    }

    /// How much of the encoder's time one place on the grid is.
    pub(super) fn units(&self) -> u64 {
        match self.kind {
            Kind::Pictures { .. } => 1,
            Kind::Sound { samples, .. } => samples,
        }
    }

    fn keep(&mut self, mut packet: Packet) {
        let units = self.units();
        // The encoder of sound begins with a packet before the first sample.
        let Some(place) = packet.pts().and_then(|pts| u64::try_from(pts).ok()).map(|pts| pts / units) else { return };
        if !self.wanted.contains(&place) {
            return;
        }
        packet.set_pts(Some((place * units) as i64));
        packet.set_dts(packet.pts());
        packet.set_duration(units as i64);
        self.encoded = place + 1;
        self.packets.push((place, packet));
    }
}

/// The packet of sound that begins in this piece first, counted from the start of the video.
pub(super) fn first_packet(timeline: &Timeline, segment: u32, sample_rate: u32, samples: u64) -> u64 {
    let (frames, seconds) = timeline.frame_rate;
    let numerator = u128::from(timeline.first_frame(segment)) * u128::from(seconds) * u128::from(sample_rate);
    let packet = numerator.div_ceil(u128::from(frames) * u128::from(samples));
    u64::try_from(packet).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packets_of_sound_belong_to_the_piece_in_which_they_begin() {
        let timeline = Timeline { frame_rate: (25, 1), frames: 175 };
        let first = |segment| first_packet(&timeline, segment, 48_000, 1024);
        // 2 s are 93.75 packets, 7 s are 328.1.
        assert_eq!([first(0), first(1), first(2), first(4)], [0, 94, 188, 329]);
    }
}
