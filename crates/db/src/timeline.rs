//! The timeline. Months of the plain case come from counters; everything else is built here, in one place.

use crate::Result;
use chrono::{DateTime, NaiveDate, NaiveDateTime, Utc};
use model::{
    albums::AssetOrder,
    assets::{AssetStatus, Visibility},
    ids::{AssetId, UserId},
    timeline::{TimeBucket, TimelineAsset, TimelineFilter, TimelineOrderBy},
};
use sqlx::{PgConnection, Postgres, QueryBuilder};

/// How many assets each month has.
pub async fn buckets(conn: &mut PgConnection, filter: &TimelineFilter) -> Result<Vec<TimeBucket>> {
    let buckets = if is_counted(filter) { counted(conn, filter).await? } else { aggregated(conn, filter).await? };
    Ok(match filter.order {
        AssetOrder::Desc => buckets.into_iter().rev().collect(),
        AssetOrder::Asc => buckets,
    })
}

/// Whether the counters know the answer: they tell owners, visibility, favourites and the trash apart, nothing more.
fn is_counted(filter: &TimelineFilter) -> bool {
    filter.album_id.is_none() && filter.bbox.is_none() && filter.order_by == TimelineOrderBy::TakenAt
}

/// The oldest month first.
async fn counted(conn: &mut PgConnection, filter: &TimelineFilter) -> Result<Vec<TimeBucket>> {
    Ok(sqlx::query_as!(
        TimeBucket,
        r#"SELECT local_month AS month, sum(asset_count)::bigint AS "count!" FROM timeline_counts
           WHERE owner_id = ANY($1) AND visibility = ANY($2) AND is_trashed = $3
               AND ($4::boolean IS NULL OR is_favorite = $4)
           GROUP BY local_month HAVING sum(asset_count) > 0 ORDER BY local_month"#,
        &filter.owners as &[UserId],
        &visibilities(filter),
        filter.is_trashed.unwrap_or(false),
        filter.is_favorite
    )
    .fetch_all(conn)
    .await?)
}

fn visibilities(filter: &TimelineFilter) -> Vec<String> {
    match filter.visibility {
        Some(visibility) => vec![visibility.as_str().to_owned()],
        None => vec!["timeline".to_owned(), "archive".to_owned()],
    }
}

async fn aggregated(conn: &mut PgConnection, filter: &TimelineFilter) -> Result<Vec<TimeBucket>> {
    let mut query = QueryBuilder::new("SELECT ");
    query.push(month_of(filter.order_by)).push(" AS month, count(*) AS count FROM assets a");
    push_conditions(&mut query, filter);
    query.push(" GROUP BY 1 ORDER BY 1");
    let rows: Vec<(NaiveDate, i64)> = query.build_query_as().fetch_all(conn).await?;
    Ok(rows.into_iter().map(|(month, count)| TimeBucket { month, count }).collect())
}

/// The assets of one month, in the order in which they are shown.
pub async fn bucket(conn: &mut PgConnection, filter: &TimelineFilter, month: NaiveDate) -> Result<Vec<TimelineAsset>> {
    let rows: Vec<Row> = bucket_query(filter, month).build_query_as().fetch_all(conn).await?;
    Ok(rows.into_iter().map(Into::into).collect())
}

fn bucket_query(filter: &TimelineFilter, month: NaiveDate) -> QueryBuilder<Postgres> {
    let mut query = QueryBuilder::new(
        "SELECT a.id, a.owner_id, a.width, a.height, a.is_favorite, a.visibility, a.status, a.deleted_at IS NOT NULL AS \
         is_trashed, a.asset_type = 'IMAGE' AS is_image, a.thumbhash, a.created_at, a.file_created_at, \
         a.local_date_time, a.duration_ms, e.projection_type, a.live_photo_video_id, e.city, e.country, e.latitude, \
         e.longitude FROM assets a LEFT JOIN asset_exif e ON e.asset_id = a.id",
    );
    push_conditions(&mut query, filter);
    query.push(" AND ").push(month_of(filter.order_by)).push(" = ").push_bind(month);
    let direction = match filter.order {
        AssetOrder::Desc => "DESC",
        AssetOrder::Asc => "ASC",
    };
    match filter.order_by {
        // As the index has it.
        TimelineOrderBy::TakenAt => query.push(format!(
            " ORDER BY a.local_date_time::date {direction}, a.file_created_at {direction}, a.id {direction}"
        )),
        TimelineOrderBy::CreatedAt => query.push(format!(" ORDER BY a.created_at {direction}, a.id {direction}")),
    };
    query
}

fn month_of(order_by: TimelineOrderBy) -> &'static str {
    match order_by {
        TimelineOrderBy::TakenAt => "a.local_month",
        TimelineOrderBy::CreatedAt => "date_trunc('month', a.created_at AT TIME ZONE 'UTC')::date",
    }
}

fn push_conditions(query: &mut QueryBuilder<Postgres>, filter: &TimelineFilter) {
    if let Some(album) = filter.album_id {
        query.push(" JOIN album_assets aa ON aa.asset_id = a.id AND aa.album_id = ").push_bind(album.0);
    }
    if let Some([west, south, east, north]) = filter.bbox {
        query.push(" JOIN asset_exif p ON p.asset_id = a.id AND p.latitude BETWEEN ").push_bind(south);
        query.push(" AND ").push_bind(north).push(" AND ");
        // West of the antimeridian to east of it when the box crosses it.
        let joined = if west <= east { " AND " } else { " OR " };
        query.push("(p.longitude >= ").push_bind(west).push(joined).push("p.longitude <= ").push_bind(east).push(")");
    }
    query.push(" WHERE a.status <> 'deleted'");
    match filter.owners.as_slice() {
        [] => {}
        [owner] => {
            query.push(" AND a.owner_id = ").push_bind(owner.0);
        }
        owners => {
            let owners: Vec<uuid::Uuid> = owners.iter().map(|owner| owner.0).collect();
            query.push(" AND a.owner_id = ANY(").push_bind(owners).push(")");
        }
    }
    // Written out, not bound: the partial index is only used when the planner sees the value.
    match filter.visibility {
        Some(visibility) => query.push(format!(" AND a.visibility = '{}'", visibility.as_str())),
        None => query.push(" AND a.visibility IN ('timeline', 'archive')"),
    };
    query.push(if filter.is_trashed.unwrap_or(false) {
        " AND a.deleted_at IS NOT NULL"
    } else {
        " AND a.deleted_at IS NULL"
    });
    if let Some(is_favorite) = filter.is_favorite {
        query.push(" AND a.is_favorite = ").push_bind(is_favorite);
    }
}

#[derive(sqlx::FromRow)]
struct Row {
    id: AssetId,
    owner_id: UserId,
    width: Option<i32>,
    height: Option<i32>,
    is_favorite: bool,
    visibility: Visibility,
    status: AssetStatus,
    is_trashed: bool,
    is_image: bool,
    thumbhash: Option<Vec<u8>>,
    created_at: DateTime<Utc>,
    file_created_at: DateTime<Utc>,
    local_date_time: NaiveDateTime,
    duration_ms: Option<i64>,
    projection_type: Option<String>,
    live_photo_video_id: Option<AssetId>,
    city: Option<String>,
    country: Option<String>,
    latitude: Option<f64>,
    longitude: Option<f64>,
}

impl From<Row> for TimelineAsset {
    fn from(row: Row) -> Self {
        Self {
            id: row.id,
            owner_id: row.owner_id,
            width: row.width,
            height: row.height,
            is_favorite: row.is_favorite,
            visibility: row.visibility,
            is_trashed: row.is_trashed,
            is_image: row.is_image,
            thumbhash: row.thumbhash,
            created_at: row.created_at,
            file_created_at: row.file_created_at,
            local_date_time: row.local_date_time,
            duration_ms: row.duration_ms,
            projection_type: row.projection_type,
            live_photo_video_id: row.live_photo_video_id,
            status: row.status,
            city: row.city,
            country: row.country,
            latitude: row.latitude,
            longitude: row.longitude,
            // There are no stacks yet.
            stack: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_plain_month_is_one_range_of_the_timeline_index() {
        let filter = TimelineFilter {
            owners: vec![UserId::random()],
            visibility: Some(Visibility::Timeline),
            ..TimelineFilter::default()
        };
        let query = bucket_query(&filter, NaiveDate::from_ymd_opt(2024, 5, 1).unwrap());
        let sql = query.sql();
        let (_, conditions) = sql.as_str().split_once(" WHERE ").unwrap();
        assert_eq!(
            conditions,
            "a.status <> 'deleted' AND a.owner_id = $1 AND a.visibility = 'timeline' AND a.deleted_at IS NULL AND \
             a.local_month = $2 ORDER BY a.local_date_time::date DESC, a.file_created_at DESC, a.id DESC"
        );
    }
}
