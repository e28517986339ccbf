//! Pieces of streams, made in any order and by several runs, as players put them together. Sources are made by the
//! `ffmpeg` command, and what comes out is looked at by `ffprobe` and `ffmpeg`.

use config::system::choices::VideoCodec;
use config::system::ffmpeg::Ffmpeg;
use media::video::hls::segments::{Order, make, variants};
use media::video::hls::{INIT, Variant, segment_path};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::process::Command;
use tempfile::TempDir;

const PICTURES: &str = "-f lavfi -i testsrc2=size=320x240:rate=25:duration=7";
const SOUND: &str = "-f lavfi -i sine=frequency=440:duration=7:sample_rate=48000";
const H264: &str = "-pix_fmt yuv420p -c:v libx264 -preset ultrafast -g 70 -c:a aac";

struct Bench {
    folder: TempDir,
}

impl Bench {
    fn new() -> Self {
        Self { folder: TempDir::new().expect("a temporary folder") }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn source(&self, name: &str, arguments: &str) -> PathBuf {
        let path = self.path(name);
        run("ffmpeg", &format!("-v error -y {arguments} {}", path.display()));
        path
    }

    /// The pieces of these runs, put together as a player does.
    fn stream(&self, name: &str, source: &Path, variant: usize, runs: Vec<Range<u32>>) -> PathBuf {
        let folder = self.path(name);
        std::fs::create_dir(&folder).expect("a folder");
        for segments in &runs {
            let order = Order { source, folder: &folder, settings: &settings(), variant, segments: segments.clone() };
            let mut told = Vec::new();
            make(&order, &mut |share| told.push(share)).expect("pieces");
            assert_eq!((told.len(), told.last()), (segments.len(), Some(&1.0)), "told after each piece");
        }
        let mut segments: Vec<u32> = runs.into_iter().flatten().collect();
        segments.sort_unstable();
        let mut bytes = std::fs::read(folder.join(INIT)).expect("the head");
        for segment in &segments {
            bytes.extend(std::fs::read(segment_path(&folder, *segment)).expect("a piece"));
        }
        let files = std::fs::read_dir(&folder).expect("the folder").count();
        assert_eq!(files, segments.len() + 1, "nothing else is left in the folder");
        let path = self.path(&format!("{name}.mp4"));
        std::fs::write(&path, bytes).expect("write the stream");
        path
    }
}

/// One run that makes everything.
fn once(segments: Range<u32>) -> Vec<Range<u32>> {
    std::iter::once(segments).collect()
}

fn settings() -> Ffmpeg {
    let mut settings = Ffmpeg::default();
    settings.realtime.enabled = true;
    settings.realtime.video_codecs = vec![VideoCodec::H264, VideoCodec::Hevc, VideoCodec::Av1];
    settings
}

fn run(program: &str, arguments: &str) -> String {
    let output = Command::new(program).args(arguments.split_whitespace()).output().expect("the command is installed");
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && errors.is_empty(), "{program} {arguments}: {errors}");
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// Times of the packets of a track, in seconds.
fn times(stream: &Path, track: &str) -> Vec<f64> {
    let arguments = format!("-v error -select_streams {track}:0 -show_entries packet=pts_time -of csv=p=0");
    let text = run("ffprobe", &format!("{arguments} {}", stream.display()));
    text.lines().map(|line| line.trim_end_matches(',').parse().expect("a time")).collect()
}

fn decoded_frames(stream: &Path) -> usize {
    let arguments = "-v error -select_streams v:0 -count_frames -show_entries stream=nb_read_frames -of csv=p=0";
    let text = run("ffprobe", &format!("{arguments} {}", stream.display()));
    text.trim().trim_end_matches(',').parse().expect("a number")
}

fn assert_even(times: &[f64], first: f64, step: f64) {
    for (index, time) in times.iter().enumerate() {
        let expected = first + index as f64 * step;
        assert!((time - expected).abs() < 0.0006, "packet {index} is at {time} instead of {expected}");
    }
}

/// Every picture is the one that the source shows at that time.
fn assert_same_pictures(stream: &Path, source: &Path) {
    let graph = "[0:v]scale=320:240,format=yuv420p[a];[1:v]scale=320:240,format=yuv420p[b];[a][b]psnr=stats_file=-";
    let (stream, source) = (stream.display(), source.display());
    let text = run("ffmpeg", &format!("-v error -i {stream} -i {source} -lavfi {graph} -f null /dev/null"));
    let lines: Vec<&str> = text.lines().collect();
    assert!(!lines.is_empty(), "pictures were compared");
    for line in lines {
        let psnr = line.split("psnr_avg:").nth(1).and_then(|rest| rest.split(' ').next()).expect("a number");
        assert!(psnr == "inf" || psnr.parse::<f64>().expect("a number") > 22.0, "another picture: {line}");
    }
}

/// Decoded sound, one channel.
fn samples(stream: &Path) -> Vec<i16> {
    let raw = stream.with_extension("raw");
    run("ffmpeg", &format!("-v error -y -i {} -map a -ac 1 -ar 48000 -f s16le {}", stream.display(), raw.display()));
    let bytes = std::fs::read(raw).expect("samples");
    bytes.as_chunks::<2>().0.iter().map(|pair| i16::from_le_bytes(*pair)).collect()
}

/// The index of this codec among what is offered.
fn index_of(variants: &[Variant], codec: &str) -> usize {
    variants.iter().find(|variant| variant.codecs.starts_with(codec)).expect("it is offered").index
}

#[test]
fn pieces_of_any_runs_make_one_stream() {
    let bench = Bench::new();
    let source = bench.source("in.mp4", &format!("{PICTURES} {SOUND} {H264}"));
    let variants = variants(&source, &settings()).expect("variants");
    assert_eq!(variants.len(), 3, "a small video is offered once for each codec");
    assert_eq!((variants[0].width, variants[0].height, variants[0].timeline.segments()), (320, 240, 4));
    let variant = index_of(&variants, "avc1");
    let at_once = bench.stream("once", &source, variant, once(0..4));
    let in_parts = bench.stream("parts", &source, variant, vec![2..3, 0..1, 3..4, 1..2]);
    for stream in [&at_once, &in_parts] {
        let (pictures, sound) = (times(stream, "v"), times(stream, "a"));
        assert_eq!((pictures.len(), sound.len()), (175, 329));
        assert_even(&pictures, 0.0, 1.0 / 25.0);
        assert_even(&sound, 0.0, 1024.0 / 48_000.0);
        assert_eq!(decoded_frames(stream), 175);
        assert_same_pictures(stream, &source);
    }
    // Where runs meet, nothing is heard of it.
    let (whole, parts) = (samples(&at_once), samples(&in_parts));
    assert_eq!(whole.len(), parts.len());
    let loudest = whole.iter().map(|it| it.unsigned_abs()).max().unwrap_or(0);
    let differences = whole.iter().zip(&parts).map(|(a, b)| a.abs_diff(*b)).max().unwrap_or(0);
    assert!(differences < loudest / 10, "a click of {differences} where the loudest is {loudest}");
}

#[test]
fn a_piece_from_the_middle_knows_its_time() {
    let bench = Bench::new();
    let source = bench.source("in.mkv", &format!("{PICTURES} {SOUND} {H264}"));
    let variant = index_of(&variants(&source, &settings()).expect("variants"), "avc1");
    let stream = bench.stream("lone", &source, variant, once(2..3));
    let (pictures, sound) = (times(&stream, "v"), times(&stream, "a"));
    assert_eq!(pictures.len(), 50);
    assert_even(&pictures, 4.0, 1.0 / 25.0);
    assert!(sound[0] >= 4.0 && sound[0] < 4.0 + 1024.0 / 48_000.0, "the sound begins at {}", sound[0]);
}

#[test]
fn every_codec_of_the_ladder_is_cut_at_the_same_places() {
    let bench = Bench::new();
    let source = bench.source("in.mp4", &format!("{PICTURES} {SOUND} {H264}"));
    let variants = variants(&source, &settings()).expect("variants");
    for codec in ["hvc1", "av01"] {
        let stream = bench.stream(codec, &source, index_of(&variants, codec), vec![1..3, 0..1, 3..4]);
        let pictures = times(&stream, "v");
        assert_eq!(pictures.len(), 175, "{codec}");
        assert_even(&pictures, 0.0, 1.0 / 25.0);
        assert_eq!(decoded_frames(&stream), 175, "{codec}");
        assert_same_pictures(&stream, &source);
    }
}

#[test]
fn sources_of_every_kind_become_even_streams() {
    let bench = Bench::new();
    let table = [
        // No index, so that searching is guessing; and times that begin anywhere.
        ("broadcast.ts", format!("{PICTURES} {SOUND} {H264} -muxdelay 10")),
        ("programme.mpg", format!("{PICTURES} {SOUND} -c:v mpeg2video -c:a mp2")),
        ("old.avi", format!("{PICTURES} {SOUND} -c:v mpeg4 -c:a mp3")),
        ("silent.mp4", format!("{PICTURES} {H264}")),
        // Frames come as they like.
        ("uneven.mp4", format!("{PICTURES} {SOUND} -vf select='not(between(n,60,118))' -fps_mode vfr {H264}")),
        // The sound ends long before the pictures.
        ("short-sound.mp4", format!("{PICTURES} -f lavfi -i sine=duration=1:sample_rate=48000 {H264}")),
    ];
    for (name, arguments) in table {
        let source = bench.source(name, &arguments);
        let variants = variants(&source, &settings()).unwrap_or_else(|error| panic!("{name}: {error}"));
        let variant = &variants[variants.len() - 1];
        let timeline = variant.timeline;
        let last = timeline.segments();
        let stream = bench.stream(&format!("{name}-stream"), &source, variant.index, vec![2..last, 0..2]);
        let pictures = times(&stream, "v");
        assert_eq!(pictures.len() as u64, timeline.frames, "{name}");
        assert_even(&pictures, 0.0, 1.0 / timeline.fps());
        let seconds = timeline.start_seconds(last);
        assert!((seconds - 7.0).abs() < 0.3, "{name} lasts {seconds}");
        if variant.codecs.contains("mp4a") {
            let sound = times(&stream, "a");
            assert_even(&sound, 0.0, sound[1] - sound[0]);
            assert!((sound.last().expect("sound") - seconds).abs() < 0.1, "{name}: the sound lasts as long");
        } else {
            assert_eq!(name, "silent.mp4");
        }
    }
}

#[test]
fn what_is_no_piece_is_refused() {
    let bench = Bench::new();
    let source = bench.source("in.mp4", &format!("{PICTURES} {H264}"));
    let refused = |variant, segments| {
        let order = Order { source: &source, folder: bench.folder.path(), settings: &settings(), variant, segments };
        make(&order, &mut |_| {}).expect_err("refused").to_string()
    };
    assert_eq!(refused(2, 4..9), "there is no such version of this video");
    assert_eq!(refused(15, 0..1), "there is no such version of this video");
}
