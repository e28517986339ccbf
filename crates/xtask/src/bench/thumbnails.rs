//! The pictures that are made of a photo, by the worker's media process and by the peer: the same files in one run,
//! one thread for each photo.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
    sync::Mutex,
    time::Instant,
};

use anyhow::{Context, Result};
use serde::Deserialize;
use serde_json::json;

use super::{
    Args,
    media_process::MediaProcess,
    pictures::{self, AVIF, HUGE, LARGE, LARGE_P3},
    quality, raw,
    table::Table,
};
use crate::{paths, say, shell};

/// Photos, and how many of them are worked on at once.
struct Case {
    what: &'static str,
    photos: Photos,
    colorspace: &'static str,
    at_once: usize,
    target: &'static str,
}

/// What both sides are given.
enum Photos {
    Made(pictures::Set),
    /// RAW files with a JPEG of full size in them. As Immich does, the peer is given that JPEG, taken out beforehand.
    Raw(pictures::Set),
    /// The photo of a telephone, this many times. The peer's package has no decoder for it.
    Heic(usize),
}

#[rustfmt::skip]
const CASES: &[Case] = &[
    Case { what: "JPEG, one at a time",        photos: Photos::Made(LARGE),    colorspace: "srgb", at_once: 1, target: "≥ 2.5 ×" },
    Case { what: "JPEG, two at once",          photos: Photos::Made(LARGE),    colorspace: "srgb", at_once: 2, target: "≥ 2.5 ×" },
    Case { what: "JPEG in P3, two at once",    photos: Photos::Made(LARGE_P3), colorspace: "p3",   at_once: 2, target: "≥ 5 ×" },
    Case { what: "JPEG of 48 MP",              photos: Photos::Made(HUGE),     colorspace: "srgb", at_once: 1, target: "≥ 2.5 ×" },
    Case { what: "RAW, the JPEG in it",        photos: Photos::Raw(LARGE),     colorspace: "srgb", at_once: 1, target: "≥ 2.5 ×" },
    Case { what: "AVIF",                       photos: Photos::Made(AVIF),     colorspace: "srgb", at_once: 1, target: "" },
    Case { what: "HEIC, which sharp cannot read", photos: Photos::Heic(5),     colorspace: "p3",   at_once: 1, target: "" },
];

/// What it took to make the pictures of some photos.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Effort {
    /// Of the peer.
    #[serde(default)]
    version: String,
    seconds: f64,
    cpu_seconds: f64,
    peak_kilobytes: f64,
    /// Of what is made of one photo.
    #[serde(default)]
    bytes: f64,
}

pub fn run(_: &Args) -> Result<()> {
    let mut table = Table::new(["12 MP if not said: preview and thumbnail", "Ferrotype", "sharp", "ratio", "target"]);
    let mut version = String::new();
    for case in CASES {
        let (files, for_peer) = case.photos.files()?;
        if files.is_empty() {
            say::note(&format!("skipped: there is no photo for {}", case.what));
            continue;
        }
        let theirs = for_peer.map(|files| in_folder(|folder| sharp(case, &files, folder))).transpose()?;
        let ours = in_folder(|folder| media_process(case, &files, folder))?;
        compare(&mut table, case, files.len() as f64, &ours, theirs.as_ref());
        version = theirs.map_or(version, |theirs| theirs.version);
    }
    say::note(&format!("sharp {version}, one thread for each photo on both sides"));
    table.print();
    quality::compare(|child, file, folder| make(child, file, folder, "srgb"))
}

impl Photos {
    /// For us, and for the peer if it can read them.
    fn files(&self) -> Result<(Vec<PathBuf>, Option<Vec<PathBuf>>)> {
        Ok(match self {
            Self::Made(set) => (set.files()?, Some(set.files()?)),
            Self::Raw(set) => (raw::files(set)?, Some(set.files()?)),
            Self::Heic(count) => (pictures::heic().map_or_else(Vec::new, |photo| vec![photo; *count]), None),
        })
    }
}

fn compare(table: &mut Table, case: &Case, photos: f64, ours: &Effort, theirs: Option<&Effort>) {
    let mut row = |what: &str, value: &dyn Fn(&Effort) -> f64, unit: &str, target: &str, more_is_better: bool| {
        let name = format!("{}: {what}", case.what);
        let ours = value(ours);
        let (theirs, ratio) = theirs.map(value).map_or_else(Default::default, |theirs| {
            let ratio = if more_is_better { ours / theirs } else { theirs / ours };
            (format!("{theirs:.1}{unit}"), format!("{ratio:.1} ×"))
        });
        table.row([&name, &format!("{ours:.1}{unit}"), &theirs, &ratio, target]);
    };
    row("photos a second", &|effort| photos / effort.seconds, "/s", case.target, true);
    row("CPU for one", &|effort| effort.cpu_seconds * 1000.0 / photos, " ms", "", false);
    row("most memory", &|effort| effort.peak_kilobytes / 1024.0, " MB", "≥ 3 ×", false);
    row("size of what is made", &|effort| effort.bytes / 1000.0, " kB", "", false);
}

/// Works in a folder that is thrown away, and looks at the size of what was made there.
fn in_folder(work: impl FnOnce(&Path) -> Result<Effort>) -> Result<Effort> {
    let folder = tempfile::tempdir_in(paths::workshop()?).context("create a temporary folder")?;
    let effort = work(folder.path())?;
    let sizes = fs::read_dir(folder.path())?.map(|entry| Ok(entry?.metadata()?.len() as f64));
    let sizes = sizes.collect::<Result<Vec<_>>>()?;
    // A preview and a thumbnail.
    Ok(Effort { bytes: sizes.iter().sum::<f64>() / (sizes.len() / 2) as f64, ..effort })
}

fn sharp(case: &Case, files: &[PathBuf], folder: &Path) -> Result<Effort> {
    let mut command = Command::new("node");
    command.arg(pictures::scripts()?.join("sharp.mjs")).arg(folder).arg(case.at_once.to_string());
    command.arg(case.colorspace).args(files).env("UV_THREADPOOL_SIZE", case.at_once.to_string());
    serde_json::from_str(&shell::capture(&mut command)?).context("read what sharp.mjs says")
}

fn media_process(case: &Case, files: &[PathBuf], folder: &Path) -> Result<Effort> {
    let mut children = (0..case.at_once).map(|_| MediaProcess::start("image-child")).collect::<Result<Vec<_>>>()?;
    let make = |child: &mut MediaProcess, file: &Path| make(child, file, folder, case.colorspace);
    // Starting the program is not the question.
    children.iter_mut().try_for_each(|child| make(child, &files[0]).map(drop))?;
    let used = |children: &[MediaProcess]| children.iter().map(MediaProcess::cpu_seconds).sum::<Result<f64>>();
    let before = used(&children)?;
    let waiting = Mutex::new(files.iter());
    let next = || waiting.lock().expect("nothing panics while it holds this lock").next();
    let start = Instant::now();
    std::thread::scope(|scope| {
        let work = |child| {
            move || -> Result<()> {
                let child: &mut MediaProcess = child;
                while let Some(file) = next() {
                    make(child, file)?;
                }
                Ok(())
            }
        };
        let threads: Vec<_> = children.iter_mut().map(|child| scope.spawn(work(child))).collect();
        threads.into_iter().try_for_each(|thread| thread.join().expect("the thread does not panic"))
    })?;
    let seconds = start.elapsed().as_secs_f64();
    let megabytes = children.iter().map(MediaProcess::peak_megabytes).sum::<Result<f64>>()?;
    let cpu_seconds = used(&children)? - before;
    Ok(Effort { version: String::new(), seconds, cpu_seconds, peak_kilobytes: megabytes * 1024.0, bytes: 0.0 })
}

/// With the default settings but for the colours, and for the pictures in RAW files. Answers where the preview is.
fn make(child: &mut MediaProcess, source: &Path, folder: &Path, colorspace: &str) -> Result<PathBuf> {
    let name = source.file_stem().context("a picture has a name")?.to_string_lossy();
    let target = |ending: &str| folder.join(format!("{name}_{ending}"));
    let preview = target("preview.jpeg");
    let request = json!({
        "source": source, "kind": "image", "settings": { "colorspace": colorspace, "extractEmbedded": true }, "tone_mapping": "hable",
        "preview": preview, "thumbnail": target("thumbnail.webp"),
    });
    child.ask("pictures", &request).with_context(|| format!("make the pictures of {}", source.display()))?;
    Ok(preview)
}
