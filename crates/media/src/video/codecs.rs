//! Opening decoders and encoders as a plan wants them.

use super::device::Device;
use super::error::{Result, VideoError};
use super::libav::{self, During};
use super::plan::{AudioEncode, VideoEncode};
use ffmpeg::codec::{self, decoder, encoder};
use ffmpeg::format::stream::Stream;
use ffmpeg::{Dictionary, Rational};
use ffmpeg_next as ffmpeg;
use std::path::Path;

/// These go by a frame's length instead of the frame rate to see how many bits it may have.
const ASKS_TICKS: [&str; 2] = ["libvpx-vp9", "libaom-av1"];

/// Which of two readings of the file this is; `Some` names the file for the encoder's measurements.
#[derive(Clone, Copy)]
pub(super) enum Pass<'a> {
    Only,
    Measure(&'a Path),
    Final(&'a Path),
}

pub(super) fn open_decoder(stream: &Stream<'_>, threads: u32) -> Result<decoder::Opened> {
    open_decoder_on(stream, threads, None)
}

/// With the help of a card, if it has any to give.
pub(super) fn open_decoder_on(stream: &Stream<'_>, threads: u32, device: Option<&Device>) -> Result<decoder::Opened> {
    let id = stream.parameters().id();
    let on_card = device.and_then(|device| Some((device, device.decoder(id.name())?)));
    let mut decoder = codec::Context::from_parameters(stream.parameters()).during("prepare the decoder")?.decoder();
    decoder.set_packet_time_base(stream.time_base());
    let codec = match on_card {
        Some((device, codec)) => {
            device.give_to_decoder(&mut decoder);
            codec
        }
        None => decoder::find(id).ok_or_else(|| VideoError::Undecodable(id.name().to_owned()))?,
    };
    let mut options = Dictionary::new();
    options.set("threads", &threads.to_string());
    options.set("max_pixels", &crate::limits::get().frame_pixels.to_string());
    decoder.open_as_with(codec, options).during("open the decoder")
}

pub(super) fn open_video_encoder(
    plan: &VideoEncode,
    time_base: Rational,
    pass: Pass<'_>,
    flags: codec::Flags,
) -> Result<encoder::Encoder> {
    let mut video = prepare_video_encoder(plan, time_base)?;
    let mut options: Dictionary<'_> = plan.options.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect();
    let flags = match pass {
        Pass::Only => flags,
        Pass::Measure(_) => flags | codec::Flags::PASS1,
        Pass::Final(_) => flags | codec::Flags::PASS2,
    };
    video.set_flags(flags);
    if let Pass::Measure(numbers) | Pass::Final(numbers) = pass {
        let name = numbers.to_str().ok_or_else(|| VideoError::Path(numbers.to_owned()))?;
        let number = if matches!(pass, Pass::Measure(_)) { 1 } else { 2 };
        match plan.encoder.as_str() {
            "libx264" => options.set("stats", name),
            // In a list of its own, whose signs must not be taken from the name.
            "libx265" => options.set("x265-params", &format!("log-level=error:pass={number}:stats={}", escape(name))),
            _ if number == 2 => {
                let measured = std::fs::read(numbers).map_err(|error| VideoError::io("read", numbers, error))?;
                libav::set_measurements(&mut video, measured);
            }
            _ => {}
        }
    }
    let codec = find_encoder(plan)?;
    let mut opened = video.open_as_with(codec, options).during("open the video encoder")?.0.0;
    libav::forget_given_measurements(&mut opened);
    Ok(opened)
}

/// The encoder of a card, for pictures that are where the first one is.
pub(super) fn open_video_encoder_on(
    device: &Device,
    plan: &VideoEncode,
    time_base: Rational,
    flags: codec::Flags,
    first: &ffmpeg::Frame,
) -> Result<encoder::Encoder> {
    let mut video = prepare_video_encoder(plan, time_base)?;
    video.set_flags(flags);
    device.give_to_encoder(&mut video, first);
    let options: Dictionary<'_> = plan.options.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect();
    Ok(video.open_as_with(find_encoder(plan)?, options).during("open the video encoder")?.0.0)
}

fn prepare_video_encoder(plan: &VideoEncode, time_base: Rational) -> Result<encoder::video::Video> {
    let codec = find_encoder(plan)?;
    let mut video = codec::Context::new_with_codec(codec).encoder().video().during("prepare the video encoder")?;
    let format = plan.pixel_format.parse().map_err(|_| VideoError::MissingEncoder("this pixel format"))?;
    video.set_width(plan.width);
    video.set_height(plan.height);
    video.set_format(format);
    video.set_aspect_ratio((1, 1));
    // As fine as the input's, so that every frame keeps its time.
    video.set_time_base(time_base);
    let frame_rate = Rational(plan.frame_rate.0 as i32, plan.frame_rate.1 as i32);
    video.set_frame_rate(Some(frame_rate));
    if ASKS_TICKS.contains(&plan.encoder.as_str()) {
        let ticks = f64::from(time_base.invert()) / f64::from(frame_rate).max(f64::MIN_POSITIVE);
        libav::set_ticks_per_frame(&mut video, (ticks.round() as i32).max(1));
    }
    Ok(video)
}

fn find_encoder(plan: &VideoEncode) -> Result<ffmpeg::Codec> {
    encoder::find_by_name(&plan.encoder).ok_or(VideoError::MissingEncoder("the video"))
}

/// For a list of x265's: `a:b` → `a\:b`.
fn escape(name: &str) -> String {
    name.chars()
        .flat_map(|sign| ['\\'].into_iter().filter(move |_| matches!(sign, '\\' | ':' | '\'')).chain([sign]))
        .collect()
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

#[cfg(test)]
mod tests {
    use super::escape;

    #[test]
    fn a_name_is_no_list() {
        assert_eq!(escape("/films/a.mp4"), "/films/a.mp4");
        assert_eq!(escape("C:\\it's"), "C\\:\\\\it\\'s");
    }
}
