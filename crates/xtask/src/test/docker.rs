//! The container files, checked without an engine.

use std::{fs, process::Command};

use anyhow::{Context, Result};

use crate::{paths, python, shell};

/// The services of `hwaccel.transcoding.yml`, each of which must fit into the compose file.
const HARDWARE: &[&str] = &["cpu", "nvenc", "qsv", "quicksync", "vaapi", "vaapi-wsl", "rkmpp"];

/// With the real compose program, from a folder that has only what a user would have.
pub fn compose() -> Result<()> {
    let compose = python::program(python::COMPOSE, "docker-compose")?;
    for hardware in HARDWARE {
        let mut command = Command::new(&compose);
        command.current_dir(paths::repository()).args(["--env-file", "example.env", "config", "--quiet"]);
        shell::run(command.env("HWACCEL_TRANSCODING", hardware)).with_context(|| format!("for {hardware}"))?;
    }
    Ok(())
}

pub fn dockerfiles() -> Result<()> {
    let hadolint = python::program(python::HADOLINT, "hadolint")?;
    let folder = paths::repository().join("docker");
    let mut command = Command::new(hadolint);
    command.args(["--config"]).arg(folder.join("hadolint.yaml"));
    for entry in fs::read_dir(&folder)? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "Dockerfile") {
            command.arg(path);
        }
    }
    shell::run(&mut command)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_hardware_of_the_snippets_is_checked() {
        let text = fs::read_to_string(paths::repository().join("hwaccel.transcoding.yml")).unwrap();
        let mut found: Vec<&str> = text
            .lines()
            .filter_map(|line| line.strip_prefix("  ")?.split_once(':'))
            .map(|(name, _)| name)
            .filter(|name| !name.starts_with([' ', '#']))
            .collect();
        found.sort_unstable();
        let mut known = HARDWARE.to_vec();
        known.sort_unstable();
        assert_eq!(found, known);
    }

    /// Every key that is read can be found in example.env with its default, set or commented out.
    #[test]
    fn example_env_knows_every_key() {
        let text = fs::read_to_string(paths::repository().join("example.env")).unwrap();
        let lines: Vec<&str> = text.lines().map(|line| line.trim_start_matches("# ")).collect();
        for (key, default, _) in config::env::KEYS {
            let line = lines.iter().find(|line| line.starts_with(&format!("{key}=")));
            let line = line.unwrap_or_else(|| panic!("{key} is missing in example.env"));
            // These are fixed by the compose file, which is where the example is used.
            if !["IMMICH_MEDIA_LOCATION", "FERROTYPE_WEB_ROOT"].contains(key) {
                assert!(
                    default.is_empty() || *line == format!("{key}={default}"),
                    "{line}, but the default is {default}"
                );
            }
        }
    }
}
