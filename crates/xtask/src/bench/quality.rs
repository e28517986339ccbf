//! How near to the original previews are, ours and the peer's, when both have the same size.

use std::{
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result};
use serde::Deserialize;

use super::{
    media_process::MediaProcess,
    pictures::{self, LARGE},
    table::Table,
};
use crate::{paths, shell};

/// Of the photos: it takes seconds for each.
const COUNT: usize = 5;

/// Means over the photos.
#[derive(Deserialize)]
struct Quality {
    bytes: f64,
    ssim: f64,
    psnr: f64,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Compared {
    ours: Quality,
    /// At the size of ours.
    theirs: Quality,
    /// At the quality that is set.
    theirs_at80: Quality,
}

/// Previews of real size at the default settings, measured against a reduction of the original that nothing was lost of.
pub fn compare(make: impl Fn(&mut MediaProcess, &Path, &Path) -> Result<PathBuf>) -> Result<()> {
    let folder = tempfile::tempdir_in(paths::workshop()?).context("create a temporary folder")?;
    let mut child = MediaProcess::start("image-child")?;
    let mut command = Command::new("node");
    command.arg(pictures::scripts()?.join("quality.mjs"));
    for file in LARGE.files()?.iter().take(COUNT) {
        command.arg(file).arg(make(&mut child, file, folder.path())?);
    }
    let found = shell::capture(&mut command)?;
    let Compared { ours, theirs, theirs_at80 } = serde_json::from_str(&found).context("read what quality.mjs says")?;
    let mut table = Table::new(["previews of 12 MP photos", "Ferrotype", "sharp at equal size", "sharp at quality 80"]);
    let mut row =
        |what: &str, of: fn(&Quality) -> String| table.row([what, &of(&ours), &of(&theirs), &of(&theirs_at80)]);
    row("SSIM of the brightness", |quality| format!("{:.4}", quality.ssim));
    row("PSNR", |quality| format!("{:.2} dB", quality.psnr));
    row("size", |quality| format!("{:.1} kB", quality.bytes / 1000.0));
    table.print();
    Ok(())
}
