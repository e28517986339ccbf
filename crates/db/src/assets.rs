//! Photos and videos.

use crate::{Error, Result};
use chrono::{DateTime, NaiveDateTime, Utc};
use model::{
    assets::{
        Asset, AssetFileType, AssetStatistics, AssetStatisticsFilter, AssetStatus, AssetType, AssetView, Exif,
        NewAsset, Visibility,
    },
    checksum::Checksum,
    ids::{AssetId, LibraryId, StackId, UserId},
    places::Place,
};
use sqlx::PgConnection;
use std::collections::HashMap;

/// The index that keeps an owner from having the same bytes twice.
pub const CHECKSUM_KEY: &str = "assets_owner_checksum_key";

/// An asset's row as Postgres has it.
struct Row {
    id: AssetId,
    owner_id: UserId,
    library_id: Option<LibraryId>,
    asset_type: AssetType,
    original_path: String,
    original_file_name: String,
    checksum: Vec<u8>,
    file_created_at: DateTime<Utc>,
    file_modified_at: DateTime<Utc>,
    local_date_time: NaiveDateTime,
    duration_ms: Option<i64>,
    width: Option<i32>,
    height: Option<i32>,
    thumbhash: Option<Vec<u8>>,
    visibility: Visibility,
    status: AssetStatus,
    is_favorite: bool,
    is_offline: bool,
    is_external: bool,
    live_photo_video_id: Option<AssetId>,
    stack_id: Option<StackId>,
    duplicate_id: Option<uuid::Uuid>,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
    deleted_at: Option<DateTime<Utc>>,
}

impl TryFrom<Row> for Asset {
    type Error = Error;
    fn try_from(row: Row) -> Result<Self> {
        let checksum =
            Checksum::from_slice(&row.checksum).map_err(|_| Error::Inconsistent { column: "assets.checksum" })?;
        Ok(Self {
            id: row.id,
            owner_id: row.owner_id,
            library_id: row.library_id,
            asset_type: row.asset_type,
            original_path: row.original_path,
            original_file_name: row.original_file_name,
            checksum,
            file_created_at: row.file_created_at,
            file_modified_at: row.file_modified_at,
            local_date_time: row.local_date_time,
            duration_ms: row.duration_ms,
            width: row.width,
            height: row.height,
            thumbhash: row.thumbhash,
            visibility: row.visibility,
            status: row.status,
            is_favorite: row.is_favorite,
            is_offline: row.is_offline,
            is_external: row.is_external,
            live_photo_video_id: row.live_photo_video_id,
            stack_id: row.stack_id,
            duplicate_id: row.duplicate_id,
            created_at: row.created_at,
            updated_at: row.updated_at,
            deleted_at: row.deleted_at,
        })
    }
}

/// An asset that is not being deleted.
pub async fn find(conn: &mut PgConnection, id: AssetId) -> Result<Option<Asset>> {
    Ok(list(conn, &[id]).await?.pop())
}

/// Those of these assets that are not being deleted, in the same order.
pub async fn list(conn: &mut PgConnection, ids: &[AssetId]) -> Result<Vec<Asset>> {
    let rows = sqlx::query_as!(
        Row,
        r#"SELECT a.id AS "id: AssetId", owner_id AS "owner_id: UserId", library_id AS "library_id: LibraryId",
               asset_type AS "asset_type: AssetType", original_path, original_file_name, checksum, file_created_at,
               file_modified_at, local_date_time, duration_ms, width, height, thumbhash,
               visibility AS "visibility: Visibility", status AS "status: AssetStatus", is_favorite, is_offline,
               is_external, live_photo_video_id AS "live_photo_video_id: AssetId", stack_id AS "stack_id: StackId",
               duplicate_id, created_at, updated_at, deleted_at
           FROM unnest($1::uuid[]) WITH ORDINALITY AS wanted(id, place) JOIN assets a ON a.id = wanted.id
           WHERE status <> 'deleted' ORDER BY wanted.place"#,
        ids as &[AssetId]
    )
    .fetch_all(conn)
    .await?;
    rows.into_iter().map(Asset::try_from).collect()
}

/// What was read from these assets, one for each in the same order; nothing but gaps for one that is not there.
pub async fn list_exif(conn: &mut PgConnection, ids: &[AssetId]) -> Result<Vec<Exif>> {
    Ok(sqlx::query_as!(
        Exif,
        r#"SELECT e.file_size_bytes AS "file_size_bytes?", e.description AS "description?", e.make AS "make?",
             e.model AS "model?", e.lens_model AS "lens_model?", e.f_number AS "f_number?",
             e.focal_length AS "focal_length?", e.iso AS "iso?", e.exposure_time AS "exposure_time?",
             e.date_time_original AS "date_time_original?", e.modify_date AS "modify_date?",
             e.time_zone AS "time_zone?", a.latitude AS "latitude?", a.longitude AS "longitude?", a.city AS "city?",
             a.state AS "state?", a.country AS "country?", e.orientation AS "orientation?",
             e.image_width AS "image_width?", e.image_height AS "image_height?",
             a.projection_type AS "projection_type?", e.profile_description AS "profile_description?",
             e.live_photo_cid AS "live_photo_cid?", e.rating AS "rating?", e.fps AS "fps?"
           FROM unnest($1::uuid[]) WITH ORDINALITY AS wanted(id, place)
           LEFT JOIN assets a ON a.id = wanted.id LEFT JOIN asset_exif e ON e.asset_id = wanted.id
           ORDER BY wanted.place"#,
        ids as &[AssetId]
    )
    .fetch_all(conn)
    .await?)
}

/// An asset with what was read from it and who is in it. The owner is left to the caller.
pub async fn find_view(conn: &mut PgConnection, id: AssetId) -> Result<Option<AssetView>> {
    let Some(asset) = find(conn, id).await? else { return Ok(None) };
    let exif = find_exif(conn, id).await?;
    let people = crate::people::list_in_asset(conn, id).await?;
    Ok(Some(AssetView { asset, exif, owner: None, people }))
}

pub async fn find_exif(conn: &mut PgConnection, id: AssetId) -> Result<Option<Exif>> {
    Ok(sqlx::query_as!(
        Exif,
        "SELECT e.file_size_bytes, e.description, e.make, e.model, e.lens_model, e.f_number, e.focal_length, e.iso,
             e.exposure_time, e.date_time_original, e.modify_date, e.time_zone, a.latitude, a.longitude, a.city,
             a.state, a.country, e.orientation, e.image_width, e.image_height, a.projection_type,
             e.profile_description, e.live_photo_cid, e.rating, e.fps
         FROM asset_exif e JOIN assets a ON a.id = e.asset_id WHERE e.asset_id = $1",
        id as AssetId
    )
    .fetch_optional(conn)
    .await?)
}

/// An owner's own asset with these bytes, trashed or not, and whether it lies in the trash.
pub async fn find_by_checksum(
    conn: &mut PgConnection,
    owner: UserId,
    checksum: Checksum,
) -> Result<Option<(AssetId, bool)>> {
    Ok(find_by_checksums(conn, owner, &[checksum]).await?.remove(&checksum))
}

/// The same for many: what is not known is left out.
pub async fn find_by_checksums(
    conn: &mut PgConnection,
    owner: UserId,
    checksums: &[Checksum],
) -> Result<HashMap<Checksum, (AssetId, bool)>> {
    let sums: Vec<Vec<u8>> = checksums.iter().map(|checksum| checksum.0.to_vec()).collect();
    let rows = sqlx::query!(
        r#"SELECT id AS "id: AssetId", checksum, deleted_at IS NOT NULL AS "is_trashed!"
           FROM assets WHERE owner_id = $1 AND checksum = ANY($2) AND status <> 'deleted'"#,
        owner as UserId,
        &sums
    )
    .fetch_all(conn)
    .await?;
    let known = rows.into_iter().filter_map(|row| {
        let checksum = Checksum::from_slice(&row.checksum).ok()?;
        Some((checksum, (row.id, row.is_trashed)))
    });
    Ok(known.collect())
}

/// Writes a new asset with its metadata and sidecar. A second one with the same bytes is a conflict on
/// [`CHECKSUM_KEY`]; one that is just being deleted makes way.
pub async fn insert(conn: &mut PgConnection, new: &NewAsset) -> Result<()> {
    sqlx::query!(
        "INSERT INTO assets (id, owner_id, asset_type, original_path, original_file_name, checksum, file_created_at,
             file_modified_at, local_date_time, duration_ms, visibility, is_favorite, live_photo_video_id)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $7 AT TIME ZONE 'UTC', $9, $10, $11, $12)",
        new.id as AssetId,
        new.owner_id as UserId,
        new.asset_type as AssetType,
        new.original_path,
        new.original_file_name,
        &new.checksum.0[..],
        new.file_created_at,
        new.file_modified_at,
        new.duration_ms,
        new.visibility as Visibility,
        new.is_favorite,
        new.live_photo_video_id as Option<AssetId>
    )
    .execute(&mut *conn)
    .await?;
    sqlx::query!(
        "INSERT INTO asset_exif (asset_id, file_size_bytes) VALUES ($1, $2)",
        new.id as AssetId,
        new.file_size_bytes
    )
    .execute(&mut *conn)
    .await?;
    if let Some(path) = &new.sidecar_path {
        sqlx::query!(
            "INSERT INTO asset_files (asset_id, file_type, path) VALUES ($1, 'sidecar', $2)",
            new.id as AssetId,
            path
        )
        .execute(&mut *conn)
        .await?;
    }
    for (key, value) in &new.metadata {
        crate::asset_metadata::upsert(conn, new.id, key, value).await?;
    }
    Ok(())
}

/// Adds to what an owner has used of their quota. Answers false, and changes nothing, when it would be exceeded.
pub async fn add_usage(conn: &mut PgConnection, owner: UserId, size_bytes: i64) -> Result<bool> {
    let changed = sqlx::query!(
        "UPDATE users SET quota_usage_bytes = quota_usage_bytes + $2
         WHERE id = $1 AND (quota_size_bytes IS NULL OR quota_usage_bytes + $2 <= quota_size_bytes)",
        owner as UserId,
        size_bytes
    )
    .execute(conn)
    .await?;
    Ok(changed.rows_affected() > 0)
}

/// Adds to what an owner has used, whatever their quota: for what belongs to a file that was accepted.
pub async fn count_usage(conn: &mut PgConnection, owner: UserId, size_bytes: i64) -> Result<()> {
    sqlx::query!(
        "UPDATE users SET quota_usage_bytes = quota_usage_bytes + $2 WHERE id = $1",
        owner as UserId,
        size_bytes
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Gives an asset that is being deleted another checksum, so that the same bytes can be uploaded again meanwhile.
pub async fn release_checksum(conn: &mut PgConnection, owner: UserId, checksum: Checksum) -> Result<()> {
    sqlx::query!(
        "UPDATE assets SET checksum = substring(sha256(id::text::bytea) FOR 20)
         WHERE owner_id = $1 AND checksum = $2 AND status = 'deleted'",
        owner as UserId,
        &checksum.0[..]
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Where the file to serve lies.
#[derive(Debug, Clone)]
pub struct Servable {
    pub owner_id: UserId,
    pub asset_type: AssetType,
    pub visibility: Visibility,
    pub original_path: String,
    pub original_file_name: String,
    pub made_path: Option<String>,
}

/// What a request for a file needs, in one question: the original and, if there is one, the file made of it.
pub async fn find_servable(
    conn: &mut PgConnection,
    id: AssetId,
    made: Option<AssetFileType>,
) -> Result<Option<Servable>> {
    Ok(sqlx::query_as!(
        Servable,
        r#"SELECT a.owner_id AS "owner_id: UserId", a.asset_type AS "asset_type: AssetType",
               a.visibility AS "visibility: Visibility", a.original_path, a.original_file_name, f.path AS "made_path?"
           FROM assets a LEFT JOIN asset_files f ON f.asset_id = a.id AND f.file_type = $2
           WHERE a.id = $1 AND a.status <> 'deleted'"#,
        id as AssetId,
        made as Option<AssetFileType>
    )
    .fetch_optional(conn)
    .await?)
}

pub async fn set_favorite(conn: &mut PgConnection, ids: &[AssetId], is_favorite: bool) -> Result<()> {
    sqlx::query!(
        "UPDATE assets SET is_favorite = $2 WHERE id = ANY($1) AND is_favorite <> $2",
        ids as &[AssetId],
        is_favorite
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Locked assets leave their albums.
pub async fn set_visibility(conn: &mut PgConnection, ids: &[AssetId], visibility: Visibility) -> Result<()> {
    sqlx::query!(
        "UPDATE assets SET visibility = $2 WHERE id = ANY($1) AND visibility <> $2",
        ids as &[AssetId],
        visibility as Visibility
    )
    .execute(&mut *conn)
    .await?;
    if visibility == Visibility::Locked {
        sqlx::query!("DELETE FROM album_assets WHERE asset_id = ANY($1)", ids as &[AssetId]).execute(conn).await?;
    }
    Ok(())
}

/// Joins a photo with its video, or parts them. What its owner decides here, extraction does not decide again.
pub async fn set_live_photo_video(conn: &mut PgConnection, id: AssetId, video: Option<AssetId>) -> Result<()> {
    sqlx::query!("UPDATE assets SET live_photo_video_id = $2 WHERE id = $1", id as AssetId, video as Option<AssetId>)
        .execute(&mut *conn)
        .await?;
    sqlx::query!(
        "UPDATE asset_exif SET locked_fields =
             array_append(array_remove(locked_fields, 'livePhotoVideoId'), 'livePhotoVideoId')
         WHERE asset_id = $1",
        id as AssetId
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Whether a photo shows this video.
pub async fn is_live_photo_video(conn: &mut PgConnection, video: AssetId) -> Result<bool> {
    Ok(sqlx::query_scalar!(
        r#"SELECT EXISTS (SELECT FROM assets WHERE live_photo_video_id = $1 AND status <> 'deleted') AS "is_one!""#,
        video as AssetId
    )
    .fetch_one(conn)
    .await?)
}

pub async fn set_duplicate_id(conn: &mut PgConnection, ids: &[AssetId], duplicate: Option<uuid::Uuid>) -> Result<()> {
    sqlx::query!("UPDATE assets SET duplicate_id = $2 WHERE id = ANY($1)", ids as &[AssetId], duplicate)
        .execute(conn)
        .await?;
    Ok(())
}

pub async fn set_description(conn: &mut PgConnection, ids: &[AssetId], description: &str) -> Result<()> {
    sqlx::query!(
        "UPDATE asset_exif SET description = $2,
             locked_fields = array_append(array_remove(locked_fields, 'description'), 'description')
         WHERE asset_id = ANY($1)",
        ids as &[AssetId],
        description
    )
    .execute(conn)
    .await?;
    Ok(())
}

pub async fn set_rating(conn: &mut PgConnection, ids: &[AssetId], rating: Option<i32>) -> Result<()> {
    sqlx::query!(
        "UPDATE asset_exif SET rating = $2,
             locked_fields = array_append(array_remove(locked_fields, 'rating'), 'rating')
         WHERE asset_id = ANY($1)",
        ids as &[AssetId],
        rating
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Where it was taken, in degrees, and what the place there is called.
pub async fn set_position(
    conn: &mut PgConnection,
    ids: &[AssetId],
    (latitude, longitude): (f64, f64),
    place: &Place,
) -> Result<()> {
    sqlx::query!(
        "UPDATE assets SET latitude = $2, longitude = $3, city = $4, state = $5, country = $6 WHERE id = ANY($1)",
        ids as &[AssetId],
        latitude,
        longitude,
        place.city,
        place.state,
        place.country
    )
    .execute(&mut *conn)
    .await?;
    sqlx::query!(
        "UPDATE asset_exif SET locked_fields =
             array_remove(array_remove(locked_fields, 'latitude'), 'longitude') || '{latitude,longitude}'
         WHERE asset_id = ANY($1)",
        ids as &[AssetId]
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Sets the moment of capture; `offset_s` is how far the clock there was ahead of UTC, `zone` its name.
pub async fn set_date(
    conn: &mut PgConnection,
    ids: &[AssetId],
    taken_at: DateTime<Utc>,
    offset_s: i32,
    zone: &str,
) -> Result<()> {
    let local = taken_at.naive_utc() + chrono::TimeDelta::seconds(i64::from(offset_s));
    sqlx::query!(
        "UPDATE assets SET file_created_at = $2, local_date_time = $3 WHERE id = ANY($1)",
        ids as &[AssetId],
        taken_at,
        local
    )
    .execute(&mut *conn)
    .await?;
    sqlx::query!(
        "UPDATE asset_exif SET date_time_original = $2, time_zone = $3,
             locked_fields = array_append(array_remove(locked_fields, 'dateTimeOriginal'), 'dateTimeOriginal')
         WHERE asset_id = ANY($1)",
        ids as &[AssetId],
        taken_at,
        zone
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// When each was taken.
pub async fn list_dates(conn: &mut PgConnection, ids: &[AssetId]) -> Result<Vec<(AssetId, DateTime<Utc>)>> {
    let rows = sqlx::query!(
        r#"SELECT id AS "id: AssetId", file_created_at FROM assets WHERE id = ANY($1)"#,
        ids as &[AssetId]
    )
    .fetch_all(conn)
    .await?;
    Ok(rows.into_iter().map(|row| (row.id, row.file_created_at)).collect())
}

/// Sets the clock of the place, and with it what it showed; `offset_s` is how far it was ahead of UTC then.
pub async fn set_zone(conn: &mut PgConnection, ids: &[AssetId], offset_s: i32, zone: &str) -> Result<()> {
    sqlx::query!(
        "UPDATE assets SET local_date_time = (file_created_at AT TIME ZONE 'UTC') + $2 * interval '1 second'
         WHERE id = ANY($1)",
        ids as &[AssetId],
        f64::from(offset_s)
    )
    .execute(&mut *conn)
    .await?;
    sqlx::query!(
        "UPDATE asset_exif SET time_zone = $2, locked_fields =
             array_remove(array_remove(locked_fields, 'dateTimeOriginal'), 'timeZone') || '{dateTimeOriginal,timeZone}'
         WHERE asset_id = ANY($1)",
        ids as &[AssetId],
        zone
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Moves every asset's own date by so many minutes.
pub async fn shift_dates(conn: &mut PgConnection, ids: &[AssetId], minutes: i64) -> Result<()> {
    sqlx::query!(
        "UPDATE assets SET file_created_at = file_created_at + $2 * interval '1 minute',
             local_date_time = local_date_time + $2 * interval '1 minute' WHERE id = ANY($1)",
        ids as &[AssetId],
        minutes as f64
    )
    .execute(&mut *conn)
    .await?;
    sqlx::query!(
        "UPDATE asset_exif e SET date_time_original = a.file_created_at,
             locked_fields = array_append(array_remove(locked_fields, 'dateTimeOriginal'), 'dateTimeOriginal')
         FROM assets a WHERE a.id = e.asset_id AND a.id = ANY($1)",
        ids as &[AssetId]
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Counts what an owner has; hidden parts of live photos are no assets to them.
pub async fn statistics(
    conn: &mut PgConnection,
    owner: UserId,
    filter: &AssetStatisticsFilter,
) -> Result<AssetStatistics> {
    Ok(sqlx::query_as!(
        AssetStatistics,
        r#"SELECT count(*) FILTER (WHERE asset_type = 'IMAGE') AS "images!",
               count(*) FILTER (WHERE asset_type = 'VIDEO') AS "videos!"
           FROM assets
           WHERE owner_id = $1 AND status <> 'deleted'
               AND CASE WHEN $2::text IS NULL THEN visibility IN ('timeline', 'archive') ELSE visibility = $2 END
               AND ($3::boolean IS NULL OR is_favorite = $3)
               AND (deleted_at IS NOT NULL) = coalesce($4, false)"#,
        owner as UserId,
        filter.visibility.map(Visibility::as_str),
        filter.is_favorite,
        filter.is_trashed
    )
    .fetch_one(conn)
    .await?)
}
