//! Models in memory: loaded when first asked for, by one at a time, and let go when nobody asked for a while.

use super::{Folder, ModelKey, Runs, Session, Store};
use crate::{
    error::{Error, Result},
    measure, settings,
};
use anyhow::anyhow;
use ml_api::{Kind, Task};
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

/// A kind of model: how its files become something that answers.
pub trait Model: Send + Sync + Sized + 'static {
    const TASK: Task;
    const KIND: Kind;
    fn runs(settings: &settings::Runtime) -> Runs;
    /// With the files beside the network's. Reads them: not for the async threads.
    fn load(session: Session, folder: &Folder, settings: &settings::Runtime) -> anyhow::Result<Self>;
}

/// All models of one kind that are in memory.
pub struct Shelf<M> {
    store: Arc<Store>,
    slots: Mutex<BTreeMap<String, Arc<Slot<M>>>>,
}

struct Slot<M> {
    /// Locked while it loads: the others wait for that one.
    place: Arc<tokio::sync::Mutex<Place<M>>>,
    is_kept: bool,
}

struct Place<M> {
    model: Option<Arc<M>>,
    used: Instant,
    /// Why the last loading failed, and when.
    failure: Option<(Instant, String)>,
}

impl<M: Model> Shelf<M> {
    pub fn new(store: Arc<Store>) -> Self {
        Self { store, slots: Mutex::default() }
    }

    /// The model by its name, from memory, from disk or from the hub.
    pub async fn get(&self, name: &str) -> Result<Arc<M>> {
        let key = ModelKey::new(M::TASK, M::KIND, name);
        let key = key.ok_or_else(|| Error::BadRequest(format!("{name:?} is no name of a model")))?;
        self.load(key, false).await
    }

    /// Loads models that stay: names with commas between them.
    pub async fn preload(&self, names: &str) {
        for name in names.split(',').map(str::trim) {
            let Some(key) = ModelKey::new(M::TASK, M::KIND, name) else { continue };
            if let Err(error) = self.load(key.clone(), true).await {
                tracing::error!(model = %key, "cannot be loaded ahead: {error:?}");
            }
        }
    }

    async fn load(&self, key: ModelKey, is_kept: bool) -> Result<Arc<M>> {
        let asked = Instant::now();
        if !self.store.has_or_knows(&key) {
            return Err(Error::BadRequest(format!("there is no model {key}")));
        }
        let slot = self.slot(&key.name, is_kept);
        let mut place = slot.place.clone().lock_owned().await;
        place.used = Instant::now();
        if let Some(model) = &place.model {
            return Ok(model.clone());
        }
        let failed = |failure: &str| Error::Model { model: key.to_string(), cause: anyhow!(failure.to_owned()) };
        // Who waited while another failed would only wait for the same.
        if let Some((when, failure)) = place.failure.as_ref().filter(|(when, _)| *when > asked) {
            tracing::debug!(?when, "shares a failure");
            return Err(failed(failure));
        }
        let store = self.store.clone();
        let loaded_key = key.clone();
        // A task of its own: if this client goes, the next one finds the model half loaded and not twice.
        let loading = tokio::spawn(async move {
            let outcome = store.load::<M>(&loaded_key).await;
            place.used = Instant::now();
            match outcome {
                Ok(model) => {
                    measure::models_loaded(1.0);
                    let model = Arc::new(model);
                    place.model = Some(model.clone());
                    place.failure = None;
                    Ok(model)
                }
                Err(error) => {
                    let failure = format!("{error:#}");
                    place.failure = Some((place.used, failure.clone()));
                    Err(failure)
                }
            }
        });
        let loaded = loading.await.map_err(|error| failed(&format!("loading it ended: {error}")))?;
        loaded.map_err(|failure| failed(&failure))
    }

    /// Lets go of what nobody used for so long.
    pub fn tidy(&self, ttl: Duration) {
        for (name, slot) in self.slots().iter().filter(|(_, slot)| !slot.is_kept) {
            // Locked: it is being asked for right now.
            let Ok(mut place) = slot.place.try_lock() else { continue };
            match &place.model {
                Some(model) if Arc::strong_count(model) > 1 => place.used = Instant::now(),
                Some(_) if place.used.elapsed() >= ttl => {
                    tracing::info!(model = name, "was not used for {} s and is let go", ttl.as_secs());
                    place.model = None;
                    measure::models_loaded(-1.0);
                }
                _ => {}
            }
        }
    }

    fn slot(&self, name: &str, is_kept: bool) -> Arc<Slot<M>> {
        let mut slots = self.slots();
        let new = || Slot { place: Arc::default(), is_kept };
        slots.entry(name.to_owned()).or_insert_with(|| Arc::new(new())).clone()
    }

    fn slots(&self) -> std::sync::MutexGuard<'_, BTreeMap<String, Arc<Slot<M>>>> {
        // Nothing in here panics half-way through a change.
        self.slots.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<M> Default for Place<M> {
    fn default() -> Self {
        Self { model: None, used: Instant::now(), failure: None }
    }
}
