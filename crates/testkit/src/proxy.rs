//! A TCP proxy that can fail: how Postgres or Redis go away and come back for one test while others go on using them.

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::watch,
    task::JoinHandle,
};

/// Forwards connections until it is cut.
pub struct Proxy {
    address: SocketAddr,
    is_cut: Arc<AtomicBool>,
    cuts: watch::Sender<()>,
    accepting: JoinHandle<()>,
}

impl Proxy {
    /// Forwards to `host:port`.
    pub async fn to(target: String) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("listen on a free port");
        let address = listener.local_addr().expect("a listener has an address");
        let is_cut = Arc::new(AtomicBool::new(false));
        let (cuts, _) = watch::channel(());
        let accepting = tokio::spawn(accept(listener, target, Arc::clone(&is_cut), cuts.clone()));
        Self { address, is_cut, cuts, accepting }
    }

    pub fn port(&self) -> u16 {
        self.address.port()
    }

    /// Breaks every connection and lets none come into being.
    pub fn cut(&self) {
        self.is_cut.store(true, Ordering::SeqCst);
        self.cuts.send_replace(());
    }

    pub fn restore(&self) {
        self.is_cut.store(false, Ordering::SeqCst);
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.accepting.abort();
        self.cuts.send_replace(());
    }
}

async fn accept(listener: TcpListener, target: String, is_cut: Arc<AtomicBool>, cuts: watch::Sender<()>) {
    while let Ok((mut inner, _)) = listener.accept().await {
        if is_cut.load(Ordering::SeqCst) {
            continue;
        }
        let mut cut = cuts.subscribe();
        let target = target.clone();
        tokio::spawn(async move {
            let Ok(mut outer) = TcpStream::connect(target).await else { return };
            tokio::select! {
                _ = tokio::io::copy_bidirectional(&mut inner, &mut outer) => {}
                _ = cut.changed() => {}
            }
        });
    }
}
