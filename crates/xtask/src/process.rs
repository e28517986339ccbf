//! A program to be kept running, and what the kernel knows of a process.

use std::{
    ffi::OsString,
    fs,
    path::Path,
    process::Command,
    time::{Duration, Instant},
};

use rustix::process::{Pid, Signal, kill_process, kill_process_group, test_kill_process};
use serde::{Deserialize, Serialize};

/// What to start, and how to stop it.
#[derive(Clone)]
pub struct Program {
    pub name: &'static str,
    pub command: Vec<OsString>,
    pub env: Vec<(String, String)>,
    /// The signal that asks it to finish its work and end.
    pub stop: Signal,
    /// How long it may take for that before it is killed.
    pub patience: Duration,
    /// Options of `setpriv` that make it run as another user.
    pub run_as: Vec<String>,
}

impl Program {
    pub fn new(name: &'static str, program: &Path) -> Self {
        Self {
            name,
            command: vec![program.into()],
            env: Vec::new(),
            stop: Signal::TERM,
            patience: Duration::from_secs(15),
            run_as: Vec::new(),
        }
    }

    pub fn arg(mut self, arg: impl Into<OsString>) -> Self {
        self.command.push(arg.into());
        self
    }

    pub fn env(mut self, key: &str, value: impl Into<String>) -> Self {
        self.env.push((key.to_owned(), value.into()));
        self
    }

    /// The command in a process group of its own, so that Ctrl-C in the terminal reaches only the supervisor, and told
    /// by the kernel to stop if the supervisor dies without a chance to say so.
    pub fn to_command(&self) -> Command {
        use std::os::unix::process::CommandExt as _;
        let mut command = Command::new("setpriv");
        let stop = if self.stop == Signal::INT { "INT" } else { "TERM" };
        command.args(&self.run_as).args(["--pdeathsig", stop, "--"]).args(&self.command);
        command.envs(self.env.iter().map(|(key, value)| (key, value))).process_group(0);
        command
    }
}

/// A process by its id and the moment it started: ids are used again, so an id alone may be somebody else by now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProcessId {
    pub pid: i32,
    started: u64,
}

impl ProcessId {
    pub fn of(pid: u32) -> Option<Self> {
        let pid = i32::try_from(pid).ok()?;
        Some(Self { pid, started: started(pid)? })
    }

    pub fn is_alive(self) -> bool {
        started(self.pid) == Some(self.started)
    }

    /// Asks it to stop, and kills it with everything it started if it does not in time. Blocks until it is gone.
    pub fn stop(self, signal: Signal, patience: Duration) {
        if !self.is_alive() {
            return;
        }
        let _gone_meanwhile = Pid::from_raw(self.pid).map(|pid| kill_process(pid, signal));
        let deadline = Instant::now() + patience;
        while self.is_alive() {
            if Instant::now() > deadline {
                kill_group(self.pid);
            }
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

/// Sends a signal; a process that has ended meanwhile is what the caller wants anyway.
pub fn signal(pid: u32, signal: Signal) {
    if let Some(pid) = i32::try_from(pid).ok().and_then(Pid::from_raw) {
        let _gone_meanwhile = kill_process(pid, signal);
    }
}

/// Kills a process that leads a group, and the whole group.
pub fn kill_group(pid: i32) {
    if let Some(pid) = Pid::from_raw(pid)
        && test_kill_process(pid).is_ok()
    {
        let _not_a_leader = kill_process_group(pid, Signal::KILL);
        let _gone_meanwhile = kill_process(pid, Signal::KILL);
    }
}

/// Start time in clock ticks after boot, from the kernel's one-line description. A zombie counts as gone: it holds
/// nothing any more.
fn started(pid: i32) -> Option<u64> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The second field is the name in parentheses and may hold anything, so count from the last one.
    let fields: Vec<&str> = stat.rsplit_once(')')?.1.split_whitespace().collect();
    (*fields.first()? != "Z").then(|| fields.get(19)?.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_is_known_by_its_start_as_well() {
        let mut child = Command::new("sleep").arg("30").spawn().unwrap();
        let id = ProcessId::of(child.id()).unwrap();
        assert!(id.is_alive());
        assert!(!ProcessId { started: id.started + 1, ..id }.is_alive(), "the same number, another process");
        id.stop(Signal::TERM, Duration::from_secs(5));
        assert!(!id.is_alive());
        child.wait().unwrap();
    }

    #[test]
    fn what_does_not_want_to_stop_is_killed() {
        let deaf = Program::new("deaf", Path::new("sh")).arg("-c").arg("trap '' TERM; sleep 30");
        let mut child = deaf.to_command().spawn().unwrap();
        std::thread::sleep(Duration::from_millis(200));
        let id = ProcessId::of(child.id()).unwrap();
        id.stop(Signal::TERM, Duration::from_millis(100));
        assert!(!id.is_alive());
        child.wait().unwrap();
    }
}
