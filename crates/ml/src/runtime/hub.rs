//! Where models come from. Pictures, texts and faces: a hub that lists a repository's files with their hashes; writing:
//! files whose hashes are known here.

use super::{
    Folder, ModelKey,
    download::{Digest, Downloader, Remote},
};
use crate::{models::catalogue, settings};
use anyhow::{Context, bail};
use ml_api::Task;
use reqwest::Url;
use serde::Deserialize;
use std::{
    fs::{self, File},
    path::{Component, Path, PathBuf},
};

/// Whose repositories hold the models, one each.
const ORGANISATION: &str = "immich-app";
/// Compiled for boards and phones; this service does not run them.
const NOT_FOR_US: &[&str] = &["rknn", "armnn", "fp16"];

pub struct Hub {
    models: Url,
    ocr_models: Url,
    downloader: Downloader,
}

/// One of a repository's files, as the hub lists it.
#[derive(Deserialize)]
struct Listed {
    r#type: String,
    path: String,
    size: u64,
    /// Of git.
    oid: String,
    /// Large files stand elsewhere.
    lfs: Option<Large>,
}

#[derive(Deserialize)]
struct Large {
    oid: String,
    size: u64,
}

impl Hub {
    pub fn new(settings: &settings::Cache) -> anyhow::Result<Self> {
        let url = |text: &str| -> anyhow::Result<Url> {
            let url: Url =
                format!("{}/", text.trim_end_matches('/')).parse().with_context(|| format!("read {text:?}"))?;
            anyhow::ensure!(url.has_host(), "{text:?} is no address of models: write it like https://example.com");
            Ok(url)
        };
        Ok(Self {
            models: url(&settings.hub).context("MACHINE_LEARNING_MODEL_HUB")?,
            ocr_models: url(&settings.ocr_hub).context("MACHINE_LEARNING_OCR_MODEL_HUB")?,
            downloader: Downloader::new()?,
        })
    }

    /// Whether it can be had from there.
    pub fn knows(key: &ModelKey) -> bool {
        catalogue::knows(key)
    }

    /// Brings the files of a model into the cache. A name under which something can be found holds all of it.
    pub async fn fetch(&self, key: &ModelKey, folder: &Folder) -> anyhow::Result<()> {
        let _alone = lock(folder.base().to_owned()).await?;
        // Another process was quicker.
        if folder.model().is_file() {
            return Ok(());
        }
        self.bring(key, folder).await
    }

    /// The same, although there are files: they are replaced once all of the new ones are there.
    pub async fn replace(&self, key: &ModelKey, folder: &Folder) -> anyhow::Result<()> {
        let _alone = lock(folder.base().to_owned()).await?;
        self.bring(key, folder).await
    }

    async fn bring(&self, key: &ModelKey, folder: &Folder) -> anyhow::Result<()> {
        let files = self.files(key).await?;
        let incoming = folder.base().join(format!(".incoming-{}", key.kind_word()));
        let total: u64 = files.iter().filter_map(|file| file.remote.size).sum();
        tracing::info!(model = %key, "is fetched: {} files, {} MB", files.len(), total / 1_000_000);
        for file in &files {
            let target = incoming.join(&file.path);
            self.downloader
                .fetch(&file.remote, &target)
                .await
                .with_context(|| format!("download {}", file.remote.url))?;
        }
        // The model itself last: where it is, the rest is too.
        let (models, others): (Vec<_>, Vec<_>) = files.iter().partition(|file| file.path.ends_with("model.onnx"));
        for file in others.iter().chain(&models) {
            let target = folder.base().join(&file.path);
            make_folder_of(&target)?;
            fs::rename(incoming.join(&file.path), &target)
                .with_context(|| format!("put {} in place", target.display()))?;
        }
        fs::remove_dir_all(&incoming).with_context(|| format!("remove {}", incoming.display()))?;
        tracing::info!(model = %key, "was fetched");
        Ok(())
    }

    async fn files(&self, key: &ModelKey) -> anyhow::Result<Vec<Wanted>> {
        if key.task == Task::Ocr {
            return Ok(vec![self.ocr_file(key)?]);
        }
        let listing = self.models.join(&format!("api/models/{ORGANISATION}/{}/tree/main?recursive=true", key.name))?;
        let listed: Vec<Listed> =
            self.downloader.json(&listing).await.with_context(|| format!("ask {listing} for the model's files"))?;
        let mut files = Vec::new();
        for file in listed.iter().filter(|file| is_wanted(file, key)) {
            anyhow::ensure!(is_plain(&file.path), "the hub lists {:?}, which is no place for a file", file.path);
            files.push(self.wanted(key, file)?);
        }
        if !files.iter().any(|file| file.path.ends_with(format!("{}/model.onnx", key.kind_word()))) {
            bail!("the hub has no {}/model.onnx for it", key.kind_word());
        }
        Ok(files)
    }

    fn wanted(&self, key: &ModelKey, file: &Listed) -> anyhow::Result<Wanted> {
        let url = self.models.join(&format!("{ORGANISATION}/{}/resolve/main/{}", key.name, file.path))?;
        let (size, digest) = match &file.lfs {
            Some(large) => (large.size, Digest::Sha256(large.oid.clone())),
            None => (file.size, Digest::GitBlob(file.oid.clone())),
        };
        Ok(Wanted { path: PathBuf::from(&file.path), remote: Remote { url, size: Some(size), digest } })
    }

    fn ocr_file(&self, key: &ModelKey) -> anyhow::Result<Wanted> {
        let (path, sha256) = catalogue::ocr_source(key).context("the model has no known source")?;
        let url = self.ocr_models.join(&path)?;
        let path = Path::new(key.kind_word()).join("model.onnx");
        Ok(Wanted { path, remote: Remote { url, size: None, digest: Digest::Sha256(sha256.to_owned()) } })
    }
}

/// A file, and where in a model's folder it belongs.
struct Wanted {
    path: PathBuf,
    remote: Remote,
}

fn is_wanted(file: &Listed, key: &ModelKey) -> bool {
    let is_of_part = file.path.split_once('/').is_some_and(|(part, _)| part == key.kind_word());
    let is_shared = key.task == Task::Clip && file.path == "config.json";
    let is_for_us = !NOT_FOR_US.iter().any(|word| file.path.split(['/', '.']).any(|part| part == *word));
    file.r#type == "file" && is_for_us && (is_of_part || is_shared)
}

fn is_plain(path: &str) -> bool {
    Path::new(path).components().all(|component| matches!(component, Component::Normal(_)))
}

pub fn make_folder_of(file: &Path) -> anyhow::Result<()> {
    let folder = file.parent().context("a file without a folder")?;
    fs::create_dir_all(folder).with_context(|| format!("make the folder {}", folder.display()))
}

/// Between processes that share a cache; within one, the shelf lets one at a time through for each part. Waits on a
/// thread of its own: another process may take minutes.
async fn lock(base: PathBuf) -> anyhow::Result<File> {
    let locking = tokio::task::spawn_blocking(move || -> anyhow::Result<File> {
        let path = base.join(".lock");
        make_folder_of(&path)?;
        let file = File::create(&path).with_context(|| format!("write {}", path.display()))?;
        file.lock().with_context(|| format!("lock {}", path.display()))?;
        Ok(file)
    });
    locking.await.context("the thread that waits for the lock ended")?
}

#[cfg(test)]
mod tests {
    use super::*;
    use ml_api::Kind;

    fn listed(path: &str) -> Listed {
        Listed { r#type: "file".to_owned(), path: path.to_owned(), size: 1, oid: String::new(), lfs: None }
    }

    #[test]
    fn only_what_a_part_needs_is_fetched() {
        let key = ModelKey::new(Task::Clip, Kind::Visual, "ViT-B-32__openai").unwrap();
        for path in ["config.json", "visual/model.onnx", "visual/preprocess_cfg.json", "visual/weights/layer.1"] {
            assert!(is_wanted(&listed(path), &key), "{path}");
        }
        for path in ["README.md", "textual/model.onnx", "visual/model.armnn", "visual/rknn/rk3588/model.rknn"] {
            assert!(!is_wanted(&listed(path), &key), "{path}");
        }
        assert!(is_plain("visual/model.onnx") && !is_plain("visual/../../x") && !is_plain("/etc/passwd"));
    }
}
