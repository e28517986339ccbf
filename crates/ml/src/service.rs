//! What a running service has: its models, and the permits for what may happen at once.

use crate::{
    error::{Error, Result},
    measure,
    models::Models,
    runtime::{Cores, give_back},
    settings::{self, Limits, Preload, Settings},
};
use metrics_exporter_prometheus::PrometheusHandle;
use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::MissedTickBehavior,
};

pub struct Service {
    pub models: Models,
    pub limits: Limits,
    pub metrics: PrometheusHandle,
    /// One for each request under way.
    requests: Arc<Semaphore>,
    /// One for each kilobyte of their bodies.
    bodies: Arc<Semaphore>,
    /// One for each million pixels of open pictures.
    pictures: Arc<Semaphore>,
    /// One for each thread that decodes or prepares.
    threads: Arc<Semaphore>,
    cores: Cores,
    /// Since memory was last given back.
    has_worked: AtomicBool,
    preload: Preload,
    ttl: Option<Duration>,
    ttl_poll: Duration,
}

impl Service {
    /// Fails if it could not answer: a wrong setting, or no ONNX Runtime.
    pub fn start(settings: Settings) -> anyhow::Result<Self> {
        let limits = settings.limits.clone();
        let cores = Cores::new(settings::cores());
        Ok(Self {
            models: Models::new(&settings, cores.clone())?,
            metrics: measure::install()?,
            requests: Arc::new(Semaphore::new(limits.max_requests)),
            bodies: Arc::new(Semaphore::new(limits.max_bodies_mb * 1024)),
            pictures: Arc::new(Semaphore::new(limits.max_image_megapixels as usize)),
            threads: Arc::new(Semaphore::new(limits.request_threads())),
            limits,
            cores,
            has_worked: AtomicBool::new(false),
            preload: settings.preload,
            ttl: settings.cache.ttl(),
            ttl_poll: settings.cache.ttl_poll(),
        })
    }

    /// Loads what is to be there from the start, and lets go of what is not used, for ever.
    pub async fn tend(self: Arc<Self>) {
        self.models.preload(&self.preload).await;
        let mut poll = tokio::time::interval(self.ttl_poll);
        poll.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            poll.tick().await;
            if let Some(ttl) = self.ttl {
                self.models.tidy(ttl);
            }
            let is_idle = self.requests.available_permits() == self.limits.max_requests;
            if is_idle && self.has_worked.swap(false, Ordering::Relaxed) {
                give_back();
            }
        }
    }

    /// For a request, or at once the word that it is one too many.
    pub fn admit(&self) -> Result<OwnedSemaphorePermit> {
        self.has_worked.store(true, Ordering::Relaxed);
        self.requests.clone().try_acquire_owned().map_err(|_| Error::Overloaded)
    }

    /// For so many bytes of a body.
    pub fn admit_bytes(&self, count: usize) -> Result<OwnedSemaphorePermit> {
        let kilobytes = u32::try_from(count.div_ceil(1024)).map_err(|_| Error::Overloaded)?;
        self.bodies.clone().try_acquire_many_owned(kilobytes).map_err(|_| Error::Overloaded)
    }

    /// For a picture that is about to be decoded. Waits until others are done with theirs.
    pub async fn room_for(&self, pixels: u64) -> Result<OwnedSemaphorePermit> {
        let megapixels =
            u32::try_from(pixels.div_ceil(1_000_000)).unwrap_or(u32::MAX).min(self.limits.max_image_megapixels);
        self.pictures.clone().acquire_many_owned(megapixels).await.map_err(|_| Error::Abandoned)
    }

    /// Works on a picture when a core is free. Whoever stops waiting before it began takes it back.
    pub async fn work_on_core<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T> {
        let core = self.cores.take(1).await;
        let work = move || {
            let done = work();
            drop(core);
            done
        };
        self.work(work).await
    }

    /// Does a piece of work that takes milliseconds beside the async threads, whatever else the cores do.
    pub async fn work<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T> {
        let permit = self.threads.clone().acquire_owned().await.map_err(|_| Error::Abandoned)?;
        let working = tokio::task::spawn_blocking(move || {
            let done = work();
            drop(permit);
            done
        });
        working.await.map_err(|error| Error::Model { model: "preparing".to_owned(), cause: error.into() })
    }
}
