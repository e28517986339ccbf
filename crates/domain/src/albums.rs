//! Albums: the owner does everything; an editor changes the album, adds own assets and invites; a viewer looks.
//!
//! Bulk calls answer id by id and never fail for one of them. Whoever sees an album hears when it changes.

use crate::{
    App, Caller, Error, Result,
    access::{self, allowed_assets, require_albums},
    events::Event,
};
use db::PgConnection;
use model::{
    albums::{
        AlbumChanges, AlbumFilter, AlbumRole, AlbumStatistics, AlbumView, BulkError, BulkResult, MapMarker, NewAlbum,
    },
    ids::{AlbumId, AssetId, UserId},
    permission::Permission,
};
use std::collections::{HashMap, HashSet};

/// Albums that the caller owns or was invited to.
pub async fn list(app: &App, caller: &Caller, filter: &AlbumFilter) -> Result<Vec<AlbumView>> {
    let mut conn = app.db.acquire().await?;
    let albums = db::albums::list_for_user(&mut conn, caller.user_id()?, filter).await?;
    let ids: Vec<AlbumId> = albums.iter().map(|album| album.id).collect();
    let mut contents: HashMap<_, _> = db::albums::contents(&mut conn, &ids).await?.into_iter().collect();
    let mut members: HashMap<AlbumId, Vec<_>> = HashMap::new();
    for (album, member) in db::albums::members(&mut conn, &ids).await? {
        members.entry(album).or_default().push(member);
    }
    let view = |album: model::albums::Album| AlbumView {
        members: members.remove(&album.id).unwrap_or_default(),
        contents: contents.remove(&album.id).unwrap_or_default(),
        contributors: None,
        album,
    };
    Ok(albums.into_iter().map(view).collect())
}

pub async fn statistics(app: &App, caller: &Caller) -> Result<AlbumStatistics> {
    Ok(db::albums::statistics(&mut *app.db.acquire().await?, caller.user_id()?).await?)
}

pub async fn get(app: &App, caller: &Caller, id: AlbumId) -> Result<AlbumView> {
    let mut conn = app.db.acquire().await?;
    require_albums(&mut conn, caller, Permission::AlbumRead, &[id]).await?;
    view(&mut conn, id).await
}

/// Where the album's assets were taken.
pub async fn map_markers(app: &App, caller: &Caller, id: AlbumId) -> Result<Vec<MapMarker>> {
    let mut conn = app.db.acquire().await?;
    require_albums(&mut conn, caller, Permission::AlbumRead, &[id]).await?;
    Ok(db::albums::map_markers(&mut conn, id).await?)
}

/// A new album; of the assets given, those that the caller may share.
pub async fn create(app: &App, caller: &Caller, new: &NewAlbum) -> Result<AlbumView> {
    let owner = caller.user_id()?;
    let mut tx = app.db.begin().await?;
    let id = AlbumId::random();
    let order = db::albums::default_order(&mut tx, owner).await?;
    db::albums::insert(&mut tx, id, &new.name, new.description.as_deref(), order).await?;
    db::albums::insert_members(&mut tx, id, &[owner], AlbumRole::Owner).await?;
    invite(&mut tx, id, &new.members).await?;
    let may_share = allowed_assets(app, &mut tx, caller, Permission::AssetShare, &new.asset_ids).await?;
    let assets: Vec<AssetId> = new.asset_ids.iter().copied().filter(|asset| may_share.contains(asset)).collect();
    db::albums::insert_assets(&mut tx, id, &assets).await?;
    let view = view(&mut tx, id).await?;
    tx.commit().await?;
    publish(app, &view).await;
    Ok(view)
}

pub async fn update(app: &App, caller: &Caller, id: AlbumId, changes: &AlbumChanges) -> Result<AlbumView> {
    let mut tx = app.db.begin().await?;
    require_albums(&mut tx, caller, Permission::AlbumUpdate, &[id]).await?;
    if let Some(cover) = changes.thumbnail_asset_id
        && db::albums::assets_in(&mut tx, id, &[cover]).await?.is_empty()
    {
        return Err(Error::bad_request("Invalid album thumbnail"));
    }
    db::albums::update(&mut tx, id, changes).await?;
    let view = view(&mut tx, id).await?;
    tx.commit().await?;
    publish(app, &view).await;
    Ok(view)
}

/// Deletes the album; its assets stay where they are.
pub async fn delete(app: &App, caller: &Caller, id: AlbumId) -> Result<()> {
    let mut tx = app.db.begin().await?;
    require_albums(&mut tx, caller, Permission::AlbumDelete, &[id]).await?;
    let members = db::albums::member_ids(&mut tx, &[id]).await?;
    db::albums::delete(&mut tx, id).await?;
    tx.commit().await?;
    publish_to(app, members).await;
    Ok(())
}

/// Adds assets that the caller may share.
pub async fn add_assets(app: &App, caller: &Caller, id: AlbumId, assets: &[AssetId]) -> Result<Vec<BulkResult>> {
    let mut tx = app.db.begin().await?;
    require_albums(&mut tx, caller, Permission::AlbumAssetCreate, &[id]).await?;
    let present: HashSet<AssetId> = db::albums::assets_in(&mut tx, id, assets).await?.into_iter().collect();
    let allowed = allowed_assets(app, &mut tx, caller, Permission::AssetShare, assets).await?;
    let wanted: Vec<AssetId> =
        assets.iter().copied().filter(|asset| allowed.contains(asset) && !present.contains(asset)).collect();
    let mut added: HashSet<AssetId> = db::albums::insert_assets(&mut tx, id, &wanted).await?.into_iter().collect();
    let has_changed = !added.is_empty();
    let members = db::albums::member_ids(&mut tx, &[id]).await?;
    tx.commit().await?;
    if has_changed {
        publish_to(app, members).await;
    }
    let results = assets.iter().map(|asset| {
        // The second time an id stands in the list it is a duplicate of the first.
        let error = if added.remove(asset) {
            None
        } else if present.contains(asset) || allowed.contains(asset) {
            Some(BulkError::Duplicate)
        } else {
            Some(BulkError::NoPermission)
        };
        BulkResult { id: asset.0, error }
    });
    Ok(results.collect())
}

/// Adds assets to several albums; `None` when at least one album got at least one of them.
pub async fn add_assets_to_albums(
    app: &App,
    caller: &Caller,
    albums: &[AlbumId],
    assets: &[AssetId],
) -> Result<Option<BulkError>> {
    let mut tx = app.db.begin().await?;
    let mut writable = Vec::new();
    // In one order for everybody, so that two such calls cannot wait for each other.
    let mut albums: Vec<AlbumId> = albums.to_vec();
    albums.sort();
    albums.dedup();
    for album in albums {
        match require_albums(&mut tx, caller, Permission::AlbumAssetCreate, &[album]).await {
            Ok(()) => writable.push(album),
            Err(Error::BadRequest(_)) => {}
            Err(error) => return Err(error),
        }
    }
    let allowed = allowed_assets(app, &mut tx, caller, Permission::AssetShare, assets).await?;
    let assets: Vec<AssetId> = assets.iter().copied().filter(|asset| allowed.contains(asset)).collect();
    if writable.is_empty() || assets.is_empty() {
        return Ok(Some(BulkError::NoPermission));
    }
    let mut changed = Vec::new();
    for album in writable {
        if !db::albums::insert_assets(&mut tx, album, &assets).await?.is_empty() {
            changed.push(album);
        }
    }
    let members = db::albums::member_ids(&mut tx, &changed).await?;
    tx.commit().await?;
    let error = changed.is_empty().then_some(BulkError::Duplicate);
    publish_to(app, members).await;
    Ok(error)
}

/// Takes assets out: the owner any, others those that are theirs to share.
pub async fn remove_assets(app: &App, caller: &Caller, id: AlbumId, assets: &[AssetId]) -> Result<Vec<BulkResult>> {
    let mut tx = app.db.begin().await?;
    require_albums(&mut tx, caller, Permission::AlbumAssetDelete, &[id]).await?;
    let is_owner =
        caller.is_system() || db::albums::role_of(&mut tx, id, caller.user_id()?).await? == Some(AlbumRole::Owner);
    let present: HashSet<AssetId> = db::albums::assets_in(&mut tx, id, assets).await?.into_iter().collect();
    let allowed = if is_owner {
        present.clone()
    } else {
        allowed_assets(app, &mut tx, caller, Permission::AssetShare, assets).await?
    };
    let wanted: Vec<AssetId> = present.intersection(&allowed).copied().collect();
    let mut removed: HashSet<AssetId> = db::albums::delete_assets(&mut tx, id, &wanted).await?.into_iter().collect();
    let has_changed = !removed.is_empty();
    let members = db::albums::member_ids(&mut tx, &[id]).await?;
    tx.commit().await?;
    if has_changed {
        publish_to(app, members).await;
    }
    let results = assets.iter().map(|asset| {
        let error = if removed.remove(asset) {
            None
        } else if present.contains(asset) && !allowed.contains(asset) {
            Some(BulkError::NoPermission)
        } else {
            Some(BulkError::NotFound)
        };
        BulkResult { id: asset.0, error }
    });
    Ok(results.collect())
}

/// Invites people.
pub async fn add_members(
    app: &App,
    caller: &Caller,
    id: AlbumId,
    members: &[(UserId, AlbumRole)],
) -> Result<AlbumView> {
    let mut tx = app.db.begin().await?;
    require_albums(&mut tx, caller, Permission::AlbumShare, &[id]).await?;
    invite(&mut tx, id, members).await?;
    let view = view(&mut tx, id).await?;
    tx.commit().await?;
    publish(app, &view).await;
    Ok(view)
}

/// Gives a member another role.
pub async fn update_member(app: &App, caller: &Caller, id: AlbumId, user: UserId, role: AlbumRole) -> Result<()> {
    let mut tx = app.db.begin().await?;
    require_albums(&mut tx, caller, Permission::AlbumShare, &[id]).await?;
    match db::albums::role_of(&mut tx, id, user).await? {
        None => return Err(Error::bad_request("Album not shared with user")),
        Some(AlbumRole::Owner) => return Err(Error::bad_request("User is owner")),
        Some(_) if role == AlbumRole::Owner => return Err(Error::bad_request("Cannot add another owner")),
        Some(_) => db::albums::update_role(&mut tx, id, user, role).await?,
    }
    let members = db::albums::member_ids(&mut tx, &[id]).await?;
    tx.commit().await?;
    publish_to(app, members).await;
    Ok(())
}

/// Removes a member; anybody may leave, the owner excepted.
pub async fn remove_member(app: &App, caller: &Caller, id: AlbumId, user: UserId) -> Result<()> {
    let mut tx = app.db.begin().await?;
    let leaves = caller.user_id()? == user;
    let permission = if leaves { Permission::AlbumRead } else { Permission::AlbumShare };
    require_albums(&mut tx, caller, permission, &[id]).await?;
    match db::albums::role_of(&mut tx, id, user).await? {
        None => return Err(Error::bad_request("Album not shared with user")),
        Some(AlbumRole::Owner) => return Err(Error::bad_request("Cannot remove the last album owner")),
        Some(_) => {}
    }
    let members = db::albums::member_ids(&mut tx, &[id]).await?;
    db::albums::delete_member(&mut tx, id, user).await?;
    tx.commit().await?;
    publish_to(app, members).await;
    Ok(())
}

async fn invite(conn: &mut PgConnection, id: AlbumId, members: &[(UserId, AlbumRole)]) -> Result<()> {
    for &(user, role) in members {
        if role == AlbumRole::Owner {
            return Err(Error::bad_request("Cannot add another owner"));
        }
        if !db::albums::insert_members(conn, id, &[user], role).await?.is_empty() {
            continue;
        }
        return Err(Error::bad_request(match db::albums::role_of(conn, id, user).await? {
            None => "User not found",
            Some(AlbumRole::Owner) => "User is owner",
            Some(_) => "User already added",
        }));
    }
    Ok(())
}

async fn view(conn: &mut PgConnection, id: AlbumId) -> Result<AlbumView> {
    let Some(album) = db::albums::by_id(conn, id).await? else { return Err(access::refused(Permission::AlbumRead)) };
    let members: Vec<_> = db::albums::members(conn, &[id]).await?.into_iter().map(|(_, member)| member).collect();
    let contents = db::albums::contents(conn, &[id]).await?.pop().map(|(_, contents)| contents).unwrap_or_default();
    let contributors = if members.len() > 1 { Some(db::albums::contributors(conn, id).await?) } else { None };
    Ok(AlbumView { album, members, contents, contributors })
}

async fn publish(app: &App, view: &AlbumView) {
    let members = view.members.iter().map(|member| member.user.id).collect();
    app.events.publish(&Event::AlbumUpdated { album: view.album.id, members }).await;
}

/// One event per album, to everybody who sees it.
async fn publish_to(app: &App, members: Vec<(AlbumId, UserId)>) {
    let mut albums: HashMap<AlbumId, Vec<UserId>> = HashMap::new();
    for (album, member) in members {
        albums.entry(album).or_default().push(member);
    }
    for (album, members) in albums {
        app.events.publish(&Event::AlbumUpdated { album, members }).await;
    }
}
