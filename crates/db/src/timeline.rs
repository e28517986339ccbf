//! The timeline. Months of the plain case come from counters; everything else is built here, in one place.

use crate::Result;
use chrono::NaiveDate;
use model::{
    albums::AssetOrder,
    ids::UserId,
    timeline::{TimeBucket, TimelineAsset, TimelineFilter, TimelineOrderBy},
};
use sqlx::{PgConnection, Postgres, QueryBuilder, Row, postgres::PgRow};

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
    filter.album_id.is_none()
        && filter.person_id.is_none()
        && filter.bbox.is_none()
        && filter.order_by == TimelineOrderBy::TakenAt
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
    Ok(bucket_query(filter, month).build().try_map(|row| timeline_asset(&row)).fetch_all(conn).await?)
}

/// All in one table: a month is thousands of assets, and looking up each in a second table would be most of the time.
const COLUMNS: &str = "a.id, a.owner_id, a.width, a.height, a.is_favorite, a.visibility, a.deleted_at IS NOT NULL, \
    a.asset_type = 'IMAGE', a.thumbhash, a.created_at, a.file_created_at, a.local_date_time, a.duration_ms, \
    a.projection_type, a.live_photo_video_id, a.city, a.country, a.latitude, a.longitude";

/// By position: a month would look up a hundred thousand names.
fn timeline_asset(row: &PgRow) -> sqlx::Result<TimelineAsset> {
    Ok(TimelineAsset {
        id: row.try_get(0)?,
        owner_id: row.try_get(1)?,
        width: row.try_get(2)?,
        height: row.try_get(3)?,
        is_favorite: row.try_get(4)?,
        visibility: row.try_get(5)?,
        is_trashed: row.try_get(6)?,
        is_image: row.try_get(7)?,
        thumbhash: row.try_get(8)?,
        created_at: row.try_get(9)?,
        file_created_at: row.try_get(10)?,
        local_date_time: row.try_get(11)?,
        duration_ms: row.try_get(12)?,
        projection_type: row.try_get(13)?,
        live_photo_video_id: row.try_get(14)?,
        city: row.try_get(15)?,
        country: row.try_get(16)?,
        latitude: row.try_get(17)?,
        longitude: row.try_get(18)?,
    })
}

fn bucket_query(filter: &TimelineFilter, month: NaiveDate) -> QueryBuilder<Postgres> {
    let mut query = QueryBuilder::new("SELECT ");
    query.push(COLUMNS).push(" FROM assets a");
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
    if let Some(person) = filter.person_id {
        query.push(" AND EXISTS (SELECT FROM asset_faces f WHERE f.asset_id = a.id AND f.person_id = ");
        query.push_bind(person.0).push(")");
    }
    if let Some([west, south, east, north]) = filter.bbox {
        query.push(" AND a.latitude BETWEEN ").push_bind(south).push(" AND ").push_bind(north);
        // West of the antimeridian to east of it when the box crosses it.
        let joined = if west <= east { " AND " } else { " OR " };
        query.push(" AND (a.longitude >= ").push_bind(west).push(joined);
        query.push("a.longitude <= ").push_bind(east).push(")");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::assets::Visibility;

    /// The predicate of that index is `visibility IN ('timeline', 'archive') AND deleted_at IS NULL`; the planner uses it
    /// for what is written out in these words, and for nothing else.
    #[test]
    fn the_plain_month_is_one_range_of_the_timeline_index() {
        for (visibility, words) in [(Some(Visibility::Timeline), "= 'timeline'"), (None, "IN ('timeline', 'archive')")]
        {
            let filter = TimelineFilter { owners: vec![UserId::random()], visibility, ..TimelineFilter::default() };
            let query = bucket_query(&filter, NaiveDate::from_ymd_opt(2024, 5, 1).unwrap());
            let sql = query.sql();
            let (columns, conditions) = sql.as_str().split_once(" WHERE ").unwrap();
            assert!(columns.ends_with(" FROM assets a"), "no other table is looked into: {columns}");
            assert_eq!(
                conditions,
                format!(
                    "a.status <> 'deleted' AND a.owner_id = $1 AND a.visibility {words} AND a.deleted_at IS NULL AND \
                     a.local_month = $2 ORDER BY a.local_date_time::date DESC, a.file_created_at DESC, a.id DESC"
                )
            );
        }
    }
}
