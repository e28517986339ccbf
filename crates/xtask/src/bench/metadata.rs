//! What photos say of themselves, read by the worker's media process and by exiftool kept open: the same files in one run.

use std::{
    fs,
    io::{BufRead as _, BufReader, Write as _},
    path::{Path, PathBuf},
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
    time::Instant,
};

use anyhow::{Context, Result, ensure};
use serde_json::json;

use super::{Args, media_process::MediaProcess, pictures::LARGE, table::Table, usage};
use crate::{fingerprint::Stamp, paths, shell};

/// As often is every file read, after a first time that is not counted.
const ROUNDS: usize = 10;

/// What a telephone writes into its photos, near enough.
const TAGS: &[&str] = &[
    "-Make=Ferrotype",
    "-Model=Camera 1",
    "-LensModel=Camera 1 back camera 5.7mm f/1.8",
    "-FNumber=1.8",
    "-ExposureTime=1/250",
    "-ISO=64",
    "-FocalLength=5.7",
    "-DateTimeOriginal=2024:06:01 12:34:56",
    "-SubSecTimeOriginal=789",
    "-OffsetTimeOriginal=+02:00",
    "-GPSLatitude=48.2082",
    "-GPSLatitudeRef=N",
    "-GPSLongitude=16.3738",
    "-GPSLongitudeRef=E",
    "-ImageDescription=A street in the morning",
    "-XMP:Rating=4",
    "-XMP:Subject=Vienna",
];

pub fn run(_: &Args) -> Result<()> {
    let files = files()?;
    let (ours, our_memory) = ours(&files)?;
    let (theirs, their_memory, version) = exiftool(&files)?;
    let mut table = Table::new(["metadata of photos", "Ferrotype", &format!("exiftool {version}"), "ratio"]);
    let count = (files.len() * ROUNDS) as f64;
    let row = |table: &mut Table, what: &str, ours: f64, theirs: f64, ratio: f64, unit: &str| {
        table.row([what, &format!("{ours:.1}{unit}"), &format!("{theirs:.1}{unit}"), &format!("{ratio:.1} ×")]);
    };
    row(&mut table, "files a second", count / ours, count / theirs, theirs / ours, "/s");
    row(&mut table, "time for one", ours * 1000.0 / count, theirs * 1000.0 / count, theirs / ours, " ms");
    row(&mut table, "most memory", our_memory, their_memory, their_memory / our_memory, " MB");
    table.print();
    Ok(())
}

/// Photos of 12 MP with tags in them.
fn files() -> Result<Vec<PathBuf>> {
    let plain = LARGE.files()?;
    let folder = paths::workshop()?.join("bench-pictures/with-metadata");
    let stamp = Stamp::new(folder.with_extension("stamp"), &plain)?;
    let files: Vec<PathBuf> = plain.iter().filter_map(|file| file.file_name()).map(|name| folder.join(name)).collect();
    if !stamp.is_current() {
        fs::create_dir_all(&folder).context("create the folder of the photos")?;
        for (from, to) in plain.iter().zip(&files) {
            fs::copy(from, to).with_context(|| format!("copy {}", from.display()))?;
        }
        shell::run(Command::new("exiftool").args(["-q", "-overwrite_original"]).args(TAGS).args(&files))?;
        stamp.write()?;
    }
    Ok(files)
}

/// Seconds and megabytes.
fn ours(files: &[PathBuf]) -> Result<(f64, f64)> {
    let mut child = MediaProcess::start("image-child")?;
    let mut read = |file: &Path| -> Result<()> {
        let found = child.ask("metadata", &json!({ "path": file, "sidecar": null, "kind": "image" }))?;
        ensure!(found["rating"] == 4 && found["latitude"].is_number(), "tags are missing: {found}");
        Ok(())
    };
    let seconds = time(files, &mut read)?;
    Ok((seconds, child.peak_megabytes()?))
}

/// Seconds, megabytes, and its version.
fn exiftool(files: &[PathBuf]) -> Result<(f64, f64, String)> {
    let version = shell::capture(Command::new("exiftool").arg("-ver"))?;
    let mut exiftool = Exiftool::start()?;
    let seconds = time(files, &mut |file| {
        let found = exiftool.read(file)?;
        ensure!(found.contains("\"Rating\": 4"), "tags are missing: {found}");
        Ok(())
    })?;
    Ok((seconds, usage::peak_megabytes(exiftool.process.id())?, version.trim().to_owned()))
}

fn time(files: &[PathBuf], read: &mut dyn FnMut(&Path) -> Result<()>) -> Result<f64> {
    files.iter().try_for_each(|file| read(file))?;
    let start = Instant::now();
    for _ in 0..ROUNDS {
        files.iter().try_for_each(|file| read(file))?;
    }
    Ok(start.elapsed().as_secs_f64())
}

/// One that waits for files, so that starting Perl is not what is measured.
struct Exiftool {
    process: Child,
    arguments: ChildStdin,
    answers: BufReader<ChildStdout>,
}

impl Exiftool {
    fn start() -> Result<Self> {
        let mut command = Command::new("exiftool");
        command.args(["-stay_open", "True", "-@", "-"]).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut process = command.spawn().context("start exiftool")?;
        let (arguments, answers) = process.stdin.take().zip(process.stdout.take()).context("exiftool has no pipes")?;
        Ok(Self { process, arguments, answers: BufReader::new(answers) })
    }

    fn read(&mut self, file: &Path) -> Result<String> {
        writeln!(self.arguments, "-json\n-n\n{}\n-execute", file.display())
            .and_then(|()| self.arguments.flush())
            .context("ask exiftool")?;
        let mut answer = String::new();
        while !answer.ends_with("{ready}\n") {
            ensure!(self.answers.read_line(&mut answer).context("read what exiftool says")? > 0, "exiftool has ended");
        }
        Ok(answer)
    }
}

impl Drop for Exiftool {
    fn drop(&mut self) {
        drop(self.process.kill());
        drop(self.process.wait());
    }
}
