//! Searches: assets by what their pictures show, among those that fulfil conditions. Conditions become SQL in
//! [`conditions`] and nowhere else.

mod conditions;

use crate::Result;
use conditions::push_scope;
use model::{
    ids::{AssetId, UserId},
    search::SearchScope,
};
use pgvector::Vector;
use sqlx::{PgConnection, Postgres, QueryBuilder};

/// A page of an answer.
#[derive(Debug, Clone, Copy)]
pub struct Slice {
    pub offset: i64,
    pub limit: i64,
}

/// As far as the index can be told to look at once.
const WIDEST: i64 = 1000;

/// The owner's assets, those first whose pictures are nearest to the embedding, which must have the column's size. To be
/// called in a transaction.
pub async fn nearest(
    conn: &mut PgConnection,
    owner: UserId,
    embedding: &[f32],
    scope: &SearchScope,
    slice: Slice,
) -> Result<Vec<AssetId>> {
    let embedding = Vector::from(embedding.to_vec());
    set_up_index(conn, slice).await?;
    let mut query = nearest_query(owner, &embedding, scope, slice, Path::Index);
    let found: Vec<AssetId> = query.build_query_scalar().fetch_all(&mut *conn).await?;
    if found.len() as i64 == slice.limit {
        return Ok(found);
    }
    // The index ends its walk at some point, whether it has come across all or not: what conditions leave few of, or
    // what is on the last page, is looked for among everything that fulfils them.
    let mut query = nearest_query(owner, &embedding, scope, slice, Path::Everything);
    Ok(query.build_query_scalar().fetch_all(conn).await?)
}

/// How the nearest are found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Path {
    /// Walks from near to far, past what the conditions leave out.
    Index,
    /// Measures the distance of whatever fulfils the conditions.
    Everything,
}

/// Until the end of the transaction: wide enough for the page, and on and on until it is full. Before pgvector 0.8 it
/// cannot go on, which [`nearest`] makes up for.
async fn set_up_index(conn: &mut PgConnection, slice: Slice) -> Result<()> {
    let wide = (slice.offset + slice.limit).clamp(100, WIDEST);
    sqlx::query!(
        "SELECT set_config('hnsw.ef_search', $1, true) AS wide,
             (SELECT set_config('hnsw.iterative_scan', 'strict_order', true) FROM pg_extension
              WHERE extname = 'vector' AND string_to_array(extversion, '.')::int[] >= '{0,8}') AS far",
        wide.to_string()
    )
    .fetch_one(conn)
    .await?;
    Ok(())
}

fn nearest_query(
    owner: UserId,
    embedding: &Vector,
    scope: &SearchScope,
    slice: Slice,
    path: Path,
) -> QueryBuilder<Postgres> {
    let mut query = QueryBuilder::new("SELECT a.id FROM asset_embeddings m JOIN assets a ON a.id = m.asset_id");
    query.push(" LEFT JOIN asset_exif e ON e.asset_id = a.id WHERE a.owner_id = ").push_bind(owner.0);
    push_scope(&mut query, scope);
    query.push(" ORDER BY (m.embedding <=> ").push_bind(embedding.clone()).push(")");
    // The index only serves the distance itself, not what is reckoned with it.
    query.push(if path == Path::Everything { " + 0" } else { "" });
    query.push(", a.id LIMIT ").push_bind(slice.limit).push(" OFFSET ").push_bind(slice.offset);
    query
}
