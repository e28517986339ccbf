//! The two calls of the timeline in libraries of growing size.

use std::{
    process::Command,
    time::{Duration, Instant},
};

use anyhow::{Context, Result};

use super::{
    Args,
    calls::again_and_again,
    client::{Account, EMAIL, Load, Request},
    plans,
    table::{Table, percentile},
    uploads::CONNECTIONS,
};
use crate::{
    paths, say, shell,
    test::running::{Product, Purpose},
};

const SIZES: [u32; 3] = [10_000, 100_000, 1_000_000];
/// One after the other, for the time that one takes.
const CALLS: usize = 200;
/// How long several connections ask.
const CROWD: Duration = Duration::from_secs(5);

/// As the web page asks for them.
pub const MONTHS_PATH: &str = "/timeline/buckets?visibility=timeline";

pub fn month_path(month: &str) -> String {
    format!("/timeline/bucket?visibility=timeline&timeBucket={month}")
}

/// The months that have assets, the newest first.
pub async fn months(account: &Account) -> Result<Vec<String>> {
    let buckets = account.ask(&account.get(MONTHS_PATH)).await?;
    let buckets = buckets.as_array().context("the server answers with a list of months")?;
    Ok(buckets.iter().filter_map(|bucket| bucket["timeBucket"].as_str().map(str::to_owned)).collect())
}

pub fn run(args: &Args) -> Result<()> {
    let product = Product::start("bench-timeline", Purpose::Benchmark)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let account = Account::sign_up(product.port).await?;
        let rate = format!("{CONNECTIONS} connections");
        let mut table = Table::new(["timeline", "p50", "p95", &rate, "an answer"]);
        let mut there = 0;
        for size in SIZES {
            seed(&product, size - there)?;
            there = size;
            let months = months(&account).await?;
            let each_month = months.iter().map(|month| account.get(&month_path(month))).collect();
            let in_total = format!("buckets, {size} assets, {} months", months.len());
            measure(&account, &mut table, &in_total, vec![account.get(MONTHS_PATH)]).await?;
            let of_each = format!("bucket, {size} assets, {} a month", size as usize / months.len().max(1));
            measure(&account, &mut table, &of_each, each_month).await?;
        }
        table.print();
        if args.plans {
            let newest = months(&account).await?.into_iter().next().context("there are no months")?;
            plans::show(&product, &account, &[account.get(MONTHS_PATH), account.get(&month_path(&newest))]).await?;
        }
        Ok(())
    })
}

/// Adds so many assets over all years, and does at once what Postgres would do by itself after a while.
fn seed(product: &Product, count: u32) -> Result<()> {
    let start = Instant::now();
    let mut command = Command::new(paths::programs(false).join("ferrotype"));
    command.env_clear().envs(product.environment("server")?).args(["seed", EMAIL, &count.to_string()]);
    shell::capture(&mut command)?;
    product.query("VACUUM ANALYZE")?;
    say::note(&format!("{count} more assets in {:.0} s", start.elapsed().as_secs_f32()));
    Ok(())
}

async fn measure(account: &Account, table: &mut Table, name: &str, requests: Vec<Request>) -> Result<()> {
    let alone: Load = account.load(1, requests.clone().into_iter().cycle().take(CALLS)).await?;
    let crowd = account.load(CONNECTIONS, again_and_again(requests, CROWD)).await?;
    let milliseconds = |share: f64| format!("{:.2} ms", percentile(&alone.milliseconds, share));
    let kilobytes = alone.bytes as f64 / alone.milliseconds.len() as f64 / 1000.0;
    let rate = format!("{:.0}/s", crowd.per_second());
    table.row([name, &milliseconds(0.5), &milliseconds(0.95), &rate, &format!("{kilobytes:.0} kB")]);
    Ok(())
}
