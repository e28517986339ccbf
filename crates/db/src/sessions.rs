//! Where users are signed in. A token is looked up by its SHA-256 and stored nowhere.

use crate::Result;
use chrono::{DateTime, Utc};
use model::{
    ids::{SessionId, UserId},
    sessions::{NewSession, Session},
};
use sqlx::PgConnection;

/// What a token proves: a session, and of its user what every request needs.
#[derive(Debug, Clone)]
pub struct TokenOwner {
    pub session_id: SessionId,
    pub app_version: Option<String>,
    pub updated_at: DateTime<Utc>,
    pub expires_at: Option<DateTime<Utc>>,
    pub pin_expires_at: Option<DateTime<Utc>>,
    pub user_id: UserId,
    pub email: String,
    pub name: String,
    pub is_admin: bool,
    pub quota_size_bytes: Option<i64>,
    pub quota_usage_bytes: i64,
}

macro_rules! select_sessions {
    ($tail:literal $(, $arg:expr)*) => {
        sqlx::query_as!(
            Session,
            r#"SELECT id AS "id: SessionId", user_id AS "user_id: UserId", parent_id AS "parent_id: SessionId",
                   device_type, device_os, app_version, created_at, updated_at, expires_at, pin_expires_at,
                   is_pending_sync_reset
               FROM sessions "# + $tail
            $(, $arg)*
        )
    };
}

/// Whose token this is; `None` when it is unknown, expired, or its user is gone.
pub async fn find_by_token(conn: &mut PgConnection, hash: &[u8], now: DateTime<Utc>) -> Result<Option<TokenOwner>> {
    Ok(sqlx::query_as!(
        TokenOwner,
        r#"SELECT s.id AS "session_id: SessionId", s.app_version, s.updated_at, s.expires_at, s.pin_expires_at,
               u.id AS "user_id: UserId", u.email, u.name, u.is_admin, u.quota_size_bytes, u.quota_usage_bytes
           FROM sessions s JOIN users u ON u.id = s.user_id
           WHERE s.token_hash = $1 AND u.deleted_at IS NULL AND (s.expires_at IS NULL OR s.expires_at > $2)"#,
        hash,
        now
    )
    .fetch_optional(conn)
    .await?)
}

pub async fn insert(conn: &mut PgConnection, session: &NewSession, now: DateTime<Utc>) -> Result<()> {
    sqlx::query!(
        "INSERT INTO sessions (id, user_id, parent_id, token_hash, device_type, device_os, app_version, expires_at,
             created_at, updated_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $9)",
        session.id as SessionId,
        session.user_id as UserId,
        session.parent_id as Option<SessionId>,
        session.token_hash,
        session.device.device_type,
        session.device.device_os,
        session.device.app_version,
        session.expires_at,
        now
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// A session of this user.
pub async fn find(conn: &mut PgConnection, user: UserId, id: SessionId) -> Result<Option<Session>> {
    Ok(select_sessions!("WHERE id = $1 AND user_id = $2", id as SessionId, user as UserId).fetch_optional(conn).await?)
}

/// The user's sessions that have not ended, the last seen first.
pub async fn list(conn: &mut PgConnection, user: UserId, now: DateTime<Utc>) -> Result<Vec<Session>> {
    Ok(select_sessions!(
        "WHERE user_id = $1 AND (expires_at IS NULL OR expires_at > $2) ORDER BY updated_at DESC, created_at DESC",
        user as UserId,
        now
    )
    .fetch_all(conn)
    .await?)
}

/// Notes that the session was seen, with which version of the app.
pub async fn touch(
    conn: &mut PgConnection,
    id: SessionId,
    app_version: Option<&str>,
    now: DateTime<Utc>,
) -> Result<()> {
    sqlx::query!(
        "UPDATE sessions SET updated_at = $3, app_version = coalesce($2, app_version) WHERE id = $1",
        id as SessionId,
        app_version,
        now
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Opens the locked folder to a session until then, or closes it.
pub async fn set_pin_expiry(conn: &mut PgConnection, id: SessionId, until: Option<DateTime<Utc>>) -> Result<()> {
    sqlx::query!("UPDATE sessions SET pin_expires_at = $2 WHERE id = $1", id as SessionId, until).execute(conn).await?;
    Ok(())
}

/// Closes the locked folder to all of the user's sessions.
pub async fn lock_all(conn: &mut PgConnection, user: UserId) -> Result<()> {
    sqlx::query!("UPDATE sessions SET pin_expires_at = NULL WHERE user_id = $1", user as UserId).execute(conn).await?;
    Ok(())
}

/// Asks the device to forget what it synchronised and to begin anew, or takes that back.
pub async fn set_pending_sync_reset(conn: &mut PgConnection, id: SessionId, pending: bool) -> Result<()> {
    sqlx::query!("UPDATE sessions SET is_pending_sync_reset = $2 WHERE id = $1", id as SessionId, pending)
        .execute(conn)
        .await?;
    Ok(())
}

/// Ends a session and those it made; answers which.
pub async fn delete(conn: &mut PgConnection, id: SessionId) -> Result<Vec<SessionId>> {
    Ok(sqlx::query_scalar!(
        r#"WITH RECURSIVE family AS (
               SELECT id FROM sessions WHERE id = $1
               UNION SELECT child.id FROM sessions child JOIN family ON child.parent_id = family.id
           )
           DELETE FROM sessions WHERE id IN (SELECT id FROM family) RETURNING id AS "id: SessionId""#,
        id as SessionId
    )
    .fetch_all(conn)
    .await?)
}

/// Ends all of a user's sessions but one (or none); answers which.
pub async fn delete_others(conn: &mut PgConnection, user: UserId, keep: Option<SessionId>) -> Result<Vec<SessionId>> {
    Ok(sqlx::query_scalar!(
        r#"DELETE FROM sessions WHERE user_id = $1 AND id IS DISTINCT FROM $2 RETURNING id AS "id: SessionId""#,
        user as UserId,
        keep as Option<SessionId>
    )
    .fetch_all(conn)
    .await?)
}

/// Removes sessions that ended or were not seen since then; answers how many.
pub async fn delete_stale(conn: &mut PgConnection, unseen_since: DateTime<Utc>, now: DateTime<Utc>) -> Result<u64> {
    let deleted = sqlx::query!("DELETE FROM sessions WHERE updated_at < $1 OR expires_at <= $2", unseen_since, now)
        .execute(conn)
        .await?;
    Ok(deleted.rows_affected())
}
