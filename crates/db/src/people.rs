//! People of an owner's pictures.

use crate::Result;
use model::{
    faces::{FaceBox, FeatureFace},
    ids::{AssetId, FaceId, PersonId, UserId},
    people::{PeopleCounts, PeopleFilter, Person, PersonChanges},
};
use sqlx::PgConnection;
use uuid::Uuid;

/// Until the end of this transaction nobody else changes whom an owner knows: a name is given to one person only, and
/// nobody is taken away for having no face while they get one. To be taken before any row, else two would wait for each
/// other.
pub async fn hold(conn: &mut PgConnection, owner: UserId) -> Result<()> {
    let key = format!("people {owner}");
    sqlx::query!("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", key).execute(conn).await?;
    Ok(())
}

pub async fn find(conn: &mut PgConnection, id: PersonId) -> Result<Option<Person>> {
    Ok(sqlx::query_as!(
        Person,
        r#"SELECT id AS "id: PersonId", owner_id AS "owner_id: UserId", name, birth_date, is_hidden, is_favorite, color,
               face_id AS "face_id: FaceId", thumbnail_path, updated_at
           FROM people WHERE id = $1"#,
        id as PersonId
    )
    .fetch_optional(conn)
    .await?)
}

/// Who is seen in the owner's timeline: those who are hidden last, favourites first, then who has a name, and among these
/// who is seen most.
pub async fn list(conn: &mut PgConnection, owner: UserId, filter: &PeopleFilter) -> Result<Vec<Person>> {
    Ok(sqlx::query_as!(
        Person,
        r#"SELECT p.id AS "id: PersonId", p.owner_id AS "owner_id: UserId", p.name, p.birth_date, p.is_hidden,
               p.is_favorite, p.color, p.face_id AS "face_id: FaceId", p.thumbnail_path, p.updated_at
           FROM people p
           JOIN asset_faces f ON f.person_id = p.id
           JOIN assets a ON a.id = f.asset_id AND a.visibility = 'timeline' AND a.deleted_at IS NULL
           WHERE p.owner_id = $1 AND ($2 OR NOT p.is_hidden)
           GROUP BY p.id HAVING p.name <> '' OR count(*) >= $3
           ORDER BY p.is_hidden, p.is_favorite DESC, p.name = '', count(*) DESC, p.name, p.created_at, p.id
           OFFSET $4 LIMIT $5"#,
        owner as UserId,
        filter.with_hidden,
        filter.minimum_faces,
        filter.offset,
        filter.limit
    )
    .fetch_all(conn)
    .await?)
}

/// How many are seen in the owner's timeline.
pub async fn count(conn: &mut PgConnection, owner: UserId) -> Result<PeopleCounts> {
    Ok(sqlx::query_as!(
        PeopleCounts,
        r#"SELECT count(*) AS "total!", count(*) FILTER (WHERE p.is_hidden) AS "hidden!" FROM people p
           WHERE p.owner_id = $1 AND EXISTS (
               SELECT FROM asset_faces f JOIN assets a ON a.id = f.asset_id
               WHERE f.person_id = p.id AND a.visibility = 'timeline' AND a.deleted_at IS NULL)"#,
        owner as UserId
    )
    .fetch_one(conn)
    .await?)
}

/// In how many assets of the timeline a person is seen.
pub async fn count_assets(conn: &mut PgConnection, id: PersonId) -> Result<i64> {
    Ok(sqlx::query_scalar!(
        r#"SELECT count(DISTINCT a.id) AS "count!" FROM asset_faces f JOIN assets a ON a.id = f.asset_id
           WHERE f.person_id = $1 AND a.visibility = 'timeline' AND a.deleted_at IS NULL"#,
        id as PersonId
    )
    .fetch_one(conn)
    .await?)
}

/// Who is seen in an asset, from left to right.
pub async fn list_in_asset(conn: &mut PgConnection, asset: AssetId) -> Result<Vec<Person>> {
    Ok(sqlx::query_as!(
        Person,
        r#"SELECT p.id AS "id: PersonId", p.owner_id AS "owner_id: UserId", p.name, p.birth_date, p.is_hidden,
               p.is_favorite, p.color, p.face_id AS "face_id: FaceId", p.thumbnail_path, p.updated_at
           FROM people p
           JOIN (SELECT person_id, min(x1) AS x1 FROM asset_faces WHERE asset_id = $1 GROUP BY person_id) seen
               ON seen.person_id = p.id
           ORDER BY seen.x1, p.id"#,
        asset as AssetId
    )
    .fetch_all(conn)
    .await?)
}

/// All who have a name, the oldest first.
pub async fn list_names(conn: &mut PgConnection, owner: UserId) -> Result<Vec<(PersonId, String)>> {
    let rows = sqlx::query!(
        r#"SELECT id AS "id: PersonId", name FROM people WHERE owner_id = $1 AND name <> '' ORDER BY created_at, id"#,
        owner as UserId
    )
    .fetch_all(conn)
    .await?;
    Ok(rows.into_iter().map(|row| (row.id, row.name)).collect())
}

pub async fn insert(conn: &mut PgConnection, id: PersonId, owner: UserId, name: &str) -> Result<()> {
    sqlx::query!("INSERT INTO people (id, owner_id, name) VALUES ($1, $2, $3)", id as PersonId, owner as UserId, name)
        .execute(conn)
        .await?;
    Ok(())
}

/// The face is one of this person's, or `None` to leave it.
pub async fn update(
    conn: &mut PgConnection,
    id: PersonId,
    changes: &PersonChanges,
    face: Option<FaceId>,
) -> Result<()> {
    sqlx::query!(
        "UPDATE people SET name = coalesce($2, name),
             birth_date = CASE WHEN $3 THEN $4 ELSE birth_date END,
             is_hidden = coalesce($5, is_hidden), is_favorite = coalesce($6, is_favorite),
             color = CASE WHEN $7 THEN $8 ELSE color END, face_id = coalesce($9, face_id)
         WHERE id = $1",
        id as PersonId,
        changes.name,
        changes.birth_date.is_some(),
        changes.birth_date.flatten(),
        changes.is_hidden,
        changes.is_favorite,
        changes.color.is_some(),
        changes.color.as_ref().and_then(Option::as_deref),
        face as Option<FaceId>
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Answers whether there was one.
pub async fn delete(conn: &mut PgConnection, id: PersonId) -> Result<bool> {
    let removed = sqlx::query!("DELETE FROM people WHERE id = $1", id as PersonId).execute(conn).await?;
    Ok(removed.rows_affected() > 0)
}

/// People without any face, and, with an owner, all of that owner's.
pub async fn list_removable(conn: &mut PgConnection, all_of: Option<UserId>, limit: i64) -> Result<Vec<Person>> {
    Ok(sqlx::query_as!(
        Person,
        r#"SELECT id AS "id: PersonId", owner_id AS "owner_id: UserId", name, birth_date, is_hidden, is_favorite, color,
               face_id AS "face_id: FaceId", thumbnail_path, updated_at
           FROM people p
           WHERE CASE WHEN $1::uuid IS NULL
               THEN NOT EXISTS (SELECT FROM asset_faces f WHERE f.person_id = p.id) ELSE p.owner_id = $1 END
           ORDER BY id LIMIT $2"#,
        all_of as Option<UserId>,
        limit
    )
    .fetch_all(conn)
    .await?)
}

pub async fn has_face(conn: &mut PgConnection, id: PersonId) -> Result<bool> {
    Ok(sqlx::query_scalar!(
        r#"SELECT EXISTS (SELECT FROM asset_faces WHERE person_id = $1) AS "has_face!""#,
        id as PersonId
    )
    .fetch_one(conn)
    .await?)
}

// The face by which a person is shown ------------------------------------------------------------------------------

/// Chooses a face for everybody who lacks one, of one owner or of all. Answers whom. What is locked away shows nobody.
pub async fn choose_faces(conn: &mut PgConnection, owner: Option<UserId>) -> Result<Vec<PersonId>> {
    Ok(sqlx::query_scalar!(
        r#"UPDATE people p SET face_id = chosen.id
           FROM (
               SELECT DISTINCT ON (f.person_id) f.person_id, f.id
               FROM people faceless
               JOIN asset_faces f ON f.person_id = faceless.id
               JOIN assets a ON a.id = f.asset_id AND a.status <> 'deleted' AND a.visibility <> 'locked'
               WHERE faceless.face_id IS NULL AND ($1::uuid IS NULL OR faceless.owner_id = $1)
               ORDER BY f.person_id, a.deleted_at IS NOT NULL, f.created_at, f.id
           ) chosen
           WHERE chosen.person_id = p.id AND p.face_id IS NULL
           RETURNING p.id AS "id: PersonId""#,
        owner as Option<UserId>
    )
    .fetch_all(conn)
    .await?)
}

pub async fn find_feature_face(conn: &mut PgConnection, id: PersonId) -> Result<Option<FeatureFace>> {
    let row = sqlx::query!(
        r#"SELECT f.id AS "id: FaceId", f.asset_id AS "asset_id: AssetId", f.image_width, f.image_height, f.x1, f.y1,
               f.x2, f.y2
           FROM people p JOIN asset_faces f ON f.id = p.face_id WHERE p.id = $1"#,
        id as PersonId
    )
    .fetch_optional(conn)
    .await?;
    Ok(row.map(|row| FeatureFace {
        id: row.id,
        asset_id: row.asset_id,
        area: FaceBox {
            image_width: row.image_width,
            image_height: row.image_height,
            x1: row.x1,
            y1: row.y1,
            x2: row.x2,
            y2: row.y2,
        },
    }))
}

/// People whose picture shows another face than theirs, or (when `all`) all who have a face, in pages ordered by id.
pub async fn list_for_thumbnails(
    conn: &mut PgConnection,
    all: bool,
    after: Option<PersonId>,
    limit: i64,
) -> Result<Vec<PersonId>> {
    let after = after.unwrap_or(PersonId(Uuid::nil()));
    Ok(sqlx::query_scalar!(
        r#"SELECT id AS "id: PersonId" FROM people
           WHERE face_id IS NOT NULL AND ($1 OR thumbnail_face_id IS DISTINCT FROM face_id) AND id > $2
           ORDER BY id LIMIT $3"#,
        all,
        after as PersonId,
        limit
    )
    .fetch_all(conn)
    .await?)
}

/// Records a picture of a face. Answers the path before and the face by which the person is shown by now; `None` when the
/// person is gone.
pub async fn record_thumbnail(
    conn: &mut PgConnection,
    id: PersonId,
    face: FaceId,
    path: &str,
) -> Result<Option<(String, Option<FaceId>)>> {
    let row = sqlx::query!(
        r#"UPDATE people p SET thumbnail_path = $3, thumbnail_face_id = $2
           FROM (SELECT id, thumbnail_path FROM people WHERE id = $1 FOR NO KEY UPDATE) before
           WHERE p.id = before.id
           RETURNING before.thumbnail_path AS "old_path!", p.face_id AS "face_id: FaceId""#,
        id as PersonId,
        face as FaceId,
        path
    )
    .fetch_optional(conn)
    .await?;
    Ok(row.map(|row| (row.old_path, row.face_id)))
}
