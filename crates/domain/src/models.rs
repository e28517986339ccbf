//! The model services of the settings: what they are asked, how they are, and what they said of texts a moment ago.

use crate::{
    app::App,
    error::{Error, Result},
};
use anyhow::anyhow;
use lru::LruCache;
use ml_api::{Client, Entries, Entry, Input, Kind, Task, Value};
use std::{
    collections::BTreeMap,
    num::NonZeroUsize,
    path::Path,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

/// People page through what they found, and change a word.
const TEXTS: NonZeroUsize = NonZeroUsize::new(100).unwrap();
/// As far as the index of embeddings goes.
const MOST_DIMENSIONS: usize = 2000;
/// Who asks too often asks in vain.
const LEAST_INTERVAL: Duration = Duration::from_secs(1);
/// While nothing is to be watched, the settings are looked at again after this long.
const LOOK_AGAIN: Duration = Duration::from_secs(30);

/// Cheap to clone.
#[derive(Clone)]
pub struct Models(Arc<Inner>);

struct Inner {
    /// Of the URLs beside it; another one when the settings name others.
    client: Mutex<Option<(Vec<String>, Client)>>,
    texts: Mutex<LruCache<TextQuery, Embedding>>,
}

#[derive(Clone, PartialEq, Eq, Hash)]
struct TextQuery {
    model: String,
    language: Option<String>,
    text: String,
}

pub type Embedding = Arc<Vec<f32>>;

impl Default for Models {
    fn default() -> Self {
        Self(Arc::new(Inner { client: Mutex::default(), texts: Mutex::new(LruCache::new(TEXTS)) }))
    }
}

impl Models {
    fn client(&self, urls: &[String]) -> Result<Client> {
        let mut known = lock(&self.0.client);
        if let Some((of, client)) = &*known
            && of == urls
        {
            return Ok(client.clone());
        }
        let client = Client::new(urls).map_err(Error::internal)?;
        *known = Some((urls.to_vec(), client.clone()));
        Ok(client)
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What a picture shows, as this model puts it.
pub async fn embed_image(app: &App, model: &str, picture: &Path) -> Result<Vec<f32>> {
    embed(app, clip(Kind::Visual, model, None), Input::Image(picture)).await
}

/// What a text says, as this model puts it.
pub async fn embed_text(app: &App, model: &str, text: &str, language: Option<&str>) -> Result<Embedding> {
    let (model, text) = (model.to_owned(), text.to_owned());
    let query = TextQuery { model, language: language.map(str::to_owned), text };
    if let Some(known) = lock(&app.models.0.texts).get(&query) {
        return Ok(known.clone());
    }
    let entries = clip(Kind::Textual, &query.model, language);
    let embedding = Arc::new(embed(app, entries, Input::Text(&query.text)).await?);
    lock(&app.models.0.texts).put(query, embedding.clone());
    Ok(embedding)
}

fn clip(kind: Kind, model: &str, language: Option<&str>) -> Entries {
    let options = language.map(|language| ("language".to_owned(), Value::Text(language.to_owned())));
    Entries::default().with(
        Task::Clip,
        kind,
        Entry { model_name: model.to_owned(), options: BTreeMap::from_iter(options) },
    )
}

async fn embed(app: &App, entries: Entries, input: Input<'_>) -> Result<Vec<f32>> {
    let client = app.models.client(&app.system.get().machine_learning.urls)?;
    let embedding = client.predict(&entries, input).await?.clip.unwrap_or_default();
    let is_usable =
        (1..=MOST_DIMENSIONS).contains(&embedding.len()) && embedding.iter().all(|number| number.is_finite());
    if is_usable {
        Ok(embedding)
    } else {
        Err(Error::Unavailable(anyhow!("the model service gave no usable embedding")))
    }
}

/// Whether a service answers at all, asked just now.
pub async fn are_reachable(app: &App) -> Result<bool> {
    let settings = &app.system.get().machine_learning;
    Ok(app.models.client(&settings.urls)?.check(milliseconds(settings.availability_checks.timeout)).await > 0)
}

/// Asks the services again and again how they are, so that those that are well are asked first.
pub async fn watch(app: App) {
    loop {
        let settings = app.system.get().machine_learning.clone();
        let checks = &settings.availability_checks;
        if settings.enabled && checks.enabled {
            if let Err(error) = are_reachable(&app).await {
                tracing::warn!("look after the model services: {error:#}");
            }
            tokio::time::sleep(milliseconds(checks.interval).max(LEAST_INTERVAL)).await;
        } else {
            tokio::time::sleep(LOOK_AGAIN).await;
        }
    }
}

fn milliseconds(count: u32) -> Duration {
    Duration::from_millis(count.into())
}

impl From<ml_api::Error> for Error {
    fn from(error: ml_api::Error) -> Self {
        match error {
            // The address of a service is nobody's business.
            ml_api::Error::Refused { reason, .. } => Self::BadRequest(format!("The model refuses it: {reason}").into()),
            ml_api::Error::Unavailable { .. } => Self::Unavailable(error.into()),
            ml_api::Error::Address { .. } | ml_api::Error::Client(_) | ml_api::Error::File { .. } => {
                Self::Internal(error.into())
            }
        }
    }
}
