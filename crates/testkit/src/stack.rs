//! The built programs as processes, for tests that kill them.
//!
//! They are taken from `FERROTYPE_BIN_DIR`, else from where cargo puts them beside the test.

use crate::{client::Client, database::TestDatabase, people, redis::TestRedis, wait::wait_for};
use rustix::process::{Pid, Signal, kill_process};
use std::{
    fs::{self, File},
    net::TcpListener,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::Duration,
};
use tempfile::TempDir;

/// Debug builds on a busy machine take their time.
const START: Duration = Duration::from_secs(60);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Program {
    Server,
    Worker,
}

/// A server and a worker with everything outside to themselves.
pub struct RealStack {
    pub server: Process,
    pub worker: Process,
    settings: Vec<(String, String)>,
    media: TempDir,
    redis: TestRedis,
    database: TestDatabase,
    logs: TempDir,
}

impl RealStack {
    pub async fn start() -> Self {
        Self::start_with(TestDatabase::migrated().await, TestRedis::new(), &[]).await
    }

    /// With further settings, and with a database and a Redis that the test may have put proxies before.
    pub async fn start_with(database: TestDatabase, redis: TestRedis, further: &[(&str, &str)]) -> Self {
        let media = tempfile::tempdir().expect("make a folder for the library");
        let logs = tempfile::tempdir().expect("make a folder for the logs");
        let mut settings = vec![
            ("DB_URL".to_owned(), database.url()),
            ("REDIS_URL".to_owned(), redis.url().to_owned()),
            ("FERROTYPE_QUEUE_PREFIX".to_owned(), redis.prefix().to_owned()),
            ("IMMICH_MEDIA_LOCATION".to_owned(), media.path().display().to_string()),
            ("IMMICH_MACHINE_LEARNING_ENABLED".to_owned(), "false".to_owned()),
            ("NO_COLOR".to_owned(), "1".to_owned()),
        ];
        for (key, value) in further {
            settings.retain(|(known, _)| known != key);
            settings.push(((*key).to_owned(), (*value).to_owned()));
        }
        let server = Process::start(Program::Server, &settings, logs.path()).await;
        let worker = Process::start(Program::Worker, &settings, logs.path()).await;
        Self { server, worker, settings, media, redis, database, logs }
    }

    /// One more beside those that run.
    pub async fn another(&self, program: Program) -> Process {
        Process::start(program, &self.settings, self.logs.path()).await
    }

    pub async fn ann(&self) -> Client {
        people::ann(&self.server.base_url()).await
    }

    pub fn media(&self) -> &Path {
        self.media.path()
    }

    pub fn redis(&self) -> &TestRedis {
        &self.redis
    }

    pub fn database(&self) -> &TestDatabase {
        &self.database
    }
}

/// A running program; killed when this value goes.
pub struct Process {
    program: Program,
    port: u16,
    settings: Vec<(String, String)>,
    log: PathBuf,
    child: Child,
}

impl Process {
    async fn start(program: Program, settings: &[(String, String)], logs: &Path) -> Self {
        let port = free_port();
        let log = logs.join(format!("{program:?}-{port}.log"));
        let child = spawn(program, port, settings, &log);
        let mut process = Self { program, port, settings: settings.to_vec(), log, child };
        process.wait_until_up().await;
        process
    }

    /// Of a server: where it answers.
    pub fn base_url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// kill -9: no clean-up of any kind.
    pub fn kill(&mut self) {
        self.child.kill().expect("kill a process of ours");
        self.child.wait().expect("wait for a process of ours");
    }

    /// Asks it to stop, and waits until it has.
    pub async fn stop(&mut self) {
        kill_process(self.pid(), Signal::TERM).expect("signal a process of ours");
        let what = format!("{:?} to stop", self.program);
        let child = std::cell::RefCell::new(&mut self.child);
        wait_for(&what, Duration::from_secs(30), || async { child.borrow_mut().try_wait().ok().flatten() }).await;
    }

    /// Starts it again on the same port after it was killed or stopped.
    pub async fn restart(&mut self) {
        self.child = spawn(self.program, self.port, &self.settings, &self.log);
        self.wait_until_up().await;
    }

    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// The most memory it ever held at once, in bytes.
    pub fn peak_resident_bytes(&self) -> u64 {
        self.status_bytes("VmHWM:")
    }

    /// The memory that it holds now, in bytes.
    pub fn resident_bytes(&self) -> u64 {
        self.status_bytes("VmRSS:")
    }

    /// What it wrote so far.
    pub fn log(&self) -> String {
        fs::read_to_string(&self.log).unwrap_or_default()
    }

    fn status_bytes(&self, key: &str) -> u64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id())).expect("the process is there");
        let line = status.lines().find_map(|line| line.strip_prefix(key)).expect("Linux tells the memory of a process");
        let kibibytes: u64 = line.trim().trim_end_matches(" kB").parse().expect("a number of kB");
        kibibytes * 1024
    }

    fn pid(&self) -> Pid {
        Pid::from_child(&self.child)
    }

    async fn wait_until_up(&mut self) {
        if self.program == Program::Worker {
            // It has no door to knock at: a test waits for the job that it does.
            return;
        }
        let ping = format!("{}/api/server/ping", self.base_url());
        let http = reqwest::Client::builder().no_proxy().build().expect("build an HTTP client");
        let started = std::time::Instant::now();
        loop {
            if http.get(&ping).send().await.is_ok_and(|answer| answer.status().is_success()) {
                return;
            }
            let ended = self.child.try_wait().expect("look at a process of ours");
            assert!(ended.is_none(), "the server ended ({ended:?}):\n{}", self.log());
            assert!(started.elapsed() < START, "the server does not answer:\n{}", self.log());
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
        if std::thread::panicking() {
            eprintln!("--- log of {:?} ---\n{}", self.program, self.log());
        }
    }
}

fn spawn(program: Program, port: u16, settings: &[(String, String)], log: &Path) -> Child {
    let name = match program {
        Program::Server => "server",
        Program::Worker => "worker",
    };
    let path = bin_dir().join(name);
    let log = File::options().create(true).append(true).open(log).expect("open a log");
    let mut command = Command::new(&path);
    command.env_clear().envs(settings.iter().map(|(key, value)| (key, value)));
    // Only what the system itself needs; no setting of the person who runs the tests reaches the programs.
    for key in ["PATH", "HOME", "TMPDIR", "LD_LIBRARY_PATH"] {
        command.envs(std::env::var_os(key).map(|value| (key, value)));
    }
    command.env("IMMICH_HOST", "127.0.0.1").env("IMMICH_PORT", port.to_string());
    command.stdin(Stdio::null()).stdout(log.try_clone().expect("share the log")).stderr(log);
    command.spawn().unwrap_or_else(|error| {
        panic!("start {}: {error}; build it with `cargo build -p server -p worker`", path.display())
    })
}

/// Where the built programs are.
pub fn bin_dir() -> PathBuf {
    if let Some(folder) = std::env::var_os("FERROTYPE_BIN_DIR") {
        return PathBuf::from(folder);
    }
    let test = std::env::current_exe().expect("a test knows where it is");
    let deps = test.parent().expect("a file is in a folder");
    deps.parent().expect("cargo puts tests into target/<profile>/deps").to_owned()
}

/// Free a moment ago: nobody else is likely to take it in between.
pub(crate) fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("listen on a free port");
    listener.local_addr().expect("a listener has an address").port()
}
