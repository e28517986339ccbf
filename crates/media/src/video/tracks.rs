//! One track on its way from the input to the output: copied packet by packet, or decoded, filtered and encoded.
//!
//! What must stay true: memory is bounded. A track holds what its codecs hold, a few frames, and passes all else on.

use super::chain::{Chain, Medium};
use super::error::{Result, VideoError};
use super::libav::{self, During};
use super::mux::Muxer;
use super::plan::{AudioEncode, AudioPlan, TranscodePlan, VideoEncode, VideoPlan};
use ffmpeg::codec::{self, decoder, encoder, packet::Packet};
use ffmpeg::format::stream::Stream;
use ffmpeg::util::error::{EAGAIN, ENOMEM};
use ffmpeg::{Dictionary, Rational, Rescale};
use ffmpeg_next as ffmpeg;
use std::path::Path;

/// A decoder holds fewer frames than this; one that complains longer makes no progress.
const MAX_DAMAGED_FRAMES: u32 = 64;
/// Sound may go on this long after the length that the header gives.
const END_SLACK_US: i64 = 10_000_000;

/// Which of two readings of the file this is; `Some` names the file for the encoder's measurements.
#[derive(Clone, Copy)]
pub(super) enum Pass<'a> {
    Only,
    Measure(&'a Path),
    Final(&'a Path),
}

/// Where a track comes from: everything that opening one needs to know.
pub(super) struct Source<'a> {
    pub input: &'a ffmpeg::format::context::Input,
    /// The time of the first packet of the file, in microseconds; the output starts at zero.
    pub start_us: i64,
    pub threads: u32,
}

impl Source<'_> {
    fn end_us(&self) -> i64 {
        self.input.duration().max(0).saturating_add(END_SLACK_US)
    }
}

pub(super) struct Track {
    pub stream: usize,
    time_base: Rational,
    /// `start_us` in `time_base`.
    start: i64,
    output: usize,
    work: Work,
}

enum Work {
    Copy,
    Encode(Box<Encode>),
}

struct Encode {
    decoder: decoder::Opened,
    chain: Chain,
    encoder: encoder::Encoder,
    is_video: bool,
    /// The measuring pass keeps the numbers and throws the packets away.
    discard: bool,
    /// Where the next frame starts if it does not say so itself.
    next_decoded: Option<i64>,
    stream_time_base: Rational,
    /// The end of the file as its header says.
    end_us: i64,
    /// By how much impossible times were set back.
    jumped: i64,
    last_pts: Option<i64>,
    frames: u64,
}

impl Track {
    pub(super) fn video(source: &Source<'_>, plan: &TranscodePlan, pass: Pass<'_>, muxer: &mut Muxer) -> Result<Self> {
        match &plan.video {
            VideoPlan::Copy { stream, tag } => Self::copy(source, *stream, *tag, muxer),
            VideoPlan::Encode(plan) => {
                let stream = find(source, plan.stream)?;
                let encoder = open_video_encoder(plan, stream.time_base(), pass, global_header(muxer))?;
                let chain = Chain::new(
                    Medium::Pictures { frame_rate: plan.frame_rate },
                    &plan.filters,
                    stream.time_base(),
                    source.threads,
                );
                let output = muxer.add_encoded(&encoder, plan.tag, Some(plan.frame_rate))?;
                let work = Encode {
                    decoder: open_decoder(&stream, source.threads)?,
                    chain,
                    encoder,
                    is_video: true,
                    discard: matches!(pass, Pass::Measure(_)),
                    next_decoded: None,
                    stream_time_base: stream.time_base(),
                    end_us: source.end_us(),
                    jumped: 0,
                    last_pts: None,
                    frames: 0,
                };
                Ok(Self::new(source, &stream, output, Work::Encode(Box::new(work))))
            }
        }
    }

    pub(super) fn audio(source: &Source<'_>, plan: &AudioPlan, muxer: &mut Muxer) -> Result<Self> {
        match plan {
            AudioPlan::Copy { stream } => Self::copy(source, *stream, None, muxer),
            AudioPlan::Encode(plan) => {
                let stream = find(source, plan.stream)?;
                let (encoder, frame_size) = open_audio_encoder(plan, global_header(muxer))?;
                let output = muxer.add_encoded(&encoder, None, None)?;
                let work = Encode {
                    decoder: open_decoder(&stream, 1)?,
                    chain: Chain::new(Medium::Sound { frame_size }, &plan.filters, ffmpeg::rescale::TIME_BASE, 1),
                    encoder,
                    is_video: false,
                    discard: false,
                    next_decoded: None,
                    stream_time_base: stream.time_base(),
                    end_us: source.end_us(),
                    jumped: 0,
                    last_pts: None,
                    frames: 0,
                };
                Ok(Self::new(source, &stream, output, Work::Encode(Box::new(work))))
            }
        }
    }

    fn copy(source: &Source<'_>, stream: usize, tag: Option<[u8; 4]>, muxer: &mut Muxer) -> Result<Self> {
        let stream = find(source, stream)?;
        let output = muxer.add_copied(&stream, tag)?;
        Ok(Self::new(source, &stream, output, Work::Copy))
    }

    fn new(source: &Source<'_>, stream: &Stream<'_>, output: usize, work: Work) -> Self {
        let time_base = stream.time_base();
        let start = source.start_us.rescale(ffmpeg::rescale::TIME_BASE, time_base);
        Self { stream: stream.index(), time_base, start, output, work }
    }

    pub(super) fn push(&mut self, mut packet: Packet, muxer: &mut Muxer) -> Result<()> {
        packet.set_pts(packet.pts().map(|pts| pts - self.start));
        packet.set_dts(packet.dts().map(|dts| dts - self.start));
        match &mut self.work {
            Work::Copy => muxer.write(packet, self.output, self.time_base),
            Work::Encode(encode) => {
                encode.decode(&packet)?;
                encode.pass_on(self.output, muxer)
            }
        }
    }

    /// The input has ended: gets out of the codecs what they still hold.
    pub(super) fn finish(&mut self, muxer: &mut Muxer) -> Result<()> {
        let Work::Encode(encode) = &mut self.work else { return Ok(()) };
        encode.decoder.send_eof().or_else(unless_damaged).during("finish decoding")?;
        encode.pass_on(self.output, muxer)?;
        encode.chain.finish()?;
        encode.encode_filtered(self.output, muxer)?;
        if encode.is_video && encode.frames == 0 {
            return Err(VideoError::NoPicture);
        }
        encode.encoder.send_eof().during("finish encoding")?;
        encode.write_encoded(self.output, muxer)
    }
}

impl Encode {
    /// A damaged packet costs the frames that needed it, not the video; whether too much is missing is seen at the end.
    fn decode(&mut self, packet: &Packet) -> Result<()> {
        self.decoder.send_packet(packet).or_else(unless_damaged).during("decode")
    }

    /// Decoded → filtered → encoded → written, as far as it goes for now.
    fn pass_on(&mut self, output: usize, muxer: &mut Muxer) -> Result<()> {
        let mut frame = libav::new_frame();
        loop {
            if !receive(&mut self.decoder, &mut frame)? {
                return Ok(());
            }
            // Few files leave the time out; then a frame follows the one before it.
            let pts = self.time_of(&frame);
            frame.set_pts(Some(pts));
            self.chain.push(&frame)?;
            self.encode_filtered(output, muxer)?;
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

    fn encode_filtered(&mut self, output: usize, muxer: &mut Muxer) -> Result<()> {
        let mut frame = libav::new_frame();
        while let Some(time_base) = self.chain.pull(&mut frame)? {
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

pub(super) fn find<'a>(source: &Source<'a>, stream: usize) -> Result<Stream<'a>> {
    source.input.stream(stream).ok_or(VideoError::NoVideo)
}

pub(super) fn open_decoder(stream: &Stream<'_>, threads: u32) -> Result<decoder::Opened> {
    let id = stream.parameters().id();
    let codec = decoder::find(id).ok_or_else(|| VideoError::Undecodable(id.name().to_owned()))?;
    let mut decoder = codec::Context::from_parameters(stream.parameters()).during("prepare the decoder")?.decoder();
    decoder.set_packet_time_base(stream.time_base());
    let mut options = Dictionary::new();
    options.set("threads", &threads.to_string());
    options.set("max_pixels", &crate::limits::get().frame_pixels.to_string());
    decoder.open_as_with(codec, options).during("open the decoder")
}

pub(super) fn open_video_encoder(
    plan: &VideoEncode,
    time_base: Rational,
    pass: Pass<'_>,
    mut flags: codec::Flags,
) -> Result<encoder::Encoder> {
    let codec = encoder::find_by_name(&plan.encoder).ok_or(VideoError::MissingEncoder("the video"))?;
    let mut video = codec::Context::new_with_codec(codec).encoder().video().during("prepare the video encoder")?;
    video.set_width(plan.width);
    video.set_height(plan.height);
    video.set_format(ffmpeg::format::Pixel::YUV420P);
    video.set_aspect_ratio((1, 1));
    // As fine as the input's, so that every frame keeps its time.
    video.set_time_base(time_base);
    video.set_frame_rate(Some((plan.frame_rate.0 as i32, plan.frame_rate.1 as i32)));
    let mut options: Dictionary<'_> = plan.options.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect();
    if let Pass::Measure(numbers) | Pass::Final(numbers) = pass {
        let numbers = numbers.to_str().ok_or_else(|| VideoError::Path(numbers.to_owned()))?;
        options.set("stats", numbers);
        flags |= if matches!(pass, Pass::Measure(_)) { codec::Flags::PASS1 } else { codec::Flags::PASS2 };
    }
    video.set_flags(flags);
    Ok(video.open_as_with(codec, options).during("open the video encoder")?.0.0)
}

pub(super) fn open_audio_encoder(plan: &AudioEncode, flags: codec::Flags) -> Result<(encoder::Encoder, u32)> {
    let codec = encoder::find_by_name(&plan.encoder).ok_or(VideoError::MissingEncoder("the sound"))?;
    let mut audio = codec::Context::new_with_codec(codec).encoder().audio().during("prepare the audio encoder")?;
    let rate = plan.sample_rate as i32;
    audio.set_rate(rate);
    audio.set_channel_layout(ffmpeg::ChannelLayout::default(plan.channels as i32));
    audio.set_format(sample_format(&plan.encoder));
    audio.set_time_base((1, rate));
    audio.set_flags(flags);
    let options: Dictionary<'_> = plan.options.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect();
    let opened = audio.open_as_with(codec, options).during("open the audio encoder")?;
    let any_size = codec.capabilities().contains(codec::Capabilities::VARIABLE_FRAME_SIZE);
    let frame_size = if any_size { 0 } else { opened.frame_size() };
    Ok((opened.0.0, frame_size))
}

pub(super) fn sample_format(encoder: &str) -> ffmpeg::format::Sample {
    use ffmpeg::format::sample::{Sample, Type};
    Sample::F32(if encoder == "libopus" { Type::Packed } else { Type::Planar })
}

fn global_header(muxer: &Muxer) -> codec::Flags {
    if muxer.wants_global_header() { codec::Flags::GLOBAL_HEADER } else { codec::Flags::empty() }
}
