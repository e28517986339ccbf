//! Values kept per user under a key: preferences (only what differs from the defaults), onboarding.

use crate::Result;
use model::ids::UserId;
use serde_json::Value;
use sqlx::PgConnection;

pub async fn find(conn: &mut PgConnection, user: UserId, key: &str) -> Result<Option<Value>> {
    Ok(sqlx::query_scalar!("SELECT value FROM user_metadata WHERE user_id = $1 AND key = $2", user as UserId, key)
        .fetch_optional(conn)
        .await?)
}

/// The value, and nobody else changes it until the transaction ends.
pub async fn find_for_update(conn: &mut PgConnection, user: UserId, key: &str) -> Result<Option<Value>> {
    // The user's row stands for a value that is not there yet.
    sqlx::query!("SELECT id FROM users WHERE id = $1 FOR NO KEY UPDATE", user as UserId)
        .fetch_optional(&mut *conn)
        .await?;
    find(conn, user, key).await
}

pub async fn upsert(conn: &mut PgConnection, user: UserId, key: &str, value: &Value) -> Result<()> {
    sqlx::query!(
        "INSERT INTO user_metadata (user_id, key, value) VALUES ($1, $2, $3)
         ON CONFLICT (user_id, key) DO UPDATE SET value = excluded.value",
        user as UserId,
        key,
        value
    )
    .execute(conn)
    .await?;
    Ok(())
}

pub async fn delete(conn: &mut PgConnection, user: UserId, key: &str) -> Result<()> {
    sqlx::query!("DELETE FROM user_metadata WHERE user_id = $1 AND key = $2", user as UserId, key)
        .execute(conn)
        .await?;
    Ok(())
}
