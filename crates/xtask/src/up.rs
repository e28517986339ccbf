//! `cargo xtask up`: from a fresh checkout to a running product in one command.

use std::{
    net::TcpListener,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail};

use crate::{
    build,
    data::{self, DataFolder, Settings},
    http,
    log::Log,
    needs::{self, For},
    onnx, paths,
    postgres::Postgres,
    process::Program,
    redis, say,
    supervise::{self, Supervisor},
};

/// Those that use the data go before those that keep it.
const STOP_ORDER: &[&str] = &["server", "worker", "ml", "redis", "postgres"];
/// A first start migrates the database, a start after a crash replays its log.
const PATIENCE: Duration = Duration::from_secs(120);
const DATABASE: &str = "immich";

#[derive(clap::Args)]
pub struct Args {
    /// Folder of the database, the queues and the library.
    #[arg(long, value_name = "FOLDER", default_value = "data")]
    pub data: PathBuf,
    /// Folder of the library, if it is not below the data folder.
    #[arg(long, value_name = "FOLDER", env = "IMMICH_MEDIA_LOCATION")]
    pub media: Option<PathBuf>,
    /// Port of the web page and the API.
    #[arg(long, default_value_t = 2283, env = "IMMICH_PORT")]
    pub port: u16,
    /// Install what is missing without asking.
    #[arg(long, short, env = "CI", value_parser = clap::builder::FalseyValueParser::new())]
    pub yes: bool,
    /// Start what was built last.
    #[arg(long)]
    pub no_build: bool,
    /// Build quickly and run slowly: the dev profile.
    #[arg(long)]
    pub dev: bool,
}

pub fn run(args: &Args) -> Result<()> {
    // First of all, so that a second run is told at once and not after a build.
    let data = DataFolder::open(&args.data)?;
    data.stop_leftovers()?;
    check_port(args.port)?;
    needs::provide(if args.no_build { For::Running } else { For::Building }, args.yes)?;
    if !args.no_build {
        build::programs(args.dev)?;
        build::web()?;
    }
    // One thread: a program started by another one would be told to stop when that thread ends, not when we end.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(supervise(args, &data))
}

async fn supervise(args: &Args, data: &DataFolder) -> Result<()> {
    let mut supervisor = Supervisor::new(Log::to_terminal(), data.notebook());
    let outcome = tokio::select! {
        failure = start_and_stay(args, data, &mut supervisor) => failure,
        told = supervise::told_to_stop() => told,
    };
    say::heading("Stopping");
    tokio::select! {
        () = supervisor.stop_all(STOP_ORDER) => data.forget_processes()?,
        told = supervise::told_to_stop() => {
            told?;
            bail!("stopped the hard way: asked a second time");
        }
    }
    outcome
}

/// Ends only with an error: once all is up it stays.
async fn start_and_stay(args: &Args, data: &DataFolder, supervisor: &mut Supervisor) -> Result<()> {
    let start = Instant::now();
    say::heading("Starting");
    let settings = data.settings()?;
    let database = start_postgres(data, &settings, supervisor).await?;
    let redis = start_redis(data, &settings, supervisor).await?;
    let stack = Stack { args, data, settings: &settings, shared: [database, redis].concat() };

    supervisor.start(stack.program("server")?)?;
    supervisor.start(stack.program("ml")?)?;
    supervisor.ready("server", PATIENCE, async || http::server_is_up(args.port).await).await?;
    // After the server, which brings the database up to date.
    supervisor.start(stack.program("worker")?)?;
    let model_service = async || http::get(settings.ml_port, "/ping").await.is_some();
    supervisor.ready("ml", PATIENCE, model_service).await?;

    let seconds = start.elapsed().as_secs_f32();
    say::heading(&format!("Ferrotype is up after {seconds:.1} s: http://localhost:{}", args.port));
    say::note(&format!("data in {}; Ctrl-C stops it", data.path("").display()));
    std::future::pending().await
}

/// A private Postgres, unless the environment names one. Returns what the programs must know of it.
async fn start_postgres(
    data: &DataFolder,
    settings: &Settings,
    supervisor: &mut Supervisor,
) -> Result<Vec<(String, String)>> {
    if is_set("DB_URL") || is_set("DB_HOSTNAME") {
        say::note("using the Postgres that DB_URL or DB_HOSTNAME names");
        return Ok(Vec::new());
    }
    let folder = data.path("postgres");
    let postgres = Postgres::prepare(&folder, settings.postgres_port, &settings.postgres_password, true)?;
    supervisor.start(postgres.program())?;
    supervisor.ready("postgres", PATIENCE, async || postgres.is_up()).await?;
    postgres.ensure_database(DATABASE)?;
    Ok(vec![("DB_URL".to_owned(), postgres.url(DATABASE))])
}

/// Runs a statement in the private Postgres of a data folder that another run has started.
pub fn query(folder: &Path, sql: &str) -> Result<String> {
    let settings = data::noted_settings(folder).context("the data folder has no settings yet")?;
    let password = &settings.postgres_password;
    Postgres::prepare(&folder.join("postgres"), settings.postgres_port, password, true)?.query(DATABASE, sql)
}

/// A private Redis, unless the environment names one.
async fn start_redis(
    data: &DataFolder,
    settings: &Settings,
    supervisor: &mut Supervisor,
) -> Result<Vec<(String, String)>> {
    if is_set("REDIS_URL") || is_set("REDIS_HOSTNAME") || is_set("REDIS_SOCKET") {
        say::note("using the Redis that REDIS_URL, REDIS_HOSTNAME or REDIS_SOCKET names");
        return Ok(Vec::new());
    }
    let (port, password) = (settings.redis_port, settings.redis_password.as_str());
    supervisor.start(redis::program(&data.path("redis"), port, Some(password), 16)?)?;
    supervisor.ready("redis", PATIENCE, async || http::redis_is_up(port, Some(password)).await).await?;
    Ok([("REDIS_HOSTNAME", "127.0.0.1"), ("REDIS_PORT", &port.to_string()), ("REDIS_PASSWORD", password)]
        .map(|(key, value)| (key.to_owned(), value.to_owned()))
        .to_vec())
}

fn is_set(key: &str) -> bool {
    std::env::var_os(key).is_some_and(|value| !value.is_empty())
}

/// What the three programs of the product have in common.
struct Stack<'a> {
    args: &'a Args,
    data: &'a DataFolder,
    settings: &'a Settings,
    /// How they reach Postgres and Redis.
    shared: Vec<(String, String)>,
}

impl Stack<'_> {
    fn program(&self, name: &'static str) -> Result<Program> {
        let file = paths::programs(self.args.dev).join(name);
        if !file.exists() {
            bail!("{} is not built yet: leave --no-build out once", file.display());
        }
        let mut program = Program::new(name, &file);
        program.patience = Duration::from_secs(30);
        if !say::coloured() {
            program = program.env("NO_COLOR", "1");
        }
        if name == "ml" {
            let port = self.settings.ml_port.to_string();
            program = program.env("IMMICH_HOST", "127.0.0.1").env("IMMICH_PORT", port);
            program = program.env(onnx::LIBRARY_VARIABLE, utf8(&onnx::library()?)?);
            if !is_set("MACHINE_LEARNING_CACHE_FOLDER") {
                program = program.env("MACHINE_LEARNING_CACHE_FOLDER", utf8(&self.data.path("models"))?);
            }
            return Ok(program);
        }
        program.env.extend(self.shared.iter().cloned());
        if !is_set("IMMICH_MACHINE_LEARNING_URL") {
            let url = format!("http://127.0.0.1:{}", self.settings.ml_port);
            program = program.env("IMMICH_MACHINE_LEARNING_URL", url);
        }
        let web = paths::repository().join("web/build");
        Ok(program
            .env("IMMICH_MEDIA_LOCATION", utf8(&self.media()?)?)
            .env("IMMICH_PORT", self.args.port.to_string())
            .env("FERROTYPE_WEB_ROOT", utf8(&web)?))
    }

    fn media(&self) -> Result<PathBuf> {
        let folder = match &self.args.media {
            Some(folder) => std::path::absolute(folder)?,
            None => self.data.path("library"),
        };
        std::fs::create_dir_all(&folder).with_context(|| format!("create the library {}", folder.display()))?;
        Ok(folder)
    }
}

fn utf8(path: &Path) -> Result<&str> {
    path.to_str().with_context(|| format!("{} is not UTF-8: choose another name", path.display()))
}

fn check_port(port: u16) -> Result<()> {
    match TcpListener::bind(("0.0.0.0", port)) {
        Ok(_free) => Ok(()),
        Err(error) => bail!("port {port} cannot be used ({error}): choose another one with --port"),
    }
}
