//! From a name to a loaded model: the files are taken from the cache or fetched, and fetched once more if they are
//! damaged. What is in the cache is only given up when its replacement is there.

use super::{Folder, Library, Model, ModelKey, Session, hub::Hub};
use crate::settings::{self, Settings};
use anyhow::Context;
use ort::ErrorCode;
use std::sync::Arc;

pub struct Store {
    library: Arc<Library>,
    hub: Hub,
    cache: settings::Cache,
    runtime: settings::Runtime,
}

impl Store {
    pub fn new(settings: &Settings, library: Arc<Library>) -> anyhow::Result<Self> {
        let hub = Hub::new(&settings.cache)?;
        Ok(Self { library, hub, cache: settings.cache.clone(), runtime: settings.runtime.clone() })
    }

    /// Whether there is any use in trying: models of one's own may lie in the cache under any name.
    pub fn has_or_knows(&self, key: &ModelKey) -> bool {
        Hub::knows(key) || self.folder(key).model().is_file()
    }

    pub async fn load<M: Model>(&self, key: &ModelKey) -> anyhow::Result<M> {
        let folder = self.folder(key);
        if !folder.model().is_file() {
            self.hub.fetch(key, &folder).await.with_context(|| format!("fetch {key}"))?;
            return self.open(key, folder).await;
        }
        let error = match self.open(key, folder.clone()).await {
            Err(error) if is_of_the_files(&error) && Hub::knows(key) => error,
            done => return done,
        };
        tracing::warn!(model = %key, "its files are damaged and are fetched anew: {error:#}");
        let again = self.hub.replace(key, &folder).await;
        again.with_context(|| format!("{error:#}; fetch {key} anew"))?;
        self.open(key, folder).await
    }

    async fn open<M: Model>(&self, key: &ModelKey, folder: Folder) -> anyhow::Result<M> {
        let (library, runtime, name) = (self.library.clone(), self.runtime.clone(), key.to_string());
        let start = std::time::Instant::now();
        let loading = tokio::task::spawn_blocking(move || {
            let session = Session::open(&library, &folder.model(), &name, M::runs(&runtime))?;
            M::load(session, &folder, &runtime)
        });
        let model = loading.await.context("the thread that loads ended")??;
        tracing::info!(model = %key, "was loaded in {} ms", start.elapsed().as_millis());
        Ok(model)
    }

    fn folder(&self, key: &ModelKey) -> Folder {
        Folder::new(&self.cache.folder, key)
    }
}

/// Not the library's fault, nor the graphics card's: another copy of the files may be better.
fn is_of_the_files(error: &anyhow::Error) -> bool {
    if let Some(error) = error.chain().find_map(|cause| cause.downcast_ref::<ort::Error>()) {
        use ErrorCode::{InvalidGraph, InvalidProtobuf, NoModel, NoSuchFile};
        return matches!(error.code(), InvalidGraph | InvalidProtobuf | NoModel | NoSuchFile);
    }
    error.is::<super::Damaged>()
}
