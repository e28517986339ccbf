//! Into the trash, out of it, and onward.

use crate::Result;
use model::ids::{AssetId, UserId};
use sqlx::PgConnection;

pub async fn trash(conn: &mut PgConnection, ids: &[AssetId]) -> Result<()> {
    sqlx::query!(
        "UPDATE assets SET status = 'trashed', deleted_at = now() WHERE id = ANY($1) AND status = 'active'",
        ids as &[AssetId]
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Marks assets as deleted for good. From now on nobody sees them.
pub async fn doom(conn: &mut PgConnection, ids: &[AssetId]) -> Result<()> {
    sqlx::query!(
        "UPDATE assets SET status = 'deleted', deleted_at = coalesce(deleted_at, now()) WHERE id = ANY($1)",
        ids as &[AssetId]
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Brings back the given assets, or all of the owner's. Answers which came back.
pub async fn restore(conn: &mut PgConnection, owner: UserId, ids: Option<&[AssetId]>) -> Result<Vec<AssetId>> {
    Ok(sqlx::query_scalar!(
        r#"UPDATE assets SET status = 'active', deleted_at = NULL
           WHERE owner_id = $1 AND status = 'trashed' AND ($2::uuid[] IS NULL OR id = ANY($2))
           RETURNING id AS "id: AssetId""#,
        owner as UserId,
        ids as Option<&[AssetId]>
    )
    .fetch_all(conn)
    .await?)
}

/// Marks everything in the owner's trash as deleted. Answers what.
pub async fn empty(conn: &mut PgConnection, owner: UserId) -> Result<Vec<AssetId>> {
    Ok(sqlx::query_scalar!(
        r#"UPDATE assets SET status = 'deleted' WHERE owner_id = $1 AND status = 'trashed'
           RETURNING id AS "id: AssetId""#,
        owner as UserId
    )
    .fetch_all(conn)
    .await?)
}
