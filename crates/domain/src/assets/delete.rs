//! Into the trash, or away for good.

use crate::{
    access::require_assets, app::App, asset_jobs, caller::Caller, error::Result, events::Event, jobs::AssetDelete,
};
use model::{ids::AssetId, permission::Permission};

/// Moves assets to the trash, or deletes them for good.
pub async fn delete(app: &App, caller: &Caller, ids: &[AssetId], force: bool) -> Result<()> {
    let mut tx = app.db.begin().await?;
    require_assets(app, &mut tx, caller, Permission::AssetDelete, ids).await?;
    if force {
        db::trash::doom(&mut tx, ids).await?;
    } else {
        db::trash::trash(&mut tx, ids).await?;
    }
    tx.commit().await?;
    let owner = caller.user_id()?;
    if force {
        let jobs: Vec<_> = ids.iter().map(|&id| AssetDelete { id, delete_on_disk: true }).collect();
        asset_jobs::push_or_sweep(app, &jobs).await;
    } else {
        app.events.publish(&Event::AssetsTrashed { assets: ids.to_vec(), owner }).await;
    }
    Ok(())
}
