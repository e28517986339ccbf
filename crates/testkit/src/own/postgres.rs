//! A Postgres from the same programs as the shared one, with settings under which it must survive kill -9.

use super::START;
use crate::{TestDatabase, database::shared_server, stack::free_port};
use rustix::process::{Pid, Signal, geteuid, kill_process};
use sqlx::{Connection, PgConnection};
use std::{
    os::unix::fs::chown,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};
use tempfile::TempDir;

/// `nobody`, on every Linux.
const NOBODY: u32 = 65534;

pub struct OwnPostgres {
    programs: PathBuf,
    folder: TempDir,
    port: u16,
    process: Option<Child>,
}

impl OwnPostgres {
    /// `None` when the shared Postgres runs elsewhere, so that its programs are not on this machine.
    pub async fn start() -> Option<Self> {
        let mut shared = PgConnection::connect(&shared_server()).await.expect("connect to Postgres");
        let programs: String = sqlx::query_scalar("SELECT setting FROM pg_config WHERE name = 'BINDIR'")
            .fetch_one(&mut shared)
            .await
            .expect("ask Postgres for its programs");
        let programs = PathBuf::from(programs);
        if !programs.join("initdb").exists() {
            return None;
        }
        let folder = tempfile::tempdir().expect("make a folder for Postgres");
        if geteuid().is_root() {
            chown(folder.path(), Some(NOBODY), Some(NOBODY)).expect("give the folder away");
        }
        let mut postgres = Self { programs, folder, port: free_port(), process: None };
        postgres.init();
        postgres.start_again().await;
        Some(postgres)
    }

    /// A database in it, with the current schema.
    pub async fn database(&self) -> TestDatabase {
        TestDatabase::migrated_in(&self.url()).await
    }

    /// kill -9 of the postmaster: its children notice and end, and what was not committed is undone at the next start.
    pub fn kill(&mut self) {
        if let Some(mut process) = self.process.take() {
            process.kill().expect("kill a process of ours");
            process.wait().expect("wait for a process of ours");
        }
    }

    /// On the same port. It refuses to start while children of the killed one are left, so it is tried again.
    pub async fn start_again(&mut self) {
        let started = Instant::now();
        let mut process = self.spawn();
        while PgConnection::connect(&self.url()).await.is_err() {
            assert!(started.elapsed() < START, "Postgres does not start");
            if process.try_wait().expect("look at a process of ours").is_some() {
                process = self.spawn();
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        self.process = Some(process);
    }

    fn init(&self) {
        let mut initdb = as_ordinary_user(&self.programs.join("initdb"));
        initdb.arg("--pgdata").arg(self.data()).args(["--username=postgres", "--auth=trust", "--encoding=UTF8"]);
        initdb.args(["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C.UTF-8", "--no-sync"]);
        let made = initdb.output().expect("run initdb");
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    }

    fn spawn(&self) -> Child {
        let port = format!("port={}", self.port);
        as_ordinary_user(&self.programs.join("postgres"))
            .arg("-D")
            .arg(self.data())
            .args(["-c", &port, "-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories="])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("start postgres")
    }

    fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    fn url(&self) -> String {
        format!("postgres://postgres@127.0.0.1:{}/postgres", self.port)
    }
}

impl Drop for OwnPostgres {
    fn drop(&mut self) {
        if let Some(mut process) = self.process.take() {
            // An immediate shutdown takes the children along; it may have ended already.
            let _ = kill_process(Pid::from_child(&process), Signal::QUIT);
            let _ = process.wait();
        }
    }
}

/// Postgres refuses to run as root. The capability lets it through to programs that lie in a folder of root's.
fn as_ordinary_user(program: &Path) -> Command {
    if !geteuid().is_root() {
        return Command::new(program);
    }
    let mut command = Command::new("setpriv");
    command.args([&format!("--reuid={NOBODY}"), &format!("--regid={NOBODY}"), "--clear-groups"]);
    command.args(["--inh-caps=+dac_override", "--ambient-caps=+dac_override", "--"]).arg(program);
    command
}
