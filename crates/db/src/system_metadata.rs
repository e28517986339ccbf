//! Values kept once per installation under a key, and the versions that have served it.

use crate::Result;
use model::server_info::VersionHistoryEntry;
use serde_json::Value;
use sqlx::PgConnection;
use uuid::Uuid;

/// The family of this table's advisory locks.
const LOCKS: i32 = 202;

pub async fn find(conn: &mut PgConnection, key: &str) -> Result<Option<Value>> {
    Ok(sqlx::query_scalar!("SELECT value FROM system_metadata WHERE key = $1", key).fetch_optional(conn).await?)
}

/// Waits for another process that holds the same key; held until the transaction ends, also for a key without a value.
pub async fn lock(conn: &mut PgConnection, key: &str) -> Result<()> {
    sqlx::query!("SELECT pg_advisory_xact_lock($1, hashtext($2))", LOCKS, key).execute(conn).await?;
    Ok(())
}

/// Waits only for who wants the key alone.
pub async fn lock_shared(conn: &mut PgConnection, key: &str) -> Result<()> {
    sqlx::query!("SELECT pg_advisory_xact_lock_shared($1, hashtext($2))", LOCKS, key).execute(conn).await?;
    Ok(())
}

pub async fn upsert(conn: &mut PgConnection, key: &str, value: &Value) -> Result<()> {
    sqlx::query!(
        "INSERT INTO system_metadata (key, value) VALUES ($1, $2) ON CONFLICT (key) DO UPDATE SET value = excluded.value",
        key,
        value
    )
    .execute(conn)
    .await?;
    Ok(())
}

pub async fn delete(conn: &mut PgConnection, key: &str) -> Result<()> {
    sqlx::query!("DELETE FROM system_metadata WHERE key = $1", key).execute(conn).await?;
    Ok(())
}

/// Versions that have served this database, the newest first.
pub async fn version_history(conn: &mut PgConnection) -> Result<Vec<VersionHistoryEntry>> {
    Ok(sqlx::query_as!(
        VersionHistoryEntry,
        "SELECT id, version, created_at FROM version_history ORDER BY created_at DESC, id"
    )
    .fetch_all(conn)
    .await?)
}

pub async fn insert_version(conn: &mut PgConnection, version: &str) -> Result<()> {
    sqlx::query!("INSERT INTO version_history (id, version) VALUES ($1, $2)", Uuid::new_v4(), version)
        .execute(conn)
        .await?;
    Ok(())
}
