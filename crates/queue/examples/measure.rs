//! Measures the queue: pushes and jobs a second, and what workers of all 19 queues cost while idle.
//!
//! `cargo run --release -p queue --example measure -- redis://127.0.0.1:6379/9`

use futures::FutureExt;
use model::queue::QueueName;
use queue::{Handler, Job, JobResult, Queue, RedisSettings, Workers, WorkersOptions};
use serde::{Deserialize, Serialize};
use std::{
    sync::Arc,
    time::{Duration, Instant},
};

const JOBS: u32 = 20_000;
const PUSHED_ONE_BY_ONE: u32 = 4_000;
const IDLE: Duration = Duration::from_secs(60);

#[derive(Serialize, Deserialize)]
struct Nothing(u32);

impl Job for Nothing {
    const NAME: &'static str = "Nothing";
    const QUEUE: QueueName = QueueName::ThumbnailGeneration;

    fn job_id(&self) -> Option<String> {
        Some(format!("nothing-{}", self.0))
    }
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let url = std::env::args().nth(1).unwrap_or_else(|| "redis://127.0.0.1:6379/9".to_owned());
    let prefix = format!("measure_{}", uuid::Uuid::new_v4().simple());
    let queue = Queue::connect(&RedisSettings { url: Some(url), prefix, ..RedisSettings::default() }).await?;

    let started = Instant::now();
    for number in 0..PUSHED_ONE_BY_ONE {
        queue.push(&Nothing(number)).await?;
    }
    report("pushed one by one", PUSHED_ONE_BY_ONE, started);
    let jobs: Vec<Nothing> = (PUSHED_ONE_BY_ONE..JOBS).map(Nothing).collect();
    let started = Instant::now();
    queue.push_many(&jobs).await?;
    report("pushed in bulks", JOBS - PUSHED_ONE_BY_ONE, started);

    let options = WorkersOptions { queues: QueueName::ALL.iter().map(|&name| (name, 5)).collect() };
    let started = Instant::now();
    let handler: Handler = Arc::new(|_| async { Ok(JobResult::Done) }.boxed());
    let workers = Workers::start(&queue, options, &handler);
    while queue.state(Nothing::QUEUE).await?.counts.waiting > 0 {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    report("run", JOBS, started);

    let before = cpu_ms()?;
    tokio::time::sleep(IDLE).await;
    let share = (cpu_ms()? - before) as f64 / IDLE.as_millis() as f64 * 100.0;
    println!("idle with {} queues: {share:.2} % of a core, {} kB resident", QueueName::ALL.len(), resident_kb()?);
    let started = Instant::now();
    workers.stop(Duration::from_secs(10)).await;
    println!("stopped in {:?}", started.elapsed());
    Ok(())
}

fn report(what: &str, jobs: u32, since: Instant) {
    println!("{what}: {:.0} jobs/s", f64::from(jobs) / since.elapsed().as_secs_f64());
}

/// Fields 14 and 15 of the kernel's line, in hundredths of a second.
fn cpu_ms() -> anyhow::Result<u64> {
    let line = std::fs::read_to_string("/proc/self/stat")?;
    let after_name = line.rsplit(')').next().unwrap_or_default();
    let ticks: Result<Vec<u64>, _> = after_name.split_whitespace().skip(11).take(2).map(str::parse).collect();
    Ok(ticks?.into_iter().sum::<u64>() * 10)
}

fn resident_kb() -> anyhow::Result<u64> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap_or_default();
    Ok(line.trim().trim_end_matches(" kB").parse()?)
}
