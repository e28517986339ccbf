//! How soon the server answers, and what the programs hold and use while nobody asks for anything.

use std::{
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail};
use rustix::process::Signal;

use super::{
    Args,
    table::{Table, percentile},
    usage,
};
use crate::{
    data::free_ports,
    http, paths, process,
    test::running::{Product, Purpose},
};

/// How long the programs are left alone before, and while, their rest is measured.
const SETTLE: Duration = Duration::from_secs(10);
const WATCH: Duration = Duration::from_secs(30);
const STARTS: usize = 10;
const PATIENCE: Duration = Duration::from_secs(30);
/// Fine enough not to show in the figure.
const ASK_AGAIN: Duration = Duration::from_millis(1);

pub fn run(_: &Args) -> Result<()> {
    let product = Product::start("bench-idle", Purpose::Benchmark)?;
    std::thread::sleep(SETTLE);
    let mut table = Table::new(["figure", "Ferrotype", "target"]);
    rest(&product, &mut table)?;
    start_up(&product, &mut table)?;
    table.print();
    Ok(())
}

fn rest(product: &Product, table: &mut Table) -> Result<()> {
    let pid = |name: &str| product.pid(name).with_context(|| format!("{name} does not run"));
    let [server, worker, ml] = [pid("server")?, pid("worker")?, pid("ml")?];
    let used = |pids: &[u32]| pids.iter().map(|&pid| usage::cpu_seconds(pid)).sum::<Result<f64>>();
    let before = [used(&[server, worker])?, used(&[ml])?];
    std::thread::sleep(WATCH);
    let after = [used(&[server, worker])?, used(&[ml])?];
    let share = |at: usize| format!("{:.2} % of a core", (after[at] - before[at]) / WATCH.as_secs_f64() * 100.0);
    let [server, worker, ml] =
        [usage::resident_megabytes(server)?, usage::resident_megabytes(worker)?, usage::resident_megabytes(ml)?];
    let both = format!("{:.1} MB ({server:.1} + {worker:.1})", server + worker);
    table.row(["memory at rest, server + worker", &both, "≤ 50 MB"]);
    table.row(["CPU at rest, server + worker", &share(0), "≤ 0.2 %"]);
    table.row(["memory at rest, ml", &format!("{ml:.1} MB"), ""]);
    table.row(["CPU at rest, ml", &share(1), ""]);
    Ok(())
}

/// A second server on the data of the first: its database is warm, and nothing else starts beside it.
fn start_up(product: &Product, table: &mut Table) -> Result<()> {
    let environment = product.environment("server")?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let mut seconds = Vec::new();
    for _ in 0..STARTS {
        let [port] = free_ports([0])?;
        let mut command = Command::new(paths::programs(false).join("server"));
        command.env_clear().envs(environment.iter().map(|(key, value)| (key, value)));
        command.env("IMMICH_PORT", port.to_string());
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let start = Instant::now();
        let mut server = Stopped(command.spawn().context("start a second server")?);
        while !runtime.block_on(http::server_is_up(port)) {
            if let Some(status) = server.0.try_wait()? {
                bail!("the second server ended ({status}) before it answered");
            }
            if start.elapsed() > PATIENCE {
                bail!("the second server does not answer after {} seconds", PATIENCE.as_secs());
            }
            std::thread::sleep(ASK_AGAIN);
        }
        seconds.push(start.elapsed().as_secs_f64());
    }
    let value = format!("{:.3} s, worst {:.3} s", percentile(&seconds, 0.5), percentile(&seconds, 1.0));
    table.row([&format!("start to first healthy answer, median of {STARTS}"), &value, "≤ 0.5 s"]);
    Ok(())
}

/// A process that is asked to stop, and waited for, when this value goes.
pub(super) struct Stopped(pub Child);

impl Drop for Stopped {
    fn drop(&mut self) {
        process::signal(self.0.id(), Signal::TERM);
        // It has ended already, or does now.
        drop(self.0.wait());
    }
}
