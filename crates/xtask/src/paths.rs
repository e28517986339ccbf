//! Where things are: the repository, what cargo builds, what may be kept between runs.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

/// The repository this xtask was built from.
pub fn repository() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).expect("crates/xtask stands two folders below the root")
}

/// Cargo's output folder.
pub fn target() -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| repository().join("target"), |dir| repository().join(dir))
}

/// The programs of a build: `release`, or `debug` for `--dev`.
pub fn programs(dev: bool) -> PathBuf {
    target().join(if dev { "debug" } else { "release" })
}

/// What these commands keep for themselves; deleting it costs only time.
pub fn workshop() -> Result<PathBuf> {
    let folder = target().join("xtask");
    std::fs::create_dir_all(&folder).with_context(|| format!("create {}", folder.display()))?;
    Ok(folder)
}

/// Downloads that outlive `cargo clean`. Root's own is in `/var/cache`: the unprivileged user that runs Postgres then
/// must be able to read it, and may not enter root's home.
pub fn cache() -> Result<PathBuf> {
    let base = if rustix::process::geteuid().is_root() {
        PathBuf::from("/var/cache")
    } else if let Some(folder) = std::env::var_os("XDG_CACHE_HOME").filter(|value| !value.is_empty()) {
        PathBuf::from(folder)
    } else {
        let home = std::env::var_os("HOME").context("HOME is not set: set it, or XDG_CACHE_HOME")?;
        Path::new(&home).join(".cache")
    };
    let folder = base.join("ferrotype");
    std::fs::create_dir_all(&folder).with_context(|| format!("create {}", folder.display()))?;
    Ok(folder)
}
