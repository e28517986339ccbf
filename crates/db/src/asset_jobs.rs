//! What jobs read of assets before they compute, and write after.

use crate::Result;
use chrono::{DateTime, Utc};
use model::{
    assets::{AssetFileType, AssetType, ExtractedMetadata, MadePictures, Visibility},
    ids::{AssetId, UserId},
    places::Place,
};
use sqlx::PgConnection;

/// What a job needs to know of an asset. Assets that are being deleted have none.
#[derive(Debug, Clone)]
pub struct JobAsset {
    pub id: AssetId,
    pub owner_id: UserId,
    pub asset_type: AssetType,
    pub original_path: String,
    pub original_file_name: String,
    pub file_created_at: DateTime<Utc>,
    pub file_modified_at: DateTime<Utc>,
    pub visibility: Visibility,
    pub sidecar_path: Option<String>,
    /// When the sidecar was recorded last: another time is another sidecar.
    pub sidecar_at: Option<DateTime<Utc>>,
    pub time_zone: Option<String>,
    pub live_photo_video_id: Option<AssetId>,
    /// How a panorama was laid flat.
    pub projection_type: Option<String>,
    /// Of a video, once its metadata was read.
    pub duration_ms: Option<i64>,
}

pub async fn find(conn: &mut PgConnection, id: AssetId) -> Result<Option<JobAsset>> {
    Ok(sqlx::query_as!(
        JobAsset,
        r#"SELECT a.id AS "id: AssetId", a.owner_id AS "owner_id: UserId", a.asset_type AS "asset_type: AssetType",
               a.original_path, a.original_file_name, a.file_created_at, a.file_modified_at,
               a.visibility AS "visibility: Visibility", sidecar.path AS "sidecar_path?",
               sidecar.created_at AS "sidecar_at?", e.time_zone AS "time_zone?",
               a.live_photo_video_id AS "live_photo_video_id: AssetId", a.projection_type, a.duration_ms
           FROM assets a
           LEFT JOIN asset_files sidecar ON sidecar.asset_id = a.id AND sidecar.file_type = 'sidecar'
           LEFT JOIN asset_exif e ON e.asset_id = a.id
           WHERE a.id = $1 AND a.status <> 'deleted'"#,
        id as AssetId
    )
    .fetch_optional(conn)
    .await?)
}

/// Keeps all others from changing an asset until the end of this transaction. Whoever changes both of its rows takes this
/// one first, else two would wait for each other.
pub async fn lock(conn: &mut PgConnection, id: AssetId) -> Result<()> {
    sqlx::query!("SELECT id FROM assets WHERE id = $1 FOR NO KEY UPDATE", id as AssetId).fetch_optional(conn).await?;
    Ok(())
}

/// When the sidecar was recorded last.
pub async fn sidecar_at(conn: &mut PgConnection, id: AssetId) -> Result<Option<DateTime<Utc>>> {
    Ok(sqlx::query_scalar!(
        "SELECT created_at FROM asset_files WHERE asset_id = $1 AND file_type = 'sidecar'",
        id as AssetId
    )
    .fetch_optional(conn)
    .await?)
}

/// Writes what extraction found, and what the place there is called. Fields that the user wrote over stay as they are.
pub async fn record_metadata(
    conn: &mut PgConnection,
    id: AssetId,
    found: &ExtractedMetadata,
    place: &Place,
) -> Result<()> {
    let locked_fields = upsert_exif(conn, id, found).await?;
    let is_locked = |field: &str| locked_fields.iter().any(|locked| locked == field);
    sqlx::query!(
        r#"UPDATE assets SET
               file_created_at = CASE WHEN $8 THEN file_created_at ELSE $2 END,
               local_date_time = CASE WHEN $8 THEN local_date_time ELSE $4 END,
               file_modified_at = $3, duration_ms = $5, width = coalesce($6, width), height = coalesce($7, height),
               latitude = CASE WHEN $9 THEN latitude ELSE $10 END,
               longitude = CASE WHEN $11 THEN longitude ELSE $12 END,
               projection_type = $13,
               city = CASE WHEN $9 OR $11 THEN city ELSE $14 END,
               state = CASE WHEN $9 OR $11 THEN state ELSE $15 END,
               country = CASE WHEN $9 OR $11 THEN country ELSE $16 END
           WHERE id = $1"#,
        id as AssetId,
        found.file_created_at,
        found.file_modified_at,
        found.local_date_time,
        found.duration_ms,
        found.width,
        found.height,
        is_locked("dateTimeOriginal"),
        is_locked("latitude"),
        found.exif.latitude,
        is_locked("longitude"),
        found.exif.longitude,
        found.exif.projection_type,
        place.city,
        place.state,
        place.country
    )
    .execute(&mut *conn)
    .await?;
    sqlx::query!("UPDATE asset_job_status SET metadata_extracted_at = now() WHERE asset_id = $1", id as AssetId)
        .execute(conn)
        .await?;
    Ok(())
}

/// Answers which fields the user wrote.
async fn upsert_exif(conn: &mut PgConnection, id: AssetId, found: &ExtractedMetadata) -> Result<Vec<String>> {
    let exif = &found.exif;
    Ok(sqlx::query_scalar!(
        r#"INSERT INTO asset_exif AS e (asset_id, file_size_bytes, description, make, model, lens_model, f_number,
               focal_length, iso, exposure_time, date_time_original, modify_date, time_zone, orientation, image_width,
               image_height, profile_description, live_photo_cid, rating, fps, tags, burst_id)
           VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21,
               $22)
           ON CONFLICT (asset_id) DO UPDATE SET
               file_size_bytes = excluded.file_size_bytes,
               description = CASE WHEN 'description' = ANY(e.locked_fields) THEN e.description ELSE excluded.description END,
               make = excluded.make, model = excluded.model, lens_model = excluded.lens_model,
               f_number = excluded.f_number, focal_length = excluded.focal_length, iso = excluded.iso,
               exposure_time = excluded.exposure_time,
               date_time_original = CASE WHEN 'dateTimeOriginal' = ANY(e.locked_fields) THEN e.date_time_original
                   ELSE excluded.date_time_original END,
               modify_date = excluded.modify_date,
               time_zone = CASE WHEN e.locked_fields && '{dateTimeOriginal,timeZone}' THEN e.time_zone
                   ELSE excluded.time_zone END,
               orientation = excluded.orientation, image_width = excluded.image_width,
               image_height = excluded.image_height, profile_description = excluded.profile_description,
               live_photo_cid = excluded.live_photo_cid,
               rating = CASE WHEN 'rating' = ANY(e.locked_fields) THEN e.rating ELSE excluded.rating END,
               fps = excluded.fps, burst_id = excluded.burst_id,
               tags = CASE WHEN 'tags' = ANY(e.locked_fields) THEN e.tags ELSE excluded.tags END
           RETURNING e.locked_fields"#,
        id as AssetId,
        exif.file_size_bytes,
        exif.description,
        exif.make,
        exif.model,
        exif.lens_model,
        exif.f_number,
        exif.focal_length,
        exif.iso,
        exif.exposure_time,
        exif.date_time_original,
        exif.modify_date,
        exif.time_zone,
        exif.orientation,
        exif.image_width,
        exif.image_height,
        exif.profile_description,
        exif.live_photo_cid,
        exif.rating,
        exif.fps,
        &found.tags,
        found.burst_id
    )
    .fetch_one(conn)
    .await?)
}

/// Until the end of this transaction nobody else looks for the halves of this live photo: of two that are read at the
/// same time, the second sees the first. To be taken before any row, else two would wait for each other.
pub async fn hold_live_photo(conn: &mut PgConnection, owner: UserId, content_id: &str) -> Result<()> {
    let key = format!("live photo {owner} {content_id}");
    sqlx::query!("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", key).execute(conn).await?;
    Ok(())
}

/// The other half of a live photo: same owner, same content id, other type. Neither a photo that has its video already,
/// nor what its owner has parted. Several photos may share one video: what was edited keeps its content id.
pub async fn find_live_photo_match(
    conn: &mut PgConnection,
    asset: &JobAsset,
    content_id: &str,
) -> Result<Option<AssetId>> {
    let other = match asset.asset_type {
        AssetType::Image => AssetType::Video,
        _ => AssetType::Image,
    };
    Ok(sqlx::query_scalar!(
        r#"SELECT a.id AS "id: AssetId" FROM asset_exif e JOIN assets a ON a.id = e.asset_id
           WHERE e.live_photo_cid = $1 AND a.owner_id = $2 AND a.asset_type = $3
               AND a.status = 'active' AND a.live_photo_video_id IS NULL
               AND NOT 'livePhotoVideoId' = ANY(e.locked_fields)
               AND NOT EXISTS (SELECT FROM asset_exif own
                   WHERE own.asset_id = $4 AND 'livePhotoVideoId' = ANY(own.locked_fields))
           ORDER BY a.visibility = 'hidden', a.created_at, a.id LIMIT 1"#,
        content_id,
        asset.owner_id as UserId,
        other as AssetType,
        asset.id as AssetId
    )
    .fetch_optional(conn)
    .await?)
}

/// Makes a pair: the photo shows, the video hides behind it, leaves its albums and is not searched for. Answers whether
/// the video was to be seen until now.
pub async fn link_live_photo(conn: &mut PgConnection, photo: AssetId, video: AssetId) -> Result<bool> {
    sqlx::query!(
        "UPDATE assets SET live_photo_video_id = $2 WHERE id = $1 AND live_photo_video_id IS DISTINCT FROM $2",
        photo as AssetId,
        video as AssetId
    )
    .execute(&mut *conn)
    .await?;
    let hidden = sqlx::query!(
        "UPDATE assets SET visibility = 'hidden' WHERE id = $1 AND visibility <> 'hidden'",
        video as AssetId
    )
    .execute(&mut *conn)
    .await?;
    sqlx::query!("DELETE FROM album_assets WHERE asset_id = $1", video as AssetId).execute(&mut *conn).await?;
    crate::embeddings::remove(conn, video).await?;
    Ok(hidden.rows_affected() > 0)
}

/// Records pictures that are durable on disk. Answers the paths that are no longer recorded, for removal.
pub async fn record_pictures(conn: &mut PgConnection, id: AssetId, made: &MadePictures) -> Result<Vec<String>> {
    let types: Vec<AssetFileType> = made.files.iter().map(|(file_type, _)| *file_type).collect();
    let names: Vec<&str> = types.iter().map(|file_type| name(*file_type)).collect();
    let names: Vec<String> = names.into_iter().map(str::to_owned).collect();
    let paths: Vec<String> = made.files.iter().map(|(_, path)| path.clone()).collect();
    let old = sqlx::query_scalar!(
        "SELECT path FROM asset_files
         WHERE asset_id = $1 AND file_type IN ('preview', 'thumbnail', 'fullsize') AND path <> ALL($2)",
        id as AssetId,
        &paths
    )
    .fetch_all(&mut *conn)
    .await?;
    sqlx::query!(
        "DELETE FROM asset_files
         WHERE asset_id = $1 AND file_type IN ('preview', 'thumbnail', 'fullsize') AND file_type <> ALL($2)",
        id as AssetId,
        &names
    )
    .execute(&mut *conn)
    .await?;
    sqlx::query!(
        "INSERT INTO asset_files (asset_id, file_type, path) SELECT $1, * FROM unnest($2::text[], $3::text[])
         ON CONFLICT (asset_id, file_type) DO UPDATE SET path = excluded.path, created_at = now()",
        id as AssetId,
        &names,
        &paths
    )
    .execute(&mut *conn)
    .await?;
    sqlx::query!(
        "UPDATE assets SET thumbhash = $2, width = $3, height = $4 WHERE id = $1",
        id as AssetId,
        made.thumbhash,
        made.width,
        made.height
    )
    .execute(&mut *conn)
    .await?;
    sqlx::query!("UPDATE asset_job_status SET thumbnails_generated_at = now() WHERE asset_id = $1", id as AssetId)
        .execute(conn)
        .await?;
    Ok(old)
}

/// Marks that no thumbnails are wanted, nor what is made of them, so that no sweep asks for them.
pub async fn skip_pictures(conn: &mut PgConnection, id: AssetId) -> Result<()> {
    sqlx::query!(
        "UPDATE asset_job_status SET thumbnails_generated_at = now(), embedded_at = now() WHERE asset_id = $1",
        id as AssetId
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Marks that thumbnails are wanted after all: if no job makes them, the sweep finds it.
pub async fn want_pictures(conn: &mut PgConnection, id: AssetId) -> Result<()> {
    sqlx::query!(
        "UPDATE asset_job_status SET thumbnails_generated_at = NULL, embedded_at = NULL WHERE asset_id = $1",
        id as AssetId
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Records the transcoded video, or that the original needs none. Answers the path that is no longer recorded.
pub async fn record_video(conn: &mut PgConnection, id: AssetId, path: Option<&str>) -> Result<Option<String>> {
    let old = sqlx::query_scalar!(
        "SELECT path FROM asset_files WHERE asset_id = $1 AND file_type = 'encoded_video'",
        id as AssetId
    )
    .fetch_optional(&mut *conn)
    .await?;
    match path {
        Some(path) => {
            sqlx::query!(
                "INSERT INTO asset_files (asset_id, file_type, path) VALUES ($1, 'encoded_video', $2)
                 ON CONFLICT (asset_id, file_type) DO UPDATE SET path = excluded.path, created_at = now()",
                id as AssetId,
                path
            )
            .execute(&mut *conn)
            .await?;
        }
        None => {
            sqlx::query!("DELETE FROM asset_files WHERE asset_id = $1 AND file_type = 'encoded_video'", id as AssetId)
                .execute(&mut *conn)
                .await?;
        }
    }
    sqlx::query!("UPDATE asset_job_status SET video_encoded_at = now() WHERE asset_id = $1", id as AssetId)
        .execute(conn)
        .await?;
    Ok(old.filter(|old| path != Some(old.as_str())))
}

/// Which step of the upload cascade is looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    Metadata,
    Thumbnails,
    Video,
    Embedding,
}

/// Assets that lack a step (or, when `all`, that could have it), in pages ordered by id.
pub async fn list_for_step(
    conn: &mut PgConnection,
    step: Step,
    all: bool,
    after: Option<AssetId>,
    limit: i64,
) -> Result<Vec<AssetId>> {
    let after = after.unwrap_or(AssetId(uuid::Uuid::nil()));
    Ok(match step {
        Step::Metadata => {
            sqlx::query_scalar!(
                r#"SELECT s.asset_id AS "id: AssetId" FROM asset_job_status s JOIN assets a ON a.id = s.asset_id
                   WHERE ($1 OR s.metadata_extracted_at IS NULL) AND s.asset_id > $2 AND a.status <> 'deleted'
                   ORDER BY s.asset_id LIMIT $3"#,
                all,
                after as AssetId,
                limit
            )
            .fetch_all(conn)
            .await?
        }
        Step::Thumbnails => {
            sqlx::query_scalar!(
                r#"SELECT s.asset_id AS "id: AssetId" FROM asset_job_status s JOIN assets a ON a.id = s.asset_id
                   WHERE ($1 OR s.thumbnails_generated_at IS NULL) AND s.metadata_extracted_at IS NOT NULL
                       AND s.asset_id > $2 AND a.status <> 'deleted' AND a.visibility <> 'hidden'
                   ORDER BY s.asset_id LIMIT $3"#,
                all,
                after as AssetId,
                limit
            )
            .fetch_all(conn)
            .await?
        }
        Step::Video => {
            sqlx::query_scalar!(
                r#"SELECT s.asset_id AS "id: AssetId" FROM asset_job_status s JOIN assets a ON a.id = s.asset_id
                   WHERE ($1 OR s.video_encoded_at IS NULL) AND s.metadata_extracted_at IS NOT NULL
                       AND s.asset_id > $2 AND a.status <> 'deleted' AND a.asset_type = 'VIDEO'
                   ORDER BY s.asset_id LIMIT $3"#,
                all,
                after as AssetId,
                limit
            )
            .fetch_all(conn)
            .await?
        }
        Step::Embedding => {
            sqlx::query_scalar!(
                r#"SELECT s.asset_id AS "id: AssetId" FROM asset_job_status s JOIN assets a ON a.id = s.asset_id
                   WHERE ($1 OR s.embedded_at IS NULL) AND s.thumbnails_generated_at IS NOT NULL
                       AND s.asset_id > $2 AND a.status <> 'deleted' AND a.visibility <> 'hidden'
                   ORDER BY s.asset_id LIMIT $3"#,
                all,
                after as AssetId,
                limit
            )
            .fetch_all(conn)
            .await?
        }
    })
}

fn name(file_type: AssetFileType) -> &'static str {
    match file_type {
        AssetFileType::Fullsize => "fullsize",
        AssetFileType::Preview => "preview",
        AssetFileType::Thumbnail => "thumbnail",
        AssetFileType::Sidecar => "sidecar",
        AssetFileType::EncodedVideo => "encoded_video",
    }
}
