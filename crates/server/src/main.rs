//! The API server: brings the schema up to date, checks the library's folders, serves.

use anyhow::Context;
use axum::Router;
use config::Env;
use domain::App;
use std::{
    net::{IpAddr, Ipv6Addr, SocketAddr, TcpListener},
    time::Duration,
};
use tokio::signal::unix::{SignalKind, signal};

/// Returns memory to the system sooner than the default allocator, and allocates faster.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// How long requests under way may take after the signal to stop.
const DRAIN: Duration = Duration::from_secs(10);

fn main() -> anyhow::Result<()> {
    let env = Env::from_process()?;
    if std::env::args().nth(1).as_deref() == Some("--healthcheck") {
        return server::health::check(&env.server);
    }
    config::log::init(&env.log);
    config::memory::stay_small();
    tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(run(env))
}

async fn run(env: Env) -> anyhow::Result<()> {
    if env.metrics.enabled {
        let address = SocketAddr::new(IpAddr::V6(Ipv6Addr::UNSPECIFIED), env.metrics.api_port);
        metrics_exporter_prometheus::PrometheusBuilder::new()
            .with_http_listener(address)
            .install()
            .context("listen for metrics")?;
    }
    if !env.database.skip_migrations {
        server::start::migrate_when_up(&env.database).await?;
    }
    let app = App::connect(env).await?;
    server::start::prepare(&app).await?;
    let runner = media::Runner::beside_this_program(app.env.media)?;
    if let Some(program) = runner.missing_program() {
        tracing::warn!("{} is missing: install it beside the server, which streams videos with it", program.display());
    }
    let (router, io) = server::router(&app, runner)?;

    tokio::spawn(server::socket::forward_events(app.clone(), io));
    tokio::spawn(domain::system_config::follow(app.clone()));
    tokio::spawn(domain::models::watch(app.clone()));
    tokio::spawn(server::start::sweep_incoming(app.clone()));
    serve(&app, router).await
}

async fn serve(app: &App, router: Router) -> anyhow::Result<()> {
    let server = &app.env.server;
    let address = SocketAddr::new(server.host.unwrap_or(IpAddr::V6(Ipv6Addr::UNSPECIFIED)), server.port);
    let listener = TcpListener::bind(address).with_context(|| format!("listen on {address}"))?;
    listener.set_nonblocking(true)?;
    let listener = tokio::net::TcpListener::from_std(listener)?;
    tracing::info!(version = env!("CARGO_PKG_VERSION"), %address, "Ferrotype is listening");

    let stopping = tokio_util::sync::CancellationToken::new();
    tokio::spawn({
        let (signal, stopping) = (stop_signal()?, stopping.clone());
        async move {
            signal.await;
            stopping.cancel();
        }
    });
    let serving = server::serve::serve(listener, router, stopping.clone());
    // Open sockets never end by themselves, and an upload may have hours to go: clients try again, so waiting is short.
    tokio::select! {
        () = serving => {}
        () = async { stopping.cancelled().await; tokio::time::sleep(DRAIN).await } => tracing::warn!("closed what was still open"),
    }
    app.db.close().await;
    Ok(())
}

/// Resolves at SIGTERM or Ctrl-C.
fn stop_signal() -> anyhow::Result<impl Future<Output = ()>> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        tracing::info!("stopping");
    })
}
