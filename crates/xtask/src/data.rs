//! The data folder of a private installation: who uses it, what it remembers, what an earlier run left behind.
//!
//! What must stay true: one run at a time per folder, and no process of an earlier run touches the data of this one.

use std::{
    collections::BTreeMap,
    fs::{self, File, TryLockError},
    io::{Read as _, Seek as _, Write as _},
    net::TcpListener,
    os::unix::fs::OpenOptionsExt as _,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use anyhow::{Context, Result, bail};
use serde::{Deserialize, Serialize};

use crate::{
    process::ProcessId,
    say,
    supervise::{FAST_SHUTDOWN, Notebook},
};

/// A data folder in use by us alone, as long as this value lives.
pub struct DataFolder {
    path: PathBuf,
    /// Holds the lock; the kernel lets it go when we end, however we end.
    _lock: File,
}

/// What stays the same between runs.
#[derive(Serialize, Deserialize)]
pub struct Settings {
    pub postgres_port: u16,
    pub postgres_password: String,
    pub redis_port: u16,
    pub redis_password: String,
    pub ml_port: u16,
}

impl DataFolder {
    pub fn open(path: &Path) -> Result<Self> {
        let path = std::path::absolute(path)?;
        fs::create_dir_all(path.join("run")).with_context(|| format!("create the data folder {}", path.display()))?;
        let lock = lock(&path)?;
        Ok(Self { path, _lock: lock })
    }

    pub fn path(&self, below: &str) -> PathBuf {
        self.path.join(below)
    }

    /// The remembered settings; a port that somebody else took meanwhile is replaced.
    pub fn settings(&self) -> Result<Settings> {
        let file = self.path("run/settings.json");
        let mut settings = match fs::read(&file) {
            Ok(text) => serde_json::from_slice(&text).with_context(|| format!("read {}", file.display()))?,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Settings {
                postgres_port: 0,
                postgres_password: random_word()?,
                redis_port: 0,
                redis_password: random_word()?,
                ml_port: 0,
            },
            Err(error) => return Err(error).with_context(|| format!("read {}", file.display())),
        };
        let ports = free_ports([settings.postgres_port, settings.redis_port, settings.ml_port])?;
        [settings.postgres_port, settings.redis_port, settings.ml_port] = ports;
        write_private(&file, &serde_json::to_vec_pretty(&settings)?)?;
        Ok(settings)
    }

    /// Stops what an earlier run that was killed could not stop any more.
    pub fn stop_leftovers(&self) -> Result<()> {
        for (name, id) in self.processes()? {
            if id.is_alive() {
                say::note(&format!("stopping {name}, left over from an earlier run"));
                // Postgres takes this signal as well as the others do, and needs no second one.
                id.stop(FAST_SHUTDOWN, Duration::from_secs(30));
            }
        }
        self.forget_processes()
    }

    /// Writes down each process as it starts, for [`Self::stop_leftovers`] of the next run.
    pub fn notebook(&self) -> Notebook {
        let file = self.path("run/processes.json");
        let started = std::sync::Mutex::new(BTreeMap::new());
        Arc::new(move |name, id| {
            let mut started = started.lock().expect("nothing panics while it holds this lock");
            started.insert(name, id);
            let noted = serde_json::to_vec(&*started).map_err(anyhow::Error::from);
            if let Err(error) = noted.and_then(|text| write_private(&file, &text)) {
                say::note(&format!("could not note the process of {name}: {error:#}"));
            }
        })
    }

    /// After everything has stopped.
    pub fn forget_processes(&self) -> Result<()> {
        match fs::remove_file(self.path("run/processes.json")) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                Err(error).context("remove run/processes.json")
            }
            _ => Ok(()),
        }
    }

    fn processes(&self) -> Result<BTreeMap<String, ProcessId>> {
        match fs::read(self.path("run/processes.json")) {
            // Half a note of a run that was killed while writing it: those processes die with their parent.
            Ok(text) => Ok(serde_json::from_slice(&text).unwrap_or_default()),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(BTreeMap::new()),
            Err(error) => Err(error).context("read run/processes.json"),
        }
    }
}

/// The process that the run in `folder` noted under a name.
pub fn noted_process(folder: &Path, name: &str) -> Option<u32> {
    let text = fs::read(folder.join("run/processes.json")).ok()?;
    let processes: BTreeMap<String, ProcessId> = serde_json::from_slice(&text).ok()?;
    u32::try_from(processes.get(name)?.pid).ok()
}

/// What the run in `folder` remembers.
pub fn noted_settings(folder: &Path) -> Option<Settings> {
    serde_json::from_slice(&fs::read(folder.join("run/settings.json")).ok()?).ok()
}

fn lock(folder: &Path) -> Result<File> {
    let path = folder.join("run/lock");
    let mut file = File::options()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .open(&path)
        .with_context(|| format!("open {}", path.display()))?;
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            let mut holder = String::new();
            file.read_to_string(&mut holder)?;
            bail!(
                "{} is in use by another run (process {}): stop that one, or name another folder with --data",
                folder.display(),
                holder.trim()
            );
        }
        Err(TryLockError::Error(error)) => return Err(error).with_context(|| format!("lock {}", path.display())),
    }
    file.set_len(0)?;
    file.rewind()?;
    writeln!(file, "{}", std::process::id())?;
    Ok(file)
}

/// Writes a file that only we may read.
pub fn write_private(file: &Path, text: &[u8]) -> Result<()> {
    let written = File::options()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(file)
        .and_then(|mut opened| opened.write_all(text));
    written.with_context(|| format!("write {}", file.display()))
}

/// The wanted ports where they are free, others where they are not (or are 0). All are held until all are chosen, so
/// that no two are the same.
pub fn free_ports<const N: usize>(wanted: [u16; N]) -> Result<[u16; N]> {
    let bind = |port: u16| TcpListener::bind(("127.0.0.1", port));
    let mut held = Vec::with_capacity(N);
    for port in wanted {
        held.push(bind(port).or_else(|_taken| bind(0)).context("no free port on 127.0.0.1")?);
    }
    let mut ports = wanted;
    for (port, listener) in ports.iter_mut().zip(&held) {
        *port = listener.local_addr()?.port();
    }
    Ok(ports)
}

/// 128 bits from the kernel, in hexadecimal.
fn random_word() -> Result<String> {
    let mut bytes = [0_u8; 16];
    File::open("/dev/urandom").and_then(|mut file| file.read_exact(&mut bytes)).context("read /dev/urandom")?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_serves_one_run_at_a_time() {
        let folder = tempfile::tempdir().unwrap();
        let first = DataFolder::open(folder.path()).unwrap();
        let error = DataFolder::open(folder.path()).err().unwrap().to_string();
        assert!(error.contains(&format!("process {}", std::process::id())) && error.contains("--data"), "{error}");
        drop(first);
        DataFolder::open(folder.path()).unwrap();
    }

    #[test]
    fn settings_are_remembered_but_for_a_port_that_was_taken() {
        let folder = tempfile::tempdir().unwrap();
        let data = DataFolder::open(folder.path()).unwrap();
        let first = data.settings().unwrap();
        assert_eq!(first.postgres_password.len(), 32);
        assert_ne!(first.postgres_port, first.redis_port);
        let somebody = TcpListener::bind(("127.0.0.1", first.redis_port)).unwrap();
        let second = data.settings().unwrap();
        assert_eq!(second.postgres_password, first.postgres_password);
        assert_ne!(second.redis_port, first.redis_port);
        drop(somebody);
    }

    #[test]
    fn leftovers_are_stopped() {
        let folder = tempfile::tempdir().unwrap();
        let data = DataFolder::open(folder.path()).unwrap();
        let mut child = std::process::Command::new("sleep").arg("30").spawn().unwrap();
        let id = ProcessId::of(child.id()).unwrap();
        data.notebook()("server", id);
        data.stop_leftovers().unwrap();
        assert!(!id.is_alive());
        child.wait().unwrap();
        data.stop_leftovers().unwrap();
    }
}
