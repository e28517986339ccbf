//! Everything a rule can reach: built once per process, the same for server, worker, command line and tests.

use crate::{
    callers::Callers,
    error::{Error, Result},
    events::Events,
    models::Models,
};
use config::{Env, SystemConfig};
use db::Db;
use files::Library;
use model::time::Clock;
use queue::Queue;
use std::sync::{Arc, RwLock};

/// Cheap to clone.
#[derive(Clone)]
pub struct App {
    pub env: Arc<Env>,
    pub system: SystemConfigHandle,
    pub db: Db,
    pub queue: Queue,
    pub events: Events,
    pub files: Library,
    pub clock: Clock,
    /// Who asked a moment ago.
    pub callers: Callers,
    pub models: Models,
}

impl App {
    /// Connects to what is outside. Neither Postgres nor Redis has to answer yet: they are reached when needed.
    pub async fn connect(env: Env) -> Result<Self> {
        let db = Db::connect(&env.database)?;
        let queue = Queue::connect(&redis_settings(&env)).await?;
        let files = Library::new(env.library.media_location.clone());
        let events = Events::new(queue.events());
        let system = SystemConfigHandle::new(SystemConfig::default());
        Ok(Self {
            env: Arc::new(env),
            system,
            db,
            queue,
            events,
            files,
            clock: Clock::system(),
            callers: Callers::default(),
            models: Models::default(),
        })
    }

    /// Brings the schema up to date; several processes may call it at once.
    pub async fn migrate(env: &config::env::DatabaseEnv) -> Result<()> {
        Ok(db::migrate(env).await?)
    }

    /// Whether the schema is as new as this program.
    pub async fn is_migrated(&self) -> Result<bool> {
        Ok(db::is_migrated(&mut *self.db.acquire().await?).await?)
    }

    /// Reads the stored settings anew; called at start and when another process announces a change.
    pub async fn reload_system_config(&self) -> Result<()> {
        let config = crate::system_config::load(self).await?;
        self.system.set(config);
        Ok(())
    }
}

fn redis_settings(env: &Env) -> queue::RedisSettings {
    let redis = &env.redis;
    queue::RedisSettings {
        url: redis.url.as_ref().map(|url| url.0.clone()),
        host: redis.host.clone(),
        port: redis.port,
        db_index: redis.db_index,
        username: redis.username.clone(),
        password: redis.password.as_ref().map(|password| password.0.clone()),
        socket: redis.socket.clone(),
        prefix: redis.prefix.clone(),
    }
}

/// The administrator's settings as this process last read them.
#[derive(Clone)]
pub struct SystemConfigHandle(Arc<RwLock<Arc<SystemConfig>>>);

impl SystemConfigHandle {
    pub fn new(config: SystemConfig) -> Self {
        Self(Arc::new(RwLock::new(Arc::new(config))))
    }

    pub fn get(&self) -> Arc<SystemConfig> {
        Arc::clone(&self.0.read().unwrap_or_else(std::sync::PoisonError::into_inner))
    }

    pub fn set(&self, config: SystemConfig) {
        *self.0.write().unwrap_or_else(std::sync::PoisonError::into_inner) = Arc::new(config);
    }
}

/// Runs what burns CPU (hashes of passwords, zips) away from the threads that answer requests.
pub async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T> {
    tokio::task::spawn_blocking(work).await.map_err(Error::internal)
}
