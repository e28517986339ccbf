//! Faces in pictures: what a file or its sidecar says of them.
//!
//! A file names a person; the owner's person of that name is meant, whatever the case of the letters, or a new one. While
//! the file says the same of a face, what its owner made of it since then stays: reading it again changes nothing.

use crate::{
    access::require_assets,
    app::App,
    asset_jobs::{JobAsset, push_or_sweep},
    caller::Caller,
    error::Result,
    jobs::PersonGenerateThumbnail,
};
use db::PgConnection;
use model::{
    faces::{FaceView, NamedFace},
    ids::{AssetId, FaceId, PersonId},
    permission::Permission,
};
use std::collections::HashMap;

/// The faces of an asset. Of whom they show only the owner is told.
pub async fn list(app: &App, caller: &Caller, asset: AssetId) -> Result<Vec<FaceView>> {
    let mut conn = app.db.acquire().await?;
    require_assets(app, &mut conn, caller, Permission::AssetRead, &[asset]).await?;
    let reader = caller.user_id()?;
    let mut faces = db::faces::list(&mut conn, asset).await?;
    for face in &mut faces {
        face.person.take_if(|person| person.owner_id != reader);
    }
    Ok(faces)
}

/// To be called before the transaction touches any row. Answers whether there is something to [`import`].
pub(crate) async fn prepare_import(
    app: &App,
    conn: &mut PgConnection,
    asset: &JobAsset,
    found: &[NamedFace],
) -> Result<bool> {
    if !app.system.get().metadata.faces.import {
        return Ok(false);
    }
    let is_new = !changes(db::faces::list_named_by_file(conn, asset.id).await?, found).is_empty();
    if is_new {
        db::people::hold(conn, asset.owner_id).await?;
    }
    Ok(is_new)
}

/// Makes what the file says of faces what is known of them. Answers who is shown by another face from now on.
pub(crate) async fn import(conn: &mut PgConnection, asset: &JobAsset, found: &[NamedFace]) -> Result<Vec<PersonId>> {
    let Changes { gone, new } = changes(db::faces::list_named_by_file(conn, asset.id).await?, found);
    db::faces::remove(conn, &gone).await?;
    let mut known = HashMap::new();
    for (id, name) in db::people::list_names(conn, asset.owner_id).await? {
        known.entry(name.to_lowercase()).or_insert(id);
    }
    for face in new {
        let person = match known.get(&face.name.to_lowercase()) {
            Some(&person) => person,
            None => {
                let person = PersonId::random();
                db::people::insert(conn, person, asset.owner_id, &face.name).await?;
                known.insert(face.name.to_lowercase(), person);
                person
            }
        };
        db::faces::insert_named_by_file(conn, asset.id, person, face).await?;
    }
    Ok(db::people::choose_faces(conn, Some(asset.owner_id)).await?)
}

/// Queues the pictures of people who are shown by another face. If the queue is away, the sweep does it later.
pub(crate) async fn queue_thumbnails(app: &App, people: &[PersonId]) {
    let jobs: Vec<_> = people.iter().map(|&id| PersonGenerateThumbnail { id }).collect();
    push_or_sweep(app, &jobs).await;
}

/// What differs between what was said and what is said.
struct Changes<'a> {
    gone: Vec<FaceId>,
    new: Vec<&'a NamedFace>,
}

impl Changes<'_> {
    fn is_empty(&self) -> bool {
        self.gone.is_empty() && self.new.is_empty()
    }
}

fn changes(recorded: Vec<(FaceId, NamedFace)>, found: &[NamedFace]) -> Changes<'_> {
    let mut new: Vec<&NamedFace> = Vec::new();
    for face in found {
        // Said twice, it is one face.
        if !new.contains(&face) {
            new.push(face);
        }
    }
    let mut gone = Vec::new();
    for (id, face) in recorded {
        match new.iter().position(|said| **said == face) {
            Some(same) => drop(new.swap_remove(same)),
            None => gone.push(id),
        }
    }
    Changes { gone, new }
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::faces::FaceBox;

    fn face(name: &str, x1: i32) -> NamedFace {
        let area = FaceBox { image_width: 100, image_height: 100, x1, y1: 0, x2: 90, y2: 90 };
        NamedFace { name: name.to_owned(), area }
    }

    #[test]
    fn what_is_said_again_is_no_change() {
        let (ann, bob) = (FaceId::random(), FaceId::random());
        let recorded = || vec![(ann, face("Ann", 1)), (bob, face("Bob", 2))];
        assert!(changes(recorded(), &[face("Bob", 2), face("Ann", 1), face("Ann", 1)]).is_empty());
        let found = [face("Ann", 1), face("Bobby", 2), face("Bobby", 2)];
        let changed = changes(recorded(), &found);
        assert_eq!((changed.gone, changed.new), (vec![bob], vec![&found[1]]));
        assert_eq!(changes(recorded(), &[]).gone, [ann, bob]);
    }
}
