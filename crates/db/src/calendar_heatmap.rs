//! What happened on which day.

use crate::Result;
use chrono::NaiveDate;
use model::{
    calendar_heatmap::{Activity, DayCount},
    ids::UserId,
};
use sqlx::PgConnection;

/// The days between the two that have something, both included, the oldest first.
pub async fn count_days(
    conn: &mut PgConnection,
    owner: UserId,
    activity: Activity,
    from: NaiveDate,
    to: NaiveDate,
) -> Result<Vec<DayCount>> {
    Ok(match activity {
        Activity::Upload => {
            sqlx::query_as!(
                DayCount,
                r#"SELECT (created_at AT TIME ZONE 'UTC')::date AS "day!", count(*) AS "count!" FROM assets
                   WHERE owner_id = $1 AND deleted_at IS NULL AND visibility IN ('timeline', 'archive')
                       AND created_at >= $2::date::timestamp AT TIME ZONE 'UTC'
                       AND created_at < ($3::date + 1)::timestamp AT TIME ZONE 'UTC'
                   GROUP BY 1 ORDER BY 1"#,
                owner as UserId,
                from,
                to
            )
            .fetch_all(conn)
            .await?
        }
        Activity::Taken => {
            sqlx::query_as!(
                DayCount,
                // The months are what there is an index of.
                r#"SELECT local_date_time::date AS "day!", count(*) AS "count!" FROM assets
                   WHERE owner_id = $1 AND deleted_at IS NULL AND visibility IN ('timeline', 'archive')
                       AND local_month BETWEEN date_trunc('month', $2::date::timestamp)::date AND $3
                       AND local_date_time::date BETWEEN $2 AND $3
                   GROUP BY 1 ORDER BY 1"#,
                owner as UserId,
                from,
                to
            )
            .fetch_all(conn)
            .await?
        }
    })
}
