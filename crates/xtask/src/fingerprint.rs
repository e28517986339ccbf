//! One number for a tree of files, to see whether it changed since a step last ran.

use std::{
    fs,
    hash::{DefaultHasher, Hash, Hasher},
    path::{Path, PathBuf},
};

use anyhow::{Context, Result};

/// What is made from the sources, and so never a reason to make it again.
const GENERATED: &[&str] = &["node_modules", "build", ".svelte-kit", "test-results", "playwright-report"];

/// Names and contents of the given files and folders. A path that does not exist counts as such.
pub fn of(paths: &[PathBuf]) -> Result<String> {
    let mut hasher = DefaultHasher::new();
    for path in paths {
        add(path, &mut hasher)?;
    }
    Ok(format!("{:016x}", hasher.finish()))
}

fn add(path: &Path, hasher: &mut DefaultHasher) -> Result<()> {
    path.hash(hasher);
    if path.is_dir() {
        let mut entries: Vec<PathBuf> =
            fs::read_dir(path)?.map(|entry| entry.map(|entry| entry.path())).collect::<Result<_, _>>()?;
        entries.retain(|entry| !entry.file_name().is_some_and(|name| GENERATED.iter().any(|made| name == *made)));
        entries.sort();
        entries.iter().try_for_each(|entry| add(entry, hasher))?;
    } else if path.exists() {
        fs::read(path).with_context(|| format!("read {}", path.display()))?.hash(hasher);
    }
    Ok(())
}

/// A note of the fingerprint a step last succeeded with.
pub struct Stamp {
    file: PathBuf,
    now: String,
}

impl Stamp {
    pub fn new(file: PathBuf, sources: &[PathBuf]) -> Result<Self> {
        Ok(Self { file, now: of(sources)? })
    }

    pub fn is_current(&self) -> bool {
        fs::read_to_string(&self.file).is_ok_and(|noted| noted == self.now)
    }

    pub fn write(&self) -> Result<()> {
        fs::write(&self.file, &self.now).with_context(|| format!("write {}", self.file.display()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stamp_holds_until_a_source_changes() {
        let folder = tempfile::tempdir().unwrap();
        let sources = folder.path().join("sources");
        fs::create_dir_all(sources.join("build")).unwrap();
        fs::write(sources.join("page"), "one").unwrap();
        let stamp = || Stamp::new(folder.path().join("stamp"), std::slice::from_ref(&sources)).unwrap();

        assert!(!stamp().is_current());
        stamp().write().unwrap();
        assert!(stamp().is_current());

        fs::write(sources.join("build/output"), "made").unwrap();
        assert!(stamp().is_current(), "what is generated does not count");
        fs::write(sources.join("page"), "two").unwrap();
        assert!(!stamp().is_current());
    }
}
