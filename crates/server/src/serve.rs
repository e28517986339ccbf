//! Connections, each within bounds: hundreds of phones that upload at once must fit in the memory of a small machine,
//! and a client that says nothing must not be kept for ever.

use axum::{Router, body::Body, extract::ConnectInfo, http::Request};
use hyper::body::Incoming;
use hyper_util::{
    rt::{TokioExecutor, TokioIo, TokioTimer},
    server::{
        conn::auto::Builder,
        graceful::{GracefulShutdown, Watcher},
    },
    service::TowerToHyperService,
};
use std::{io, net::SocketAddr, sync::Arc, time::Duration};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::Semaphore,
};
use tokio_util::sync::CancellationToken;
use tower::ServiceExt;

/// What is read ahead of a connection, and the longest head of a request. Left to itself it grows to 400 KiB, twice.
const READ_AHEAD_BYTES: usize = 64 * 1024;
/// How long a client may take for the head of a request, and be silent between two.
const HEAD_TIMEOUT: Duration = Duration::from_secs(75);
/// More wait in the kernel's queue until one ends.
const MAX_CONNECTIONS: usize = 4096;
/// How long to wait when the system has no file handle left for another connection.
const BREATHER: Duration = Duration::from_millis(100);

/// Serves until `stopping`, then lets what is under way come to its end.
pub async fn serve(listener: TcpListener, router: Router, stopping: CancellationToken) {
    let places = Arc::new(Semaphore::new(MAX_CONNECTIONS));
    let connections = GracefulShutdown::new();
    let next = async || {
        let place = places.clone().acquire_owned().await;
        (place, listener.accept().await)
    };
    loop {
        let (place, accepted) = tokio::select! {
            next = next() => next,
            () = stopping.cancelled() => break,
        };
        match accepted {
            Ok((stream, peer)) => {
                let (router, watcher) = (router.clone(), connections.watcher());
                tokio::spawn(async move {
                    talk(stream, peer, router, watcher).await;
                    drop(place);
                });
            }
            Err(error) if is_of_the_client(&error) => {}
            Err(error) => {
                tracing::error!("accept a connection: {error}");
                tokio::time::sleep(BREATHER).await;
            }
        }
    }
    drop(listener);
    connections.shutdown().await;
}

/// One connection, to its end.
async fn talk(stream: TcpStream, peer: SocketAddr, router: Router, watcher: Watcher) {
    // Answers are written whole: waiting for more to send only adds latency.
    let _ = stream.set_nodelay(true);
    let service = router.map_request(move |mut request: Request<Incoming>| {
        request.extensions_mut().insert(ConnectInfo(peer));
        request.map(Body::new)
    });
    let mut builder = Builder::new(TokioExecutor::new());
    builder.http1().timer(TokioTimer::new()).header_read_timeout(HEAD_TIMEOUT).max_buf_size(READ_AHEAD_BYTES);
    builder.http2().timer(TokioTimer::new()).enable_connect_protocol();
    let connection =
        builder.serve_connection_with_upgrades(TokioIo::new(stream), TowerToHyperService::new(service)).into_owned();
    if let Err(error) = watcher.watch(connection).await {
        tracing::debug!(%peer, "a connection broke: {error}");
    }
}

/// It went away before it was accepted: nothing of ours is wrong.
fn is_of_the_client(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::ConnectionRefused | io::ErrorKind::ConnectionAborted | io::ErrorKind::ConnectionReset
    )
}
