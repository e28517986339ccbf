//! CLIP: pictures and texts as directions in one space.

mod languages;
mod textual;
mod tokenizer;
mod visual;

pub use textual::Textual;
pub use visual::Visual;

use crate::runtime::{Damaged, Folder, Tensor};
use anyhow::Context;
use serde::de::DeserializeOwned;
use std::{fs, path::Path};

/// The one row of the one answer.
fn embedding(outputs: Vec<Tensor>) -> anyhow::Result<Vec<f32>> {
    let output = outputs.into_iter().next().context("the model answers nothing")?;
    Ok(output.as_f32()?.to_vec())
}

/// One of the small files beside a model.
fn read_json<T: DeserializeOwned>(file: &Path) -> anyhow::Result<T> {
    let read = || -> anyhow::Result<T> { Ok(serde_json::from_slice(&fs::read(file)?)?) };
    read().with_context(|| format!("read {}", file.display())).context(Damaged)
}

fn part_file(folder: &Folder, name: &str) -> std::path::PathBuf {
    folder.part().join(name)
}
