//! A folder in which videos are made by the `ffmpeg` command, and what `ffprobe` says of what became of them.

use config::system::ffmpeg::Ffmpeg;
use media::video::error::VideoError;
use media::video::transcode::{Transcoded, transcode_if_needed};
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::Command;
use tempfile::TempDir;

pub const PICTURES: &str = "-f lavfi -i testsrc2=size=1920x1080:rate=30:duration=2";
pub const SMALL: &str = "-f lavfi -i testsrc2=size=320x180:rate=25:duration=2";
/// Noise has no end of details, so that an encoder spends what it may.
pub const GRAIN: &str = "-f lavfi -i testsrc2=size=640x360:rate=25:duration=4,noise=alls=20:allf=t";
pub const SOUND: &str = "-f lavfi -i sine=frequency=440:duration=2";
pub const X264: &str = "-c:v libx264 -preset ultrafast -pix_fmt yuv420p";
pub const X265: &str = "-c:v libx265 -preset ultrafast -x265-params log-level=none";

pub struct Bench {
    folder: TempDir,
}

impl Bench {
    pub fn new() -> Self {
        Self { folder: TempDir::new().expect("a temporary folder") }
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Runs `ffmpeg <arguments> <name>`; words are split at spaces.
    pub fn make(&self, name: &str, arguments: &str) -> PathBuf {
        let path = self.path(name);
        let mut command = Command::new("ffmpeg");
        command.args(["-v", "error", "-y"]).args(arguments.split_whitespace()).arg(&path);
        let output = command.current_dir(self.folder.path()).output().expect("the ffmpeg command");
        assert!(output.status.success(), "ffmpeg {arguments}: {}", String::from_utf8_lossy(&output.stderr));
        path
    }

    /// Transcodes to `out.mp4`, checking what is true of every success.
    pub fn transcode(&self, input: &Path, settings: &Ffmpeg) -> Option<Made> {
        let output = self.path("out.mp4");
        let mut told = Vec::new();
        let transcoded = transcode_if_needed(input, &output, settings, &mut |share| told.push(share)).expect("a video");
        let Some(transcoded) = transcoded else {
            assert!(!output.exists(), "nothing to do, yet something was written");
            return None;
        };
        assert!(told.is_sorted() && told.last() == Some(&1.0), "progress was {told:?}");
        self.assert_nothing_left(&[input, &output]);
        let made = Made { path: output, transcoded };
        made.assert_starts_with_index();
        made.assert_plays();
        assert_eq!(made.transcoded.size_bytes, std::fs::metadata(&made.path).expect("output").len());
        assert!((length(input) - length(&made.path)).abs() < 0.2, "{} became {}", length(input), length(&made.path));
        Some(made)
    }

    pub fn fail(&self, input: &Path, settings: &Ffmpeg) -> VideoError {
        let output = self.path("out.mp4");
        let error = transcode_if_needed(input, &output, settings, &mut |_| {}).expect_err("a failure");
        self.assert_nothing_left(&[input]);
        error
    }

    pub fn assert_nothing_left(&self, known: &[&Path]) {
        for entry in std::fs::read_dir(self.folder.path()).expect("the folder") {
            let path = entry.expect("an entry").path();
            let name = path.to_string_lossy();
            assert!(known.contains(&path.as_path()) || !name.contains("out.mp4"), "{name} was left behind");
        }
    }
}

pub struct Made {
    pub path: PathBuf,
    pub transcoded: Transcoded,
}

impl Made {
    /// A browser can start to play before it has the whole file.
    pub fn assert_starts_with_index(&self) {
        let bytes = std::fs::read(&self.path).expect("the output");
        let at = |kind: &[u8]| bytes.windows(4).position(|window| window == kind);
        assert!(at(b"moov").expect("an index") < at(b"mdat").expect("samples"), "the index is at the end");
    }

    /// Another decoder finds nothing to complain about.
    pub fn assert_plays(&self) {
        let mut command = Command::new("ffmpeg");
        let output =
            command.args(["-v", "error", "-i"]).arg(&self.path).args(["-f", "null", "-"]).output().expect("ffmpeg");
        let complaints = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success() && complaints.is_empty(), "{}: {complaints}", self.tracks());
    }

    /// "h264 yuv420p 1280x720 + aac"
    pub fn tracks(&self) -> String {
        let all = ffprobe(&self.path);
        let tracks = all["streams"].as_array().expect("streams").iter().map(|stream| {
            let text = |key: &str| stream[key].as_str().unwrap_or("?").to_owned();
            match stream["codec_type"].as_str() {
                Some("video") => {
                    format!("{} {} {}x{}", text("codec_name"), text("pix_fmt"), stream["width"], stream["height"])
                }
                _ => text("codec_name"),
            }
        });
        tracks.collect::<Vec<_>>().join(" + ")
    }

    pub fn video(&self) -> Value {
        ffprobe(&self.path)["streams"][0].clone()
    }
}

pub fn ffprobe(path: &Path) -> Value {
    let mut command = Command::new("ffprobe");
    command.args(["-v", "error", "-of", "json", "-show_streams", "-show_format"]).arg(path);
    let output = command.output().expect("the ffprobe command");
    serde_json::from_slice(&output.stdout).expect("JSON of ffprobe")
}

pub fn length(path: &Path) -> f64 {
    ffprobe(path)["format"]["duration"].as_str().and_then(|text| text.parse().ok()).expect("a duration")
}

pub fn frame_times(path: &Path) -> Vec<f64> {
    let mut command = Command::new("ffprobe");
    command
        .args(["-v", "error", "-select_streams", "v", "-show_entries", "frame=pts_time", "-of", "csv=p=0"])
        .arg(path);
    let output = command.output().expect("the ffprobe command");
    let text = String::from_utf8(output.stdout).expect("text");
    text.lines().filter_map(|line| line.trim_end_matches(',').parse().ok()).collect()
}

/// What the ffmpeg command takes for the first picture, as it would be shown, for comparison.
pub fn picture_by_command(path: &Path, seconds: f64, size: (u32, u32)) -> Vec<u8> {
    let mut command = Command::new("ffmpeg");
    command.args(["-v", "error", "-i"]).arg(path).args(["-ss", &seconds.to_string(), "-frames:v", "1"]);
    command.args(["-vf", &format!("scale={}:{}", size.0, size.1), "-f", "rawvideo", "-pix_fmt", "rgb24", "-"]);
    command.output().expect("the ffmpeg command").stdout
}

/// Mean difference of bytes; two encodings of one picture stay below 10, two pictures do not.
pub fn difference(one: &[u8], other: &[u8]) -> f64 {
    assert_eq!(one.len(), other.len(), "pictures of different sizes");
    let sum: u64 = one.iter().zip(other).map(|(a, b)| u64::from(a.abs_diff(*b))).sum();
    sum as f64 / one.len() as f64
}

/// Adds a display matrix without touching the pictures; how the command is told depends on its version.
pub fn turn(bench: &Bench, from: &str, to: &str) -> PathBuf {
    let old = Command::new("ffmpeg").args(["-v", "quiet", "-h", "full"]).output().expect("ffmpeg");
    if String::from_utf8_lossy(&old.stdout).contains("-display_rotation") {
        bench.make(to, &format!("-display_rotation 90 -i {from} -c copy"))
    } else {
        bench.make(to, &format!("-i {from} -c copy -metadata:s:v rotate=90"))
    }
}
