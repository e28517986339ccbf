//! A Redis of the test's own, which it may stop, start again and empty.

use queue::{Queue, RedisSettings};
use std::{
    net::TcpListener,
    path::PathBuf,
    process::{Child, Command, Stdio},
    time::Duration,
};

pub struct RedisServer {
    port: u16,
    folder: tempfile::TempDir,
    process: Option<Child>,
}

impl RedisServer {
    pub async fn start() -> Self {
        // Logs of the workers are shown when the test fails.
        let _ = tracing_subscriber::fmt().with_env_filter("warn,queue=debug").with_test_writer().try_init();
        let port = TcpListener::bind(("127.0.0.1", 0)).and_then(|listener| listener.local_addr()).unwrap().port();
        let mut server = Self { port, folder: tempfile::tempdir().unwrap(), process: None };
        server.start_again().await;
        server
    }

    /// With nothing in it.
    pub async fn start_again(&mut self) {
        let process = Command::new("redis-server")
            .args(["--bind", "127.0.0.1", "--port", &self.port.to_string()])
            .args(["--save", "", "--appendonly", "no", "--loglevel", "warning"])
            .arg("--dir")
            .arg(self.folder.path())
            .arg("--unixsocket")
            .arg(self.socket())
            .stdout(Stdio::null())
            .spawn()
            .expect("redis-server is installed");
        self.process = Some(process);
        crate::work::eventually("Redis to answer", || async {
            let Ok(mut redis) = self.client().get_multiplexed_async_connection().await else { return false };
            redis::cmd("PING").query_async::<String>(&mut redis).await.is_ok()
        })
        .await;
    }

    /// As a power cut does.
    pub fn kill(&mut self) {
        if let Some(mut process) = self.process.take() {
            process.kill().unwrap();
            process.wait().unwrap();
        }
    }

    pub fn socket(&self) -> PathBuf {
        self.folder.path().join("redis.sock")
    }

    pub fn client(&self) -> redis::Client {
        redis::Client::open(format!("redis://127.0.0.1:{}/0", self.port)).unwrap()
    }

    pub async fn command(&self, words: &[&str]) -> redis::Value {
        let mut redis = self.client().get_multiplexed_async_connection().await.unwrap();
        let mut command = redis::cmd(words[0]);
        command.arg(&words[1..]);
        command.query_async(&mut redis).await.unwrap()
    }

    pub fn settings(&self) -> RedisSettings {
        settings_of(self.port)
    }

    pub fn port(&self) -> u16 {
        self.port
    }

    pub async fn queue(&self) -> Queue {
        Queue::connect(&self.settings()).await.unwrap()
    }
}

/// How programs that the test starts reach it.
pub fn settings_of(port: u16) -> RedisSettings {
    RedisSettings { host: "127.0.0.1".to_owned(), port, prefix: "queue_test".to_owned(), ..RedisSettings::default() }
}

impl Drop for RedisServer {
    fn drop(&mut self) {
        self.kill();
    }
}

/// Longer than anything here takes, a killed worker's lock included.
pub const PATIENCE: Duration = Duration::from_secs(40);
