//! One track on its way from the input to the output: copied packet by packet, or decoded, filtered and encoded.
//!
//! What must stay true: memory is bounded. A track holds what its codecs hold, a few frames, and passes all else on.

use super::codecs::{Pass, open_audio_encoder, open_video_encoder, open_video_encoder_on};
use super::decoding::{Decoding, Source, begin_at};
use super::device::Device;
use super::error::{Result, VideoError};
use super::libav::{self, During};
use super::mux::Muxer;
use super::plan::{AudioPlan, VideoEncode};
use ffmpeg::codec::{self, encoder, packet::Packet};
use ffmpeg::util::error::EAGAIN;
use ffmpeg::{Rational, Rescale};
use ffmpeg_next as ffmpeg;

pub(super) struct Track {
    pub stream: usize,
    output: usize,
    work: Work,
}

enum Work {
    Copy {
        time_base: Rational,
        /// The start of the file, in `time_base`.
        start: i64,
    },
    Encode(Box<Encode>),
}

struct Encode {
    decoding: Decoding,
    encoder: encoder::Encoder,
    is_video: bool,
    /// The measuring pass keeps the numbers and throws the packets away.
    discard: bool,
    last_pts: Option<i64>,
    frames: u64,
}

impl Track {
    pub(super) fn pictures(source: &Source<'_>, plan: &VideoEncode, pass: Pass<'_>, muxer: &mut Muxer) -> Result<Self> {
        let decoding = Decoding::pictures(source, plan, None)?;
        let time_base = source.find(plan.stream)?.time_base();
        let encoder = open_video_encoder(plan, time_base, pass, global_header(muxer))?;
        let track = Self::encode_pictures(plan, decoding, encoder, muxer)?;
        Ok(if let Pass::Measure(_) = pass { track.discarding() } else { track })
    }

    /// `decoding` has looked ahead: only the first picture tells the card's encoder where on the card pictures are.
    pub(super) fn pictures_on(
        device: &Device,
        source: &Source<'_>,
        plan: &VideoEncode,
        decoding: Decoding,
        muxer: &mut Muxer,
    ) -> Result<Self> {
        let time_base = source.find(plan.stream)?.time_base();
        let first = decoding.first().ok_or(VideoError::NoPicture)?;
        let encoder = open_video_encoder_on(device, plan, time_base, global_header(muxer), first)?;
        Self::encode_pictures(plan, decoding, encoder, muxer)
    }

    fn encode_pictures(
        plan: &VideoEncode,
        decoding: Decoding,
        encoder: encoder::Encoder,
        muxer: &mut Muxer,
    ) -> Result<Self> {
        let output = muxer.add_encoded(&encoder, plan.tag, Some(plan.frame_rate))?;
        let encode = Encode { decoding, encoder, is_video: true, discard: false, last_pts: None, frames: 0 };
        Ok(Self { stream: plan.stream, output, work: Work::Encode(Box::new(encode)) })
    }

    fn discarding(mut self) -> Self {
        if let Work::Encode(encode) = &mut self.work {
            encode.discard = true;
        }
        self
    }

    pub(super) fn sound(source: &Source<'_>, plan: &AudioPlan, muxer: &mut Muxer) -> Result<Self> {
        match plan {
            AudioPlan::Copy { stream } => Self::copy(source, *stream, None, muxer),
            AudioPlan::Encode(plan) => {
                let (encoder, frame_size) = open_audio_encoder(plan, global_header(muxer))?;
                let decoding = Decoding::sound(source, plan, frame_size)?;
                let output = muxer.add_encoded(&encoder, None, None)?;
                let encode = Encode { decoding, encoder, is_video: false, discard: false, last_pts: None, frames: 0 };
                Ok(Self { stream: plan.stream, output, work: Work::Encode(Box::new(encode)) })
            }
        }
    }

    pub(super) fn copy(source: &Source<'_>, stream: usize, tag: Option<[u8; 4]>, muxer: &mut Muxer) -> Result<Self> {
        let from = source.find(stream)?;
        let output = muxer.add_copied(&from, tag)?;
        let time_base = from.time_base();
        let start = source.start_us.rescale(ffmpeg::rescale::TIME_BASE, time_base);
        Ok(Self { stream, output, work: Work::Copy { time_base, start } })
    }

    pub(super) fn push(&mut self, mut packet: Packet, muxer: &mut Muxer) -> Result<()> {
        match &mut self.work {
            Work::Copy { time_base, start } => {
                begin_at(&mut packet, *start);
                muxer.write(packet, self.output, *time_base)
            }
            Work::Encode(encode) => {
                encode.decoding.push(packet)?;
                encode.pass_on(self.output, muxer)
            }
        }
    }

    /// The input has ended: gets out of the codecs what they still hold.
    pub(super) fn finish(&mut self, muxer: &mut Muxer) -> Result<()> {
        let Work::Encode(encode) = &mut self.work else { return Ok(()) };
        encode.decoding.finish()?;
        encode.pass_on(self.output, muxer)?;
        if encode.is_video && encode.frames == 0 {
            return Err(VideoError::NoPicture);
        }
        encode.encoder.send_eof().during("finish encoding")?;
        encode.write_encoded(self.output, muxer)
    }

    /// After the measuring pass: what an encoder that has no file of its own has measured.
    pub(super) fn measurements(&self) -> Option<Vec<u8>> {
        let Work::Encode(encode) = &self.work else { return None };
        libav::measurements(&encode.encoder)
    }
}

impl Encode {
    /// Decoded → filtered → encoded → written, as far as it goes for now.
    fn pass_on(&mut self, output: usize, muxer: &mut Muxer) -> Result<()> {
        let mut frame = libav::new_frame();
        while let Some(time_base) = self.decoding.next(&mut frame)? {
            let pts = frame.pts().map(|pts| pts.rescale(time_base, self.encoder.time_base()));
            // Two pictures at one time cannot both be shown, and encoders refuse to go back.
            if self.is_video && self.last_pts >= pts {
                continue;
            }
            frame.set_pts(pts);
            self.last_pts = pts;
            self.frames += 1;
            if self.is_video {
                libav::forget_picture_type(&mut frame);
            }
            self.encoder.send_frame(&frame).during("encode")?;
            self.write_encoded(output, muxer)?;
        }
        Ok(())
    }

    fn write_encoded(&mut self, output: usize, muxer: &mut Muxer) -> Result<()> {
        loop {
            let mut packet = Packet::empty();
            match self.encoder.receive_packet(&mut packet) {
                Ok(()) if self.discard => {}
                Ok(()) => muxer.write(packet, output, self.encoder.time_base())?,
                Err(ffmpeg::Error::Eof | ffmpeg::Error::Other { errno: EAGAIN }) => return Ok(()),
                Err(error) => return Err(error).during("encode"),
            }
        }
    }
}

fn global_header(muxer: &Muxer) -> codec::Flags {
    if muxer.wants_global_header() { codec::Flags::GLOBAL_HEADER } else { codec::Flags::empty() }
}
