//! The program: settings, a listening socket, and the end.

use anyhow::Context;
use clap::Parser;
use ml::{Service, settings::Settings};
use std::{net::SocketAddr, sync::Arc, time::Duration};
use tokio::{
    net::TcpListener,
    signal::unix::{SignalKind, signal},
    sync::oneshot,
};

/// How long requests under way may take after the signal to stop.
const DRAIN: Duration = Duration::from_secs(10);

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    ml::keep_while_busy();
    let settings = Settings::parse();
    settings.log.start()?;
    settings.foreign.without_effect().iter().for_each(|setting| tracing::warn!("{setting}"));
    let address = SocketAddr::new(settings.host, settings.port);
    let service = Arc::new(Service::start(settings)?);
    let listener = TcpListener::bind(address).await.with_context(|| format!("listen on {address}"))?;
    let address = listener.local_addr().context("the address listened on")?;
    tracing::info!(version = env!("CARGO_PKG_VERSION"), %address, "the model service is listening");
    tokio::spawn(Service::tend(service.clone()));

    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let (stopping, stopped) = oneshot::channel::<()>();
    let serving = axum::serve(listener, ml::router(service)).with_graceful_shutdown(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        tracing::info!("stopping");
        drop(stopping);
    });
    tokio::select! {
        served = serving => Ok(served?),
        // The other end is dropped by the signal; a client that holds its connection open does not hold us.
        () = async { let _ = stopped.await; tokio::time::sleep(DRAIN).await } => Ok(()),
    }
}
