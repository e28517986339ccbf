//! What twenty years of cameras, phones and camcorders wrote: each has a still that looks like its first picture, and
//! becomes an MP4 that plays and shows the same.

use super::bench::{Bench, difference, picture_by_command, turn};
use config::system::choices::ToneMapping;
use config::system::ffmpeg::Ffmpeg;
use media::video::frame;
use media::video::probe::probe;
use std::path::Path;
use std::process::Command;

const PICTURES: &str = "-f lavfi -i testsrc2=size=352x288:rate=25:duration=1";
const SOUND: &str = "-f lavfi -i sine=frequency=440:sample_rate=44100:duration=1";
/// Two encodings of one picture stay below.
const SAME: f64 = 10.0;

/// Name, how it is made, and the tracks of the MP4; "-" is a file that plays everywhere as it is.
const FILES: &[(&str, &str, &str)] = &[
    ("phone.mp4", "-c:v libx264 -pix_fmt yuv420p -c:a aac", "-"),
    ("phone-hevc.mov", "-c:v libx265 -x265-params log-level=none -tag:v hvc1 -c:a aac", "h264 + aac"),
    ("action.insv", "-c:v libx265 -x265-params log-level=none -c:a aac -f mp4", "h264 + aac"),
    ("tablet.m4v", "-c:v mpeg4 -c:a aac -f mp4", "h264 + aac"),
    ("film.mkv", "-c:v libx264 -pix_fmt yuv420p -c:a libvorbis", "h264 + aac"),
    ("vp8.webm", "-c:v libvpx -deadline realtime -cpu-used 8 -c:a libvorbis", "h264 + aac"),
    ("vp9.webm", "-c:v libvpx-vp9 -deadline realtime -cpu-used 8 -c:a libopus", "h264 + opus"),
    ("av1.webm", "-c:v libsvtav1 -preset 12 -c:a libopus", "h264 + opus"),
    ("divx.avi", "-c:v mpeg4 -vtag DX50 -bf 2 -c:a libmp3lame", "h264 + mp3"),
    ("compact.avi", "-c:v mjpeg -pix_fmt yuvj422p -q:v 3 -c:a pcm_u8 -ar 11025", "h264 + aac"),
    ("messenger.wmv", "-c:v wmv2 -b:v 2M -c:a wmav2", "h264 + aac"),
    ("web.flv", "-c:v flv -b:v 2M -c:a libmp3lame", "h264 + mp3"),
    ("camcorder.mts", "-c:v libx264 -pix_fmt yuv420p -bf 2 -c:a ac3 -f mpegts", "h264 + aac"),
    ("camcorder.m2ts", "-c:v libx264 -pix_fmt yuv420p -c:a ac3 -mpegts_m2ts_mode 1 -f mpegts", "h264 + aac"),
    ("tape.mpg", "-c:v mpeg2video -b:v 4M -c:a mp2 -f vob", "h264 + aac"),
    ("old.mpeg", "-c:v mpeg1video -b:v 4M -c:a mp2 -f mpeg", "h264 + aac"),
    ("first-phone.3gp", "-c:v h263 -b:v 1M -c:a aac -ac 1 -f 3gp", "h264 + aac"),
    ("broadcast.mxf", "-c:v mpeg2video -b:v 8M -pix_fmt yuv422p -c:a pcm_s16le -ar 48000", "h264 + aac"),
    ("studio.mov", "-c:v prores_ks -profile:v 3 -pix_fmt yuv422p10le -c:a pcm_s24le", "h264 + aac"),
];

/// Skips, saying so, what this build of the command cannot make.
fn can_make(arguments: &str) -> bool {
    let encoders =
        Command::new("ffmpeg").args(["-v", "quiet", "-encoders"]).output().expect("the ffmpeg command").stdout;
    let encoders = String::from_utf8_lossy(&encoders).into_owned();
    let words: Vec<&str> = arguments.split_whitespace().collect();
    let wanted = words.windows(2).filter(|pair| pair[0].starts_with("-c:")).map(|pair| pair[1]);
    wanted.into_iter().all(|encoder| {
        let there = encoders.lines().any(|line| line.split_whitespace().nth(1) == Some(encoder));
        if !there {
            eprintln!("skipped: this ffmpeg has no {encoder}");
        }
        there
    })
}

#[test]
fn every_kind_of_file_is_shown_and_plays() {
    for (name, arguments, expected) in FILES.iter().filter(|(_, arguments, _)| can_make(arguments)) {
        let bench = Bench::new();
        let input = bench.make(name, &format!("{PICTURES} {SOUND} {arguments}"));
        assert_still_is_right(name, &input);
        let Some(made) = bench.transcode(&input, &Ffmpeg::default()) else {
            assert_eq!(*expected, "-", "{name} was left as it is");
            continue;
        };
        let (video, sound) = expected.split_once(" + ").unwrap_or_else(|| panic!("{name} was transcoded"));
        assert_eq!(made.tracks(), format!("{video} yuv420p 352x288 + {sound}"), "{name}");
        assert_same(name, &picture(&input, 0.5), &picture(&made.path, 0.5));
    }
}

#[test]
fn a_film_without_sound_stays_without() {
    let bench = Bench::new();
    let input = bench.make("in.wmv", &format!("{PICTURES} -c:v wmv2 -b:v 2M"));
    let made = bench.transcode(&input, &Ffmpeg::default()).expect("wmv is not accepted");
    assert_eq!(made.tracks(), "h264 yuv420p 352x288");
}

#[test]
fn every_way_of_turning_is_undone() {
    // A matrix that mirrors cannot be told to the command by the versions that are around.
    let bench = Bench::new();
    bench.make("flat.mov", &format!("{PICTURES} {SOUND} -c:v mpeg4 -q:v 2 -c:a aac"));
    let input = turn(&bench, "flat.mov", "in.mov");
    let size = (288, 352);
    let still = frame::representative(&input, None, ToneMapping::Hable).expect("a picture");
    assert_eq!((still.width, still.height), size);
    assert_same("the still", &picture_by_command(&input, 0.0, size), &still.rgb);
    let made = bench.transcode(&input, &Ffmpeg::default()).expect("mpeg4 is not accepted");
    assert_same("the film", &picture_by_command(&input, 0.5, size), &picture_by_command(&made.path, 0.5, size));
}

#[test]
fn what_is_brighter_than_a_screen_is_mapped_as_the_command_would() {
    for transfer in ["smpte2084", "arib-std-b67"] {
        let bench = Bench::new();
        let hdr = format!("-color_primaries bt2020 -color_trc {transfer} -colorspace bt2020nc -pix_fmt yuv420p10le");
        let tags = format!("log-level=none:colorprim=bt2020:transfer={transfer}:colormatrix=bt2020nc");
        let input = bench.make("in.mov", &format!("{PICTURES} -c:v libx265 -x265-params {tags} {hdr}"));
        let video = probe(&input).expect("info").video.expect("video");
        assert!(video.is_hdr() && video.pixel_format.as_deref() == Some("yuv420p10le"), "{transfer}: {video:?}");
        let reference = mapped_by_command(&input);
        let still = frame::representative(&input, None, ToneMapping::Hable).expect("a picture");
        assert_same(transfer, &reference, &still.rgb);
        let made = bench.transcode(&input, &Ffmpeg::default()).expect("hevc is not accepted");
        assert_eq!(made.tracks(), "h264 yuv420p 352x288", "{transfer}");
        assert_same(transfer, &reference, &picture(&made.path, 0.0));
        let flat = frame::representative(&input, None, ToneMapping::Disabled).expect("a picture");
        assert!(difference(&reference, &flat.rgb) > SAME, "{transfer}: without mapping it is another picture");
    }
}

fn mapped_by_command(input: &Path) -> Vec<u8> {
    let filters = "zscale=t=linear:npl=100,format=gbrpf32le,zscale=p=bt709,tonemap=hable:desat=0,\
                   zscale=t=bt709:m=bt709:r=tv,format=yuv420p";
    let mut command = Command::new("ffmpeg");
    command.args(["-v", "error", "-i"]).arg(input).args(["-frames:v", "1", "-vf", filters]);
    command.args(["-f", "rawvideo", "-pix_fmt", "rgb24", "-"]).output().expect("the ffmpeg command").stdout
}

fn assert_still_is_right(name: &str, input: &Path) {
    let still = frame::representative(input, None, ToneMapping::Hable).expect(name);
    assert_eq!((still.width, still.height), (352, 288), "{name}");
    assert_same(name, &picture(input, 0.0), &still.rgb);
}

fn picture(path: &Path, seconds: f64) -> Vec<u8> {
    picture_by_command(path, seconds, (352, 288))
}

fn assert_same(name: &str, one: &[u8], other: &[u8]) {
    let difference = difference(one, other);
    assert!(difference < SAME, "{name} differs by {difference}");
}
