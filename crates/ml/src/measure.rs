//! What Prometheus is told, by name: every series is written here and nowhere else.

use metrics::{counter, gauge, histogram};
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use std::time::{Duration, Instant};

/// From a text's milliseconds to a large page's minute.
const SECONDS: &[f64] = &[0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0, 30.0, 60.0];
const ROWS: &[f64] = &[1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0];

/// Once in a process.
pub fn install() -> anyhow::Result<PrometheusHandle> {
    let builder = PrometheusBuilder::new()
        .set_buckets_for_metric(Matcher::Suffix("_seconds".to_owned()), SECONDS)?
        .set_buckets_for_metric(Matcher::Suffix("_rows".to_owned()), ROWS)?;
    Ok(builder.install_recorder()?)
}

/// A part of a request's way.
#[derive(Clone, Copy)]
pub enum Stage {
    /// From the first byte of the body to the last.
    Receive,
    Decode,
    /// Between decoding and a model's run: resizing, cutting, tokens.
    Prepare,
    /// In the queue of a session.
    Wait,
    Run,
}

pub fn stage(stage: Stage, took: Duration) {
    let name = match stage {
        Stage::Receive => "receive",
        Stage::Decode => "decode",
        Stage::Prepare => "prepare",
        Stage::Wait => "wait",
        Stage::Run => "run",
    };
    histogram!("ml_stage_seconds", "stage" => name).record(took.as_secs_f64());
}

/// Does it and says how long it took.
pub fn timed<T>(part: Stage, work: impl FnOnce() -> T) -> T {
    let start = Instant::now();
    let done = work();
    stage(part, start.elapsed());
    done
}

pub fn request(status: u16, took: Duration) {
    counter!("ml_requests_total", "status" => status.to_string()).increment(1);
    histogram!("ml_request_seconds").record(took.as_secs_f64());
}

pub fn requests_under_way(change: f64) {
    gauge!("ml_requests_under_way").increment(change);
}

pub fn queue(model: &str, change: f64) {
    gauge!("ml_queue_length", "model" => model.to_owned()).increment(change);
}

pub fn batch(model: &str, rows: usize) {
    histogram!("ml_batch_rows", "model" => model.to_owned()).record(rows as f64);
}

pub fn abandoned(model: &str) {
    counter!("ml_abandoned_total", "model" => model.to_owned()).increment(1);
}

pub fn models_loaded(change: f64) {
    gauge!("ml_models_loaded").increment(change);
}
