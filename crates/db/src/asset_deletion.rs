//! Taking assets away for good, and the counters that follow them.

use crate::Result;
use chrono::{DateTime, Utc};
use model::ids::{AssetId, UserId};
use sqlx::PgConnection;

/// What has to go with an asset.
#[derive(Debug, Clone)]
pub struct Doomed {
    pub id: AssetId,
    pub owner_id: UserId,
    pub original_path: String,
    pub is_external: bool,
    pub is_offline: bool,
    pub live_photo_video_id: Option<AssetId>,
    pub file_size_bytes: i64,
    /// Pictures, encoded video and sidecar.
    pub files: Vec<String>,
}

/// An asset that was marked as deleted; `None` when it is gone already or was never marked.
pub async fn find_doomed(conn: &mut PgConnection, id: AssetId) -> Result<Option<Doomed>> {
    Ok(sqlx::query_as!(
        Doomed,
        r#"SELECT a.id AS "id: AssetId", a.owner_id AS "owner_id: UserId", a.original_path, a.is_external, a.is_offline,
               a.live_photo_video_id AS "live_photo_video_id: AssetId",
               coalesce(e.file_size_bytes, 0) AS "file_size_bytes!",
               ARRAY(SELECT f.path FROM asset_files f WHERE f.asset_id = a.id) AS "files!"
           FROM assets a LEFT JOIN asset_exif e ON e.asset_id = a.id
           WHERE a.id = $1 AND a.status = 'deleted'"#,
        id as AssetId
    )
    .fetch_optional(conn)
    .await?)
}

/// Removes the row and gives the owner's quota back. Answers whether there was one.
pub async fn remove(conn: &mut PgConnection, doomed: &Doomed) -> Result<bool> {
    let removed = sqlx::query!("DELETE FROM assets WHERE id = $1 AND status = 'deleted'", doomed.id as AssetId)
        .execute(&mut *conn)
        .await?
        .rows_affected();
    if removed > 0 && !doomed.is_external {
        sqlx::query!(
            "UPDATE users SET quota_usage_bytes = greatest(quota_usage_bytes - $2, 0) WHERE id = $1",
            doomed.owner_id as UserId,
            doomed.file_size_bytes
        )
        .execute(conn)
        .await?;
    }
    Ok(removed > 0)
}

/// Marks the video of a live photo as deleted too, unless another photo still shows it.
pub async fn doom_live_video(conn: &mut PgConnection, video: AssetId) -> Result<bool> {
    let marked = sqlx::query!(
        "UPDATE assets SET status = 'deleted', deleted_at = now()
         WHERE id = $1 AND visibility = 'hidden' AND status <> 'deleted'
             AND NOT EXISTS (SELECT FROM assets photo WHERE photo.live_photo_video_id = $1 AND photo.status <> 'deleted')",
        video as AssetId
    )
    .execute(conn)
    .await?;
    Ok(marked.rows_affected() > 0)
}

/// Marks what lies in the trash since before `since` as deleted.
pub async fn doom_trashed_before(conn: &mut PgConnection, since: DateTime<Utc>) -> Result<u64> {
    Ok(sqlx::query!("UPDATE assets SET status = 'deleted' WHERE status = 'trashed' AND deleted_at < $1", since)
        .execute(conn)
        .await?
        .rows_affected())
}

/// Assets that are marked as deleted and still have their row.
pub async fn list_doomed(conn: &mut PgConnection, after: Option<AssetId>, limit: i64) -> Result<Vec<AssetId>> {
    let after = after.unwrap_or(AssetId(uuid::Uuid::nil()));
    Ok(sqlx::query_scalar!(
        r#"SELECT id AS "id: AssetId" FROM assets
           WHERE deleted_at IS NOT NULL AND status = 'deleted' AND id > $1 ORDER BY id LIMIT $2"#,
        after as AssetId,
        limit
    )
    .fetch_all(conn)
    .await?)
}

/// Adds up every user's own originals anew.
pub async fn recount_usage(conn: &mut PgConnection) -> Result<()> {
    sqlx::query!(
        "UPDATE users u SET quota_usage_bytes = used.bytes FROM (
             SELECT u.id, coalesce(sum(e.file_size_bytes) FILTER (WHERE a.library_id IS NULL), 0)::bigint AS bytes
             FROM users u LEFT JOIN assets a ON a.owner_id = u.id LEFT JOIN asset_exif e ON e.asset_id = a.id
             GROUP BY u.id) used
         WHERE used.id = u.id AND u.quota_usage_bytes <> used.bytes"
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Folds the timeline's counters into one row per month and kind. Writers wait for the moment that it takes.
/// Needs a transaction.
pub async fn fold_timeline_counts(conn: &mut PgConnection) -> Result<()> {
    sqlx::query!("LOCK TABLE timeline_counts IN SHARE ROW EXCLUSIVE MODE").execute(&mut *conn).await?;
    sqlx::query!(
        "CREATE TEMPORARY TABLE folded_counts ON COMMIT DROP AS
         SELECT owner_id, local_month, visibility, is_favorite, is_trashed, sum(asset_count)::bigint AS asset_count
         FROM timeline_counts GROUP BY 1, 2, 3, 4, 5 HAVING sum(asset_count) <> 0"
    )
    .execute(&mut *conn)
    .await?;
    sqlx::query!("DELETE FROM timeline_counts").execute(&mut *conn).await?;
    // Made above, so unknown to the checker.
    sqlx::query(
        "INSERT INTO timeline_counts (owner_id, local_month, visibility, is_favorite, is_trashed, slot, asset_count)
         SELECT owner_id, local_month, visibility, is_favorite, is_trashed, 0, asset_count FROM folded_counts",
    )
    .execute(conn)
    .await?;
    Ok(())
}
