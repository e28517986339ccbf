//! The parent's side: starts children, asks them, keeps a few for the next file, and ends those that misbehave.

use crate::{
    error::{Error, Result},
    protocol::{Limits, Line, Request, Response},
};
use std::{
    ffi::OsString,
    os::unix::process::ExitStatusExt,
    path::PathBuf,
    process::Stdio,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines},
    process::{Child, ChildStdin, ChildStdout, Command},
};

/// A child that nobody needed for so long gives its memory back.
const IDLE: Duration = Duration::from_secs(15);
/// Libraries leak and fragment: a child serves so many files and is replaced.
const FILES_PER_CHILD: u32 = 500;
/// An answer is a few kilobytes.
const MAX_LINE_BYTES: usize = 4 * 1024 * 1024;

/// Cheap to clone; all clones share the idle children.
#[derive(Clone)]
pub struct Runner(Arc<Inner>);

struct Inner {
    program: PathBuf,
    args: Vec<OsString>,
    idle: Mutex<Vec<Idle>>,
}

struct Idle {
    child: Process,
    since: Instant,
}

struct Process {
    child: Child,
    stdin: ChildStdin,
    lines: Lines<BufReader<ChildStdout>>,
    memory_bytes: u64,
    served: u32,
}

impl Runner {
    /// `program` with `args` must call [`crate::child::main`].
    pub fn new(program: PathBuf, args: Vec<OsString>) -> Self {
        let inner = Arc::new(Inner { program, args, idle: Mutex::default() });
        let weak = Arc::downgrade(&inner);
        tokio::spawn(async move {
            while let Some(inner) = weak.upgrade() {
                inner.idle().retain(|idle| idle.since.elapsed() < IDLE);
                drop(inner);
                tokio::time::sleep(IDLE / 2).await;
            }
        });
        Self(inner)
    }

    /// Asks a child. It is killed when it takes too long or when the caller goes away.
    pub async fn call(
        &self,
        request: &Request,
        timeout: Duration,
        memory_bytes: u64,
        on_progress: impl Fn(f32),
    ) -> Result<Response> {
        let mut process = match self.take_idle(memory_bytes) {
            Some(process) => process,
            None => self.start(memory_bytes)?,
        };
        let answered = tokio::time::timeout(timeout, process.ask(request, on_progress)).await;
        match answered {
            Ok(Ok(answer)) => {
                process.served += 1;
                if process.served < FILES_PER_CHILD {
                    self.0.idle().push(Idle { child: process, since: Instant::now() });
                }
                answer
            }
            // Neither is asked again; dropped, both are killed.
            Ok(Err(broken)) => Err(broken),
            Err(_) => Err(Error::TimedOut(timeout.as_secs())),
        }
    }

    fn take_idle(&self, memory_bytes: u64) -> Option<Process> {
        let mut idle = self.0.idle();
        let at = idle.iter().rposition(|idle| idle.child.memory_bytes == memory_bytes)?;
        Some(idle.swap_remove(at).child)
    }

    fn start(&self, memory_bytes: u64) -> Result<Process> {
        let mut child = Command::new(&self.0.program)
            .args(&self.0.args)
            .env_clear()
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            // Encoders talk there; what matters comes back as an answer.
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .map_err(|error| Error::io("start", &self.0.program, &error))?;
        let (Some(stdin), Some(stdout)) = (child.stdin.take(), child.stdout.take()) else {
            return Err(Error::Io("the child has no pipes".to_owned()));
        };
        let lines = BufReader::new(stdout).lines();
        Ok(Process { child, stdin, lines, memory_bytes, served: 0 })
    }
}

impl Inner {
    fn idle(&self) -> std::sync::MutexGuard<'_, Vec<Idle>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Process {
    /// The outer error: the child is of no use any more. The inner one: it is well and says what is wrong with the file.
    async fn ask(&mut self, request: &Request, on_progress: impl Fn(f32)) -> Result<Result<Response>> {
        let mut lines = Vec::new();
        if self.served == 0 {
            write_line(&mut lines, &Limits { memory_bytes: self.memory_bytes })?;
        }
        write_line(&mut lines, request)?;
        if self.stdin.write_all(&lines).await.is_err() {
            return Err(self.how_it_ended().await);
        }
        loop {
            let Ok(Some(line)) = self.lines.next_line().await else { return Err(self.how_it_ended().await) };
            if line.len() > MAX_LINE_BYTES {
                return Err(Error::Crashed("it answered at length".to_owned()));
            }
            match serde_json::from_str::<Line>(&line) {
                Ok(Line::Progress(share)) => on_progress(share),
                Ok(Line::Ok(response)) => return Ok(Ok(response)),
                Ok(Line::Error(error)) => return Ok(Err(error)),
                Err(_) => return Err(Error::Crashed("it answered nonsense".to_owned())),
            }
        }
    }

    /// The pipe is closed, so the process has ended or is about to.
    async fn how_it_ended(&mut self) -> Error {
        match self.child.wait().await {
            Ok(status) => match status.signal() {
                Some(signal) => Error::Crashed(format!("signal {signal}")),
                None => Error::Crashed(format!("it ended with {status}")),
            },
            Err(error) => Error::Io(format!("wait for the child: {error}")),
        }
    }
}

fn write_line(lines: &mut Vec<u8>, value: &impl serde::Serialize) -> Result<()> {
    serde_json::to_writer(&mut *lines, value).map_err(|error| Error::Io(error.to_string()))?;
    lines.push(b'\n');
    Ok(())
}
