//! Set-up, run, test and measure: the commands of README, each a sub-command of `cargo xtask`.
//!
//! What must stay true: everything a command needs is installed or asked for by the command itself, nothing outside
//! the data folder, `target/` and the cache folder is written, and no command leaves a process behind.

mod archives;
mod bench;
mod build;
mod data;
mod fingerprint;
mod fuzz;
mod http;
mod lint;
mod log;
mod needs;
mod onnx;
mod paths;
mod places;
mod postgres;
mod process;
mod python;
mod redis;
mod say;
mod services;
mod shell;
mod supervise;
mod test;
mod up;

use std::process::ExitCode;

use clap::Parser;

/// Commands for working on this repository.
#[derive(Parser)]
#[command(name = "xtask", bin_name = "cargo xtask")]
enum Task {
    /// Install what is missing, build, and run the whole product until Ctrl-C.
    Up(up::Args),
    /// Run every test, or the named steps.
    Test(test::Args),
    /// Formatting, clippy, and licences and origins of the dependencies.
    Lint(lint::Args),
    /// Look for bytes that break the parsers of metadata.
    Fuzz(fuzz::Args),
    /// Run only a private Postgres and Redis, for tests started by hand.
    Services(services::Args),
    /// Measure the product.
    Bench(bench::Args),
    /// Fetch the names of the world's towns and pack them into the table that the worker reads.
    Places,
}

fn main() -> ExitCode {
    let outcome = match Task::parse() {
        Task::Up(args) => up::run(&args),
        Task::Test(args) => test::run(&args),
        Task::Lint(args) => lint::run(&args),
        Task::Fuzz(args) => fuzz::run(&args),
        Task::Services(args) => services::run(&args),
        Task::Bench(args) => bench::run(&args),
        Task::Places => places::run(),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        // The message is written for a person; where in xtask it came from would only hide it.
        Err(error) => {
            say::error(&format!("{error:#}"));
            ExitCode::FAILURE
        }
    }
}
