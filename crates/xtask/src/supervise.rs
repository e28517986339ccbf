//! Keeps programs running: starts them one after the other, restarts what crashes, stops all in order.
//!
//! What must stay true: a program is started again only while nobody asked it to stop, and after `stop_all` none of
//! them runs.

use std::{
    process::Stdio,
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail};
use rustix::process::Signal;
use tokio::{
    process::{Child, Command},
    sync::watch,
    task::JoinHandle,
    time::{sleep, timeout},
};

use crate::{
    log::Log,
    process::{self, ProcessId, Program},
};

/// The first wait after a crash; it doubles up to the longest.
const FIRST_WAIT: Duration = Duration::from_secs(1);
const LONGEST_WAIT: Duration = Duration::from_secs(30);
/// A program that ran this long has recovered: its next crash is a first one again.
const RECOVERED: Duration = Duration::from_secs(60);
/// How often readiness is asked for: start-up should not wait for us.
const ASK_AGAIN: Duration = Duration::from_millis(25);

/// Told of every process that starts, so that the next run can find what this one left behind.
pub type Notebook = Arc<dyn Fn(&'static str, ProcessId) + Send + Sync>;

pub struct Supervisor {
    log: Log,
    notebook: Notebook,
    first_wait: Duration,
    services: Vec<Service>,
}

struct Service {
    name: &'static str,
    stop: watch::Sender<bool>,
    /// How it ended last; `None` while it has never ended.
    ended: Arc<Mutex<Option<String>>>,
    keeper: JoinHandle<()>,
}

impl Supervisor {
    pub fn new(log: Log, notebook: Notebook) -> Self {
        Self { log, notebook, first_wait: FIRST_WAIT, services: Vec::new() }
    }

    /// Starts a program and keeps it running from now on.
    pub fn start(&mut self, program: Program) -> Result<()> {
        let (stop, stopping) = watch::channel(false);
        let keeper =
            Keeper { program, log: self.log.clone(), notebook: self.notebook.clone(), stopping, ended: Arc::default() };
        let child = keeper.spawn()?;
        self.services.push(Service {
            name: keeper.program.name,
            stop,
            ended: keeper.ended.clone(),
            keeper: tokio::spawn(keeper.keep_running(child, self.first_wait)),
        });
        Ok(())
    }

    /// Waits until `check` holds. A program that ends before it was ever ready has a fault that trying again will not
    /// mend, so that is an error.
    pub async fn ready(&self, name: &str, limit: Duration, check: impl AsyncFn() -> bool) -> Result<()> {
        let service = self.service(name)?;
        let start = Instant::now();
        while !check().await {
            if let Some(how) = service.ended.lock().expect("never held across a panic").as_ref() {
                bail!("{name} {how} before it was ready; the reason is in its lines above");
            }
            if start.elapsed() > limit {
                bail!("{name} is not ready after {} seconds; see its lines above", limit.as_secs());
            }
            sleep(ASK_AGAIN).await;
        }
        Ok(())
    }

    /// Stops the programs in the given order, each before the next, then any that are not named.
    pub async fn stop_all(&mut self, order: &[&str]) {
        let rank = |name: &str| order.iter().position(|first| *first == name).unwrap_or(order.len());
        self.services.sort_by_key(|service| rank(service.name));
        for service in self.services.drain(..) {
            service.stop.send_replace(true);
            if service.keeper.await.is_err() {
                self.log.line("xtask", &format!("the task that kept {} running failed", service.name));
            }
        }
    }

    fn service(&self, name: &str) -> Result<&Service> {
        self.services.iter().find(|service| service.name == name).with_context(|| format!("{name} was never started"))
    }
}

/// The task behind one program.
struct Keeper {
    program: Program,
    log: Log,
    notebook: Notebook,
    stopping: watch::Receiver<bool>,
    ended: Arc<Mutex<Option<String>>>,
}

impl Keeper {
    fn spawn(&self) -> Result<Child> {
        let name = self.program.name;
        let mut child = Command::from(self.program.to_command())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .with_context(|| format!("start {name}"))?;
        if let Some(id) = child.id().and_then(ProcessId::of) {
            (self.notebook)(name, id);
        }
        child.stdout.take().map(|out| self.log.follow(name, out));
        child.stderr.take().map(|out| self.log.follow(name, out));
        Ok(child)
    }

    async fn keep_running(mut self, child: Child, first_wait: Duration) {
        let mut child = Some(child);
        let mut wait = first_wait;
        loop {
            if let Some(running) = child.take() {
                let start = Instant::now();
                let Some(how) = self.until_it_ends(running).await else { return };
                if start.elapsed() > RECOVERED {
                    wait = first_wait;
                }
                self.log.line("xtask", &format!("{} {how}; again in {:.1} s", self.program.name, wait.as_secs_f32()));
            }
            tokio::select! {
                () = sleep(wait) => {}
                () = asked(&mut self.stopping) => return,
            }
            wait = (wait * 2).min(LONGEST_WAIT);
            match self.spawn() {
                Ok(started) => child = Some(started),
                Err(error) => self.log.line("xtask", &format!("{error:#}")),
            }
        }
    }

    /// Says how it ended by itself, or stops it when asked and says nothing.
    async fn until_it_ends(&mut self, mut child: Child) -> Option<String> {
        tokio::select! {
            status = child.wait() => {
                let how = match status {
                    Ok(status) => format!("ended ({status})"),
                    Err(error) => format!("was lost ({error})"),
                };
                *self.ended.lock().expect("never held across a panic") = Some(how.clone());
                Some(how)
            }
            () = asked(&mut self.stopping) => {
                self.stop(&mut child).await;
                None
            }
        }
    }

    async fn stop(&self, child: &mut Child) {
        let Some(pid) = child.id() else { return };
        process::signal(pid, self.program.stop);
        if timeout(self.program.patience, child.wait()).await.is_err() {
            let seconds = self.program.patience.as_secs_f32();
            self.log.line("xtask", &format!("{} did not stop within {seconds:.0} s: killed", self.program.name));
            process::kill_group(i32::try_from(pid).expect("process ids are small positive numbers"));
            let _its_status_is_known = child.wait().await;
        }
    }
}

/// Completes when the program is asked to stop, or when nobody is left to ask.
async fn asked(stopping: &mut watch::Receiver<bool>) {
    drop(stopping.wait_for(|stop| *stop).await);
}

/// Completes on the first Ctrl-C, SIGTERM or lost terminal.
pub async fn told_to_stop() -> Result<()> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    let mut hangup = signal(SignalKind::hangup())?;
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
        _ = hangup.recv() => {}
    }
    Ok(())
}

/// The signal Postgres wants for "disconnect everybody and stop"; the others stop well on SIGTERM.
pub const FAST_SHUTDOWN: Signal = Signal::INT;

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    fn shell(name: &'static str, script: &str) -> Program {
        let program = Program::new(name, Path::new("sh")).arg("-c").arg(script);
        Program { patience: Duration::from_millis(500), ..program }
    }

    /// What was started last under each name.
    type Started = Arc<Mutex<std::collections::HashMap<&'static str, ProcessId>>>;

    fn supervisor() -> (Supervisor, Log, Started) {
        let (log, started) = (Log::kept(), Started::default());
        let note = started.clone();
        let notebook: Notebook = Arc::new(move |name, id| {
            note.lock().unwrap().insert(name, id);
        });
        let mut supervisor = Supervisor::new(log.clone(), notebook);
        supervisor.first_wait = Duration::from_millis(20);
        (supervisor, log, started)
    }

    async fn until(log: &Log, wanted: &str) -> Vec<String> {
        for _ in 0..400 {
            if log.lines().iter().any(|line| line.contains(wanted)) {
                return log.lines();
            }
            sleep(Duration::from_millis(10)).await;
        }
        panic!("no line with {wanted:?} in {:#?}", log.lines());
    }

    #[tokio::test]
    async fn a_crash_is_followed_by_a_restart() {
        let folder = tempfile::tempdir().unwrap();
        let script = format!(
            "cd {}; echo x >> runs; test $(wc -l < runs) = 3 && echo third && exec sleep 30; exit 7",
            folder.path().display()
        );
        let (mut supervisor, log, started) = supervisor();
        supervisor.start(shell("server", &script)).unwrap();
        let lines = until(&log, "third").await;
        assert_eq!(lines.iter().filter(|line| line.contains("exit status: 7")).count(), 2, "{lines:#?}");
        assert!(lines.iter().any(|line| line == "server   | third"), "{lines:#?}");
        let pid = started.lock().unwrap()["server"];
        supervisor.stop_all(&[]).await;
        assert!(!pid.is_alive());
    }

    #[tokio::test]
    async fn programs_stop_in_order_and_the_stubborn_are_killed() {
        let (mut supervisor, log, started) = supervisor();
        let polite = "trap 'echo bye; exit 0' TERM; echo up; while :; do sleep 0.02; done";
        supervisor.start(shell("redis", polite)).unwrap();
        supervisor.start(shell("server", polite)).unwrap();
        supervisor.start(shell("worker", "trap '' TERM; echo deaf; while :; do sleep 0.02; done")).unwrap();
        until(&log, "redis    | up").await;
        until(&log, "server   | up").await;
        until(&log, "worker   | deaf").await;
        let worker = started.lock().unwrap()["worker"];
        supervisor.stop_all(&["server", "worker", "redis"]).await;
        let lines = until(&log, "redis    | bye").await;
        let at = |text: &str| lines.iter().position(|line| line.contains(text)).unwrap();
        assert!(at("server   | bye") < at("worker did not stop"), "{lines:#?}");
        assert!(at("worker did not stop") < at("redis    | bye"), "{lines:#?}");
        assert!(!worker.is_alive());
    }

    #[tokio::test]
    async fn a_program_that_ends_before_it_is_ready_is_an_error() {
        let (mut supervisor, log, _) = supervisor();
        supervisor.start(shell("server", "echo no database >&2; exit 1")).unwrap();
        let error = supervisor.ready("server", Duration::from_secs(5), async || false).await.unwrap_err().to_string();
        assert!(error.contains("server ended (exit status: 1) before it was ready"), "{error}");
        until(&log, "no database").await;
        supervisor.stop_all(&[]).await;
    }
}
