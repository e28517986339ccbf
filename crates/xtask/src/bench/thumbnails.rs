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
    pictures::{self, LARGE, LARGE_P3},
    table::Table,
};
use crate::{paths, shell};

/// Photos, and how many of them are worked on at once.
struct Case {
    what: &'static str,
    pictures: pictures::Set,
    colorspace: &'static str,
    at_once: usize,
    target: &'static str,
}

#[rustfmt::skip]
const CASES: &[Case] = &[
    Case { what: "sRGB, one at a time", pictures: LARGE,    colorspace: "srgb", at_once: 1, target: "≥ 2.5 ×" },
    Case { what: "sRGB, two at once",   pictures: LARGE,    colorspace: "srgb", at_once: 2, target: "≥ 2.5 ×" },
    Case { what: "P3, two at once",     pictures: LARGE_P3, colorspace: "p3",   at_once: 2, target: "≥ 5 ×" },
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
    /// Of the files that were made.
    #[serde(default)]
    bytes: u64,
}

pub fn run(_: &Args) -> Result<()> {
    let mut table: Option<Table> = None;
    for case in CASES {
        let files = case.pictures.files()?;
        let theirs = in_folder(|folder| sharp(case, &files, folder))?;
        let ours = in_folder(|folder| media_process(case, &files, folder))?;
        let table = table.get_or_insert_with(|| {
            let peer = format!("sharp {}", theirs.version);
            Table::new(["photos of 12 MP: preview and thumbnail", "Ferrotype", &peer, "ratio", "target"])
        });
        compare(table, case, files.len() as f64, &ours, &theirs);
    }
    table.context("there are cases")?.print();
    Ok(())
}

fn compare(table: &mut Table, case: &Case, photos: f64, ours: &Effort, theirs: &Effort) {
    let mut row = |what: &str, value: &dyn Fn(&Effort) -> f64, unit: &str, target: &str, more_is_better: bool| {
        let (ours, theirs) = (value(ours), value(theirs));
        let ratio = if more_is_better { ours / theirs } else { theirs / ours };
        let name = format!("{}: {what}", case.what);
        table.row([
            &name,
            &format!("{ours:.1}{unit}"),
            &format!("{theirs:.1}{unit}"),
            &format!("{ratio:.1} ×"),
            target,
        ]);
    };
    row("photos a second", &|effort| photos / effort.seconds, "/s", case.target, true);
    row("CPU for one", &|effort| effort.cpu_seconds * 1000.0 / photos, " ms", "", false);
    row("most memory", &|effort| effort.peak_kilobytes / 1024.0, " MB", "≥ 3 ×", false);
    row("size of what is made", &|effort| effort.bytes as f64 / 1000.0 / photos, " kB", "", false);
}

/// Works in a folder that is thrown away, and looks at the size of what was made there.
fn in_folder(work: impl FnOnce(&Path) -> Result<Effort>) -> Result<Effort> {
    let folder = tempfile::tempdir_in(paths::workshop()?).context("create a temporary folder")?;
    let effort = work(folder.path())?;
    let mut bytes = 0;
    for entry in fs::read_dir(folder.path())? {
        bytes += entry?.metadata()?.len();
    }
    Ok(Effort { bytes, ..effort })
}

fn sharp(case: &Case, files: &[PathBuf], folder: &Path) -> Result<Effort> {
    let mut command = Command::new("node");
    command.arg(pictures::scripts()?.join("sharp.mjs")).arg(folder).arg(case.at_once.to_string());
    command.arg(case.colorspace).args(files).env("UV_THREADPOOL_SIZE", case.at_once.to_string());
    serde_json::from_str(&shell::capture(&mut command)?).context("read what sharp.mjs says")
}

fn media_process(case: &Case, files: &[PathBuf], folder: &Path) -> Result<Effort> {
    let mut children = (0..case.at_once).map(|_| MediaProcess::start()).collect::<Result<Vec<_>>>()?;
    let make = |child: &mut MediaProcess, file: &Path| make(child, file, folder, case.colorspace);
    // Starting the program is not the question.
    children.iter_mut().try_for_each(|child| make(child, &files[0]))?;
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
    Ok(Effort { version: String::new(), seconds, cpu_seconds, peak_kilobytes: megabytes * 1024.0, bytes: 0 })
}

/// With the default settings but for the colours.
fn make(child: &mut MediaProcess, source: &Path, folder: &Path, colorspace: &str) -> Result<()> {
    let name = source.file_stem().context("a picture has a name")?.to_string_lossy();
    let target = |ending: &str| folder.join(format!("{name}_{ending}"));
    let request = json!({
        "source": source, "kind": "image", "settings": { "colorspace": colorspace },
        "preview": target("preview.jpeg"), "thumbnail": target("thumbnail.webp"),
    });
    child.ask("pictures", &request).with_context(|| format!("make the pictures of {}", source.display()))?;
    Ok(())
}
