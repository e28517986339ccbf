//! Searches.

use crate::{
    access::{require_albums, require_assets},
    app::App,
    assets::require_elevated,
    caller::Caller,
    embeddings,
    error::{Error, Result},
    models::{self, Embedding},
};
use db::{PgConnection, search::Slice};
use model::{
    assets::AssetView,
    ids::{AlbumId, AssetId},
    permission::Permission,
    search::{Like, SearchScope, SmartSearch},
};
use std::sync::Arc;

/// A page of what was found.
#[derive(Debug, Clone)]
pub struct Found {
    pub assets: Vec<AssetView>,
    /// The page after it, if there is more.
    pub next_page: Option<u32>,
}

/// The caller's assets whose pictures show what was asked for, the nearest first.
pub async fn smart(app: &App, caller: &Caller, search: &SmartSearch) -> Result<Found> {
    let config = app.system.get();
    let Some(model) = embeddings::model(&config) else { return Err(Error::bad_request("Smart search is not enabled")) };
    let owner = caller.user_id()?;
    require_scope(app, caller, &search.scope).await?;
    let embedding = embedding(app, caller, &search.like, model).await?;

    let (page, size) = (i64::from(search.page.max(1)), i64::from(search.size));
    // One more than asked for: it tells whether there is another page.
    let slice = Slice { offset: (page - 1) * size, limit: size + 1 };
    let mut tx = app.db.begin().await?;
    if !is_comparable(&mut tx, model, &embedding).await? {
        return Ok(Found { assets: Vec::new(), next_page: None });
    }
    let mut ids = db::search::nearest(&mut tx, owner, &embedding, &search.scope, slice).await?;
    let has_more = ids.len() as i64 > size;
    ids.truncate(search.size as usize);
    let assets = list_views(&mut tx, &ids, search.with_exif).await?;
    tx.commit().await?;
    Ok(Found { assets, next_page: has_more.then_some(search.page.max(1) + 1) })
}

/// Right after the settings have named another model, there is nothing yet that its embeddings can be compared with.
async fn is_comparable(conn: &mut PgConnection, model: &str, embedding: &Embedding) -> Result<bool> {
    let is_same = db::embeddings::hold_model(conn).await?.as_deref() == Some(model);
    Ok(is_same && usize::try_from(db::embeddings::dimensions(conn).await?) == Ok(embedding.len()))
}

async fn require_scope(app: &App, caller: &Caller, scope: &SearchScope) -> Result<()> {
    if scope.wants_locked() {
        require_elevated(app, caller)?;
    }
    let albums: Vec<AlbumId> = scope.album_ids().into_iter().map(AlbumId::from).collect();
    require_albums(&mut *app.db.acquire().await?, caller, Permission::AlbumRead, &albums).await
}

async fn embedding(app: &App, caller: &Caller, like: &Like, model: &str) -> Result<Embedding> {
    match like {
        Like::Text { text, language } => models::embed_text(app, model, text, language.as_deref()).await,
        Like::Asset(id) => {
            let mut conn = app.db.acquire().await?;
            require_assets(app, &mut conn, caller, Permission::AssetRead, &[*id]).await?;
            let found = db::embeddings::find(&mut conn, *id).await?;
            let without = || Error::BadRequest(format!("Asset {id} has no embedding").into());
            found.map(Arc::new).ok_or_else(without)
        }
    }
}

async fn list_views(conn: &mut PgConnection, ids: &[AssetId], with_exif: bool) -> Result<Vec<AssetView>> {
    let assets = db::assets::list(conn, ids).await?;
    let ids: Vec<AssetId> = assets.iter().map(|asset| asset.id).collect();
    let mut exif = match with_exif {
        true => db::assets::list_exif(conn, &ids).await?.into_iter(),
        false => Vec::new().into_iter(),
    };
    let view = |asset| AssetView { asset, exif: exif.next(), owner: None, people: Vec::new() };
    Ok(assets.into_iter().map(view).collect())
}
