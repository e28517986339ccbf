//! The Rust tests, with a Postgres and a Redis of their own.

use anyhow::Result;

use super::running::Services;
use crate::{lint::cargo, onnx, paths, say, shell};

/// Everything at once: programs built alone would have other features, and be built twice.
pub fn build() -> Result<()> {
    shell::run(cargo().args(["build", "--locked", "--workspace", "--all-targets"]))
}

pub fn test() -> Result<()> {
    let services = Services::start()?;
    let mut command = cargo();
    if shell::succeeds(cargo().args(["nextest", "--version"])) {
        command.args(["nextest", "run", "--locked", "--workspace"]);
    } else {
        say::note("cargo-nextest is not installed: using cargo test, which is slower");
        command.args(["test", "--locked", "--workspace"]);
    }
    command.envs(services.env.iter().map(|(key, value)| (key, value)));
    command.env(onnx::LIBRARY_VARIABLE, onnx::library()?).env(onnx::OCR_VARIABLE, onnx::ocr_weights()?);
    command.env(onnx::FACES_VARIABLE, onnx::face_weights()?).env(onnx::PORTRAITS_VARIABLE, onnx::portraits()?);
    shell::run(command.env("FERROTYPE_BIN_DIR", paths::programs(true)))
}
