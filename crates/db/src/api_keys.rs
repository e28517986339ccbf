//! Keys that programs sign in with. A secret is looked up by its SHA-256 and stored nowhere.

use crate::Result;
use chrono::{DateTime, Utc};
use model::{
    api_keys::ApiKey,
    ids::{ApiKeyId, UserId},
    permission::Permission,
};
use sqlx::PgConnection;
use uuid::Uuid;

/// What a secret proves: a key with its rights, and of its user what every request needs.
#[derive(Debug, Clone)]
pub struct SecretOwner {
    pub key_id: ApiKeyId,
    pub permissions: Vec<Permission>,
    pub user_id: UserId,
    pub email: String,
    pub name: String,
    pub is_admin: bool,
    pub quota_size_bytes: Option<i64>,
    pub quota_usage_bytes: i64,
}

struct Row {
    id: Uuid,
    user_id: Uuid,
    name: String,
    permissions: Vec<String>,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

impl From<Row> for ApiKey {
    fn from(row: Row) -> Self {
        Self {
            id: ApiKeyId(row.id),
            user_id: UserId(row.user_id),
            name: row.name,
            permissions: known(&row.permissions),
            created_at: row.created_at,
            updated_at: row.updated_at,
        }
    }
}

/// A right that only a newer version knows is none here.
fn known(permissions: &[String]) -> Vec<Permission> {
    permissions.iter().filter_map(|text| text.parse().ok()).collect()
}

fn texts(permissions: &[Permission]) -> Vec<String> {
    permissions.iter().map(|permission| permission.as_str().to_owned()).collect()
}

/// Whose secret this is; `None` when it is unknown or its user is gone.
pub async fn find_by_secret(conn: &mut PgConnection, hash: &[u8]) -> Result<Option<SecretOwner>> {
    let row = sqlx::query!(
        r#"SELECT k.id AS "key_id: ApiKeyId", k.permissions, u.id AS "user_id: UserId", u.email, u.name, u.is_admin,
               u.quota_size_bytes, u.quota_usage_bytes
           FROM api_keys k JOIN users u ON u.id = k.user_id
           WHERE k.secret_hash = $1 AND u.deleted_at IS NULL"#,
        hash
    )
    .fetch_optional(conn)
    .await?;
    Ok(row.map(|row| SecretOwner {
        key_id: row.key_id,
        permissions: known(&row.permissions),
        user_id: row.user_id,
        email: row.email,
        name: row.name,
        is_admin: row.is_admin,
        quota_size_bytes: row.quota_size_bytes,
        quota_usage_bytes: row.quota_usage_bytes,
    }))
}

/// A key of this user.
pub async fn find(conn: &mut PgConnection, user: UserId, id: ApiKeyId) -> Result<Option<ApiKey>> {
    let row = sqlx::query_as!(
        Row,
        "SELECT id, user_id, name, permissions, created_at, updated_at FROM api_keys WHERE id = $1 AND user_id = $2",
        id as ApiKeyId,
        user as UserId
    )
    .fetch_optional(conn)
    .await?;
    Ok(row.map(Into::into))
}

/// The user's keys, the newest first.
pub async fn list(conn: &mut PgConnection, user: UserId) -> Result<Vec<ApiKey>> {
    let rows = sqlx::query_as!(
        Row,
        "SELECT id, user_id, name, permissions, created_at, updated_at FROM api_keys
         WHERE user_id = $1 ORDER BY created_at DESC, id",
        user as UserId
    )
    .fetch_all(conn)
    .await?;
    Ok(rows.into_iter().map(Into::into).collect())
}

pub async fn insert(
    conn: &mut PgConnection,
    user: UserId,
    name: &str,
    secret_hash: &[u8],
    permissions: &[Permission],
) -> Result<ApiKey> {
    let row = sqlx::query_as!(
        Row,
        "INSERT INTO api_keys (id, user_id, name, secret_hash, permissions) VALUES ($1, $2, $3, $4, $5)
         RETURNING id, user_id, name, permissions, created_at, updated_at",
        ApiKeyId::random() as ApiKeyId,
        user as UserId,
        name,
        secret_hash,
        &texts(permissions)
    )
    .fetch_one(conn)
    .await?;
    Ok(row.into())
}

/// `None` leaves a field as it is.
pub async fn update(
    conn: &mut PgConnection,
    id: ApiKeyId,
    name: Option<&str>,
    permissions: Option<&[Permission]>,
) -> Result<ApiKey> {
    let permissions = permissions.map(texts);
    let row = sqlx::query_as!(
        Row,
        "UPDATE api_keys SET name = coalesce($2, name), permissions = coalesce($3, permissions) WHERE id = $1
         RETURNING id, user_id, name, permissions, created_at, updated_at",
        id as ApiKeyId,
        name,
        permissions.as_deref()
    )
    .fetch_one(conn)
    .await?;
    Ok(row.into())
}

/// A new secret for the same key; the old one stops working.
pub async fn set_secret(conn: &mut PgConnection, id: ApiKeyId, secret_hash: &[u8]) -> Result<ApiKey> {
    let row = sqlx::query_as!(
        Row,
        "UPDATE api_keys SET secret_hash = $2 WHERE id = $1
         RETURNING id, user_id, name, permissions, created_at, updated_at",
        id as ApiKeyId,
        secret_hash
    )
    .fetch_one(conn)
    .await?;
    Ok(row.into())
}

pub async fn delete(conn: &mut PgConnection, id: ApiKeyId) -> Result<()> {
    sqlx::query!("DELETE FROM api_keys WHERE id = $1", id as ApiKeyId).execute(conn).await?;
    Ok(())
}
