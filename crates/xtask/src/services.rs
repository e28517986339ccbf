//! `cargo xtask services`: only Postgres and Redis, for tests started by hand and for `cargo xtask test`.
//!
//! Their data is worth nothing: Postgres does not wait for the disk here.

use std::{fs, path::PathBuf, time::Duration};

use anyhow::{Context, Result};

use crate::{
    data::DataFolder,
    http,
    log::Log,
    needs::{self, For},
    paths,
    postgres::Postgres,
    process::Program,
    redis, say,
    supervise::{self, Supervisor},
};

const PATIENCE: Duration = Duration::from_secs(60);
/// Every test takes one for itself.
const REDIS_DATABASES: u16 = 512;

#[derive(clap::Args)]
pub struct Args {
    /// Where their data goes; `target/xtask/services` if not given.
    #[arg(long, value_name = "FOLDER")]
    data: Option<PathBuf>,
    /// Also write the variables to this file, as `KEY=value` lines, when all is up.
    #[arg(long, value_name = "FILE")]
    env_file: Option<PathBuf>,
    /// Install what is missing without asking.
    #[arg(long, short, env = "CI", value_parser = clap::builder::FalseyValueParser::new())]
    yes: bool,
}

pub fn run(args: &Args) -> Result<()> {
    let folder = match &args.data {
        Some(folder) => folder.clone(),
        None => paths::workshop()?.join("services"),
    };
    let data = DataFolder::open(&folder)?;
    data.stop_leftovers()?;
    needs::provide(For::Running, args.yes)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let mut supervisor = Supervisor::new(Log::to_terminal(), data.notebook());
        let outcome = tokio::select! {
            failure = start_and_stay(args, &data, &mut supervisor) => failure,
            told = supervise::told_to_stop() => told,
        };
        supervisor.stop_all(&["redis", "postgres"]).await;
        data.forget_processes()?;
        outcome
    })
}

async fn start_and_stay(args: &Args, data: &DataFolder, supervisor: &mut Supervisor) -> Result<()> {
    let settings = data.settings()?;
    let (password, port) = (&settings.postgres_password, settings.postgres_port);
    let postgres = Postgres::prepare(&data.path("postgres"), port, password, false)?;
    // Tests run in parallel, each with a pool of its own.
    let program: Program = postgres.program().arg("-c").arg("max_connections=400");
    supervisor.start(program)?;
    supervisor.start(redis::program(&data.path("redis"), settings.redis_port, None, REDIS_DATABASES)?)?;
    supervisor.ready("postgres", PATIENCE, async || postgres.is_up()).await?;
    supervisor.ready("redis", PATIENCE, async || http::redis_is_up(settings.redis_port, None).await).await?;

    let variables = [
        ("FERROTYPE_TEST_DB_URL", postgres.url("postgres")),
        ("FERROTYPE_TEST_REDIS_URL", format!("redis://127.0.0.1:{}", settings.redis_port)),
    ];
    for (key, value) in &variables {
        println!("export {key}={value}");
    }
    if let Some(file) = &args.env_file {
        let text: String = variables.iter().map(|(key, value)| format!("{key}={value}\n")).collect();
        // Renamed into place: whoever waits for the file finds it whole.
        let unfinished = file.with_extension("new");
        fs::write(&unfinished, text).and_then(|()| fs::rename(&unfinished, file)).context("write the --env-file")?;
    }
    say::note("Postgres and Redis are up; Ctrl-C stops them");
    std::future::pending().await
}
