//! Values that clients keep beside an asset.

use crate::{access::require_assets, app::App, caller::Caller, error::Result};
pub use db::asset_metadata::MetadataValue;
use model::{ids::AssetId, permission::Permission};
use serde_json::Value;

/// All values of an asset, or the one under a key.
pub async fn list_metadata(app: &App, caller: &Caller, id: AssetId, key: Option<&str>) -> Result<Vec<MetadataValue>> {
    let mut conn = app.db.acquire().await?;
    require_assets(app, &mut conn, caller, Permission::AssetRead, &[id]).await?;
    Ok(db::asset_metadata::list(&mut conn, id, key).await?)
}

/// Writes values; all of them or none.
pub async fn upsert_metadata(
    app: &App,
    caller: &Caller,
    items: &[(AssetId, String, Value)],
) -> Result<Vec<MetadataValue>> {
    let ids: Vec<AssetId> = items.iter().map(|(id, _, _)| *id).collect();
    let mut tx = app.db.begin().await?;
    require_assets(app, &mut tx, caller, Permission::AssetUpdate, &ids).await?;
    let mut written = Vec::with_capacity(items.len());
    for (id, key, value) in items {
        written.push(db::asset_metadata::upsert(&mut tx, *id, key, value).await?);
    }
    tx.commit().await?;
    Ok(written)
}

pub async fn delete_metadata(app: &App, caller: &Caller, items: &[(AssetId, String)]) -> Result<()> {
    let ids: Vec<AssetId> = items.iter().map(|(id, _)| *id).collect();
    let mut tx = app.db.begin().await?;
    require_assets(app, &mut tx, caller, Permission::AssetUpdate, &ids).await?;
    for (id, key) in items {
        db::asset_metadata::delete(&mut tx, *id, key).await?;
    }
    Ok(tx.commit().await?)
}
