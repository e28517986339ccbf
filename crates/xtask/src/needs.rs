//! What must be on the machine, why, and how it gets there.

use std::process::Command;

use anyhow::{Result, bail};

use crate::{say, shell};

/// One Debian package, what it is for, and how to see that it is there (installed by whatever means).
struct Need {
    package: &'static str,
    why: &'static str,
    proof: Proof,
}

enum Proof {
    Program(&'static str),
    /// A library with headers, by the name `pkg-config` knows.
    Library(&'static str),
    PythonModule(&'static str),
}

impl Need {
    const fn program(package: &'static str, program: &'static str, why: &'static str) -> Self {
        Self { package, why, proof: Proof::Program(program) }
    }

    const fn library(package: &'static str, library: &'static str, why: &'static str) -> Self {
        Self { package, why, proof: Proof::Library(library) }
    }

    fn is_met(&self) -> bool {
        match self.proof {
            Proof::Program(name) => shell::find_program(name).is_some(),
            Proof::Library(name) => shell::succeeds(Command::new("pkg-config").args(["--exists", name])),
            Proof::PythonModule(name) => {
                shell::succeeds(Command::new("python3").args(["-c", &format!("import {name}")]))
            }
        }
    }
}

const BUILD: &[Need] = &[
    Need::program("g++", "c++", "compiles the C++ of the HEIF and HEVC libraries"),
    Need::program("clang", "clang", "reads FFmpeg's headers for the Rust bindings"),
    Need::program("pkg-config", "pkg-config", "finds the C libraries below"),
    Need::program("cmake", "cmake", "builds the JPEG and HEIF libraries"),
    Need::program("nasm", "nasm", "assembles the fast paths of the JPEG library"),
    Need::library("libavcodec-dev", "libavcodec", "video: decode and encode"),
    Need::library("libavformat-dev", "libavformat", "video: read and write files"),
    Need::library("libavfilter-dev", "libavfilter", "video: scale, tone-map, rotate"),
    Need::library("libswscale-dev", "libswscale", "video: pixel formats"),
    Need::library("libswresample-dev", "libswresample", "video: sound"),
    Need::library("libde265-dev", "libde265", "HEIC: decode"),
    Need::library("libx265-dev", "x265", "HEIC: encode"),
    Need::library("libaom-dev", "aom", "AVIF: encode"),
    Need::library("libdav1d-dev", "dav1d", "AVIF: decode"),
    Need::library("libnuma-dev", "numa", "needed by the HEVC encoder"),
];

const RUN: &[Need] = &[
    Need::program("redis-server", "redis-server", "job queues and events"),
    Need { package: "python3-venv", why: "fetches the private Postgres", proof: Proof::PythonModule("ensurepip") },
];

const TEST: &[Need] = &[Need::program("chromium", "chromium", "the browser of the web tests")];

/// Other programs whose answers ours are held against.
const PEERS: &[Need] = &[
    Need::program("ffmpeg", "ffmpeg", "makes the test videos, and transcodes beside us"),
    Need::program("libimage-exiftool-perl", "exiftool", "reads metadata beside us"),
];

/// What a command is about to do.
#[derive(Clone, Copy)]
pub enum For {
    Running,
    Building,
    Testing,
    Measuring,
}

/// Installs what is missing, after saying what and why. `yes` answers the question.
pub fn provide(purpose: For, yes: bool) -> Result<()> {
    let lists: &[&[Need]] = match purpose {
        For::Running => &[RUN],
        For::Building => &[RUN, BUILD],
        For::Testing => &[RUN, BUILD, TEST, PEERS],
        For::Measuring => &[RUN, BUILD, PEERS],
    };
    if !matches!(purpose, For::Running) {
        check_node()?;
    }
    // pkg-config answers for the libraries, so without it they all seem missing: harmless, apt knows better.
    let missing: Vec<&Need> = lists.iter().copied().flatten().filter(|need| !need.is_met()).collect();
    if missing.is_empty() {
        return Ok(());
    }
    say::heading("These packages are missing");
    for need in &missing {
        say::note(&format!("{:16} {}", need.package, need.why));
    }
    let packages: Vec<&str> = missing.iter().map(|need| need.package).collect();
    if shell::find_program("apt-get").is_none() {
        bail!("this system has no apt-get: install what corresponds to {} and run this again", packages.join(", "));
    }
    if !say::confirm("Install them with apt-get?", yes)? {
        bail!("not installed; do it yourself with: apt-get install {}", packages.join(" "));
    }
    install(&packages)?;
    match missing.iter().find(|need| !need.is_met()) {
        Some(need) => bail!("{} was installed, but {} still cannot be found", need.package, need.why),
        None => Ok(()),
    }
}

fn install(packages: &[&str]) -> Result<()> {
    let apt_get = |args: &[&str]| {
        let mut command = if rustix::process::geteuid().is_root() {
            Command::new("env")
        } else {
            let mut sudo = Command::new("sudo");
            sudo.arg("env");
            sudo
        };
        shell::run(command.args(["DEBIAN_FRONTEND=noninteractive", "apt-get", "-q", "-y"]).args(args))
    };
    apt_get(&["update"])?;
    apt_get(&[&["install", "--no-install-recommends"], packages].concat())
}

/// The web page is built with Node, which comes in too many ways to install it for somebody.
fn check_node() -> Result<()> {
    const WANTED: u32 = 20;
    let version = shell::capture(Command::new("node").arg("--version")).unwrap_or_default();
    match major(&version) {
        Some(found) if found >= WANTED && shell::find_program("npm").is_some() => Ok(()),
        Some(found) if found < WANTED => {
            bail!("Node {found} is too old to build the web page: install {WANTED} or newer")
        }
        _ => bail!("Node with npm is missing: install version {WANTED} or newer, it builds the web page"),
    }
}

/// 20 of `v20.20.2`.
fn major(version: &str) -> Option<u32> {
    version.trim().strip_prefix('v')?.split('.').next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_of_node_are_understood() {
        assert_eq!(major("v20.20.2\n"), Some(20));
        assert_eq!(major(""), None);
    }

    #[test]
    fn every_package_is_named_once() {
        let mut names: Vec<_> = [RUN, BUILD, TEST, PEERS].into_iter().flatten().map(|need| need.package).collect();
        names.sort_unstable();
        let all = names.len();
        names.dedup();
        assert_eq!(names.len(), all);
    }
}
