//! `cargo xtask test`: every test there is, as a list of named steps.
//!
//! What must stay true: a step that cannot run is a failure, never a silent success, and the last line counts the steps.

mod clients;
mod docker;
pub mod running;
mod rust;
mod web;

use std::{collections::BTreeSet, time::Instant};

use anyhow::{Result, bail};

use crate::{
    fuzz, lint,
    needs::{self, For},
    say,
};

#[derive(clap::Args)]
pub struct Args {
    /// Steps or groups of steps; all if none is named.
    #[arg(value_name = "STEP")]
    only: Vec<String>,
    /// Show the steps and stop.
    #[arg(long)]
    list: bool,
    /// Install what is missing without asking.
    #[arg(long, short, env = "CI", value_parser = clap::builder::FalseyValueParser::new())]
    yes: bool,
}

struct Step {
    name: &'static str,
    group: &'static str,
    what: &'static str,
    /// Steps whose results this one needs; they run with it when it is asked for alone.
    after: &'static [&'static str],
    run: fn() -> Result<()>,
}

/// In the order they run: what fails fast comes first.
#[rustfmt::skip]
const STEPS: &[Step] = &[
    Step { name: "fmt",         group: "rust",    what: "formatting",                              after: &[], run: lint::formatting },
    Step { name: "compose",     group: "docker",  what: "the compose file, for each hardware",     after: &[], run: docker::compose },
    Step { name: "dockerfiles", group: "docker",  what: "the Dockerfiles, with hadolint",          after: &[], run: docker::dockerfiles },
    Step { name: "clippy",      group: "rust",    what: "lints",                                   after: &[], run: lint::clippy },
    Step { name: "programs",    group: "rust",    what: "build the programs and the Rust tests",   after: &[], run: rust::build },
    Step { name: "rust-tests",  group: "rust",    what: "unit and integration tests",              after: &["programs"], run: rust::test },
    Step { name: "fuzz",        group: "rust",    what: "parsers against bytes made up for them",  after: &[], run: fuzz::briefly },
    Step { name: "deny",        group: "rust",    what: "licences and origins of the dependencies", after: &[], run: lint::dependencies },
    Step { name: "web-install", group: "web",     what: "the web page's packages",                 after: &[], run: web::install },
    Step { name: "web-lint",    group: "web",     what: "prettier and eslint",                     after: &["web-install"], run: web::lint },
    Step { name: "web-types",   group: "web",     what: "svelte-check",                            after: &["web-install"], run: web::types },
    Step { name: "web-unit",    group: "web",     what: "vitest",                                  after: &["web-install"], run: web::unit },
    Step { name: "web-build",   group: "web",     what: "the static page",                         after: &["web-install"], run: web::build },
    Step { name: "web-ui",      group: "web",     what: "the page in a browser, on a made-up API", after: &["web-build"], run: web::ui },
    Step { name: "web-e2e",     group: "clients", what: "the page in a browser, on the product",   after: &["programs", "web-build"], run: clients::web },
    Step { name: "clients",     group: "clients", what: "@immich/cli and @immich/sdk",             after: &["programs", "web-build"], run: clients::node },
];

pub fn run(args: &Args) -> Result<()> {
    let chosen = choose(&args.only)?;
    if args.list {
        for step in STEPS {
            println!("{:12} {:8} {}", step.name, step.group, step.what);
        }
        return Ok(());
    }
    needs::provide(For::Testing, args.yes)?;
    let report = run_steps(STEPS, &chosen);
    report.print();
    if report.passed.len() == chosen.len() { Ok(()) } else { bail!("not every step passed") }
}

/// The named steps and what they need.
fn choose(only: &[String]) -> Result<BTreeSet<&'static str>> {
    let mut chosen = BTreeSet::new();
    for word in only {
        let named = STEPS.iter().filter(|step| step.name == word || step.group == word).map(|step| step.name);
        let before = chosen.len();
        chosen.extend(named);
        if chosen.len() == before && !chosen.contains(word.as_str()) {
            bail!("there is no step or group {word:?}; see them with --list");
        }
    }
    if only.is_empty() {
        chosen.extend(STEPS.iter().map(|step| step.name));
    }
    // Backwards, so that one pass finds what the needed ones need.
    for step in STEPS.iter().rev() {
        if chosen.contains(step.name) {
            chosen.extend(step.after);
        }
    }
    Ok(chosen)
}

#[derive(Default)]
struct Report {
    passed: Vec<&'static str>,
    failed: Vec<&'static str>,
    skipped: Vec<&'static str>,
}

fn run_steps(steps: &[Step], chosen: &BTreeSet<&str>) -> Report {
    let mut report = Report::default();
    for step in steps.iter().filter(|step| chosen.contains(step.name)) {
        if let Some(missing) = step.after.iter().find(|name| !report.passed.contains(name)) {
            say::heading(&format!("{}: skipped, {missing} did not pass", step.name));
            report.skipped.push(step.name);
            continue;
        }
        say::heading(&format!("{}: {}", step.name, step.what));
        let start = Instant::now();
        let outcome = (step.run)();
        let seconds = start.elapsed().as_secs_f32();
        match outcome {
            Ok(()) => {
                say::note(&format!("{} passed in {seconds:.1} s", step.name));
                report.passed.push(step.name);
            }
            Err(error) => {
                say::note(&format!("{} FAILED after {seconds:.1} s: {error:#}", step.name));
                report.failed.push(step.name);
            }
        }
    }
    report
}

impl Report {
    fn print(&self) {
        for name in &self.failed {
            say::note(&format!("failed: {name}"));
        }
        let skipped = match self.skipped.len() {
            0 => String::new(),
            some => format!(", {some} skipped"),
        };
        println!("steps: {} passed, {} failed{skipped}", self.passed.len(), self.failed.len());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chosen(words: &[&str]) -> Vec<&'static str> {
        choose(&words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>()).unwrap().into_iter().collect()
    }

    #[test]
    fn a_step_brings_what_it_needs() {
        assert_eq!(chosen(&["web-ui"]), ["web-build", "web-install", "web-ui"]);
        assert_eq!(chosen(&["docker"]), ["compose", "dockerfiles"]);
        assert_eq!(chosen(&[]).len(), STEPS.len());
        assert!(choose(&["nonsense".to_owned()]).is_err());
    }

    #[test]
    fn every_step_is_named_once_and_needs_only_earlier_ones() {
        for (position, step) in STEPS.iter().enumerate() {
            let earlier: Vec<_> = STEPS[..position].iter().map(|earlier| earlier.name).collect();
            assert!(!earlier.contains(&step.name), "{} twice", step.name);
            assert!(step.after.iter().all(|name| earlier.contains(name)), "{} needs a later step", step.name);
        }
    }

    #[test]
    fn what_needs_a_failed_step_is_skipped_and_counted() {
        let step = |name, after, run| Step { name, group: "g", what: "w", after, run };
        let steps = [
            step("good", &[], || Ok(())),
            step("bad", &[], || bail!("it is broken")),
            step("orphan", &["bad"], || Ok(())),
        ];
        let report = run_steps(&steps, &BTreeSet::from(["good", "bad", "orphan"]));
        assert_eq!((report.passed, report.failed, report.skipped), (vec!["good"], vec!["bad"], vec!["orphan"]));
    }
}
