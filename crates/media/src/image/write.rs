//! Putting finished pictures where they belong, durably.

use crate::error::{Error, Result};
use std::{
    fs::{File, OpenOptions},
    io::{self, Write},
    path::{Path, PathBuf},
    thread::JoinHandle,
};

/// Pictures of one asset. None appears under its name before all are complete and on disk.
///
/// A disk takes its time until what was written is safe; meanwhile the next picture is made.
#[derive(Default)]
pub(crate) struct Batch(Vec<Pending>);

struct Pending {
    path: PathBuf,
    temporary: PathBuf,
    written: Option<JoinHandle<io::Result<()>>>,
}

impl Batch {
    pub fn add(&mut self, path: &Path, bytes: Vec<u8>) -> Result<()> {
        let mut name = path.file_name().unwrap_or_default().to_owned();
        name.push(format!(".{}.tmp", std::process::id()));
        let temporary = path.with_file_name(name);
        let target = temporary.clone();
        let written = std::thread::Builder::new().spawn(move || write(&target, &bytes));
        let written = written.map_err(|error| Error::io("begin to write", path, &error))?;
        self.0.push(Pending { path: path.to_owned(), temporary, written: Some(written) });
        Ok(())
    }

    pub fn finish(mut self) -> Result<()> {
        for pending in &mut self.0 {
            pending.wait().map_err(|error| Error::io("write", &pending.path, &error))?;
        }
        let mut folders: Vec<&Path> = Vec::new();
        for Pending { path, temporary, .. } in &self.0 {
            std::fs::rename(temporary, path).map_err(|error| Error::io("write", path, &error))?;
            folders.extend(path.parent());
        }
        folders.dedup();
        for folder in folders {
            let synced = File::open(folder).and_then(|folder| folder.sync_all());
            synced.map_err(|error| Error::io("write to", folder, &error))?;
        }
        Ok(())
    }
}

impl Drop for Batch {
    /// What is left of a failed attempt is of no use; the error that matters is the one that led here.
    fn drop(&mut self) {
        for pending in &mut self.0 {
            let _ = pending.wait();
            let _ = std::fs::remove_file(&pending.temporary);
        }
    }
}

impl Pending {
    fn wait(&mut self) -> io::Result<()> {
        let Some(written) = self.written.take() else { return Ok(()) };
        written.join().unwrap_or_else(|_| Err(io::Error::other("the writing thread panicked")))
    }
}

fn write(temporary: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).create(true).truncate(true).open(temporary)?;
    file.write_all(bytes)?;
    file.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(folder: &Path) -> Vec<String> {
        let entries = std::fs::read_dir(folder).unwrap();
        let mut names: Vec<_> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    #[test]
    fn pictures_appear_together() {
        let folder = tempfile::tempdir().unwrap();
        let mut batch = Batch::default();
        batch.add(&folder.path().join("preview"), vec![1; 5000]).unwrap();
        batch.add(&folder.path().join("thumbnail"), vec![2; 5]).unwrap();
        batch.finish().unwrap();
        assert_eq!(names(folder.path()), ["preview", "thumbnail"]);
        assert_eq!(std::fs::read(folder.path().join("thumbnail")).unwrap(), [2; 5]);
    }

    #[test]
    fn of_an_attempt_that_failed_nothing_is_left() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("preview"), b"as before").unwrap();
        let mut batch = Batch::default();
        batch.add(&folder.path().join("preview"), vec![1; 5000]).unwrap();
        batch.add(&folder.path().join("no such folder/thumbnail"), vec![2; 5]).unwrap();
        let error = batch.finish().unwrap_err();
        assert!(matches!(&error, Error::Io(_)), "{error}");
        let mut given_up = Batch::default();
        given_up.add(&folder.path().join("preview"), vec![1; 5000]).unwrap();
        drop(given_up);
        assert_eq!(names(folder.path()), ["preview"]);
        assert_eq!(std::fs::read(folder.path().join("preview")).unwrap(), b"as before");
    }
}
