//! Photos and videos: what their owner sees and changes of them.

mod bulk_check;
mod delete;
mod files;
mod live_photos;
mod metadata;
mod update;
mod upload;

pub use bulk_check::find_known;
pub use delete::delete;
pub use files::{FileToServe, Size, original, playback, stream_source, thumbnail};
pub use metadata::{MetadataValue, delete_metadata, list_metadata, upsert_metadata};
pub use update::{AssetJob, queue_jobs, update, update_many};
pub use upload::{Upload, UploadOutcome, UploadedFile, find_duplicate, require_supported, store, sweep_incoming};

use crate::{
    access::require_assets,
    app::App,
    caller::Caller,
    error::{Error, Result},
};
use db::PgConnection;
use model::{
    assets::{AssetStatistics, AssetStatisticsFilter, AssetView, Visibility},
    ids::AssetId,
    permission::Permission,
};

/// One asset with all that its detail screen shows.
pub async fn get(app: &App, caller: &Caller, id: AssetId) -> Result<AssetView> {
    let mut conn = app.db.acquire().await?;
    require_assets(app, &mut conn, caller, Permission::AssetRead, &[id]).await?;
    find_view(&mut conn, id).await
}

async fn find_view(conn: &mut PgConnection, id: AssetId) -> Result<AssetView> {
    let Some(mut view) = db::assets::find_view(conn, id).await? else {
        return Err(Error::bad_request("Asset not found"));
    };
    view.owner = db::users::find(conn, view.asset.owner_id).await?;
    Ok(view)
}

/// The same for the live update that everybody who may see it already waits for; `None` when it is gone.
pub async fn view_for_events(app: &App, id: AssetId) -> Result<Option<AssetView>> {
    Ok(db::assets::find_view(&mut *app.db.acquire().await?, id).await?)
}

/// How many photos and videos the caller has.
pub async fn statistics(app: &App, caller: &Caller, filter: &AssetStatisticsFilter) -> Result<AssetStatistics> {
    if filter.visibility == Some(Visibility::Locked) {
        require_elevated(app, caller)?;
    }
    Ok(db::assets::statistics(&mut *app.db.acquire().await?, caller.user_id()?, filter).await?)
}

/// The locked folder opens only to who showed the PIN lately.
pub(crate) fn require_elevated(app: &App, caller: &Caller) -> Result<()> {
    if caller.is_elevated(app.clock.now()) {
        Ok(())
    } else {
        Err(Error::unauthenticated("Elevated permission is required"))
    }
}
