//! A Redis that keeps nothing on disk: killed and started again, it is empty.

use super::START;
use crate::{TestRedis, stack::free_port, wait::eventually};
use std::process::{Child, Command, Stdio};
use tempfile::TempDir;

pub struct OwnRedis {
    port: u16,
    folder: TempDir,
    process: Option<Child>,
}

impl OwnRedis {
    pub async fn start() -> Self {
        let folder = tempfile::tempdir().expect("make a folder for Redis");
        let mut redis = Self { port: free_port(), folder, process: None };
        redis.start_again().await;
        redis
    }

    /// As [`crate::RealStack`] takes it.
    pub fn keys(&self) -> TestRedis {
        TestRedis::at(self.url())
    }

    /// kill -9: all that it knew is gone.
    pub fn kill(&mut self) {
        if let Some(mut process) = self.process.take() {
            process.kill().expect("kill a process of ours");
            process.wait().expect("wait for a process of ours");
        }
    }

    /// On the same port.
    pub async fn start_again(&mut self) {
        let process = Command::new("redis-server")
            .args(["--bind", "127.0.0.1", "--port", &self.port.to_string()])
            .args(["--save", "", "--appendonly", "no", "--dir"])
            .arg(self.folder.path())
            .stdout(Stdio::null())
            .spawn()
            .expect("start redis-server");
        self.process = Some(process);
        let client = redis::Client::open(self.url()).expect("a URL of ours");
        eventually("Redis to answer", START, || async { client.get_multiplexed_async_connection().await.is_ok() })
            .await;
    }

    fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }
}

impl Drop for OwnRedis {
    fn drop(&mut self) {
        self.kill();
    }
}
