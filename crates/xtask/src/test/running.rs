//! Our own commands `services` and `up` as background processes of a test run, with folders that are thrown away.

use std::{
    ffi::{OsStr, OsString},
    fs::{self, File},
    os::unix::ffi::OsStrExt as _,
    path::{Path, PathBuf},
    process::{Child, Command},
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail};
use rustix::process::Signal;
use tempfile::TempDir;

use crate::{
    data::free_ports,
    http, paths,
    process::{self, Program},
    say, up,
};

const PATIENCE: Duration = Duration::from_secs(180);
/// A developer may have these set for an installation of their own, which no test may ever reach.
const NOT_INHERITED: &[&str] = &[
    "DB_URL",
    "DB_HOSTNAME",
    "REDIS_URL",
    "REDIS_HOSTNAME",
    "REDIS_SOCKET",
    "IMMICH_MEDIA_LOCATION",
    "IMMICH_MACHINE_LEARNING_ENABLED",
    "IMMICH_MACHINE_LEARNING_URL",
    "IMMICH_CONFIG_FILE",
    "MACHINE_LEARNING_CACHE_FOLDER",
];

/// This program's path. Building the whole workspace may have put a new file in its place; Linux then names the old one
/// with a note behind it.
fn this_program() -> Result<PathBuf> {
    let path = std::env::current_exe().context("find this program")?;
    let text = path.to_string_lossy();
    Ok(text.strip_suffix(" (deleted)").map(PathBuf::from).unwrap_or(path.clone()))
}

/// A background command; dropping it stops it.
struct Background {
    child: Child,
    log: PathBuf,
}

impl Background {
    fn start(name: &str, args: &[&str], env: &[(&str, &str)]) -> Result<Self> {
        let log = paths::workshop()?.join(format!("{name}.log"));
        let file = File::create(&log).with_context(|| format!("create {}", log.display()))?;
        let program = args.iter().fold(Program::new("xtask", &this_program()?), Program::arg);
        let mut command: Command = program.to_command();
        for key in NOT_INHERITED {
            command.env_remove(key);
        }
        command.envs(env.iter().copied());
        command.stdin(std::process::Stdio::null()).stdout(file.try_clone()?).stderr(file);
        let child = command.spawn().with_context(|| format!("start {name}"))?;
        Ok(Self { child, log })
    }

    fn wait_until(&mut self, check: impl Fn() -> bool) -> Result<()> {
        let start = Instant::now();
        while !check() {
            if let Some(status) = self.child.try_wait()? {
                bail!("it ended ({status}) before it was ready:\n{}", self.tail());
            }
            if start.elapsed() > PATIENCE {
                bail!("it is not ready after {} seconds:\n{}", PATIENCE.as_secs(), self.tail());
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        Ok(())
    }

    fn tail(&self) -> String {
        let text = fs::read(&self.log).map(|text| String::from_utf8_lossy(&text).into_owned()).unwrap_or_default();
        let lines: Vec<&str> = text.lines().collect();
        lines[lines.len().saturating_sub(60)..].join("\n")
    }
}

impl Drop for Background {
    fn drop(&mut self) {
        process::signal(self.child.id(), Signal::TERM);
        // It kills what does not stop, so this ends.
        if let Err(error) = self.child.wait() {
            say::note(&format!("could not wait for a background command: {error}"));
        }
    }
}

/// A Postgres and a Redis for one test run.
pub struct Services {
    _background: Background,
    _folder: TempDir,
    /// What tests find them by.
    pub env: Vec<(String, String)>,
}

impl Services {
    pub fn start() -> Result<Self> {
        let folder = temporary_folder()?;
        let env_file = folder.path().join("env");
        let (data, file) = (utf8(folder.path())?, utf8(&env_file)?);
        let mut background =
            Background::start("services", &["services", "--yes", "--data", data, "--env-file", file], &[])?;
        background.wait_until(|| env_file.exists())?;
        let env = fs::read_to_string(&env_file)?
            .lines()
            .filter_map(|line| line.split_once('='))
            .map(|(key, value)| (key.to_owned(), value.to_owned()))
            .collect();
        Ok(Self { _background: background, _folder: folder, env })
    }
}

/// What a product is started for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// Built with the dev profile; its model service has stand-ins for models.
    Tests,
    /// Built for release.
    Benchmark,
}

/// The whole product, empty and new.
pub struct Product {
    background: Background,
    folder: TempDir,
    pub port: u16,
}

impl Product {
    /// Starts what was built last.
    pub fn start(name: &str, purpose: Purpose) -> Result<Self> {
        Self::start_with(name, purpose, &[])
    }

    /// With further settings, as an operator would write them into the environment.
    pub fn start_with(name: &str, purpose: Purpose, env: &[(&str, &str)]) -> Result<Self> {
        let folder = temporary_folder()?;
        let [port] = free_ports([0])?;
        let (data, port_word) = (utf8(folder.path())?, port.to_string());
        let mut args = vec!["up", "--yes", "--no-build", "--data", data, "--port", &port_word];
        if purpose == Purpose::Tests {
            args.push("--dev");
            stand_ins::write_all(&folder.path().join("models"));
        }
        let mut background = Background::start(name, &args, env)?;
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        background.wait_until(|| runtime.block_on(http::server_is_up(port)))?;
        Ok(Self { background, folder, port })
    }

    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// The process of one of its programs, as its supervisor noted it.
    pub fn pid(&self, name: &str) -> Option<u32> {
        crate::data::noted_process(self.folder.path(), name)
    }

    /// The environment one of its programs was started with.
    pub fn environment(&self, name: &str) -> Result<Vec<(OsString, OsString)>> {
        let pid = self.pid(name).with_context(|| format!("{name} does not run"))?;
        let bytes =
            fs::read(format!("/proc/{pid}/environ")).with_context(|| format!("read the environment of {name}"))?;
        let word = |bytes: &[u8]| OsStr::from_bytes(bytes).to_owned();
        let variable = |line: &[u8]| {
            let equals = line.iter().position(|&byte| byte == b'=')?;
            Some((word(&line[..equals]), word(&line[equals + 1..])))
        };
        Ok(bytes.split(|&byte| byte == 0).filter_map(variable).collect())
    }

    /// Runs a statement in its database.
    pub fn query(&self, sql: &str) -> Result<String> {
        up::query(self.folder.path(), sql)
    }

    /// What it has written so far.
    pub fn log(&self) -> Result<String> {
        let text = fs::read(&self.background.log).context("read what the product wrote")?;
        Ok(String::from_utf8_lossy(&text).into_owned())
    }

    /// Runs a command against it; a failure shows what the product said meanwhile.
    pub fn check(&self, command: &mut Command) -> Result<()> {
        crate::shell::run(command.env("BASE_URL", self.url())).inspect_err(|_| {
            say::heading("The product's last lines");
            eprintln!("{}", self.background.tail());
        })
    }
}

/// Below `target/`, not `/tmp`: uploads of test videos may not fit into memory. Others may enter it, since Postgres
/// runs as somebody else when we are root.
fn temporary_folder() -> Result<TempDir> {
    use std::os::unix::fs::PermissionsExt as _;
    let mut builder = tempfile::Builder::new();
    builder.prefix("run-").permissions(fs::Permissions::from_mode(0o755));
    builder.tempdir_in(paths::workshop()?).context("create a temporary folder")
}

fn utf8(path: &Path) -> Result<&str> {
    path.to_str().with_context(|| format!("{} is not UTF-8", path.display()))
}
