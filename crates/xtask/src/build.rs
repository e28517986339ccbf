//! Building what is run: the four programs and the web page.

use std::process::Command;

use anyhow::Result;

use crate::{fingerprint::Stamp, paths, say, shell};

/// The packages that are programs. The rest of the workspace is built with them as far as they need it.
const PROGRAMS: &[&str] = &["server", "worker", "media", "ml", "cli"];

pub fn programs(dev: bool) -> Result<()> {
    say::heading(if dev { "Building the programs (dev profile)" } else { "Building the programs" });
    let mut command = Command::new("cargo");
    command.current_dir(paths::repository()).args(["build", "--locked"]);
    command.args(PROGRAMS.iter().flat_map(|package| ["--package", package]));
    if !dev {
        command.arg("--release");
    }
    shell::run(&mut command)
}

/// These commands themselves, optimised: what asks in a benchmark should not be slower than what answers.
pub fn xtask() -> Result<()> {
    let mut command = Command::new("cargo");
    command.current_dir(paths::repository()).args(["build", "--locked", "--release", "--package", "xtask"]);
    shell::run(&mut command)
}

/// The static page in `web/build`, unless it is as new as its sources.
pub fn web() -> Result<()> {
    let web = paths::repository().join("web");
    let sources = [web.clone(), paths::repository().join("openapi")];
    let stamp = Stamp::new(paths::workshop()?.join("web.stamp"), &sources)?;
    if stamp.is_current() && web.join("build/index.html").exists() {
        return Ok(());
    }
    web_packages()?;
    say::heading("Building the web page");
    npm(&["run", "build"])?;
    stamp.write()
}

/// The web page's packages, exactly as locked; left alone while they are.
pub fn web_packages() -> Result<()> {
    let web = paths::repository().join("web");
    node_packages(&web)
}

/// `npm ci` in a folder whose lock file changed since it last ran there.
pub fn node_packages(folder: &std::path::Path) -> Result<()> {
    let locks = [folder.join("package.json"), folder.join("package-lock.json")];
    // Inside node_modules, so that it vanishes with what it vouches for.
    let stamp = Stamp::new(folder.join("node_modules/.xtask-stamp"), &locks)?;
    if stamp.is_current() {
        return Ok(());
    }
    say::heading(&format!("Installing the packages of {}", folder.strip_prefix(paths::repository())?.display()));
    shell::run(Command::new("npm").current_dir(folder).args(["ci", "--no-audit", "--no-fund"]))?;
    stamp.write()
}

/// npm in `web/`.
pub fn npm(args: &[&str]) -> Result<()> {
    shell::run(Command::new("npm").current_dir(paths::repository().join("web")).args(args))
}
