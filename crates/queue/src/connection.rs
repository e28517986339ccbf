//! One handle to Redis per process. Connects when first needed and again whenever the connection broke.

use crate::{
    error::{Error, Result},
    events::Events,
};
use bullmq::{
    Queue as BullQueue,
    options::{QueueOptions, RedisConnectionOptions},
    redis_connection::RedisConnection,
};
use futures::future::BoxFuture;
use model::queue::QueueName;
use redis::aio::ConnectionManager;
use std::{
    collections::HashMap,
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};
use tokio::sync::OnceCell;

/// No call takes longer: a server that waits for Redis would keep its clients waiting.
const TIMEOUT: Duration = Duration::from_secs(5);

/// About 1 GB in Redis. What is refused is found again by a sweep.
const MAX_WAITING: u64 = 2_000_000;
/// Throwing away millions of jobs is one long call.
const LONG_TIMEOUT: Duration = Duration::from_secs(60);

/// Where Redis is. `url` counts before `socket`, `socket` before `host`.
#[derive(Debug, Clone, Default)]
pub struct RedisSettings {
    pub url: Option<String>,
    pub host: String,
    pub port: u16,
    pub db_index: i64,
    pub username: Option<String>,
    pub password: Option<String>,
    pub socket: Option<PathBuf>,
    /// First part of every key.
    pub prefix: String,
}

impl RedisSettings {
    /// As the one line that clients of Redis take.
    pub(crate) fn to_url(&self) -> String {
        if let Some(url) = &self.url {
            return url.clone();
        }
        let escape =
            |text: &str| -> String {
                text.bytes()
                    .map(|byte| {
                        if byte.is_ascii_alphanumeric() { char::from(byte).to_string() } else { format!("%{byte:02X}") }
                    })
                    .collect()
            };
        let username = self.username.as_deref().map(escape).unwrap_or_default();
        let password = self.password.as_deref().map(escape);
        if let Some(socket) = &self.socket {
            let password = password.map(|password| format!("&pass={password}")).unwrap_or_default();
            let user = if username.is_empty() { String::new() } else { format!("&user={username}") };
            return format!("redis+unix://{}?db={}{user}{password}", socket.display(), self.db_index);
        }
        let login = match password {
            Some(password) => format!("{username}:{password}@"),
            None if username.is_empty() => String::new(),
            None => format!("{username}@"),
        };
        format!("redis://{login}{}:{}/{}", self.host, self.port, self.db_index)
    }
}

/// All queues of this stack. Cheap to clone.
#[derive(Clone)]
pub struct Queue(Arc<Inner>);

struct Inner {
    settings: RedisSettings,
    client: redis::Client,
    manager: OnceCell<ConnectionManager>,
    bull: OnceCell<RedisConnection>,
    queues: HashMap<QueueName, OnceCell<BullQueue>>,
    max_waiting: AtomicU64,
}

impl Queue {
    /// Checks the settings; Redis itself does not have to be up yet.
    pub async fn connect(settings: &RedisSettings) -> Result<Self> {
        let client = redis::Client::open(settings.to_url()).map_err(Error::Settings)?;
        let queues = QueueName::ALL.iter().map(|&name| (name, OnceCell::new())).collect();
        Ok(Self(Arc::new(Inner {
            settings: settings.clone(),
            client,
            manager: OnceCell::new(),
            bull: OnceCell::new(),
            queues,
            max_waiting: AtomicU64::new(MAX_WAITING),
        })))
    }

    pub fn prefix(&self) -> &str {
        &self.0.settings.prefix
    }

    /// A queue with more jobs than this refuses further ones: for a Redis with less memory than most.
    pub fn set_max_waiting(&self, jobs: u64) {
        self.0.max_waiting.store(jobs, Ordering::Relaxed);
    }

    pub(crate) fn max_waiting(&self) -> u64 {
        self.0.max_waiting.load(Ordering::Relaxed)
    }

    pub fn events(&self) -> Events {
        Events::new(self.clone())
    }

    pub(crate) fn client(&self) -> &redis::Client {
        &self.0.client
    }

    pub(crate) fn bull_options(&self) -> RedisConnectionOptions {
        RedisConnectionOptions::new().url(self.0.settings.to_url())
    }

    /// A connection of ours, for what is not a queue.
    pub(crate) async fn redis(&self) -> Result<ConnectionManager> {
        let connecting = self.0.manager.get_or_try_init(|| async {
            let config = redis::aio::ConnectionManagerConfig::new()
                .set_connection_timeout(Some(TIMEOUT))
                .set_response_timeout(Some(TIMEOUT))
                .set_number_of_retries(2);
            ConnectionManager::new_with_config(self.0.client.clone(), config).await
        });
        Ok(within(async { Ok(connecting.await?) }).await?.clone())
    }

    /// BullMQ's side of one queue.
    pub(crate) async fn bull(&self, name: QueueName) -> Result<&BullQueue> {
        let cell = &self.0.queues[&name];
        within(async {
            let connection = self
                .0
                .bull
                .get_or_try_init(|| async { RedisConnection::new_managed_only(&self.bull_options()).await })
                .await?
                .clone();
            let queue = cell
                .get_or_try_init(|| async {
                    let options = QueueOptions { prefix: self.prefix().to_owned(), ..QueueOptions::new() };
                    BullQueue::with_connection(name.as_str(), connection, options).await
                })
                .await?;
            Ok(queue)
        })
        .await
    }

    /// Whether Redis still knows what it was told: false the first time, and after it lost its data.
    pub async fn remembers(&self) -> Result<bool> {
        let mut redis = self.redis().await?;
        within(async {
            Ok(redis::cmd("EXISTS").arg(crate::keys::memory(self.prefix())).query_async(&mut redis).await?)
        })
        .await
    }

    /// From now on [`Queue::remembers`] answers true, until Redis loses its data.
    pub async fn remember(&self) -> Result<()> {
        let mut redis = self.redis().await?;
        within(async {
            Ok(redis::cmd("SET").arg(crate::keys::memory(self.prefix())).arg(1).query_async(&mut redis).await?)
        })
        .await
    }
}

/// Bounds a call in time.
///
/// Boxed, because BullMQ's calls are futures nested so deeply that compilers give up on those of their callers.
pub(crate) fn within<'a, T: 'a>(call: impl Future<Output = Result<T>> + Send + 'a) -> BoxFuture<'a, Result<T>> {
    Box::pin(bounded(TIMEOUT, call))
}

/// The same for calls whose work grows with the queue.
pub(crate) fn within_long<'a, T: 'a>(call: impl Future<Output = Result<T>> + Send + 'a) -> BoxFuture<'a, Result<T>> {
    Box::pin(bounded(LONG_TIMEOUT, call))
}

async fn bounded<T>(limit: Duration, call: impl Future<Output = Result<T>>) -> Result<T> {
    tokio::time::timeout(limit, call)
        .await
        .unwrap_or_else(|_| Err(Error::Unavailable(anyhow::anyhow!("no answer within {} s", limit.as_secs()))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn odd_passwords_survive_the_url() {
        let settings = RedisSettings {
            host: "redis".to_owned(),
            port: 6379,
            db_index: 2,
            password: Some("p@ss/word".to_owned()),
            ..RedisSettings::default()
        };
        assert_eq!(settings.to_url(), "redis://:p%40ss%2Fword@redis:6379/2");
        let socket = RedisSettings { socket: Some("/run/redis.sock".into()), ..RedisSettings::default() };
        assert_eq!(socket.to_url(), "redis+unix:///run/redis.sock?db=0");
    }
}
