//! From photos to thumbnails: what an upload costs, and the calls of a client in the library that it made.

use std::{fs, time::Duration, time::Instant};

use anyhow::{Context, Result, bail};
use serde_json::Value;

use super::{
    Args, calls,
    client::Account,
    pictures::{SMALL, with_comment},
    table::Table,
    timeline, usage,
};
use crate::test::running::{Product, Purpose};

pub const CONNECTIONS: usize = 4;
const UPLOADS: usize = 1000;
/// They are spread over so many months of the timeline.
const MONTHS: usize = 10;
const PATIENCE: Duration = Duration::from_secs(300);
const ASK_AGAIN: Duration = Duration::from_millis(200);

pub fn run(_: &Args) -> Result<()> {
    let pictures = SMALL.files()?.iter().map(fs::read).collect::<Result<Vec<_>, _>>().context("read the pictures")?;
    // What models cost is measured by itself.
    let without_models = [("IMMICH_MACHINE_LEARNING_ENABLED", "false")];
    let product = Product::start_with("bench-uploads", Purpose::Benchmark, &without_models)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let account = Account::sign_up(product.port).await?;
        measure(&product, &account, &pictures).await?.print();
        calls::measure(&account, &column(&account, "id").await?).await?.print();
        Ok(())
    })
}

async fn measure(product: &Product, account: &Account, pictures: &[Vec<u8>]) -> Result<Table> {
    let upload = |number: usize| {
        let bytes = with_comment(&pictures[number % pictures.len()], &format!("number {number}"));
        let date = format!("2024-{:02}-15T10:00:00.000Z", number % MONTHS + 1);
        account.upload(&format!("IMG_{number:05}.jpg"), &date, &bytes)
    };
    // Made beforehand: 100 MB, and the client is idle while the server works.
    let requests: Vec<_> = (0..UPLOADS).map(upload).collect();
    let megabytes = requests.iter().map(Vec::len).sum::<usize>() as f64 / 1e6;
    let before = Spent::so_far(product)?;
    let start = Instant::now();
    let sent = account.load(CONNECTIONS, requests.into_iter()).await?;
    wait_for_thumbnails(account, start).await?;
    let seconds = start.elapsed().as_secs_f64();
    let spent = Spent::so_far(product)?;

    let each = |total: f64| format!("{:.1} ms", total * 1000.0 / UPLOADS as f64);
    let mut table = Table::new(["figure", "Ferrotype", "target"]);
    let size = megabytes * 1000.0 / UPLOADS as f64;
    table.row([
        &format!("uploads of {size:.0} kB, {CONNECTIONS} connections"),
        &format!("{:.0}/s ({:.1} MB/s)", sent.per_second(), megabytes / sent.seconds),
        "≥ 150/s",
    ]);
    let rate = UPLOADS as f64 / seconds;
    table.row(["… until all their thumbnails are there", &format!("{rate:.0}/s ({seconds:.1} s)"), "≥ 60/s"]);
    table.row(["CPU per asset, server, worker and its children", &each(spent.programs - before.programs), "≤ 25 ms"]);
    table.row(["… and of Postgres and Redis", &each(spent.stores - before.stores), ""]);
    for name in ["server", "worker"] {
        let pid = product.pid(name).with_context(|| format!("{name} does not run"))?;
        table.row([&format!("most memory meanwhile, {name}"), &format!("{:.1} MB", usage::peak_megabytes(pid)?), ""]);
    }
    Ok(table)
}

/// CPU time in seconds.
struct Spent {
    programs: f64,
    stores: f64,
}

impl Spent {
    fn so_far(product: &Product) -> Result<Self> {
        let used = |name: &str| usage::cpu_seconds(product.pid(name).with_context(|| format!("{name} does not run"))?);
        Ok(Self { programs: used("server")? + used("worker")?, stores: used("postgres")? + used("redis")? })
    }
}

/// When the queues are empty, every asset must have its thumbnail: a failed one would make the figure better.
async fn wait_for_thumbnails(account: &Account, start: Instant) -> Result<()> {
    while is_busy(account).await? {
        if start.elapsed() > PATIENCE {
            bail!("not all thumbnails are there after {} seconds", PATIENCE.as_secs());
        }
        tokio::time::sleep(ASK_AGAIN).await;
    }
    let made = column(account, "thumbhash").await?.len();
    if made != UPLOADS {
        bail!("of {UPLOADS} uploads only {made} have a thumbnail");
    }
    Ok(())
}

async fn is_busy(account: &Account) -> Result<bool> {
    let queues = account.ask(&account.get("/queues")).await?;
    let is_busy = |queue: &Value| ["active", "waiting", "delayed"].iter().any(|state| queue["statistics"][state] != 0);
    Ok(queues.as_array().context("a list of queues")?.iter().any(is_busy))
}

/// What is not null of a column, of all months.
async fn column(account: &Account, name: &str) -> Result<Vec<String>> {
    let mut values = Vec::new();
    for month in timeline::months(account).await? {
        let columns = account.ask(&account.get(&timeline::month_path(&month))).await?;
        let column = columns[name].as_array().with_context(|| format!("{month} has no column {name}"))?;
        values.extend(column.iter().filter_map(|value| value.as_str().map(str::to_owned)));
    }
    Ok(values)
}
