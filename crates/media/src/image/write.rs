//! Putting a finished picture where it belongs, durably.

use crate::error::{Error, Result};
use std::{
    fs::{File, OpenOptions},
    io::Write,
    path::Path,
};

/// The file appears under its name complete and on disk, or not at all.
pub(crate) fn atomically(path: &Path, bytes: &[u8]) -> Result<()> {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{}.tmp", std::process::id()));
    let temporary = path.with_file_name(name);
    let written = write(&temporary, path, bytes);
    if written.is_err() {
        // What is left of a failed attempt is of no use; the error that matters is the first.
        let _ = std::fs::remove_file(&temporary);
    }
    written.map_err(|error| Error::io("write", path, &error))
}

fn write(temporary: &Path, path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let mut file = OpenOptions::new().write(true).create(true).truncate(true).open(temporary)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    std::fs::rename(temporary, path)?;
    match path.parent() {
        Some(parent) => File::open(parent)?.sync_all(),
        None => Ok(()),
    }
}
