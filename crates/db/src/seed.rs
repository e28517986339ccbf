//! Made-up assets, to see how the product bears a large library.

use crate::Result;
use chrono::{DateTime, Utc};
use model::ids::{AssetId, UserId};
use sqlx::PgConnection;

/// Some of a library: `count` assets taken between two moments.
#[derive(Debug, Clone, Copy)]
pub struct Batch {
    pub owner: UserId,
    pub count: i32,
    pub from: DateTime<Utc>,
    pub to: DateTime<Utc>,
}

/// Writes plausible photos and videos. They have no files; every job has been through them, so that none is started.
pub async fn insert_assets(conn: &mut PgConnection, batch: Batch) -> Result<()> {
    let made = sqlx::query_scalar!(
        r#"WITH dice AS MATERIALIZED (
               SELECT gen_random_uuid() AS id, random() AS day, random() AS hour, random() AS kind,
                   random() AS shape, random() AS place, random() AS mood FROM generate_series(1, $2)
           ), made AS MATERIALIZED (
               SELECT id, kind, shape, place, mood, sha256(id::text::bytea) AS noise,
                   CASE WHEN kind < 0.07 THEN 'VIDEO' ELSE 'IMAGE' END AS asset_type,
                   'IMG_' || lpad((kind * 99999)::int::text, 5, '0') AS name,
                   -- People take pictures between eight in the morning and ten at night.
                   date_trunc('day', $3::timestamptz + day * ($4::timestamptz - $3::timestamptz))
                       + make_interval(secs => 28800 + hour * 50400) AS taken_at
               FROM dice ORDER BY taken_at
           ), assets_made AS (
               INSERT INTO assets (id, owner_id, asset_type, original_path, original_file_name, checksum,
                   file_created_at, file_modified_at, local_date_time, duration_ms, width, height, thumbhash,
                   latitude, longitude, city, country, is_favorite, visibility)
               SELECT id, $1, asset_type, '/seed/' || id, name || CASE asset_type WHEN 'VIDEO' THEN '.mp4' ELSE '.jpg' END,
                   substring(noise FOR 20), taken_at, taken_at,
                   taken_at AT TIME ZONE 'UTC' + CASE WHEN place < 0.2 THEN interval '2 hours' ELSE interval '0' END,
                   CASE asset_type WHEN 'VIDEO' THEN (1000 + mood * 60000)::bigint END,
                   CASE WHEN shape < 0.7 THEN 4032 ELSE 3024 END, CASE WHEN shape < 0.7 THEN 3024 ELSE 4032 END,
                   substring(noise FOR 25),
                   CASE WHEN place < 0.6 THEN 36 + place * 30 END, CASE WHEN place < 0.6 THEN shape * 30 END,
                   CASE WHEN place < 0.6 THEN 'Town ' || (place * 200)::int END,
                   CASE WHEN place < 0.6 THEN 'Country ' || (place * 20)::int END,
                   mood < 0.03, CASE WHEN mood > 0.98 THEN 'archive' ELSE 'timeline' END
               FROM made
               RETURNING id
           ), exif_made AS (
               INSERT INTO asset_exif (asset_id, file_size_bytes, make, model, iso, f_number, focal_length,
                   date_time_original, time_zone, image_width, image_height)
               SELECT id, (1500000 + shape * 4000000)::bigint, 'Ferrotype', 'Seed', 100, 1.8, 4.2, taken_at,
                   CASE WHEN place < 0.2 THEN 'UTC+2' ELSE 'UTC' END,
                   CASE WHEN shape < 0.7 THEN 4032 ELSE 3024 END, CASE WHEN shape < 0.7 THEN 3024 ELSE 4032 END
               FROM made
           )
           SELECT id AS "id: AssetId" FROM assets_made"#,
        batch.owner as UserId,
        batch.count,
        batch.from,
        batch.to
    )
    .fetch_all(&mut *conn)
    .await?;
    sqlx::query!(
        "UPDATE asset_job_status SET metadata_extracted_at = now(), thumbnails_generated_at = now(),
             video_encoded_at = now(), embedded_at = now() WHERE asset_id = ANY($1)",
        &made as &[AssetId]
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Tells the planner what has changed so much.
pub async fn analyze(conn: &mut PgConnection) -> Result<()> {
    for table in ["ANALYZE assets", "ANALYZE asset_exif", "ANALYZE asset_job_status", "ANALYZE timeline_counts"] {
        sqlx::query(table).execute(&mut *conn).await?;
    }
    Ok(())
}
