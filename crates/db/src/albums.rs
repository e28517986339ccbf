//! Albums, their members and their assets.
//!
//! An album of a deleted owner keeps its rows until the owner is purged; no function here sees it. Assets count and
//! show while they are neither trashed nor hidden nor locked. The owner is a member whose role says so.

use crate::Result;
use chrono::{DateTime, Utc};
use model::{
    albums::{
        Album, AlbumChanges, AlbumContents, AlbumFilter, AlbumMember, AlbumRole, AlbumStatistics, AssetOrder, MapMarker,
    },
    ids::{AlbumId, AssetId, UserId},
    users::{AvatarColor, User, UserStatus},
};
use sqlx::PgConnection;

/// The cover is the chosen one while it can be shown, else the newest asset: nothing has to be repaired when an asset
/// leaves the album by way of the trash.
pub async fn by_id(conn: &mut PgConnection, id: AlbumId) -> Result<Option<Album>> {
    Ok(sqlx::query_as!(
        Album,
        r#"SELECT al.id AS "id: AlbumId", al.name, al.description, cover.id AS "thumbnail_asset_id?: AssetId",
               al.is_activity_enabled, al.asset_order AS "order: AssetOrder", al.created_at, al.updated_at
           FROM albums al
           LEFT JOIN LATERAL (
               SELECT a.id FROM album_assets aa JOIN assets a ON a.id = aa.asset_id
               WHERE aa.album_id = al.id AND a.deleted_at IS NULL AND a.visibility IN ('timeline', 'archive')
               ORDER BY (a.id = al.thumbnail_asset_id) IS TRUE DESC, a.file_created_at DESC, a.id DESC LIMIT 1
           ) cover ON true
           WHERE al.id = $1 AND al.deleted_at IS NULL"#,
        id as AlbumId
    )
    .fetch_optional(conn)
    .await?)
}

/// Albums that the user owns or was invited to, newest first.
pub async fn list_for_user(conn: &mut PgConnection, user: UserId, filter: &AlbumFilter) -> Result<Vec<Album>> {
    Ok(sqlx::query_as!(
        Album,
        r#"SELECT al.id AS "id: AlbumId", al.name, al.description, cover.id AS "thumbnail_asset_id?: AssetId",
               al.is_activity_enabled, al.asset_order AS "order: AssetOrder", al.created_at, al.updated_at
           FROM albums al
           JOIN album_users mine ON mine.album_id = al.id AND mine.user_id = $1
           LEFT JOIN LATERAL (
               SELECT a.id FROM album_assets aa JOIN assets a ON a.id = aa.asset_id
               WHERE aa.album_id = al.id AND a.deleted_at IS NULL AND a.visibility IN ('timeline', 'archive')
               ORDER BY (a.id = al.thumbnail_asset_id) IS TRUE DESC, a.file_created_at DESC, a.id DESC LIMIT 1
           ) cover ON true
           WHERE al.deleted_at IS NULL
               AND ($2::uuid IS NULL OR al.id = $2)
               AND ($3::text IS NULL OR al.name = $3)
               AND ($4::uuid IS NULL
                   OR EXISTS (SELECT FROM album_assets aa WHERE aa.album_id = al.id AND aa.asset_id = $4))
               AND ($5::boolean IS NULL OR (mine.role = 'owner') = $5)
               AND ($6::boolean IS NULL OR EXISTS (
                   SELECT FROM album_users other JOIN users u ON u.id = other.user_id AND u.deleted_at IS NULL
                   WHERE other.album_id = al.id AND other.role <> 'owner') = $6)
           ORDER BY al.created_at DESC, al.id"#,
        user as UserId,
        filter.id as Option<AlbumId>,
        filter.name,
        filter.asset_id as Option<AssetId>,
        filter.is_owned,
        filter.is_shared
    )
    .fetch_all(conn)
    .await?)
}

/// What is in each of these albums; an empty album has no row.
pub async fn contents(conn: &mut PgConnection, albums: &[AlbumId]) -> Result<Vec<(AlbumId, AlbumContents)>> {
    let rows = sqlx::query!(
        r#"SELECT aa.album_id AS "album_id: AlbumId", count(*) AS "asset_count!",
               date_trunc('day', min(a.local_date_time)) AT TIME ZONE 'UTC' AS "start_date: DateTime<Utc>",
               date_trunc('day', max(a.local_date_time)) AT TIME ZONE 'UTC' AS "end_date: DateTime<Utc>",
               max(a.updated_at) AS "last_modified: DateTime<Utc>"
           FROM album_assets aa
           JOIN assets a ON a.id = aa.asset_id
               AND a.deleted_at IS NULL AND a.visibility IN ('timeline', 'archive')
           WHERE aa.album_id = ANY($1)
           GROUP BY aa.album_id"#,
        albums as &[AlbumId]
    )
    .fetch_all(conn)
    .await?;
    let contents = rows.into_iter().map(|row| {
        let contents = AlbumContents {
            asset_count: row.asset_count,
            start_date: row.start_date,
            end_date: row.end_date,
            last_modified: row.last_modified,
        };
        (row.album_id, contents)
    });
    Ok(contents.collect())
}

/// Who sees each of these albums, the owner first, then by name; deleted users are left out.
pub async fn members(conn: &mut PgConnection, albums: &[AlbumId]) -> Result<Vec<(AlbumId, AlbumMember)>> {
    let rows = sqlx::query!(
        r#"SELECT au.album_id AS "album_id: AlbumId", au.role AS "role: AlbumRole",
               u.id AS "id: UserId", u.email, u.name, u.is_admin, u.avatar_color AS "avatar_color: AvatarColor",
               u.profile_image_path, u.profile_changed_at, u.should_change_password, u.storage_label, u.oauth_id,
               u.quota_size_bytes, u.quota_usage_bytes, u.status AS "status: UserStatus", u.cluster_group_id,
               u.created_at, u.updated_at, u.deleted_at
           FROM album_users au
           JOIN users u ON u.id = au.user_id AND u.deleted_at IS NULL
           WHERE au.album_id = ANY($1)
           ORDER BY au.role = 'owner' DESC, u.name, u.id"#,
        albums as &[AlbumId]
    )
    .fetch_all(conn)
    .await?;
    let members = rows.into_iter().map(|row| {
        let user = User {
            id: row.id,
            email: row.email,
            name: row.name,
            is_admin: row.is_admin,
            avatar_color: row.avatar_color,
            profile_image_path: row.profile_image_path,
            profile_changed_at: row.profile_changed_at,
            should_change_password: row.should_change_password,
            storage_label: row.storage_label,
            oauth_id: row.oauth_id,
            quota_size_bytes: row.quota_size_bytes,
            quota_usage_bytes: row.quota_usage_bytes,
            status: row.status,
            cluster_group_id: row.cluster_group_id,
            created_at: row.created_at,
            updated_at: row.updated_at,
            deleted_at: row.deleted_at,
        };
        (row.album_id, AlbumMember { user, role: row.role })
    });
    Ok(members.collect())
}

/// Everybody in these albums, for whom it is that an event is meant.
pub async fn member_ids(conn: &mut PgConnection, albums: &[AlbumId]) -> Result<Vec<(AlbumId, UserId)>> {
    let rows = sqlx::query!(
        r#"SELECT album_id AS "album_id: AlbumId", user_id AS "user_id: UserId" FROM album_users
           WHERE album_id = ANY($1)"#,
        albums as &[AlbumId]
    )
    .fetch_all(conn)
    .await?;
    Ok(rows.into_iter().map(|row| (row.album_id, row.user_id)).collect())
}

/// Whose assets an album holds and how many, the most first.
pub async fn contributors(conn: &mut PgConnection, album: AlbumId) -> Result<Vec<(UserId, i64)>> {
    let rows = sqlx::query!(
        r#"SELECT a.owner_id AS "owner_id: UserId", count(*) AS "asset_count!"
           FROM album_assets aa
           JOIN assets a ON a.id = aa.asset_id
               AND a.deleted_at IS NULL AND a.visibility IN ('timeline', 'archive')
           WHERE aa.album_id = $1
           GROUP BY a.owner_id
           ORDER BY count(*) DESC, a.owner_id"#,
        album as AlbumId
    )
    .fetch_all(conn)
    .await?;
    Ok(rows.into_iter().map(|row| (row.owner_id, row.asset_count)).collect())
}

pub async fn statistics(conn: &mut PgConnection, user: UserId) -> Result<AlbumStatistics> {
    Ok(sqlx::query_as!(
        AlbumStatistics,
        r#"SELECT count(*) FILTER (WHERE mine.role = 'owner') AS "owned!",
               count(*) FILTER (WHERE others.exist) AS "shared!",
               count(*) FILTER (WHERE mine.role = 'owner' AND NOT others.exist) AS "not_shared!"
           FROM album_users mine
           JOIN albums al ON al.id = mine.album_id AND al.deleted_at IS NULL
           CROSS JOIN LATERAL (
               SELECT EXISTS (
                   SELECT FROM album_users other JOIN users u ON u.id = other.user_id AND u.deleted_at IS NULL
                   WHERE other.album_id = al.id AND other.role <> 'owner') AS exist
           ) others
           WHERE mine.user_id = $1"#,
        user as UserId
    )
    .fetch_one(conn)
    .await?)
}

/// Where the album's assets were taken, as far as that is known.
pub async fn map_markers(conn: &mut PgConnection, album: AlbumId) -> Result<Vec<MapMarker>> {
    Ok(sqlx::query_as!(
        MapMarker,
        r#"SELECT a.id AS "id: AssetId", a.latitude AS "latitude!", a.longitude AS "longitude!", a.city, a.state, a.country
           FROM album_assets aa
           JOIN assets a ON a.id = aa.asset_id
               AND a.deleted_at IS NULL AND a.visibility IN ('timeline', 'archive')
           WHERE aa.album_id = $1 AND a.latitude IS NOT NULL AND a.longitude IS NOT NULL
           ORDER BY a.file_created_at DESC, a.id"#,
        album as AlbumId
    )
    .fetch_all(conn)
    .await?)
}

/// The order that the user wants new albums to have.
pub async fn default_order(conn: &mut PgConnection, user: UserId) -> Result<AssetOrder> {
    let chosen = sqlx::query_scalar!(
        r#"SELECT value #>> '{albums,defaultAssetOrder}' FROM user_metadata WHERE user_id = $1 AND key = 'preferences'"#,
        user as UserId
    )
    .fetch_optional(conn)
    .await?
    .flatten();
    Ok(if chosen.as_deref() == Some("asc") { AssetOrder::Asc } else { AssetOrder::default() })
}

/// A new album without members; the owner is added in the same transaction.
pub async fn insert(
    conn: &mut PgConnection,
    id: AlbumId,
    name: &str,
    description: Option<&str>,
    order: AssetOrder,
) -> Result<()> {
    sqlx::query!(
        "INSERT INTO albums (id, name, description, asset_order) VALUES ($1, $2, nullif($3, ''), $4)",
        id as AlbumId,
        name,
        description,
        order as AssetOrder
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Adds members and answers with those that were not there yet; users that do not exist are left out.
pub async fn insert_members(
    conn: &mut PgConnection,
    album: AlbumId,
    users: &[UserId],
    role: AlbumRole,
) -> Result<Vec<UserId>> {
    Ok(sqlx::query_scalar!(
        r#"INSERT INTO album_users (album_id, user_id, role)
           SELECT $1, u.id, $3 FROM users u WHERE u.id = ANY($2) AND u.deleted_at IS NULL
           ON CONFLICT (album_id, user_id) DO NOTHING
           RETURNING user_id AS "user_id: UserId""#,
        album as AlbumId,
        users as &[UserId],
        role as AlbumRole
    )
    .fetch_all(conn)
    .await?)
}

/// The role of one member, if they are one.
pub async fn role_of(conn: &mut PgConnection, album: AlbumId, user: UserId) -> Result<Option<AlbumRole>> {
    Ok(sqlx::query_scalar!(
        r#"SELECT role AS "role: AlbumRole" FROM album_users WHERE album_id = $1 AND user_id = $2"#,
        album as AlbumId,
        user as UserId
    )
    .fetch_optional(conn)
    .await?)
}

pub async fn update_role(conn: &mut PgConnection, album: AlbumId, user: UserId, role: AlbumRole) -> Result<()> {
    sqlx::query!(
        "UPDATE album_users SET role = $3 WHERE album_id = $1 AND user_id = $2",
        album as AlbumId,
        user as UserId,
        role as AlbumRole
    )
    .execute(conn)
    .await?;
    Ok(())
}

pub async fn delete_member(conn: &mut PgConnection, album: AlbumId, user: UserId) -> Result<()> {
    sqlx::query!("DELETE FROM album_users WHERE album_id = $1 AND user_id = $2", album as AlbumId, user as UserId)
        .execute(conn)
        .await?;
    Ok(())
}

pub async fn update(conn: &mut PgConnection, id: AlbumId, changes: &AlbumChanges) -> Result<()> {
    sqlx::query!(
        "UPDATE albums SET name = coalesce($2, name),
             description = CASE WHEN $3::text IS NULL THEN description ELSE nullif($3, '') END,
             thumbnail_asset_id = coalesce($4, thumbnail_asset_id),
             is_activity_enabled = coalesce($5, is_activity_enabled),
             asset_order = coalesce($6, asset_order)
         WHERE id = $1",
        id as AlbumId,
        changes.name,
        changes.description,
        changes.thumbnail_asset_id as Option<AssetId>,
        changes.is_activity_enabled,
        changes.order as Option<AssetOrder>
    )
    .execute(conn)
    .await?;
    Ok(())
}

pub async fn delete(conn: &mut PgConnection, id: AlbumId) -> Result<()> {
    sqlx::query!("DELETE FROM albums WHERE id = $1", id as AlbumId).execute(conn).await?;
    Ok(())
}

/// Adds assets and answers with those that were not there yet. The album counts as changed and gets a cover if it had
/// none.
pub async fn insert_assets(conn: &mut PgConnection, album: AlbumId, assets: &[AssetId]) -> Result<Vec<AssetId>> {
    let added = sqlx::query_scalar!(
        r#"INSERT INTO album_assets (album_id, asset_id)
           SELECT $1, a.id FROM assets a WHERE a.id = ANY($2)
           ON CONFLICT (album_id, asset_id) DO NOTHING
           RETURNING asset_id AS "asset_id: AssetId""#,
        album as AlbumId,
        assets as &[AssetId]
    )
    .fetch_all(&mut *conn)
    .await?;
    if let Some(cover) = assets.iter().find(|asset| added.contains(asset)) {
        sqlx::query!(
            "UPDATE albums SET thumbnail_asset_id = coalesce(thumbnail_asset_id, $2) WHERE id = $1",
            album as AlbumId,
            *cover as AssetId
        )
        .execute(conn)
        .await?;
    }
    Ok(added)
}

/// Takes assets out and answers with those that were in. The album counts as changed; a cover that went is forgotten.
pub async fn delete_assets(conn: &mut PgConnection, album: AlbumId, assets: &[AssetId]) -> Result<Vec<AssetId>> {
    let removed = sqlx::query_scalar!(
        r#"DELETE FROM album_assets WHERE album_id = $1 AND asset_id = ANY($2) RETURNING asset_id AS "asset_id: AssetId""#,
        album as AlbumId,
        assets as &[AssetId]
    )
    .fetch_all(&mut *conn)
    .await?;
    if !removed.is_empty() {
        sqlx::query!(
            "UPDATE albums SET thumbnail_asset_id =
                 CASE WHEN thumbnail_asset_id = ANY($2) THEN NULL ELSE thumbnail_asset_id END
             WHERE id = $1",
            album as AlbumId,
            &removed as &[AssetId]
        )
        .execute(conn)
        .await?;
    }
    Ok(removed)
}

/// Those of these assets that are in the album.
pub async fn assets_in(conn: &mut PgConnection, album: AlbumId, assets: &[AssetId]) -> Result<Vec<AssetId>> {
    Ok(sqlx::query_scalar!(
        r#"SELECT asset_id AS "asset_id: AssetId" FROM album_assets WHERE album_id = $1 AND asset_id = ANY($2)"#,
        album as AlbumId,
        assets as &[AssetId]
    )
    .fetch_all(conn)
    .await?)
}
