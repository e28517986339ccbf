//! Taking accounts away for good.

use crate::Result;
use chrono::{DateTime, Utc};
use model::ids::{AssetId, UserId};
use sqlx::PgConnection;

/// Accounts that were deleted before that moment, and those whose removal has begun.
pub async fn list_due(conn: &mut PgConnection, before: DateTime<Utc>) -> Result<Vec<UserId>> {
    Ok(sqlx::query_scalar!(
        r#"SELECT id AS "id: UserId" FROM users
           WHERE status = 'removing' OR (status = 'deleted' AND deleted_at < $1) ORDER BY id"#,
        before
    )
    .fetch_all(conn)
    .await?)
}

/// Begins the removal, after which nothing brings the account back. Answers the path of its profile image, which may be
/// empty; `None` when it is not due (any more).
pub async fn begin(conn: &mut PgConnection, id: UserId, before: DateTime<Utc>) -> Result<Option<String>> {
    Ok(sqlx::query_scalar!(
        "UPDATE users SET status = 'removing'
         WHERE id = $1 AND (status = 'removing' OR (status = 'deleted' AND deleted_at < $2))
         RETURNING profile_image_path",
        id as UserId,
        before
    )
    .fetch_optional(conn)
    .await?)
}

/// Marks some of the assets that are left as deleted. Answers which.
pub async fn doom_assets(conn: &mut PgConnection, owner: UserId, limit: i64) -> Result<Vec<AssetId>> {
    Ok(sqlx::query_scalar!(
        r#"UPDATE assets SET status = 'deleted', deleted_at = coalesce(deleted_at, now())
           WHERE id IN (SELECT id FROM assets WHERE owner_id = $1 LIMIT $2)
           RETURNING id AS "id: AssetId""#,
        owner as UserId,
        limit
    )
    .fetch_all(conn)
    .await?)
}

/// Removes the row and the albums that were the user's own. Only when nothing else is left. Answers whether it was.
pub async fn finish(conn: &mut PgConnection, id: UserId) -> Result<bool> {
    sqlx::query!(
        "DELETE FROM albums WHERE id IN (SELECT album_id FROM album_users WHERE user_id = $1 AND role = 'owner')",
        id as UserId
    )
    .execute(&mut *conn)
    .await?;
    let removed = sqlx::query!(
        "DELETE FROM users WHERE id = $1 AND status = 'removing'
             AND NOT EXISTS (SELECT FROM assets WHERE owner_id = $1)",
        id as UserId
    )
    .execute(conn)
    .await?;
    Ok(removed.rows_affected() > 0)
}
