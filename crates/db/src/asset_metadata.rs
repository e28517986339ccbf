//! Values that clients keep beside an asset.

use crate::Result;
use chrono::{DateTime, Utc};
use model::ids::AssetId;
use serde_json::Value;
use sqlx::PgConnection;

pub struct MetadataValue {
    pub asset_id: AssetId,
    pub key: String,
    pub value: Value,
    pub updated_at: DateTime<Utc>,
}

pub async fn upsert(conn: &mut PgConnection, asset: AssetId, key: &str, value: &Value) -> Result<MetadataValue> {
    Ok(sqlx::query_as!(
        MetadataValue,
        r#"INSERT INTO asset_metadata (asset_id, key, value) VALUES ($1, $2, $3)
           ON CONFLICT (asset_id, key) DO UPDATE SET value = excluded.value
           RETURNING asset_id AS "asset_id: AssetId", key, value, updated_at"#,
        asset as AssetId,
        key,
        value
    )
    .fetch_one(conn)
    .await?)
}

/// All values of an asset, or the one under a key.
pub async fn list(conn: &mut PgConnection, asset: AssetId, key: Option<&str>) -> Result<Vec<MetadataValue>> {
    Ok(sqlx::query_as!(
        MetadataValue,
        r#"SELECT asset_id AS "asset_id: AssetId", key, value, updated_at FROM asset_metadata
           WHERE asset_id = $1 AND ($2::text IS NULL OR key = $2) ORDER BY key"#,
        asset as AssetId,
        key
    )
    .fetch_all(conn)
    .await?)
}

pub async fn delete(conn: &mut PgConnection, asset: AssetId, key: &str) -> Result<()> {
    sqlx::query!("DELETE FROM asset_metadata WHERE asset_id = $1 AND key = $2", asset as AssetId, key)
        .execute(conn)
        .await?;
    Ok(())
}
