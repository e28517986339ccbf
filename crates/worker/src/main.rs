//! The worker program.

use anyhow::Context;
use config::Env;
use domain::App;
use std::{
    net::{IpAddr, Ipv6Addr, SocketAddr},
    time::Duration,
};
use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;

/// Returns memory to the system sooner than the default allocator, and allocates faster.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// How often the database is asked whether the server has brought it up to date.
const LOOK_EVERY: Duration = Duration::from_millis(500);

fn main() -> anyhow::Result<()> {
    let env = Env::from_process()?;
    config::log::init(&env.log);
    config::memory::stay_small();
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?.block_on(run(env))
}

async fn run(env: Env) -> anyhow::Result<()> {
    if env.metrics.enabled {
        let address = SocketAddr::new(IpAddr::V6(Ipv6Addr::UNSPECIFIED), env.metrics.worker_port);
        metrics_exporter_prometheus::PrometheusBuilder::new()
            .with_http_listener(address)
            .install()
            .context("listen for metrics")?;
    }
    let stopping = CancellationToken::new();
    stop_at_signal(stopping.clone())?;
    let app = App::connect(env).await?;
    tokio::select! {
        () = wait_for_schema(&app) => {}
        () = stopping.cancelled() => return Ok(()),
    }
    let runner = media::Runner::beside_this_program(app.env.media)?;
    if let Some(program) = runner.missing_program() {
        anyhow::bail!("{} is missing: install it beside the worker", program.display());
    }
    app.reload_system_config().await.context("read the settings")?;
    worker::run(app, runner, stopping).await;
    Ok(())
}

/// The server brings the schema up to date; until then there is nothing to do.
async fn wait_for_schema(app: &App) {
    let mut told = false;
    loop {
        match app.is_migrated().await {
            Ok(true) => return,
            Ok(false) if !told => tracing::info!("waiting for the server to bring the database up to date"),
            Err(error) if !told => tracing::warn!("waiting for the database: {error:#}"),
            _ => {}
        }
        told = true;
        tokio::time::sleep(LOOK_EVERY).await;
    }
}

fn stop_at_signal(stopping: CancellationToken) -> anyhow::Result<()> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    tokio::spawn(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        stopping.cancel();
    });
    Ok(())
}
