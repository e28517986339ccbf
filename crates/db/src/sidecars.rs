//! Sidecars: what people wrote of their assets, on its way into files beside the originals.
//!
//! Of the locked fields, `livePhotoVideoId` is none of theirs: that a pair was parted is for the database alone to
//! remember, and stays locked.

use crate::Result;
use chrono::{DateTime, NaiveDateTime, Utc};
use model::ids::AssetId;
use sqlx::PgConnection;

/// An asset with what its owner wrote of it.
#[derive(Debug, Clone)]
pub struct Written {
    pub original_path: String,
    pub sidecar_path: Option<String>,
    /// Which of the values below no sidecar holds yet.
    pub locked_fields: Vec<String>,
    pub file_created_at: DateTime<Utc>,
    pub local_date_time: NaiveDateTime,
    pub latitude: Option<f64>,
    pub longitude: Option<f64>,
    pub description: Option<String>,
    pub rating: Option<i32>,
    pub tags: Vec<String>,
}

pub async fn find_written(conn: &mut PgConnection, id: AssetId) -> Result<Option<Written>> {
    Ok(sqlx::query_as!(
        Written,
        r#"SELECT a.original_path, sidecar.path AS "sidecar_path?",
               array_remove(e.locked_fields, 'livePhotoVideoId') AS "locked_fields!", a.file_created_at, a.local_date_time,
               a.latitude, a.longitude, e.description, e.rating, e.tags
           FROM assets a
           JOIN asset_exif e ON e.asset_id = a.id
           LEFT JOIN asset_files sidecar ON sidecar.asset_id = a.id AND sidecar.file_type = 'sidecar'
           WHERE a.id = $1 AND a.status <> 'deleted'"#,
        id as AssetId
    )
    .fetch_optional(conn)
    .await?)
}

/// Also that the sidecar at this path is another one than before.
pub async fn record(conn: &mut PgConnection, id: AssetId, path: &str) -> Result<()> {
    sqlx::query!(
        "INSERT INTO asset_files (asset_id, file_type, path, created_at) VALUES ($1, 'sidecar', $2, clock_timestamp())
         ON CONFLICT (asset_id, file_type) DO UPDATE SET path = excluded.path, created_at = excluded.created_at",
        id as AssetId,
        path
    )
    .execute(conn)
    .await?;
    Ok(())
}

pub async fn forget(conn: &mut PgConnection, id: AssetId) -> Result<()> {
    sqlx::query!("DELETE FROM asset_files WHERE asset_id = $1 AND file_type = 'sidecar'", id as AssetId)
        .execute(conn)
        .await?;
    Ok(())
}

/// A sidecar holds what was written: extraction may read it from there.
pub async fn unlock(conn: &mut PgConnection, id: AssetId) -> Result<()> {
    sqlx::query!(
        "UPDATE asset_exif SET locked_fields =
             CASE WHEN 'livePhotoVideoId' = ANY(locked_fields) THEN '{livePhotoVideoId}'::text[] ELSE '{}' END
         WHERE asset_id = $1",
        id as AssetId
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Assets of which something is written that no sidecar holds, in pages ordered by id.
pub async fn list_unwritten(conn: &mut PgConnection, after: Option<AssetId>, limit: i64) -> Result<Vec<AssetId>> {
    Ok(sqlx::query_scalar!(
        r#"SELECT e.asset_id AS "id: AssetId" FROM asset_exif e JOIN assets a ON a.id = e.asset_id
           WHERE e.locked_fields <> '{}' AND e.locked_fields <> '{livePhotoVideoId}'
               AND e.asset_id > $1 AND a.status <> 'deleted'
           ORDER BY e.asset_id LIMIT $2"#,
        after.unwrap_or(AssetId(uuid::Uuid::nil())) as AssetId,
        limit
    )
    .fetch_all(conn)
    .await?)
}

/// Assets without a sidecar, or all, in pages ordered by id.
pub async fn list_to_check(
    conn: &mut PgConnection,
    all: bool,
    after: Option<AssetId>,
    limit: i64,
) -> Result<Vec<AssetId>> {
    Ok(sqlx::query_scalar!(
        r#"SELECT a.id AS "id: AssetId" FROM assets a
           WHERE a.id > $2 AND a.status <> 'deleted' AND ($1 OR NOT EXISTS (
               SELECT FROM asset_files f WHERE f.asset_id = a.id AND f.file_type = 'sidecar'))
           ORDER BY a.id LIMIT $3"#,
        all,
        after.unwrap_or(AssetId(uuid::Uuid::nil())) as AssetId,
        limit
    )
    .fetch_all(conn)
    .await?)
}
