//! `cargo xtask bench`: the numbers of README, measured on this machine.
//!
//! A benchmark is a line in [`BENCHES`]; it prints what it measured. Each starts what it needs and takes it away again.

mod calls;
mod client;
mod idle;
mod media_process;
mod metadata;
mod ml;
mod pictures;
mod plans;
mod quality;
mod raw;
mod table;
mod thumbnails;
mod timeline;
mod transcode;
mod uploads;
mod usage;

use std::process::Command;

use anyhow::{Result, bail};

use crate::{
    build,
    needs::{self, For},
    paths, say, shell,
};

#[derive(clap::Args)]
pub struct Args {
    /// Benchmarks by name; all if none is given.
    only: Vec<String>,
    /// Measure what was built last.
    #[arg(long)]
    no_build: bool,
    /// Show how Postgres ran the statements of `timeline`.
    #[arg(long)]
    plans: bool,
    /// Install what is missing without asking.
    #[arg(long, short, env = "CI", value_parser = clap::builder::FalseyValueParser::new())]
    yes: bool,
}

struct Bench {
    name: &'static str,
    what: &'static str,
    run: fn(&Args) -> Result<()>,
}

#[rustfmt::skip]
const BENCHES: &[Bench] = &[
    Bench { name: "idle",       what: "start-up time, memory and CPU at rest",            run: idle::run },
    Bench { name: "uploads",    what: "from photos to thumbnails",                        run: uploads::run },
    Bench { name: "thumbnails", what: "photos of 12 and 48 MP through our media process and sharp", run: thumbnails::run },
    Bench { name: "metadata",   what: "what photos say of themselves, by our media process and exiftool", run: metadata::run },
    Bench { name: "transcode",  what: "films through our media process and the ffmpeg command", run: transcode::run },
    Bench { name: "ml",         what: "CLIP by the model service, by plain ONNX Runtime and by a FastAPI service", run: ml::run },
    Bench { name: "timeline",   what: "its calls at 10,000, 100,000 and 1,000,000 assets", run: timeline::run },
];

pub fn run(args: &Args) -> Result<()> {
    let chosen = choose(&args.only)?;
    if !args.no_build {
        needs::provide(For::Measuring, args.yes)?;
        build::programs(false)?;
        build::web()?;
        build::xtask()?;
    }
    // Who asks takes from the machine what the asked could have: a debug build would measure itself.
    if cfg!(debug_assertions) {
        return go_on_in_release(args);
    }
    for bench in chosen {
        say::heading(&format!("{}: {}", bench.name, bench.what));
        (bench.run)(args)?;
    }
    Ok(())
}

fn choose(only: &[String]) -> Result<Vec<&'static Bench>> {
    if let Some(unknown) = only.iter().find(|name| !BENCHES.iter().any(|bench| bench.name == **name)) {
        let names: Vec<&str> = BENCHES.iter().map(|bench| bench.name).collect();
        bail!("there is no benchmark {unknown:?}, only {}", names.join(", "));
    }
    Ok(BENCHES.iter().filter(|bench| only.is_empty() || only.iter().any(|name| name == bench.name)).collect())
}

fn go_on_in_release(args: &Args) -> Result<()> {
    let program = paths::programs(false).join("xtask");
    if !program.exists() {
        bail!("{} is not built yet: leave --no-build out once", program.display());
    }
    let mut command = Command::new(program);
    command.args(["bench", "--no-build"]).args(&args.only);
    if args.plans {
        command.arg("--plans");
    }
    shell::run(&mut command)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn benchmarks_are_chosen_by_name() {
        let names = |only: &[&str]| {
            let only: Vec<String> = only.iter().map(|&name| name.to_owned()).collect();
            choose(&only).map(|chosen| chosen.iter().map(|bench| bench.name).collect::<Vec<_>>())
        };
        assert_eq!(names(&["timeline", "idle"]).unwrap(), ["idle", "timeline"]);
        assert_eq!(names(&[]).unwrap().len(), BENCHES.len());
        assert!(names(&["nonsense"]).unwrap_err().to_string().contains("thumbnails"));
    }
}
