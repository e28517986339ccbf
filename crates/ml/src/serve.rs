//! Connections, each within bounds.

use axum::{Router, serve::Listener};
use hyper_util::{
    rt::{TokioExecutor, TokioIo, TokioTimer},
    server::{
        conn::auto::Builder,
        graceful::{GracefulShutdown, Watcher},
    },
    service::TowerToHyperService,
};
use std::{sync::Arc, time::Duration};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::Semaphore,
};

/// What a connection keeps between its requests. Left to itself it would be 400 KiB, and servers keep connections.
const READ_AHEAD_BYTES: usize = 64 * 1024;
/// How long a client may take for the head of a request, and be silent between two.
const HEAD_TIMEOUT: Duration = Duration::from_secs(75);
/// More wait in the kernel's queue until one ends.
const MAX_CONNECTIONS: usize = 1024;
/// How long requests under way may take after the signal to stop.
const DRAIN: Duration = Duration::from_secs(10);

/// Serves until `stopping`, then lets what is under way come to its end.
pub async fn serve(mut listener: TcpListener, router: Router, stopping: impl Future<Output = ()>) {
    let places = Arc::new(Semaphore::new(MAX_CONNECTIONS));
    let connections = GracefulShutdown::new();
    let mut stopping = std::pin::pin!(stopping);
    loop {
        // Not the method of that name: this one deals with connections that broke before they were taken.
        let next = async { (places.clone().acquire_owned().await, Listener::accept(&mut listener).await) };
        let (place, (stream, _)) = tokio::select! {
            next = next => next,
            () = &mut stopping => break,
        };
        let (router, watcher) = (router.clone(), connections.watcher());
        tokio::spawn(async move {
            talk(stream, router, watcher).await;
            drop(place);
        });
    }
    drop(listener);
    // A client that holds its connection open does not hold us.
    let _ = tokio::time::timeout(DRAIN, connections.shutdown()).await;
}

/// One connection, to its end.
async fn talk(stream: TcpStream, router: Router, watcher: Watcher) {
    // Answers are written whole: waiting for more to send only adds latency.
    let _ = stream.set_nodelay(true);
    let mut builder = Builder::new(TokioExecutor::new());
    builder.http1().timer(TokioTimer::new()).header_read_timeout(HEAD_TIMEOUT).max_buf_size(READ_AHEAD_BYTES);
    builder.http2().timer(TokioTimer::new());
    let connection = builder.serve_connection(TokioIo::new(stream), TowerToHyperService::new(router)).into_owned();
    if let Err(error) = watcher.watch(connection).await {
        tracing::debug!("a connection broke: {error}");
    }
}
