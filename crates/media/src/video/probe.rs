//! File → `VideoInfo`. Reads headers and the first few frames, never the whole file.

use super::error::Result;
use super::libav;
use super::types::{AudioStream, VideoInfo, VideoStream};
use ffmpeg::format::context::Input;
use ffmpeg::format::stream::{Disposition, Stream};
use ffmpeg::{Rational, Rescale};
use ffmpeg_next as ffmpeg;
use std::path::Path;

const MILLISECONDS: Rational = Rational(1, 1000);
/// Outside this a container's frame rate is a guess gone wrong, or that of a still picture.
const PLAUSIBLE_FPS: std::ops::RangeInclusive<f64> = 0.5..=1000.0;

pub fn probe(path: &Path) -> Result<VideoInfo> {
    Ok(describe(&libav::open(path)?))
}

pub(super) fn describe(input: &Input) -> VideoInfo {
    let mut tags = libav::tags(input);
    let duration_ms = milliseconds(input.duration(), ffmpeg::rescale::TIME_BASE);
    VideoInfo {
        format_names: input.format().name().split(',').map(str::to_owned).collect(),
        major_brand: tags.remove("major_brand"),
        duration_ms,
        bit_rate: u64::try_from(input.bit_rate()).ok().filter(|rate| *rate > 0),
        video: best_video(input).map(|stream| describe_video(&stream)),
        audio: best_audio(input).map(|stream| describe_audio(&stream)),
        tags,
    }
}

/// The default track before others, then the one with the most pixels. Cover pictures are no video.
fn best_video(input: &Input) -> Option<Stream<'_>> {
    input
        .streams()
        .filter(|stream| stream.parameters().medium() == ffmpeg::media::Type::Video)
        .filter(|stream| !stream.disposition().contains(Disposition::ATTACHED_PIC))
        .min_by_key(|stream| {
            let facts = libav::facts(stream);
            let pixels = u64::from(facts.width) * u64::from(facts.height);
            (!is_decodable(stream), !stream.disposition().contains(Disposition::DEFAULT), std::cmp::Reverse(pixels))
        })
}

/// One that can be decoded before all else: phones put a second track in a format of their own beside the plain one.
fn best_audio(input: &Input) -> Option<Stream<'_>> {
    input
        .streams()
        .filter(|stream| stream.parameters().medium() == ffmpeg::media::Type::Audio)
        .filter(is_decodable)
        .min_by_key(|stream| {
            let facts = libav::facts(stream);
            let more = std::cmp::Reverse((facts.channels, facts.bit_rate));
            (facts.channels == 0, !stream.disposition().contains(Disposition::DEFAULT), more)
        })
}

fn is_decodable(stream: &Stream<'_>) -> bool {
    ffmpeg::decoder::find(stream.parameters().id()).is_some()
}

fn describe_video(stream: &Stream<'_>) -> VideoStream {
    let facts = libav::facts(stream);
    let (rotation, mirrored) = libav::display_matrix(stream).map_or((0, false), |matrix| orientation(&matrix));
    let (display_width, display_height) = display_size((facts.width, facts.height), facts.pixel_aspect, rotation);
    VideoStream {
        index: stream.index(),
        codec: stream.parameters().id().name().to_owned(),
        profile: facts.profile,
        pixel_format: facts.pixel_format,
        width: facts.width,
        height: facts.height,
        rotation,
        mirrored,
        pixel_aspect: facts.pixel_aspect,
        display_width,
        display_height,
        frame_rate: frame_rate(stream),
        bit_rate: facts.bit_rate,
        duration_ms: milliseconds(stream.duration(), stream.time_base()),
        frame_count: u64::try_from(stream.frames()).ok().filter(|frames| *frames > 0),
        interlaced: facts.interlaced,
        color: facts.color,
    }
}

fn describe_audio(stream: &Stream<'_>) -> AudioStream {
    let facts = libav::facts(stream);
    AudioStream {
        index: stream.index(),
        codec: stream.parameters().id().name().to_owned(),
        channels: facts.channels,
        sample_rate: facts.sample_rate,
        bit_rate: facts.bit_rate,
    }
}

fn milliseconds(duration: i64, time_base: Rational) -> Option<u64> {
    // Unknown is the smallest number there is, so it falls out with zero and other nonsense.
    (duration > 0).then(|| duration.rescale(time_base, MILLISECONDS)).and_then(|ms| u64::try_from(ms).ok())
}

fn frame_rate(stream: &Stream<'_>) -> Option<(u32, u32)> {
    [stream.avg_frame_rate(), stream.rate()]
        .into_iter()
        .filter(|rate| rate.0 > 0 && rate.1 > 0)
        .find(|rate| PLAUSIBLE_FPS.contains(&f64::from(*rate)))
        .map(|rate| (rate.0.unsigned_abs(), rate.1.unsigned_abs()))
}

/// Display matrix → degrees clockwise to the nearest quarter, and whether the picture is flipped first.
fn orientation(matrix: &[i32; 9]) -> (u32, bool) {
    let [a, b, _, c, d, ..] = matrix.map(f64::from);
    let mirrored = a * d - b * c < 0.0;
    let degrees = if mirrored { (-b).atan2(-a) } else { b.atan2(a) }.to_degrees();
    let quarters = (degrees / 90.0).round().rem_euclid(4.0);
    (quarters as u32 * 90, mirrored)
}

/// Square pixels, upright. A pixel aspect that no camera has is taken for damage.
fn display_size((width, height): (u32, u32), (across, down): (u32, u32), rotation: u32) -> (u32, u32) {
    let aspect = f64::from(across) / f64::from(down.max(1));
    let aspect = if (0.1..=10.0).contains(&aspect) { aspect } else { 1.0 };
    let wide = (f64::from(width) * aspect).round() as u32;
    if rotation == 90 || rotation == 270 { (height, wide) } else { (wide, height) }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: i32 = 1 << 16;

    fn matrix(a: i32, b: i32, c: i32, d: i32) -> [i32; 9] {
        [a * ONE, b * ONE, 0, c * ONE, d * ONE, 0, 0, 0, 1 << 30]
    }

    #[test]
    fn a_display_matrix_is_quarter_turns_and_a_flip() {
        let table = [
            (matrix(1, 0, 0, 1), (0, false)),
            (matrix(0, 1, -1, 0), (90, false)),
            (matrix(-1, 0, 0, -1), (180, false)),
            (matrix(0, -1, 1, 0), (270, false)),
            (matrix(-1, 0, 0, 1), (0, true)),
            (matrix(1, 0, 0, -1), (180, true)),
            (matrix(0, 0, 0, 0), (0, false)),
        ];
        for (matrix, expected) in table {
            assert_eq!(orientation(&matrix), expected, "{matrix:?}");
        }
    }

    #[test]
    fn the_display_size_is_upright_with_square_pixels() {
        assert_eq!(display_size((1920, 1080), (1, 1), 90), (1080, 1920));
        assert_eq!(display_size((720, 576), (64, 45), 0), (1024, 576));
        assert_eq!(display_size((1440, 1080), (4, 3), 270), (1080, 1920));
        assert_eq!(display_size((640, 480), (1000, 1), 0), (640, 480));
    }
}
