//! One of the worker's children, asked in lines of JSON as the worker asks it.

use std::{
    io::{BufRead as _, BufReader, Lines, Write as _},
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
};

use anyhow::{Context, Result, bail, ensure};
use serde_json::{Value, json};

use super::usage;
use crate::paths;

pub struct MediaProcess {
    process: Child,
    requests: ChildStdin,
    answers: Lines<BufReader<ChildStdout>>,
}

impl MediaProcess {
    /// `image-child` or `video-child`.
    pub fn start(program: &str) -> Result<Self> {
        let mut command = Command::new(paths::programs(false).join(program));
        command.env_clear().stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut process = command.spawn().context("start a media process")?;
        let pipes = process.stdin.take().zip(process.stdout.take());
        let (requests, answers) = pipes.context("the media process has no pipes")?;
        let mut started = Self { process, requests, answers: BufReader::new(answers).lines() };
        // With the limits that an operator has who sets none.
        started.say(&json!({}))?;
        Ok(started)
    }

    /// The answer to a request of this kind; what it says of its progress is passed over.
    pub fn ask(&mut self, kind: &str, request: &Value) -> Result<Value> {
        self.say(&json!({ kind: request }))?;
        loop {
            let line = self.answers.next().context("the media process has ended")?.context("read its answer")?;
            let mut answer: Value = serde_json::from_str(&line).context("understand its answer")?;
            if answer.get("progress").is_some() {
                continue;
            }
            match answer["ok"].get_mut(kind) {
                Some(answer) if !answer.is_null() => return Ok(answer.take()),
                _ => bail!("the media process says: {line}"),
            }
        }
    }

    /// Asks, and waits only until the first part of the request is done.
    pub fn begin(&mut self, kind: &str, request: &Value) -> Result<()> {
        self.say(&json!({ kind: request }))?;
        let line = self.answers.next().context("the media process has ended")?.context("read its answer")?;
        let answer: Value = serde_json::from_str(&line).context("understand its answer")?;
        ensure!(answer.get("progress").is_some(), "the media process says: {line}");
        Ok(())
    }

    /// User and system time so far.
    pub fn cpu_seconds(&self) -> Result<f64> {
        usage::cpu_seconds(self.process.id())
    }

    pub fn peak_megabytes(&self) -> Result<f64> {
        usage::peak_megabytes(self.process.id())
    }

    fn say(&mut self, line: &Value) -> Result<()> {
        writeln!(self.requests, "{line}").and_then(|()| self.requests.flush()).context("ask the media process")
    }
}

impl Drop for MediaProcess {
    fn drop(&mut self) {
        // It ends with its input; a kill does not wait for a picture.
        drop(self.process.kill());
        drop(self.process.wait());
    }
}
