//! How many calls a second the server answers in a small library.

use std::time::{Duration, Instant};

use anyhow::Result;

use super::{
    client::{Account, Request},
    table::{Table, percentile},
    timeline,
    uploads::CONNECTIONS,
};

/// How long each call is made again and again.
const EACH: Duration = Duration::from_secs(3);

/// With the targets that a peer's figures on this kind of machine led to.
pub async fn measure(account: &Account, assets: &[String]) -> Result<Table> {
    let each = |ending: &str| assets.iter().map(|id| account.get(&format!("/assets/{id}{ending}"))).collect();
    let months: Vec<Request> =
        timeline::months(account).await?.iter().map(|month| account.get(&timeline::month_path(month))).collect();
    let of_a_month = format!("timeline/bucket, {} assets in each", assets.len() / months.len().max(1));
    let calls: [(&str, Vec<Request>, &str); 5] = [
        ("users/me", vec![account.get("/users/me")], "≥ 4,000/s"),
        ("assets/{id}", each(""), "≥ 2,000/s"),
        ("assets/{id}/thumbnail", each("/thumbnail"), "≥ 5,000/s"),
        ("timeline/buckets", vec![account.get(timeline::MONTHS_PATH)], "≥ 3,000/s"),
        (&of_a_month, months, "≥ 2,000/s"),
    ];
    let heading = format!("GET, {} assets, {CONNECTIONS} connections", assets.len());
    let mut table = Table::new([&heading, "Ferrotype", "p50 / p95", "target"]);
    for (name, requests, target) in calls {
        let load = account.load(CONNECTIONS, again_and_again(requests, EACH)).await?;
        let [p50, p95] = [0.5, 0.95].map(|share| percentile(&load.milliseconds, share));
        table.row([name, &format!("{:.0}/s", load.per_second()), &format!("{p50:.2} / {p95:.2} ms"), target]);
    }
    Ok(table)
}

/// The same requests in turn until the time is over.
pub fn again_and_again(requests: Vec<Request>, how_long: Duration) -> impl Iterator<Item = Request> + Send + 'static {
    let end = Instant::now() + how_long;
    (0..requests.len())
        .collect::<Vec<_>>()
        .into_iter()
        .cycle()
        .map_while(move |at| (Instant::now() < end).then(|| requests[at].clone()))
}
