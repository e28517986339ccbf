//! A film made to play everywhere, by the worker's media process and by the ffmpeg command with the same settings.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::Instant,
};

use anyhow::{Context, Result, ensure};
use serde_json::json;

use super::{Args, media_process::MediaProcess, table::Table, usage};
use crate::{fingerprint::Stamp, paths, shell};

struct Film {
    what: &'static str,
    name: &'static str,
    /// How ffmpeg makes it.
    encode: &'static [&'static str],
}

#[rustfmt::skip]
const FILMS: &[Film] = &[
    Film { what: "1080p HEVC, 20 s",        name: "hevc.mp4",   encode: &["-c:v", "libx265", "-preset", "ultrafast", "-tag:v", "hvc1"] },
    Film { what: "1080p HEVC 10 bit, 20 s", name: "hevc10.mp4", encode: &["-c:v", "libx265", "-preset", "ultrafast", "-pix_fmt", "yuv420p10le"] },
];

struct Effort {
    seconds: f64,
    cpu_seconds: f64,
    bytes: u64,
}

pub fn run(_: &Args) -> Result<()> {
    let mut table = Table::new(["films to 720p H.264", "Ferrotype", "ffmpeg", "ratio", "target"]);
    let folder = tempfile::tempdir_in(paths::workshop()?).context("create a temporary folder")?;
    for film in FILMS {
        let source = film.file()?;
        let ours = media_process(&source, &folder.path().join("ours.mp4"))?;
        let theirs = ffmpeg(&source, &folder.path().join("theirs.mp4"))?;
        let mut row = |what: &str, ours: f64, theirs: f64, unit: &str, target: &str| {
            let name = format!("{}: {what}", film.what);
            let cells = [ours, theirs].map(|value| format!("{value:.2}{unit}"));
            table.row([&name, &cells[0], &cells[1], &format!("{:.2} ×", ours / theirs), target]);
        };
        row("time", ours.seconds, theirs.seconds, " s", "≤ 1.05 ×");
        row("CPU", ours.cpu_seconds, theirs.cpu_seconds, " s", "");
        row("size", ours.bytes as f64 / 1e6, theirs.bytes as f64 / 1e6, " MB", "");
        let (ours, theirs) = (first_piece(&source, folder.path())?, two_seconds(&source, folder.path())?);
        row("first 2 s of a stream", ours, theirs, " s", "");
    }
    table.print();
    Ok(())
}

impl Film {
    fn file(&self) -> Result<PathBuf> {
        let folder = paths::workshop()?.join("bench-films");
        fs::create_dir_all(&folder).context("create the folder of the films")?;
        let file = folder.join(self.name);
        let stamp = Stamp::new(file.with_extension("stamp"), &[paths::repository().join(file!())])?;
        if !stamp.is_current() {
            let mut command = Command::new("ffmpeg");
            command.args(["-v", "error", "-nostdin", "-y"]);
            // Noise keeps the encoder busy as the grain of a camera does.
            command.args(["-f", "lavfi", "-i", "testsrc2=size=1920x1080:rate=30:duration=20,noise=alls=8:allf=t"]);
            command.args(["-f", "lavfi", "-i", "sine=frequency=440:sample_rate=48000:duration=20"]);
            command.args(self.encode).args(["-c:a", "aac"]).arg(&file);
            shell::run(&mut command)?;
            stamp.write()?;
        }
        Ok(file)
    }
}

fn media_process(source: &Path, target: &Path) -> Result<Effort> {
    let mut child = MediaProcess::start("video-child")?;
    let start = Instant::now();
    child.ask("transcode", &json!({ "source": source, "target": target, "settings": {} }))?;
    let seconds = start.elapsed().as_secs_f64();
    Ok(Effort { seconds, cpu_seconds: child.cpu_seconds()?, bytes: size(target)? })
}

/// From the request of a player to the first piece that it can show, in seconds: as the server does it, with a process
/// that must be started first.
fn first_piece(source: &Path, folder: &Path) -> Result<f64> {
    /// The rung of 720p in H.264.
    const VARIANT: usize = 5;
    let realtime = json!({ "enabled": true, "resolutions": [720], "videoCodecs": ["h264"] });
    let settings = json!({ "realtime": realtime });
    let start = Instant::now();
    let mut child = MediaProcess::start("video-child")?;
    let variants = child.ask("variants", &json!({ "source": source, "settings": settings }))?;
    ensure!(variants[0]["index"] == VARIANT, "the versions are {variants}");
    let segments = json!({ "start": 0, "end": 15 });
    let order =
        json!({ "source": source, "folder": folder, "settings": settings, "variant": VARIANT, "segments": segments });
    child.begin("segments", &order)?;
    Ok(start.elapsed().as_secs_f64())
}

/// The same of the command: the beginning of the film in the container of a piece, in seconds.
fn two_seconds(source: &Path, folder: &Path) -> Result<f64> {
    let mut command = Command::new("ffmpeg");
    command.args(["-v", "error", "-nostdin", "-y", "-i"]).arg(source).args(["-t", "2"]);
    command.args(["-c:a", "aac", "-c:v", "libx264", "-preset", "ultrafast", "-crf", "23", "-bf", "0"]);
    command.args(["-vf", "scale=-2:720,format=yuv420p", "-movflags", "+empty_moov+default_base_moof+frag_keyframe"]);
    let start = Instant::now();
    let status = command.arg(folder.join("theirs-2s.mp4")).stdin(Stdio::null()).status();
    ensure!(status.context("start ffmpeg")?.success(), "ffmpeg failed");
    Ok(start.elapsed().as_secs_f64())
}

fn ffmpeg(source: &Path, target: &Path) -> Result<Effort> {
    let cores = std::thread::available_parallelism().context("count the cores")?;
    let mut command = Command::new("ffmpeg");
    command.args(["-v", "error", "-nostdin", "-y", "-i"]).arg(source);
    command.args(["-map", "0:v:0", "-map", "0:a:0", "-c:a", "copy", "-c:v", "libx264", "-preset", "ultrafast"]);
    command.args(["-crf", "23", "-vf", "scale=-2:720,format=yuv420p", "-movflags", "+faststart"]);
    // Ours leaves what a person waits for the precedence, so it must not have more of the machine than ours.
    command.args(["-threads", &cores.to_string()]).arg(target).stdin(Stdio::null());
    let before = usage::cpu_seconds(std::process::id())?;
    let start = Instant::now();
    let status = Command::new("nice").args(["-n", "5"]).arg(command.get_program()).args(command.get_args()).status();
    ensure!(status.context("start ffmpeg")?.success(), "ffmpeg failed");
    let seconds = start.elapsed().as_secs_f64();
    Ok(Effort { seconds, cpu_seconds: usage::cpu_seconds(std::process::id())? - before, bytes: size(target)? })
}

fn size(file: &Path) -> Result<u64> {
    Ok(fs::metadata(file).with_context(|| format!("look at {}", file.display()))?.len())
}
