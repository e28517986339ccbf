//! `cargo xtask bench`: the numbers of README, measured on this machine.
//!
//! A benchmark is a line in [`BENCHES`]; it prints what it measured. Each starts what it needs and takes it away again.

use std::{fs, time::Duration};

use anyhow::{Context, Result, bail};

use crate::{build, say, test::running::Product};

#[derive(clap::Args)]
pub struct Args {
    /// Benchmarks by name; all if none is given.
    only: Vec<String>,
    /// Measure what was built last.
    #[arg(long)]
    no_build: bool,
}

struct Bench {
    name: &'static str,
    what: &'static str,
    run: fn() -> Result<()>,
}

const BENCHES: &[Bench] = &[Bench { name: "idle", what: "start-up time, memory and CPU at rest", run: idle }];

pub fn run(args: &Args) -> Result<()> {
    if let Some(unknown) = args.only.iter().find(|name| !BENCHES.iter().any(|bench| bench.name == **name)) {
        let names: Vec<&str> = BENCHES.iter().map(|bench| bench.name).collect();
        bail!("there is no benchmark {unknown:?}, only {}", names.join(", "));
    }
    if !args.no_build {
        build::programs(false)?;
        build::web()?;
    }
    for bench in BENCHES.iter().filter(|bench| args.only.is_empty() || args.only.iter().any(|name| name == bench.name))
    {
        say::heading(&format!("{}: {}", bench.name, bench.what));
        (bench.run)()?;
    }
    Ok(())
}

/// How long the programs are left alone before, and while, their rest is measured.
const SETTLE: Duration = Duration::from_secs(10);
const WATCH: Duration = Duration::from_secs(30);

fn idle() -> Result<()> {
    let product = Product::start("bench-idle", false)?;
    std::thread::sleep(SETTLE);
    let processes: Vec<(&str, u32)> =
        ["server", "worker", "ml"].into_iter().filter_map(|name| Some((name, product.pid(name)?))).collect();
    let before: Vec<f64> = processes.iter().map(|(_, pid)| cpu_seconds(*pid)).collect::<Result<_>>()?;
    std::thread::sleep(WATCH);
    for ((name, pid), before) in processes.iter().zip(before) {
        let share = (cpu_seconds(*pid)? - before) / WATCH.as_secs_f64() * 100.0;
        println!("{name:8} {:6.1} MB resident, {share:.2} % of a core", resident_megabytes(*pid)?);
    }
    Ok(())
}

fn resident_megabytes(pid: u32) -> Result<f64> {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).context("read its memory")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).context("it has no VmRSS")?;
    let kilobytes: f64 = line.trim().trim_end_matches(" kB").parse().context("VmRSS is not a number")?;
    Ok(kilobytes / 1024.0)
}

/// User and system time so far; the kernel counts in hundredths of a second.
fn cpu_seconds(pid: u32) -> Result<f64> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).context("read its times")?;
    let fields: Vec<&str> = stat.rsplit_once(')').context("an odd stat line")?.1.split_whitespace().collect();
    let ticks = |field: usize| -> Result<f64> { Ok(fields.get(field).context("a short stat line")?.parse()?) };
    Ok((ticks(11)? + ticks(12)?) / 100.0)
}
