//! `cargo xtask lint`: what is checked without running anything.

use std::{path::PathBuf, process::Command};

use anyhow::Result;

use crate::{paths, say, shell};

#[derive(clap::Args)]
pub struct Args {
    /// Mend what can be mended without a person.
    #[arg(long)]
    fix: bool,
}

pub fn run(args: &Args) -> Result<()> {
    if args.fix {
        shell::run(cargo().args(["fmt", "--all"]))?;
        shell::run(cargo().args(["clippy", "--workspace", "--all-targets", "--fix", "--allow-dirty"]))?;
    }
    formatting()?;
    clippy()?;
    dependencies()
}

pub fn cargo() -> Command {
    let mut command = Command::new("cargo");
    command.current_dir(paths::repository());
    command
}

pub fn formatting() -> Result<()> {
    shell::run(cargo().args(["fmt", "--all", "--", "--check"]))
}

pub fn clippy() -> Result<()> {
    shell::run(cargo().args(["clippy", "--locked", "--workspace", "--all-targets", "--", "-D", "warnings"]))
}

/// Licences and origins of the dependencies. Known faults (`advisories`) are left out: their list comes from the
/// network, and a build must not fail because of what was published this morning.
pub fn dependencies() -> Result<()> {
    let config = paths::repository().join("docker/deny.toml");
    let mut command = Command::new(cargo_deny()?);
    command.current_dir(paths::repository()).arg("--all-features").arg("--config").arg(config);
    shell::run(command.args(["check", "--hide-inclusion-graph", "bans", "licenses", "sources"]))
}

/// cargo-deny, built on first use and kept below `target/`.
fn cargo_deny() -> Result<PathBuf> {
    if let Some(program) = shell::find_program("cargo-deny") {
        return Ok(program);
    }
    let root = paths::workshop()?.join("tools");
    let program = root.join("bin/cargo-deny");
    if !program.exists() {
        say::heading("Building cargo-deny (once)");
        shell::run(Command::new("cargo").args(["install", "--locked", "cargo-deny", "--root"]).arg(&root))?;
    }
    Ok(program)
}
