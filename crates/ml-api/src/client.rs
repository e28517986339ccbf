//! The asking side: several services, the healthy ones first.

use crate::{Answer, Entries, PONG};
use futures::future::join_all;
use reqwest::{
    Body, Response, StatusCode, Url,
    multipart::{Form, Part},
};
use serde::Deserialize;
use std::{
    io,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};
use tokio_util::io::ReaderStream;

/// A service that is there takes its calls at once.
const CONNECT: Duration = Duration::from_secs(5);
/// The first question after a start may wait for a model of a gigabyte to be fetched.
const ANSWER: Duration = Duration::from_secs(15 * 60);
/// Embeddings of every face in a crowd are a few megabytes.
const LONGEST_ANSWER: usize = 64 << 20;

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("{url:?} is no address of a model service: write it like http://machine-learning:3003")]
    Address { url: String },
    #[error("prepare to ask model services")]
    Client(#[from] reqwest::Error),
    #[error("read {}", path.display())]
    File { path: PathBuf, source: io::Error },
    /// Others would say the same, and so would this one later.
    #[error("the model service {url} refuses the question ({status}): {reason}")]
    Refused { url: Url, status: u16, reason: String },
    /// For now: ask again later.
    #[error("no model service answers: {}", if failures.is_empty() { "none is set" } else { failures.as_str() })]
    Unavailable { failures: String },
}

/// About what models are asked.
#[derive(Debug, Clone, Copy)]
pub enum Input<'a> {
    /// A file, sent as it is read.
    Image(&'a Path),
    Text(&'a str),
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
    predict: Url,
    url: Url,
    /// Innocent until proven otherwise.
    is_healthy: AtomicBool,
}

/// Why a service did not answer.
enum Failure {
    /// The question is wrong, or cannot be read: no other service would do better.
    Final(Error),
    /// Nobody is there.
    Away(String),
    /// It is there, and busy or ill.
    Ill(String),
}

impl Client {
    /// In the order in which they are to be asked.
    pub fn new(urls: &[String]) -> Result<Self, Error> {
        let services = urls.iter().map(|url| Service::new(url)).collect::<Result<Vec<_>, _>>()?;
        // Services are on the own network: a proxy of the environment is not for them.
        let http = reqwest::Client::builder().no_proxy().connect_timeout(CONNECT).timeout(ANSWER).build()?;
        Ok(Self { http, services: services.into() })
    }

    /// Pings every service at once and remembers who answered in time. Answers how many did.
    pub async fn check(&self, timeout: Duration) -> usize {
        let checks = join_all(self.services.iter().map(|service| service.check(&self.http, timeout))).await;
        checks.into_iter().filter(|&is_healthy| is_healthy).count()
    }

    /// The first answer that a service gives, in this order: the healthy ones, then the others, in case they came back.
    pub async fn predict(&self, entries: &Entries, input: Input<'_>) -> Result<Answer, Error> {
        let mut failures = Vec::new();
        for service in self.order() {
            let failure = match service.predict(&self.http, entries, input).await {
                Ok(answer) => {
                    service.set_healthy(true);
                    return Ok(answer);
                }
                Err(Failure::Final(error)) => return Err(error),
                Err(Failure::Away(reason)) => {
                    service.set_healthy(false);
                    reason
                }
                Err(Failure::Ill(reason)) => reason,
            };
            tracing::warn!(url = %service.url, "the model service gives no answer: {failure}");
            failures.push(format!("{}: {failure}", service.url));
        }
        Err(Error::Unavailable { failures: failures.join("; ") })
    }

    fn order(&self) -> impl Iterator<Item = &Service> {
        let (healthy, others): (Vec<_>, Vec<_>) =
            self.services.iter().partition(|service| service.is_healthy.load(Ordering::Relaxed));
        healthy.into_iter().chain(others)
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
        let below = |path| url.join(path).map_err(|_| wrong());
        Ok(Self { ping: below("ping")?, predict: below("predict")?, url, is_healthy: AtomicBool::new(true) })
    }

    async fn check(&self, http: &reqwest::Client, timeout: Duration) -> bool {
        let asked = async {
            let answer = http.get(self.ping.clone()).timeout(timeout).send().await?.error_for_status()?;
            answer.text().await
        };
        let is_healthy = match asked.await {
            Ok(text) => text == PONG,
            Err(error) => {
                tracing::debug!("ping {}: {error}", self.url);
                false
            }
        };
        self.set_healthy(is_healthy);
        is_healthy
    }

    fn set_healthy(&self, is_healthy: bool) {
        if self.is_healthy.swap(is_healthy, Ordering::Relaxed) != is_healthy {
            tracing::info!(url = %self.url, is_healthy, "the model service changed");
        }
    }

    async fn predict(&self, http: &reqwest::Client, entries: &Entries, input: Input<'_>) -> Result<Answer, Failure> {
        let form = form(entries, input).await.map_err(Failure::Final)?;
        let response = http.post(self.predict.clone()).multipart(form).send().await.map_err(|error| {
            let reason = with_causes(&error);
            if error.is_connect() { Failure::Away(reason) } else { Failure::Ill(reason) }
        })?;
        let status = response.status();
        let body = read(response).await?;
        if status.is_success() {
            return serde_json::from_slice(&body)
                .map_err(|error| Failure::Ill(format!("its answer cannot be understood: {error}")));
        }
        let reason = reason(&body);
        // Too many questions is nobody's fault.
        if status.is_client_error() && status != StatusCode::TOO_MANY_REQUESTS && status != StatusCode::REQUEST_TIMEOUT
        {
            return Err(Failure::Final(Error::Refused { url: self.url.clone(), status: status.as_u16(), reason }));
        }
        Err(Failure::Ill(format!("{status}: {reason}")))
    }
}

async fn form(entries: &Entries, input: Input<'_>) -> Result<Form, Error> {
    let entries = serde_json::to_string(entries).expect("names and numbers can be written");
    let form = Form::new().text("entries", entries);
    match input {
        Input::Text(text) => Ok(form.text("text", text.to_owned())),
        Input::Image(path) => {
            let unreadable = |source| Error::File { path: path.to_owned(), source };
            let file = tokio::fs::File::open(path).await.map_err(unreadable)?;
            let length = file.metadata().await.map_err(unreadable)?.len();
            let part = Part::stream_with_length(Body::wrap_stream(ReaderStream::new(file)), length);
            // Without a name the field would be taken for a text.
            Ok(form.part("image", part.file_name("image")))
        }
    }
}

async fn read(mut response: Response) -> Result<Vec<u8>, Failure> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|error| Failure::Ill(with_causes(&error)))? {
        if body.len() + chunk.len() > LONGEST_ANSWER {
            return Err(Failure::Ill(format!("its answer has more than {LONGEST_ANSWER} bytes")));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

/// `detail`, if it is a text; else the beginning of what was said.
fn reason(body: &[u8]) -> String {
    #[derive(Deserialize)]
    struct Refusal {
        detail: String,
    }
    const LONGEST: usize = 500;
    match serde_json::from_slice::<Refusal>(body) {
        Ok(refusal) => refusal.detail,
        Err(_) => String::from_utf8_lossy(&body[..body.len().min(LONGEST)]).into_owned(),
    }
}

/// What reqwest says by itself leaves out the reason.
fn with_causes(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    text
}

#[cfg(test)]
mod tests;
