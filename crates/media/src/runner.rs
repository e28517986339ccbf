//! The parent's side: starts children, asks them, keeps a few for the next file, and ends those that misbehave.

use crate::{
    error::{Error, Result},
    protocol::{Line, Program, Request, Response},
};
use config::MediaLimits;
use std::{
    os::unix::process::ExitStatusExt,
    path::{Path, PathBuf},
    process::Stdio,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    process::{Child, ChildStderr, ChildStdin, ChildStdout, Command},
    task::JoinHandle,
};

/// A child that nobody needed for so long gives its memory back.
const IDLE: Duration = Duration::from_secs(15);
/// Libraries leak and fragment: a child serves so many files and is replaced.
const FILES_PER_CHILD: u32 = 500;
/// An answer is a few kilobytes.
const MAX_LINE_BYTES: u64 = 4 * 1024 * 1024;
/// Of what a child complained about, the end tells most.
const LAST_WORDS_BYTES: usize = 2048;

/// Cheap to clone; all clones share the idle children.
#[derive(Clone)]
pub struct Runner(Arc<Inner>);

struct Inner {
    /// Where the programs are.
    folder: PathBuf,
    limits: MediaLimits,
    idle: Mutex<Vec<Idle>>,
}

struct Idle {
    program: Program,
    child: Process,
    since: Instant,
}

struct Process {
    child: Child,
    stdin: ChildStdin,
    stdout: BufReader<ChildStdout>,
    last_words: JoinHandle<Vec<u8>>,
    served: u32,
}

impl Runner {
    /// With the children's programs beside the one that runs.
    pub fn beside_this_program(limits: MediaLimits) -> Result<Self> {
        let own = std::env::current_exe().map_err(|error| Error::Io(format!("find this program: {error}")))?;
        Ok(Self::new(own.parent().map(Path::to_owned).unwrap_or_default(), limits))
    }

    /// With the children's programs in this folder.
    pub fn new(folder: PathBuf, limits: MediaLimits) -> Self {
        let inner = Arc::new(Inner { folder, limits, idle: Mutex::default() });
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

    /// A program that is not there. What needs it fails.
    pub fn missing_program(&self) -> Option<PathBuf> {
        let programs = [Program::Image, Program::Video].map(|program| self.0.folder.join(program.name()));
        programs.into_iter().find(|program| !program.exists())
    }

    /// What its children may take.
    pub fn limits(&self) -> &MediaLimits {
        &self.0.limits
    }

    /// Asks a child. It is killed when it takes too long or when the caller goes away.
    pub async fn call(&self, request: &Request, timeout: Duration, on_progress: impl Fn(f32)) -> Result<Response> {
        let program = request.program();
        let mut process = match self.0.take_idle(program) {
            Some(child) => child,
            None => self.start(program)?,
        };
        let answered = tokio::time::timeout(timeout, process.ask(request, self.limits(), on_progress)).await;
        match answered {
            Ok(Ok(answer)) => {
                process.served += 1;
                if process.served < FILES_PER_CHILD {
                    self.0.idle().push(Idle { program, child: process, since: Instant::now() });
                }
                answer
            }
            // Neither is asked again; dropped, both are killed.
            Ok(Err(broken)) => Err(broken),
            Err(_) => Err(Error::TimedOut(timeout.as_secs())),
        }
    }

    fn start(&self, program: Program) -> Result<Process> {
        let program = self.0.folder.join(program.name());
        let mut child = Command::new(&program)
            .env_clear()
            .envs(config::env::of_drivers())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .map_err(|error| Error::io("start", &program, &error))?;
        let pipes = child.stdin.take().zip(child.stdout.take()).zip(child.stderr.take());
        let Some(((stdin, stdout), stderr)) = pipes else {
            return Err(Error::Io("the child has no pipes".to_owned()));
        };
        let last_words = tokio::spawn(last_words(stderr));
        Ok(Process { child, stdin, stdout: BufReader::new(stdout), last_words, served: 0 })
    }
}

impl Inner {
    fn take_idle(&self, program: Program) -> Option<Process> {
        let mut idle = self.idle();
        let last = idle.iter().rposition(|idle| idle.program == program)?;
        Some(idle.remove(last).child)
    }

    fn idle(&self) -> std::sync::MutexGuard<'_, Vec<Idle>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Process {
    /// The outer error: the child is of no use any more. The inner one: it is well and says what is wrong with the file.
    async fn ask(
        &mut self,
        request: &Request,
        limits: &MediaLimits,
        on_progress: impl Fn(f32),
    ) -> Result<Result<Response>> {
        let mut lines = Vec::new();
        if self.served == 0 {
            write_line(&mut lines, limits)?;
        }
        write_line(&mut lines, request)?;
        if self.stdin.write_all(&lines).await.is_err() {
            return Err(self.how_it_ended().await);
        }
        loop {
            let mut line = Vec::new();
            let read = (&mut self.stdout).take(MAX_LINE_BYTES).read_until(b'\n', &mut line).await;
            if !matches!(read, Ok(1..)) {
                return Err(self.how_it_ended().await);
            }
            match serde_json::from_slice::<Line>(&line) {
                Ok(Line::Progress(share)) => on_progress(share),
                Ok(Line::Ok(response)) => return Ok(Ok(response)),
                Ok(Line::Error(error)) => return Ok(Err(error)),
                Err(_) => return Err(Error::Crashed("it answered nonsense".to_owned())),
            }
        }
    }

    /// The pipe is closed, so the process has ended or is about to.
    async fn how_it_ended(&mut self) -> Error {
        let status = match self.child.wait().await {
            Ok(status) => status,
            Err(error) => return Error::Io(format!("wait for the child: {error}")),
        };
        let words = (&mut self.last_words).await.unwrap_or_default();
        let words = String::from_utf8_lossy(&words);
        // So say Rust and C++ when there is no more memory to be had.
        if words.contains("memory allocation of") || words.contains("bad_alloc") {
            return Error::OutOfMemory;
        }
        let last = words.lines().last().unwrap_or_default();
        match status.signal() {
            Some(signal) => Error::Crashed(format!("signal {signal}: {last}")),
            None => Error::Crashed(format!("it ended with {status}: {last}")),
        }
    }
}

/// Reads what encoders and crashes write, and keeps the end of it.
async fn last_words(mut stderr: ChildStderr) -> Vec<u8> {
    let mut words = Vec::new();
    let mut piece = [0; 1024];
    while let Ok(length @ 1..) = stderr.read(&mut piece).await {
        tracing::debug!("a media child says: {}", String::from_utf8_lossy(&piece[..length]).trim_end());
        words.extend_from_slice(&piece[..length]);
        words.drain(..words.len().saturating_sub(LAST_WORDS_BYTES));
    }
    words
}

fn write_line(lines: &mut Vec<u8>, value: &impl serde::Serialize) -> Result<()> {
    serde_json::to_writer(&mut *lines, value).map_err(|error| Error::Unsupported(error.to_string()))?;
    lines.push(b'\n');
    Ok(())
}
