//! A file over HTTP: resumed where it broke off, and kept only if it has the size and the hash that were announced.

use super::hub::make_folder_of;
use anyhow::{Context, anyhow, bail};
use futures::StreamExt;
use reqwest::{Response, StatusCode, Url, header};
use serde::de::DeserializeOwned;
use sha1::Sha1;
use sha2::{Digest as _, Sha256};
use std::{
    fs::File,
    io::{self, Read},
    path::{Path, PathBuf},
    time::{Duration, Instant},
};
use tokio::io::AsyncWriteExt;

const CONNECT: Duration = Duration::from_secs(10);
/// A server that says nothing for so long is taken for gone; what it sent is kept.
const SILENCE: Duration = Duration::from_secs(30);
/// Tries in a row that bring nothing new.
const FRUITLESS_TRIES: u32 = 4;
const PAUSE: Duration = Duration::from_millis(250);
const PROGRESS_EVERY: Duration = Duration::from_secs(5);

/// What is to be had, and how to know that it is that.
pub struct Remote {
    pub url: Url,
    pub size: Option<u64>,
    pub digest: Digest,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Digest {
    Sha256(String),
    /// SHA-1 over a header and the file, as git names small files.
    GitBlob(String),
}

pub struct Downloader {
    http: reqwest::Client,
}

/// How one try ended.
enum Try {
    Complete,
    /// With more of the file than before, or not; the reason for both.
    Broken(anyhow::Error),
    /// No further try would help.
    Hopeless(anyhow::Error),
}

impl Downloader {
    pub fn new() -> anyhow::Result<Self> {
        let http = reqwest::Client::builder().connect_timeout(CONNECT).read_timeout(SILENCE).build()?;
        Ok(Self { http })
    }

    pub async fn json<T: DeserializeOwned>(&self, url: &Url) -> anyhow::Result<T> {
        let response = self.http.get(url.clone()).send().await?.error_for_status()?;
        response.json().await.context("read the answer")
    }

    /// Fetches into a file, by way of one beside it that outlives a failure.
    pub async fn fetch(&self, remote: &Remote, target: &Path) -> anyhow::Result<()> {
        make_folder_of(target)?;
        if target.is_file() && verify(remote, target).await.is_ok() {
            return Ok(());
        }
        let mut part = target.as_os_str().to_owned();
        part.push(".part");
        let part = PathBuf::from(part);
        self.transfer(remote, &part).await?;
        if let Err(error) = verify(remote, &part).await {
            // The start may be of another version than the end: once more, as a whole.
            tracing::warn!(url = %remote.url, "what came is wrong and is fetched again: {error:#}");
            remove(&part).await?;
            self.transfer(remote, &part).await?;
            if let Err(error) = verify(remote, &part).await {
                remove(&part).await?;
                return Err(error);
            }
        }
        tokio::fs::rename(&part, target).await.with_context(|| format!("name {}", target.display()))
    }

    async fn transfer(&self, remote: &Remote, part: &Path) -> anyhow::Result<()> {
        let mut fruitless = 0;
        loop {
            let before = size_of(part).await;
            let error = match self.try_once(remote, part, before).await {
                Try::Complete => return Ok(()),
                Try::Hopeless(error) => return Err(error),
                Try::Broken(error) => error,
            };
            fruitless = if size_of(part).await > before { 0 } else { fruitless + 1 };
            if fruitless >= FRUITLESS_TRIES {
                return Err(error.context(format!("given up after {FRUITLESS_TRIES} tries")));
            }
            tracing::warn!(url = %remote.url, "broke off and goes on: {error:#}");
            tokio::time::sleep(PAUSE * 2_u32.pow(fruitless)).await;
        }
    }

    async fn try_once(&self, remote: &Remote, part: &Path, have: u64) -> Try {
        if remote.size.is_some_and(|size| size == have) && have > 0 {
            return Try::Complete;
        }
        let mut request = self.http.get(remote.url.clone());
        if have > 0 {
            request = request.header(header::RANGE, format!("bytes={have}-"));
        }
        let response = match request.send().await {
            Ok(response) => response,
            Err(error) => return Try::Broken(error.into()),
        };
        let start = match response.status() {
            StatusCode::PARTIAL_CONTENT if starts_at(&response) == Some(have) => have,
            StatusCode::OK => 0,
            // It has less than we: what we have is not of this file.
            StatusCode::RANGE_NOT_SATISFIABLE | StatusCode::PARTIAL_CONTENT => {
                return match remove(part).await {
                    Ok(()) => Try::Broken(anyhow!("the server has another file than before")),
                    Err(error) => Try::Hopeless(error),
                };
            }
            status if status.is_server_error() || status == StatusCode::TOO_MANY_REQUESTS => {
                return Try::Broken(anyhow!("the server answers {status}"));
            }
            status => return Try::Hopeless(anyhow!("the server answers {status}")),
        };
        match receive(response, part, start, remote).await {
            Ok(()) => Try::Complete,
            Err(error) if error.is::<io::Error>() => Try::Hopeless(error.context(format!("write {}", part.display()))),
            Err(error) => Try::Broken(error),
        }
    }
}

/// An `io::Error` is of our disk; everything else is of the network.
async fn receive(response: Response, part: &Path, start: u64, remote: &Remote) -> anyhow::Result<()> {
    let mut options = tokio::fs::OpenOptions::new();
    let mut file = options.create(true).append(true).open(part).await?;
    // From the beginning, if the server does not know how to go on.
    file.set_len(start).await?;
    let total = remote.size.or_else(|| Some(start + response.content_length()?));
    let (mut size, mut told) = (start, Instant::now());
    let mut chunks = response.bytes_stream();
    let outcome = loop {
        let chunk = match chunks.next().await {
            None => break Ok(()),
            Some(Err(error)) => break Err(anyhow::Error::new(error)),
            Some(Ok(chunk)) => chunk,
        };
        size += chunk.len() as u64;
        if total.is_some_and(|total| size > total) {
            break Err(anyhow!("the server sends more than the {} bytes that were announced", total.unwrap_or(0)));
        }
        file.write_all(&chunk).await?;
        if told.elapsed() > PROGRESS_EVERY {
            told = Instant::now();
            let percent = total.map_or_else(|| "?".to_owned(), |total| (size * 100 / total.max(1)).to_string());
            tracing::info!(url = %remote.url, "{percent} %, {} MB", size / 1_000_000);
        }
    };
    file.flush().await?;
    file.sync_all().await?;
    outcome?;
    match total {
        Some(total) if size < total => bail!("it ended after {size} of {total} bytes"),
        _ => Ok(()),
    }
}

/// Where a partial answer starts: `Content-Range: bytes 100-199/200`.
fn starts_at(response: &Response) -> Option<u64> {
    let range = response.headers().get(header::CONTENT_RANGE)?.to_str().ok()?;
    range.strip_prefix("bytes ")?.split('-').next()?.trim().parse().ok()
}

async fn size_of(part: &Path) -> u64 {
    tokio::fs::metadata(part).await.map_or(0, |data| data.len())
}

async fn remove(file: &Path) -> anyhow::Result<()> {
    match tokio::fs::remove_file(file).await {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            Err(error).with_context(|| format!("remove {}", file.display()))
        }
        _ => Ok(()),
    }
}

async fn verify(remote: &Remote, file: &Path) -> anyhow::Result<()> {
    let size = size_of(file).await;
    if remote.size.is_some_and(|expected| expected != size) {
        bail!("it has {size} bytes, {} were announced", remote.size.unwrap_or(0));
    }
    let (wanted, file) = (remote.digest.clone(), file.to_owned());
    let hashing = tokio::task::spawn_blocking(move || wanted.check(&file, size));
    hashing.await.context("the thread that hashes ended")?
}

impl Digest {
    fn check(&self, file: &Path, size: u64) -> anyhow::Result<()> {
        let (expected, found) = match self {
            Self::Sha256(expected) => (expected, hex::encode(hash(file, Sha256::new())?)),
            Self::GitBlob(expected) => {
                (expected, hex::encode(hash(file, Sha1::new().chain_update(format!("blob {size}\0")))?))
            }
        };
        anyhow::ensure!(expected.eq_ignore_ascii_case(&found), "its hash is {found}, {expected} was announced");
        Ok(())
    }
}

fn hash<H: sha2::Digest>(file: &Path, mut hasher: H) -> anyhow::Result<Vec<u8>> {
    let mut file = File::open(file).with_context(|| format!("read {}", file.display()))?;
    let mut buffer = vec![0; 1 << 18];
    loop {
        let count = file.read(&mut buffer)?;
        if count == 0 {
            return Ok(hasher.finalize().to_vec());
        }
        hasher.update(&buffer[..count]);
    }
}
