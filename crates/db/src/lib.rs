//! All SQL. A function is a statement: connection first, `model` values out, not found is `Ok(None)`.
//!
//! No rule and no permission lives here except in [`access`], which answers "which of these may this user touch".
//! Tables live in the schema `ferrotype`, extensions in `public`, so that a database can be shared.

mod error;

pub mod access;
pub mod albums;
pub mod api_keys;
pub mod asset_deletion;
pub mod asset_jobs;
pub mod asset_metadata;
pub mod assets;
pub mod calendar_heatmap;
pub mod embeddings;
pub mod faces;
pub mod people;
pub mod search;
pub mod seed;
pub mod sessions;
pub mod sidecars;
pub mod system_metadata;
pub mod timeline;
pub mod trash;
pub mod undecided;
pub mod user_deletion;
pub mod user_metadata;
pub mod users;
pub mod users_admin;

pub use error::{Error, Result};
pub use sqlx::PgConnection;

use config::env::DatabaseEnv;
use sqlx::{
    Connection, Executor, Postgres, Transaction,
    migrate::Migrator,
    postgres::{PgConnectOptions, PgPool, PgPoolOptions, PgSslMode},
};
use std::{str::FromStr, time::Duration};

/// Our own schema; everything else in the database is left alone.
pub const SCHEMA: &str = "ferrotype";
/// Held while the schema changes, so that several servers may start at once.
const MIGRATION_LOCK: i64 = 200;
/// A connection that rested longer is asked whether it is still there.
const TRUSTED_FOR: Duration = Duration::from_secs(1);
static MIGRATOR: Migrator = sqlx::migrate!("../../migrations");

/// The pool. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Db(PgPool);

/// An open transaction: dereferences to a connection, rolls back when dropped.
#[derive(Debug)]
pub struct Tx(Transaction<'static, Postgres>);

impl Tx {
    pub async fn commit(self) -> Result<()> {
        Ok(self.0.commit().await?)
    }
}

impl std::ops::Deref for Tx {
    type Target = PgConnection;

    fn deref(&self) -> &PgConnection {
        &self.0
    }
}

impl std::ops::DerefMut for Tx {
    fn deref_mut(&mut self) -> &mut PgConnection {
        &mut self.0
    }
}

impl Db {
    /// Opens the pool; connections are made when they are needed, so a database that is still starting is no error.
    pub fn connect(env: &DatabaseEnv) -> Result<Self> {
        let pool = PgPoolOptions::new()
            .max_connections(env.pool_size)
            .min_connections(0)
            .acquire_timeout(Duration::from_secs(15))
            .idle_timeout(Duration::from_secs(120))
            // A connection that has just been used is alive: asking it first would double the time of a short statement.
            .test_before_acquire(false)
            .before_acquire(|conn, meta| {
                Box::pin(async move {
                    if meta.idle_for > TRUSTED_FOR {
                        conn.ping().await?;
                    }
                    Ok(true)
                })
            })
            .connect_lazy_with(options(env)?);
        Ok(Self(pool))
    }

    pub async fn begin(&self) -> Result<Tx> {
        Ok(Tx(self.0.begin().await?))
    }

    /// A connection for statements that need no transaction.
    pub async fn acquire(&self) -> Result<sqlx::pool::PoolConnection<Postgres>> {
        Ok(self.0.acquire().await?)
    }

    /// Answers when the database does.
    pub async fn ping(&self) -> Result<()> {
        self.acquire().await?.ping().await?;
        Ok(())
    }

    pub async fn close(&self) {
        self.0.close().await;
    }

    pub fn pool(&self) -> &PgPool {
        &self.0
    }
}

fn options(env: &DatabaseEnv) -> Result<PgConnectOptions> {
    let mut options = match &env.url {
        Some(url) => PgConnectOptions::from_str(&url.0)?,
        None => PgConnectOptions::new_without_pgpass()
            .host(&env.host)
            .port(env.port)
            .username(&env.username)
            .password(&env.password.0)
            .database(&env.name),
    };
    if let Some(mode) = &env.ssl_mode {
        options = options.ssl_mode(PgSslMode::from_str(mode)?);
    }
    let search_path = format!("{SCHEMA},public");
    // Every statement is short and many run at once: helpers and compilers cost more than they bring.
    let settings = [("timezone", "UTC"), ("jit", "off"), ("max_parallel_workers_per_gather", "0")];
    Ok(options.application_name("ferrotype").options([("search_path", search_path.as_str())]).options(settings))
}

/// Brings the schema up to date. Safe to call from several processes at once: one works, the others wait.
pub async fn migrate(env: &DatabaseEnv) -> Result<()> {
    let mut conn = PgConnection::connect_with(&options(env)?).await?;
    sqlx::query("SELECT pg_advisory_lock($1)").bind(MIGRATION_LOCK).execute(&mut conn).await?;
    conn.execute(sqlx::AssertSqlSafe(format!("CREATE SCHEMA IF NOT EXISTS {SCHEMA}"))).await?;
    MIGRATOR.run(&mut conn).await?;
    sqlx::query("SELECT pg_advisory_unlock($1)").bind(MIGRATION_LOCK).execute(&mut conn).await?;
    conn.close().await?;
    Ok(())
}

/// Differs whenever a migration does: names the template from which tests clone their databases.
pub fn schema_fingerprint() -> String {
    use std::hash::{DefaultHasher, Hash, Hasher};
    let mut hasher = DefaultHasher::new();
    MIGRATOR.iter().for_each(|migration| (migration.version, &migration.checksum).hash(&mut hasher));
    format!("{:016x}", hasher.finish())
}

/// Whether the schema is there and as new as this program; the worker waits for it.
pub async fn is_migrated(conn: &mut PgConnection) -> Result<bool> {
    let newest = MIGRATOR.iter().map(|migration| migration.version).max().unwrap_or_default();
    let exists: bool = sqlx::query_scalar("SELECT to_regclass($1) IS NOT NULL")
        .bind(format!("{SCHEMA}._sqlx_migrations"))
        .fetch_one(&mut *conn)
        .await?;
    if !exists {
        return Ok(false);
    }
    Ok(sqlx::query_scalar("SELECT EXISTS (SELECT FROM _sqlx_migrations WHERE version >= $1 AND success)")
        .bind(newest)
        .fetch_one(conn)
        .await?)
}
