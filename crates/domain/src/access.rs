//! May this caller touch these very things? The same gate for requests, jobs and the command line.
//!
//! Missing, foreign and forbidden ids get the same answer, so that nobody learns which ids exist; one id that fails
//! fails the whole request.

use crate::{
    app::App,
    caller::Caller,
    error::{Error, Result},
};
use db::PgConnection;
use model::{
    assets::Visibility,
    ids::{AlbumId, AssetId, PersonId, UserId},
    permission::Permission,
};
use std::collections::HashSet;

/// All these assets, or a refusal.
pub async fn require_assets(
    app: &App,
    conn: &mut PgConnection,
    caller: &Caller,
    permission: Permission,
    ids: &[AssetId],
) -> Result<()> {
    let allowed = allowed_assets(app, conn, caller, permission, ids).await?;
    if ids.iter().all(|id| allowed.contains(id)) { Ok(()) } else { Err(refused(permission)) }
}

/// The same for one asset whose row is at hand, without asking the database. `false` says only that it has to be asked.
pub fn is_own_asset(app: &App, caller: &Caller, owner: UserId, visibility: Visibility) -> bool {
    // Whether a hidden video belongs to a locked photo, only the database knows.
    let is_open = !matches!(visibility, Visibility::Locked | Visibility::Hidden) || caller.is_elevated(app.clock.now());
    is_open && caller.user_id().is_ok_and(|user| user == owner)
}

/// Those of these assets that the caller may touch.
pub async fn allowed_assets(
    app: &App,
    conn: &mut PgConnection,
    caller: &Caller,
    permission: Permission,
    ids: &[AssetId],
) -> Result<HashSet<AssetId>> {
    if caller.is_system() {
        return Ok(ids.iter().copied().collect());
    }
    let user = caller.user_id()?;
    let elevated = caller.is_elevated(app.clock.now()) && permission != Permission::AssetShare;
    let mut allowed: HashSet<AssetId> = db::access::own_assets(conn, user, ids, elevated).await?.into_iter().collect();
    let seen_through_albums =
        matches!(permission, Permission::AssetRead | Permission::AssetView | Permission::AssetDownload);
    if seen_through_albums && allowed.len() < ids.len() {
        allowed.extend(db::access::album_assets(conn, user, ids).await?);
    }
    Ok(allowed)
}

/// All these albums in a role that carries the permission, or a refusal.
pub async fn require_albums(
    conn: &mut PgConnection,
    caller: &Caller,
    permission: Permission,
    ids: &[AlbumId],
) -> Result<()> {
    if caller.is_system() {
        return Ok(());
    }
    let roles: &[&str] = match permission {
        Permission::AlbumRead | Permission::AlbumDownload | Permission::AlbumStatistics => {
            &["owner", "editor", "viewer"]
        }
        Permission::AlbumDelete => &["owner"],
        _ => &["owner", "editor"],
    };
    let roles: Vec<String> = roles.iter().map(|&role| role.to_owned()).collect();
    let allowed = db::access::albums(conn, caller.user_id()?, ids, &roles).await?;
    if ids.iter().all(|id| allowed.contains(id)) { Ok(()) } else { Err(refused(permission)) }
}

/// All these people, whom only their owner knows, or a refusal.
pub async fn require_people(
    conn: &mut PgConnection,
    caller: &Caller,
    permission: Permission,
    ids: &[PersonId],
) -> Result<()> {
    if caller.is_system() {
        return Ok(());
    }
    let allowed = db::access::people(conn, caller.user_id()?, ids).await?;
    if ids.iter().all(|id| allowed.contains(id)) { Ok(()) } else { Err(refused(permission)) }
}

/// The one answer for what is missing, foreign or forbidden.
pub fn refused(permission: Permission) -> Error {
    Error::BadRequest(format!("Not found or no {permission} access").into())
}
