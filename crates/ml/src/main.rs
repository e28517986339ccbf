//! The program: settings, a listening socket, and the end.

use anyhow::Context;
use clap::Parser;
use ml::{Service, settings::Settings};
use std::{net::SocketAddr, sync::Arc};
use tokio::{
    net::TcpListener,
    signal::unix::{SignalKind, signal},
};

fn main() -> anyhow::Result<()> {
    // Before there are threads: each would have taken a heap of its own.
    ml::keep_while_busy();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().context("start threads")?;
    runtime.block_on(run())
}

async fn run() -> anyhow::Result<()> {
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
    let stopping = async {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        tracing::info!("stopping");
    };
    ml::serve(listener, ml::router(service), stopping).await;
    Ok(())
}
