//! Packages of which only the files are wanted: fetched once, opened, never installed or run.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result};

use crate::{paths, python, say, shell};

/// The pip whose inside `fetch_sdist.py` is written for.
const PIP: (&str, &str) = ("pip", "26.3");

/// The folder with what is in a package's archive for this machine, from PyPI.
pub fn wheel(package: &str, version: &str) -> Result<PathBuf> {
    kept(package, version, |fetched, opened| {
        python::download(&format!("{package}=={version}"), fetched)?;
        let archive = fs::read_dir(fetched)?
            .filter_map(|entry| entry.ok().map(|entry| entry.path()))
            .find(|path| path.extension().is_some_and(|extension| extension == "whl"))
            .with_context(|| format!("the package {package} came without an archive for this machine"))?;
        shell::run(Command::new("python3").args(["-m", "zipfile", "-e"]).arg(&archive).arg(opened))
    })
}

/// The folder with the sources that a package on PyPI was made of.
pub fn sources(package: &str, version: &str, sha256: &str) -> Result<PathBuf> {
    let pip = wheel(PIP.0, PIP.1)?;
    kept(package, version, |fetched, opened| {
        let script = paths::repository().join("crates/xtask/fetch_sdist.py");
        let archive = fetched.join("sources.tar.gz");
        let mut fetch = Command::new(python::interpreter(&[])?);
        fetch.arg(script).args([package, version, sha256]).arg(&archive).env("PYTHONPATH", &pip);
        shell::run(&mut fetch)?;
        untar(&archive, opened)
    })
}

/// The folder with what is in a package from npm, which checks what it fetches.
pub fn npm(package: &str, version: &str) -> Result<PathBuf> {
    kept(package, version, |fetched, opened| {
        let named = format!("{package}@{version}");
        let name = shell::capture(Command::new("npm").args(["pack", "--silent", &named]).current_dir(fetched))?;
        untar(&fetched.join(name.trim()), opened)
    })
}

/// A package's folder in the cache; the first time it is made, from what is fetched into one folder and opened into the
/// other.
fn kept(package: &str, version: &str, make: impl FnOnce(&Path, &Path) -> Result<()>) -> Result<PathBuf> {
    let home = paths::cache()?.join(format!("{package}-{version}"));
    if home.is_dir() {
        return Ok(home);
    }
    say::note(&format!("fetching {package} {version}"));
    // Beside its final place and then renamed: two runs at once, or a broken download, leave nothing half done.
    let unfinished = tempfile::tempdir_in(paths::cache()?)?;
    let opened = unfinished.path().join("opened");
    fs::create_dir(&opened)?;
    make(unfinished.path(), &opened)?;
    match fs::rename(&opened, &home) {
        Err(error) if !home.is_dir() => Err(error).with_context(|| format!("create {}", home.display())),
        _ => Ok(home),
    }
}

/// Such archives hold one folder, whose name says nothing new.
fn untar(archive: &Path, into: &Path) -> Result<()> {
    shell::run(Command::new("tar").arg("-xzf").arg(archive).arg("--strip-components=1").arg("-C").arg(into))
}
