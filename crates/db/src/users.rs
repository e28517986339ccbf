//! Accounts.

use crate::Result;
use chrono::{DateTime, Utc};
use model::{
    ids::UserId,
    users::{AvatarColor, NewUser, User, UserChanges, UserPassword, UserStatus, UserUsage},
};
use sqlx::PgConnection;

/// Held while the first administrator is made, so that two at once cannot both be the first.
const FIRST_ADMIN_LOCK: i64 = 201;

/// `SELECT <every column of a user> FROM users` and what follows.
macro_rules! select_users {
    ($tail:literal $(, $arg:expr)*) => {
        sqlx::query_as!(
            User,
            r#"SELECT id AS "id: UserId", email, name, is_admin, avatar_color AS "avatar_color: AvatarColor",
                   profile_image_path, profile_changed_at, should_change_password, storage_label, oauth_id,
                   quota_size_bytes, quota_usage_bytes, status AS "status: UserStatus", cluster_group_id,
                   created_at, updated_at, deleted_at
               FROM users "# + $tail
            $(, $arg)*
        )
    };
}

pub async fn find(conn: &mut PgConnection, id: UserId) -> Result<Option<User>> {
    Ok(select_users!("WHERE id = $1 AND deleted_at IS NULL", id as UserId).fetch_optional(conn).await?)
}

/// `email` in lower case.
pub async fn find_by_email(conn: &mut PgConnection, email: &str) -> Result<Option<User>> {
    Ok(select_users!("WHERE email = $1 AND deleted_at IS NULL", email).fetch_optional(conn).await?)
}

/// Everybody with a living account, the oldest first.
pub async fn list(conn: &mut PgConnection) -> Result<Vec<User>> {
    Ok(select_users!("WHERE deleted_at IS NULL ORDER BY created_at, id").fetch_all(conn).await?)
}

pub async fn find_secrets(conn: &mut PgConnection, id: UserId) -> Result<Option<UserPassword>> {
    Ok(sqlx::query_as!(
        UserPassword,
        r#"SELECT id AS "id: UserId", password_hash, pin_hash FROM users WHERE id = $1 AND deleted_at IS NULL"#,
        id as UserId
    )
    .fetch_optional(conn)
    .await?)
}

/// Waits for whoever is making the first administrator right now; held until the transaction ends.
pub async fn lock_first_admin(conn: &mut PgConnection) -> Result<()> {
    sqlx::query!("SELECT pg_advisory_xact_lock($1)", FIRST_ADMIN_LOCK).execute(conn).await?;
    Ok(())
}

pub async fn has_admin(conn: &mut PgConnection) -> Result<bool> {
    Ok(sqlx::query_scalar!(r#"SELECT EXISTS (SELECT FROM users WHERE is_admin AND deleted_at IS NULL) AS "exists!""#)
        .fetch_one(conn)
        .await?)
}

pub async fn insert(conn: &mut PgConnection, user: &NewUser) -> Result<()> {
    sqlx::query!(
        "INSERT INTO users (id, email, name, password_hash, is_admin, should_change_password, storage_label,
             quota_size_bytes)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        user.id as UserId,
        user.email,
        user.name,
        user.password_hash,
        user.is_admin,
        user.should_change_password,
        user.storage_label,
        user.quota_size_bytes
    )
    .execute(conn)
    .await?;
    Ok(())
}

pub async fn update(conn: &mut PgConnection, id: UserId, changes: &UserChanges) -> Result<()> {
    sqlx::query!(
        "UPDATE users SET
             email = coalesce($2, email),
             name = coalesce($3, name),
             password_hash = coalesce($4, password_hash),
             avatar_color = CASE WHEN $5 THEN $6 ELSE avatar_color END,
             should_change_password = coalesce($7, should_change_password)
         WHERE id = $1",
        id as UserId,
        changes.email,
        changes.name,
        changes.password_hash,
        changes.avatar_color.is_some(),
        changes.avatar_color.flatten() as Option<AvatarColor>,
        changes.should_change_password
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// The path of the user's picture, empty when there is none; nobody else changes it until the transaction ends.
pub async fn profile_image_for_update(conn: &mut PgConnection, id: UserId) -> Result<Option<String>> {
    Ok(sqlx::query_scalar!(
        "SELECT profile_image_path FROM users WHERE id = $1 AND deleted_at IS NULL FOR NO KEY UPDATE",
        id as UserId
    )
    .fetch_optional(conn)
    .await?)
}

/// An empty path removes the picture.
pub async fn set_profile_image(conn: &mut PgConnection, id: UserId, path: &str, now: DateTime<Utc>) -> Result<()> {
    sqlx::query!(
        "UPDATE users SET profile_image_path = $2, profile_changed_at = $3 WHERE id = $1",
        id as UserId,
        path,
        now
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// `None` removes the PIN.
pub async fn set_pin(conn: &mut PgConnection, id: UserId, pin_hash: Option<&str>) -> Result<()> {
    sqlx::query!("UPDATE users SET pin_hash = $2 WHERE id = $1", id as UserId, pin_hash).execute(conn).await?;
    Ok(())
}

/// What every user keeps in the library, trash included, in the order in which they joined.
pub async fn usage(conn: &mut PgConnection) -> Result<Vec<UserUsage>> {
    Ok(sqlx::query_as!(
        UserUsage,
        r#"SELECT u.id AS "user_id: UserId", u.name AS user_name, u.quota_size_bytes,
               count(a.id) FILTER (WHERE a.asset_type = 'IMAGE' AND a.visibility <> 'hidden') AS "photos!",
               count(a.id) FILTER (WHERE a.asset_type = 'VIDEO' AND a.visibility <> 'hidden') AS "videos!",
               coalesce(sum(e.file_size_bytes), 0)::bigint AS "usage_bytes!",
               coalesce(sum(e.file_size_bytes) FILTER (WHERE a.asset_type = 'IMAGE'), 0)::bigint
                   AS "usage_photos_bytes!",
               coalesce(sum(e.file_size_bytes) FILTER (WHERE a.asset_type = 'VIDEO'), 0)::bigint
                   AS "usage_videos_bytes!"
           FROM users u
           LEFT JOIN assets a ON a.owner_id = u.id AND a.library_id IS NULL AND a.status <> 'deleted'
           LEFT JOIN asset_exif e ON e.asset_id = a.id
           WHERE u.deleted_at IS NULL
           GROUP BY u.id
           ORDER BY u.created_at, u.id"#
    )
    .fetch_all(conn)
    .await?)
}
