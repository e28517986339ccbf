//! The trash: what lies there can come back until it is emptied or its time is over.

use crate::{
    access::require_assets, app::App, asset_jobs, caller::Caller, error::Result, events::Event, jobs::AssetDelete,
};
use model::{ids::AssetId, permission::Permission};

/// Brings these assets back. Answers how many came.
pub async fn restore_assets(app: &App, caller: &Caller, ids: &[AssetId]) -> Result<usize> {
    let mut tx = app.db.begin().await?;
    require_assets(app, &mut tx, caller, Permission::AssetDelete, ids).await?;
    let restored = db::trash::restore(&mut tx, caller.user_id()?, Some(ids)).await?;
    tx.commit().await?;
    told(app, caller, restored).await
}

/// Brings everything back.
pub async fn restore_all(app: &App, caller: &Caller) -> Result<usize> {
    let restored = db::trash::restore(&mut *app.db.acquire().await?, caller.user_id()?, None).await?;
    told(app, caller, restored).await
}

async fn told(app: &App, caller: &Caller, restored: Vec<AssetId>) -> Result<usize> {
    let count = restored.len();
    if count > 0 {
        app.events.publish(&Event::AssetsRestored { assets: restored, owner: caller.user_id()? }).await;
    }
    Ok(count)
}

/// Deletes everything in the trash for good. Answers how many that is.
pub async fn empty(app: &App, caller: &Caller) -> Result<usize> {
    let doomed = db::trash::empty(&mut *app.db.acquire().await?, caller.user_id()?).await?;
    let jobs: Vec<_> = doomed.iter().map(|&id| AssetDelete { id, delete_on_disk: true }).collect();
    asset_jobs::push_or_sweep(app, &jobs).await;
    Ok(doomed.len())
}
