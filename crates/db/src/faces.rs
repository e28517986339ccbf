//! Faces in assets.

use crate::Result;
use model::{
    faces::{FaceBox, FaceSource, FaceView, NamedFace},
    ids::{AssetId, FaceId, PersonId},
};
use sqlx::PgConnection;

/// A face's row as Postgres has it.
struct Row {
    id: FaceId,
    person_id: Option<PersonId>,
    image_width: i32,
    image_height: i32,
    x1: i32,
    y1: i32,
    x2: i32,
    y2: i32,
    source: FaceSource,
    named_by_file: Option<String>,
}

impl Row {
    fn area(&self) -> FaceBox {
        let Self { image_width, image_height, x1, y1, x2, y2, .. } = *self;
        FaceBox { image_width, image_height, x1, y1, x2, y2 }
    }
}

async fn rows(conn: &mut PgConnection, asset: AssetId) -> Result<Vec<Row>> {
    Ok(sqlx::query_as!(
        Row,
        r#"SELECT id AS "id: FaceId", person_id AS "person_id: PersonId", image_width, image_height, x1, y1, x2, y2,
               source_type AS "source: FaceSource", named_by_file
           FROM asset_faces WHERE asset_id = $1 ORDER BY x1, id"#,
        asset as AssetId
    )
    .fetch_all(conn)
    .await?)
}

/// From left to right.
pub async fn list(conn: &mut PgConnection, asset: AssetId) -> Result<Vec<FaceView>> {
    let people = crate::people::list_in_asset(conn, asset).await?;
    let view = |row: Row| {
        let person = people.iter().find(|person| Some(person.id) == row.person_id).cloned();
        FaceView { id: row.id, area: row.area(), source: row.source, person }
    };
    Ok(rows(conn, asset).await?.into_iter().map(view).collect())
}

/// What the file said of faces when it was read last.
pub async fn list_named_by_file(conn: &mut PgConnection, asset: AssetId) -> Result<Vec<(FaceId, NamedFace)>> {
    let named = rows(conn, asset).await?.into_iter().filter(|row| row.source == FaceSource::Exif).filter_map(|row| {
        let area = row.area();
        Some((row.id, NamedFace { name: row.named_by_file?, area }))
    });
    Ok(named.collect())
}

/// The face as the file names it, and whose it is.
pub async fn insert_named_by_file(
    conn: &mut PgConnection,
    asset: AssetId,
    person: PersonId,
    face: &NamedFace,
) -> Result<()> {
    let area = &face.area;
    sqlx::query!(
        "INSERT INTO asset_faces (id, asset_id, person_id, image_width, image_height, x1, y1, x2, y2, source_type,
             named_by_file)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 'exif', $10)",
        FaceId::random() as FaceId,
        asset as AssetId,
        person as PersonId,
        area.image_width,
        area.image_height,
        area.x1,
        area.y1,
        area.x2,
        area.y2,
        face.name
    )
    .execute(conn)
    .await?;
    Ok(())
}

pub async fn remove(conn: &mut PgConnection, ids: &[FaceId]) -> Result<()> {
    sqlx::query!("DELETE FROM asset_faces WHERE id = ANY($1)", ids as &[FaceId]).execute(conn).await?;
    Ok(())
}

/// A face of this person in this asset, which stays until the end of the transaction.
pub async fn find_of_person(conn: &mut PgConnection, asset: AssetId, person: PersonId) -> Result<Option<FaceId>> {
    Ok(sqlx::query_scalar!(
        r#"SELECT id AS "id: FaceId" FROM asset_faces WHERE asset_id = $1 AND person_id = $2
           ORDER BY x1, id LIMIT 1 FOR KEY SHARE"#,
        asset as AssetId,
        person as PersonId
    )
    .fetch_optional(conn)
    .await?)
}
