//! The asking side: several services, the healthy ones first.

use crate::PONG;
use futures::future::join_all;
use reqwest::Url;
use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

/// A service that takes longer than this for a ping is not well.
const PING_TIMEOUT: Duration = Duration::from_secs(2);

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("{url:?} is no address of a model service: write it like http://machine-learning:3003")]
    Address { url: String },
    #[error("prepare to ask model services")]
    Client(#[from] reqwest::Error),
}

/// The model services that an installation has. Cheap to clone; clones share what is known of the services' health.
#[derive(Debug, Clone)]
pub struct Client {
    http: reqwest::Client,
    services: Arc<[Service]>,
}

#[derive(Debug)]
struct Service {
    ping: Url,
    url: Url,
    /// Innocent until proven otherwise.
    is_healthy: AtomicBool,
}

impl Client {
    /// In the order in which they are to be asked.
    pub fn new(urls: &[String]) -> Result<Self, Error> {
        let services = urls.iter().map(|url| Service::new(url)).collect::<Result<Vec<_>, _>>()?;
        // Services are on the own network: a proxy of the environment is not for them.
        let http = reqwest::Client::builder().no_proxy().build()?;
        Ok(Self { http, services: services.into() })
    }

    /// Pings every service at once and remembers who answered. Answers how many did.
    pub async fn check(&self) -> usize {
        let checks = join_all(self.services.iter().map(|service| service.check(&self.http))).await;
        checks.into_iter().filter(|&is_healthy| is_healthy).count()
    }

    /// Whom to ask, in this order: the healthy services, then the others, in case they came back.
    pub fn urls(&self) -> Vec<&Url> {
        let (healthy, others): (Vec<_>, Vec<_>) =
            self.services.iter().partition(|service| service.is_healthy.load(Ordering::Relaxed));
        healthy.into_iter().chain(others).map(|service| &service.url).collect()
    }
}

impl Service {
    fn new(address: &str) -> Result<Self, Error> {
        let wrong = || Error::Address { url: address.to_owned() };
        let mut url: Url = address.parse().map_err(|_| wrong())?;
        if !matches!(url.scheme(), "http" | "https") || !url.has_host() {
            return Err(wrong());
        }
        // A service below a path stays there.
        if !url.path().ends_with('/') {
            url.set_path(&format!("{}/", url.path()));
        }
        let ping = url.join("ping").map_err(|_| wrong())?;
        Ok(Self { ping, url, is_healthy: AtomicBool::new(true) })
    }

    async fn check(&self, http: &reqwest::Client) -> bool {
        let asked = async {
            let answer = http.get(self.ping.clone()).timeout(PING_TIMEOUT).send().await?.error_for_status()?;
            answer.text().await
        };
        let is_healthy = match asked.await {
            Ok(text) => text == PONG,
            Err(error) => {
                tracing::debug!("ping {}: {error}", self.url);
                false
            }
        };
        if self.is_healthy.swap(is_healthy, Ordering::Relaxed) != is_healthy {
            tracing::info!(url = %self.url, is_healthy, "the model service changed");
        }
        is_healthy
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::{
        io::{AsyncReadExt, AsyncWriteExt},
        net::TcpListener,
    };

    /// A service that answers every request with this text.
    async fn service(text: &'static str) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let mut request = [0; 1024];
                assert!(stream.read(&mut request).await.unwrap() > 0);
                let answer =
                    format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{text}", text.len());
                stream.write_all(answer.as_bytes()).await.unwrap();
            }
        });
        url
    }

    #[tokio::test]
    async fn healthy_services_are_asked_first() {
        let (well, not_one_of_ours) = (service(PONG).await, service("It works!").await);
        let gone = "http://127.0.0.1:9".to_owned();
        let client = Client::new(&[gone.clone(), not_one_of_ours.clone(), well.clone()]).unwrap();
        assert_eq!(client.urls()[0].as_str(), format!("{gone}/"), "as the administrator ordered them, until known");
        assert_eq!(client.check().await, 1);
        let order: Vec<&str> = client.urls().into_iter().map(Url::as_str).collect();
        assert_eq!(order, [format!("{well}/"), format!("{gone}/"), format!("{not_one_of_ours}/")]);
    }

    #[test]
    fn only_addresses_are_taken_and_paths_are_kept() {
        for wrong in ["", "machine-learning:3003", "ftp://somewhere", "http://"] {
            assert!(Client::new(&[wrong.to_owned()]).is_err(), "{wrong:?}");
        }
        let client = Client::new(&["https://example.com/ml".to_owned()]).unwrap();
        assert_eq!(client.services[0].ping.as_str(), "https://example.com/ml/ping");
    }
}
