//! What pictures show, as directions: written by jobs, compared by searches (see [`crate::search`]).

use crate::{Result, system_metadata};
use model::ids::AssetId;
use pgvector::Vector;
use serde_json::json;
use sqlx::{AssertSqlSafe, PgConnection};

/// Under which key the system's metadata say which model made the embeddings that there are.
const MODEL: &str = "embedding-model";

/// Keeps the model and the size of the column as they are until the end of this transaction.
pub async fn hold_model(conn: &mut PgConnection) -> Result<Option<String>> {
    system_metadata::lock_shared(conn, MODEL).await?;
    model(conn).await
}

/// Which model made the embeddings.
pub async fn model(conn: &mut PgConnection) -> Result<Option<String>> {
    let stored = system_metadata::find(conn, MODEL).await?.unwrap_or_default();
    Ok(stored["modelName"].as_str().map(str::to_owned))
}

/// From now on embeddings are another model's. Those that there are cannot be compared with them: they go, and every
/// asset lacks one.
pub async fn change_model(conn: &mut PgConnection, name: &str) -> Result<()> {
    system_metadata::lock(conn, MODEL).await?;
    if model(conn).await?.as_deref() == Some(name) {
        return Ok(());
    }
    forget_all(conn).await?;
    system_metadata::upsert(conn, MODEL, &json!({ "modelName": name })).await
}

async fn forget_all(conn: &mut PgConnection) -> Result<()> {
    sqlx::query!("TRUNCATE asset_embeddings").execute(&mut *conn).await?;
    sqlx::query!(
        "UPDATE asset_job_status s SET embedded_at = NULL FROM assets a
         WHERE a.id = s.asset_id AND a.visibility <> 'hidden' AND s.embedded_at IS NOT NULL"
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// How many numbers an embedding has.
pub async fn dimensions(conn: &mut PgConnection) -> Result<i32> {
    Ok(sqlx::query_scalar!(
        r#"SELECT atttypmod AS "dimensions!" FROM pg_attribute
           WHERE attrelid = 'asset_embeddings'::regclass AND attname = 'embedding'"#
    )
    .fetch_one(conn)
    .await?)
}

/// Makes room for embeddings of another size. Those of the old one go.
pub async fn set_dimensions(conn: &mut PgConnection, dimensions: i32) -> Result<()> {
    // Others who found the same wait here, and find it done.
    sqlx::query!("LOCK TABLE asset_embeddings IN ACCESS EXCLUSIVE MODE").execute(&mut *conn).await?;
    if self::dimensions(conn).await? == dimensions {
        return Ok(());
    }
    forget_all(conn).await?;
    // A type takes no parameters; this one is a number.
    let alter = format!("ALTER TABLE asset_embeddings ALTER COLUMN embedding TYPE public.vector({dimensions})");
    sqlx::query(AssertSqlSafe(alter)).execute(conn).await?;
    Ok(())
}

/// Writes what an asset's picture shows. One that is gone or hidden meanwhile is let go.
pub async fn record(conn: &mut PgConnection, id: AssetId, embedding: Vec<f32>) -> Result<()> {
    sqlx::query!(
        "INSERT INTO asset_embeddings (asset_id, embedding) SELECT id, $2 FROM assets WHERE id = $1 AND visibility <> 'hidden'
         ON CONFLICT (asset_id) DO UPDATE SET embedding = excluded.embedding",
        id as AssetId,
        Vector::from(embedding) as Vector
    )
    .execute(&mut *conn)
    .await?;
    mark(conn, id).await
}

pub async fn remove(conn: &mut PgConnection, id: AssetId) -> Result<()> {
    sqlx::query!("DELETE FROM asset_embeddings WHERE asset_id = $1", id as AssetId).execute(conn).await?;
    Ok(())
}

/// Marks that nothing is to be done: no sweep asks for it.
pub async fn mark(conn: &mut PgConnection, id: AssetId) -> Result<()> {
    sqlx::query!("UPDATE asset_job_status SET embedded_at = now() WHERE asset_id = $1", id as AssetId)
        .execute(conn)
        .await?;
    Ok(())
}

pub async fn find(conn: &mut PgConnection, id: AssetId) -> Result<Option<Vec<f32>>> {
    // Without its size, which a prepared statement would remember.
    let found = sqlx::query_scalar!(
        r#"SELECT embedding::public.vector AS "embedding!: Vector" FROM asset_embeddings WHERE asset_id = $1"#,
        id as AssetId
    )
    .fetch_optional(conn)
    .await?;
    Ok(found.map(Vec::from))
}

/// The picture in which an asset is looked at; `None` while there is none, and of what nobody sees.
pub async fn find_picture(conn: &mut PgConnection, id: AssetId) -> Result<Option<String>> {
    Ok(sqlx::query_scalar!(
        "SELECT f.path FROM asset_files f JOIN assets a ON a.id = f.asset_id
         WHERE a.id = $1 AND f.file_type = 'preview' AND a.status <> 'deleted' AND a.visibility <> 'hidden'",
        id as AssetId
    )
    .fetch_optional(conn)
    .await?)
}
