//! `cargo xtask fuzz`: libFuzzer looks for bytes that break a promise of our parsers, starting from `crates/fuzz/corpus`.
//!
//! The instrumentation is the compiler's own and asked for by flags, so no other toolchain than the usual one is needed.
//! What must stay true: a fuzzer that sees nothing of the code it runs is a failure, not a success.

use std::{
    ffi::OsString,
    fs::{self, File},
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result, bail};

use crate::{lint::cargo, paths, say, shell};

#[derive(clap::Args)]
pub struct Args {
    /// Targets, the folders of `crates/fuzz/corpus`; all if none is named.
    #[arg(value_name = "TARGET")]
    only: Vec<String>,
    /// For each target.
    #[arg(long, default_value_t = 60)]
    seconds: u32,
}

/// In `cargo xtask test`: a minute for all of them.
const SECONDS_IN_TESTS: u32 = 5;
const MAX_INPUT_BYTES: u32 = 16 * 1024;
/// For one input; a busy machine needs milliseconds for the slowest.
const MAX_SECONDS: u32 = 10;
const MAX_MEGABYTES: u32 = 1024;

/// What the compiler shall do to every crate: count each edge, tell of each comparison, and how libFuzzer finds both.
const INSTRUMENTATION: &[&str] = &[
    "--cfg=fuzzing",
    "-Cpasses=sancov-module",
    "-Cllvm-args=-sanitizer-coverage-level=4",
    "-Cllvm-args=-sanitizer-coverage-inline-8bit-counters",
    "-Cllvm-args=-sanitizer-coverage-pc-table",
    "-Cllvm-args=-sanitizer-coverage-trace-compares",
    "-Ccodegen-units=1",
];

pub fn run(args: &Args) -> Result<()> {
    let all = targets()?;
    if let Some(unknown) = args.only.iter().find(|name| !all.contains(name)) {
        bail!("there is no target {unknown:?}, only {}", all.join(", "));
    }
    let program = build()?;
    let chosen = all.iter().filter(|name| args.only.is_empty() || args.only.contains(name));
    let outcomes: Vec<_> = chosen.map(|name| (name, fuzz(&program, name, args.seconds))).collect();
    let mut broken = 0;
    for (name, outcome) in outcomes {
        match outcome {
            Ok(seen) => say::note(&format!("{name:12} {seen}")),
            Err(error) => {
                broken += 1;
                say::error(&format!("{name}: {error:#}"));
            }
        }
    }
    if broken > 0 { bail!("{broken} targets are broken") } else { Ok(()) }
}

/// As a step of the tests.
pub fn briefly() -> Result<()> {
    run(&Args { only: Vec::new(), seconds: SECONDS_IN_TESTS })
}

fn seeds() -> PathBuf {
    paths::repository().join("crates/fuzz/corpus")
}

fn targets() -> Result<Vec<String>> {
    let entries = fs::read_dir(seeds()).context("read the corpus")?;
    let names: std::io::Result<Vec<String>> =
        entries.map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned())).collect();
    let mut names = names?;
    names.sort();
    Ok(names)
}

/// In a folder of its own: these flags would make everything else be built anew.
fn build() -> Result<PathBuf> {
    // Named, so that the flags are for the program only and not for what runs while it is built.
    let said = shell::capture(Command::new("rustc").current_dir(paths::repository()).arg("-vV"))?;
    let host =
        said.lines().find_map(|line| line.strip_prefix("host: ")).context("rustc does not say what it is for")?;
    let folder = paths::target().join("fuzz");
    let mut command = cargo();
    command.args(["build", "--locked", "--profile", "fuzz", "--package", "fuzz", "--target", host, "--target-dir"]);
    command.arg(&folder).env_remove("RUSTFLAGS").env("CARGO_ENCODED_RUSTFLAGS", INSTRUMENTATION.join("\u{1f}"));
    shell::run(&mut command)?;
    Ok(folder.join(host).join("fuzz/fuzz"))
}

/// What it saw, in words; an error says where the input is that broke it.
fn fuzz(program: &Path, target: &str, seconds: u32) -> Result<Seen> {
    say::heading(&format!("Fuzzing {target} for {seconds} s"));
    let found = paths::workshop()?.join("fuzz").join(target);
    let crashes = found.join("crashes");
    let corpus = found.join("corpus");
    for folder in [&crashes, &corpus] {
        fs::create_dir_all(folder).with_context(|| format!("create {}", folder.display()))?;
    }
    let log = found.join("log");
    let file = File::create(&log).with_context(|| format!("create {}", log.display()))?;
    let mut prefix = OsString::from("-artifact_prefix=");
    prefix.push(crashes.join(""));
    let mut command = Command::new(program);
    command.arg(format!("--target={target}")).arg(prefix);
    command.arg(format!("-max_total_time={seconds}")).arg(format!("-max_len={MAX_INPUT_BYTES}"));
    command.arg(format!("-timeout={MAX_SECONDS}")).arg(format!("-rss_limit_mb={MAX_MEGABYTES}"));
    // What it finds worth keeping goes into the first folder.
    command.args([&corpus, &seeds().join(target)]);
    command.stdout(file.try_clone()?).stderr(file);
    let status = command.status().with_context(|| format!("start {}", program.display()))?;
    let text = fs::read(&log).with_context(|| format!("read {}", log.display()))?;
    let text = String::from_utf8_lossy(&text);
    if !status.success() {
        let lines: Vec<&str> = text.lines().collect();
        eprintln!("{}", lines[lines.len().saturating_sub(60)..].join("\n"));
        let kept = seeds().join(target);
        bail!("{status}; the input is in {}: put it into {}", crashes.display(), kept.display());
    }
    Seen::of(&text).with_context(|| format!("it saw nothing of the code that it ran: {}", log.display()))
}

/// Coverage and speed, out of lines like `#4711 DONE cov: 804 ft: 2034 corp: 120/21Kb ... exec/s: 900 rss: 60Mb`.
#[derive(Debug, PartialEq, Eq)]
struct Seen {
    edges: u64,
    features: u64,
    runs: u64,
}

impl Seen {
    fn of(log: &str) -> Option<Self> {
        let last = log.lines().rev().find(|line| line.starts_with('#') && line.contains(" cov: "))?;
        let words: Vec<&str> = last.split_ascii_whitespace().collect();
        let number = |name: &str| words.iter().skip_while(|word| **word != name).nth(1)?.parse().ok();
        let (edges, features) = (number("cov:")?, number("ft:")?);
        let runs = words.first()?.trim_start_matches('#').parse().ok()?;
        (edges > 0).then_some(Self { edges, features, runs })
    }
}

impl std::fmt::Display for Seen {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:>9} runs, {:>5} edges, {:>6} features", self.runs, self.edges, self.features)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_seen_is_read_from_the_last_line() {
        let log = "INFO: Seed: 1\n#12\tINITED cov: 300 ft: 410 corp: 9/1Kb exec/s: 0 rss: 40Mb\n\
                   #4711\tDONE   cov: 804 ft: 2034 corp: 120/21Kb lim: 4096 exec/s: 900 rss: 60Mb\nDone 4711 runs\n";
        assert_eq!(Seen::of(log), Some(Seen { edges: 804, features: 2034, runs: 4711 }));
        let blind = "#2\tINITED exec/s: 0 rss: 30Mb\nWARNING: no interesting inputs were found so far.\n";
        assert_eq!(Seen::of(blind), None);
    }

    #[test]
    fn every_target_has_a_folder() {
        assert!(targets().unwrap().contains(&"exif".to_owned()));
    }
}
