//! Who is compared: our service, one in Python, and the network without any.

use std::{
    io::{BufRead as _, BufReader, Lines, Write as _},
    path::{Path, PathBuf},
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail, ensure};
use serde_json::json;

use super::{
    super::{
        client::{self, Load, Part, Request},
        idle::Stopped,
        usage,
    },
    MODEL, scripts,
};
use crate::{data::free_ports, http, onnx, paths};

/// Longer than a turn of the other sides takes, so that no model is let go before the end.
const TTL_SECONDS: u64 = 60;
/// For a program to answer, and for models to go.
const PATIENCE: Duration = Duration::from_secs(180);
const ASK_AGAIN: Duration = Duration::from_millis(50);

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Visual,
    Textual,
}

impl Kind {
    fn word(self) -> &'static str {
        if self == Self::Visual { "visual" } else { "textual" }
    }

    pub fn what(self) -> &'static str {
        if self == Self::Visual { "pictures" } else { "texts" }
    }
}

/// A program that answers over HTTP.
pub struct Service {
    program: Stopped,
    port: u16,
}

impl Service {
    pub async fn ours(cache: &Path) -> Result<Self> {
        let [port] = free_ports([0])?;
        let mut command = Command::new(paths::programs(false).join("ml"));
        command.env_clear().env(onnx::LIBRARY_VARIABLE, onnx::library()?);
        command.env("MACHINE_LEARNING_CACHE_FOLDER", cache).env("IMMICH_LOG_LEVEL", "warn");
        command.env("MACHINE_LEARNING_MODEL_TTL", TTL_SECONDS.to_string());
        command.env("MACHINE_LEARNING_MODEL_TTL_POLL_S", "1");
        command.env("IMMICH_HOST", "127.0.0.1").env("IMMICH_PORT", port.to_string());
        Self::start(command, port).await
    }

    pub async fn one_by_one(python: &Path, folder: &Path) -> Result<Self> {
        let [port] = free_ports([0])?;
        let mut command = Command::new(python);
        command.arg(scripts().join("one_by_one.py")).arg(folder).arg(port.to_string()).arg(threads()?);
        Self::start(command, port).await
    }

    async fn start(mut command: Command, port: u16) -> Result<Self> {
        let started = Instant::now();
        let mut program = Stopped(command.stdin(Stdio::null()).spawn().context("start a model service")?);
        while http::get(port, "/ping").await.is_none() {
            if let Some(status) = program.0.try_wait()? {
                bail!("a model service ended ({status}) before it answered");
            }
            ensure!(started.elapsed() < PATIENCE, "a model service does not answer");
            tokio::time::sleep(ASK_AGAIN).await;
        }
        Ok(Self { program, port })
    }

    /// About a picture or a text.
    pub fn question(&self, kind: Kind, content: &[u8]) -> Request {
        let entries = json!({ "clip": { kind.word(): { "modelName": MODEL } } }).to_string();
        let content = match kind {
            Kind::Visual => Part::file("image", "preview.jpg", content),
            Kind::Textual => Part::field("text", content),
        };
        client::form(self.port, "/predict", "", &[Part::field("entries", entries.as_bytes()), content])
    }

    /// So many questions, these in turn.
    pub async fn load(&self, clients: usize, questions: &[Request], count: usize) -> Result<Load> {
        let questions: Vec<Request> = questions.iter().cycle().take(count).cloned().collect();
        client::load(self.port, clients, questions.into_iter()).await
    }

    pub async fn embedding(&self, question: &Request) -> Result<Vec<f64>> {
        let answer = client::ask(self.port, question).await?;
        let text = answer["clip"].as_str().context("the answer has no embedding")?;
        serde_json::from_str(text).context("read the embedding")
    }

    pub fn resident_megabytes(&self) -> Result<f64> {
        usage::resident_megabytes(self.program.0.id())
    }

    pub async fn wait_until_empty(&self) -> Result<()> {
        let started = Instant::now();
        while self.metric("ml_models_loaded").await? > 0.0 {
            ensure!(started.elapsed() < PATIENCE, "the models are not let go");
            tokio::time::sleep(ASK_AGAIN).await;
        }
        // The thread of a model ends after it is let go.
        tokio::time::sleep(Duration::from_secs(2)).await;
        Ok(())
    }

    /// Spent so far, all requests together.
    pub async fn seconds(&self) -> Result<Seconds> {
        let stage = |name: &str| format!("ml_stage_seconds_sum{{stage=\"{name}\"}}");
        Ok(Seconds {
            request: self.metric("ml_request_seconds_sum").await?,
            decode: self.metric(&stage("decode")).await?,
            prepare: self.metric(&stage("prepare")).await?,
            run: self.metric(&stage("run")).await?,
        })
    }

    async fn metric(&self, series: &str) -> Result<f64> {
        let metrics = http::get(self.port, "/metrics").await.context("the service tells no metrics")?;
        let line = metrics.lines().find_map(|line| line.strip_prefix(series));
        let line = line.with_context(|| format!("it does not tell {series}"))?;
        line.trim().parse().with_context(|| format!("{series} is no number"))
    }
}

pub struct Seconds {
    pub request: f64,
    pub decode: f64,
    pub prepare: f64,
    pub run: f64,
}

impl Seconds {
    pub fn since(&self, before: &Self) -> Self {
        Self {
            request: self.request - before.request,
            decode: self.decode - before.decode,
            prepare: self.prepare - before.prepare,
            run: self.run - before.run,
        }
    }
}

/// The network in a loop.
pub struct Plain {
    program: Child,
    orders: ChildStdin,
    answers: Lines<BufReader<ChildStdout>>,
}

impl Plain {
    pub fn start(python: &Path, folder: &Path, pictures: &[PathBuf]) -> Result<Self> {
        let mut command = Command::new(python);
        command.arg(scripts().join("plain.py")).arg(folder).arg(threads()?).args(pictures);
        let mut program = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().context("start Python")?;
        let (orders, answers) = program.stdin.take().zip(program.stdout.take()).context("Python has no pipes")?;
        let mut started = Self { program, orders, answers: BufReader::new(answers).lines() };
        ensure!(started.line()? == "ready", "plain.py does not start");
        Ok(started)
    }

    pub fn per_second(&mut self, kind: Kind, runs: u32) -> Result<f64> {
        self.measure(kind.word(), runs)
    }

    /// Pictures, each of which is decoded first.
    pub fn decoded_per_second(&mut self, runs: u32) -> Result<f64> {
        self.measure("decoded", runs)
    }

    fn measure(&mut self, word: &str, runs: u32) -> Result<f64> {
        writeln!(self.orders, "{word} {runs}").context("ask plain.py")?;
        let seconds: f64 = self.line()?.parse().context("read what plain.py says")?;
        Ok(f64::from(runs) / seconds)
    }

    fn line(&mut self) -> Result<String> {
        self.answers.next().context("plain.py has ended")?.context("read what plain.py says")
    }
}

impl Drop for Plain {
    fn drop(&mut self) {
        drop(self.program.kill());
        drop(self.program.wait());
    }
}

/// As many as our service takes if nobody says otherwise: all sides have the same.
fn threads() -> Result<String> {
    Ok(thread::available_parallelism().context("count the cores")?.to_string())
}
