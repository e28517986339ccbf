//! Which of these ids may this user touch? All permission SQL on one page.
//!
//! Every function answers with the subset of the given ids that is allowed; the rules compare.

use crate::Result;
use model::ids::{AlbumId, ApiKeyId, AssetId, PersonId, SessionId, UserId};
use sqlx::PgConnection;

/// The user's own assets; locked ones only for a session that showed the PIN, and so the video of a live photo that is
/// locked: it is hidden, not locked itself. Deleted ones are nobody's.
pub async fn own_assets(
    conn: &mut PgConnection,
    user: UserId,
    ids: &[AssetId],
    elevated: bool,
) -> Result<Vec<AssetId>> {
    Ok(sqlx::query_scalar!(
        r#"SELECT id AS "id: AssetId" FROM assets
           WHERE id = ANY($1) AND owner_id = $2 AND status <> 'deleted' AND ($3 OR visibility <> 'locked')
               AND ($3 OR visibility <> 'hidden' OR NOT EXISTS (
                   SELECT FROM assets photo WHERE photo.live_photo_video_id = assets.id
                       AND photo.visibility = 'locked' AND photo.status <> 'deleted'))"#,
        ids as &[AssetId],
        user as UserId,
        elevated
    )
    .fetch_all(conn)
    .await?)
}

/// Untrashed assets that the user sees through an album, the video parts of live photos included.
pub async fn album_assets(conn: &mut PgConnection, user: UserId, ids: &[AssetId]) -> Result<Vec<AssetId>> {
    Ok(sqlx::query_scalar!(
        r#"SELECT DISTINCT wanted.id AS "id!: AssetId"
           FROM unnest($1::uuid[]) AS wanted(id)
           JOIN assets a ON (a.id = wanted.id OR a.live_photo_video_id = wanted.id)
               AND a.deleted_at IS NULL AND a.visibility <> 'locked'
           JOIN album_assets aa ON aa.asset_id = a.id
           JOIN albums al ON al.id = aa.album_id AND al.deleted_at IS NULL
           JOIN album_users au ON au.album_id = al.id AND au.user_id = $2"#,
        ids as &[AssetId],
        user as UserId
    )
    .fetch_all(conn)
    .await?)
}

/// Albums in which the user has one of the given roles.
pub async fn albums(conn: &mut PgConnection, user: UserId, ids: &[AlbumId], roles: &[String]) -> Result<Vec<AlbumId>> {
    Ok(sqlx::query_scalar!(
        r#"SELECT au.album_id AS "id: AlbumId" FROM album_users au
           JOIN albums al ON al.id = au.album_id AND al.deleted_at IS NULL
           WHERE au.album_id = ANY($1) AND au.user_id = $2 AND au.role = ANY($3)"#,
        ids as &[AlbumId],
        user as UserId,
        roles
    )
    .fetch_all(conn)
    .await?)
}

pub async fn sessions(conn: &mut PgConnection, user: UserId, ids: &[SessionId]) -> Result<Vec<SessionId>> {
    Ok(sqlx::query_scalar!(
        r#"SELECT id AS "id: SessionId" FROM sessions WHERE id = ANY($1) AND user_id = $2"#,
        ids as &[SessionId],
        user as UserId
    )
    .fetch_all(conn)
    .await?)
}

pub async fn people(conn: &mut PgConnection, user: UserId, ids: &[PersonId]) -> Result<Vec<PersonId>> {
    Ok(sqlx::query_scalar!(
        r#"SELECT id AS "id: PersonId" FROM people WHERE id = ANY($1) AND owner_id = $2"#,
        ids as &[PersonId],
        user as UserId
    )
    .fetch_all(conn)
    .await?)
}

pub async fn api_keys(conn: &mut PgConnection, user: UserId, ids: &[ApiKeyId]) -> Result<Vec<ApiKeyId>> {
    Ok(sqlx::query_scalar!(
        r#"SELECT id AS "id: ApiKeyId" FROM api_keys WHERE id = ANY($1) AND user_id = $2"#,
        ids as &[ApiKeyId],
        user as UserId
    )
    .fetch_all(conn)
    .await?)
}
