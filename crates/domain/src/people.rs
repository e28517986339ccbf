//! People whom an owner knows in their pictures. Nobody else hears of them.
//!
//! A person is shown by one of their faces, of which a picture of its own is made. Until that picture is there, the one
//! before is shown.

use crate::{
    access::{require_assets, require_people},
    app::App,
    asset_jobs::{self, JobAsset},
    caller::Caller,
    error::{Error, Result},
    events::Event,
    faces,
    jobs::PersonGenerateThumbnail,
    users,
};
use db::PgConnection;
use model::{
    faces::FeatureFace,
    ids::{FaceId, PersonId, UserId},
    people::{PeopleFilter, PeopleView, Person, PersonChanges},
    permission::Permission,
};
use std::path::{Path, PathBuf};

/// How many are held in memory at a time.
const PAGE: i64 = 1000;

/// What a client wants to see of its people.
#[derive(Debug, Clone, Copy)]
pub struct PeopleRequest {
    pub with_hidden: bool,
    /// From 1.
    pub page: i64,
    pub size: i64,
    /// Who resembles this person first: what faces look like is not known yet, so the order is always the usual one.
    pub closest_to: Option<PersonId>,
}

pub async fn list(app: &App, caller: &Caller, request: PeopleRequest) -> Result<PeopleView> {
    let owner = caller.user_id()?;
    let minimum_faces = users::preferences(app, caller).await?.people.minimum_faces.into();
    let mut conn = app.db.acquire().await?;
    if let Some(closest) = request.closest_to
        && db::access::people(&mut conn, owner, &[closest]).await?.is_empty()
    {
        return Err(Error::not_found("Person not found"));
    }
    // One more than is shown tells whether there is another page.
    let filter = PeopleFilter {
        with_hidden: request.with_hidden,
        minimum_faces,
        offset: (request.page - 1).saturating_mul(request.size),
        limit: request.size + 1,
    };
    let mut people = db::people::list(&mut conn, owner, &filter).await?;
    let size = usize::try_from(request.size).unwrap_or_default();
    let has_next_page = people.len() > size;
    people.truncate(size);
    Ok(PeopleView { people, counts: db::people::count(&mut conn, owner).await?, has_next_page })
}

pub async fn get(app: &App, caller: &Caller, id: PersonId) -> Result<Person> {
    let mut conn = app.db.acquire().await?;
    require_people(&mut conn, caller, Permission::PersonRead, &[id]).await?;
    find(&mut conn, id).await
}

async fn find(conn: &mut PgConnection, id: PersonId) -> Result<Person> {
    db::people::find(conn, id).await?.ok_or_else(|| Error::bad_request("Person not found"))
}

/// In how many assets the person is seen.
pub async fn count_assets(app: &App, caller: &Caller, id: PersonId) -> Result<i64> {
    let mut conn = app.db.acquire().await?;
    require_people(&mut conn, caller, Permission::PersonRead, &[id]).await?;
    Ok(db::people::count_assets(&mut conn, id).await?)
}

/// Where the picture of the person's face lies.
pub async fn thumbnail(app: &App, caller: &Caller, id: PersonId) -> Result<PathBuf> {
    let path = get(app, caller, id).await?.thumbnail_path;
    if path.is_empty() { Err(Error::not_found("Not Found")) } else { Ok(path.into()) }
}

pub async fn update(app: &App, caller: &Caller, id: PersonId, changes: &PersonChanges) -> Result<Person> {
    if changes.birth_date.flatten().is_some_and(|born| born > app.clock.now().date_naive()) {
        return Err(Error::bad_request("Birth date cannot be in the future"));
    }
    let mut tx = app.db.begin().await?;
    db::people::hold(&mut tx, caller.user_id()?).await?;
    require_people(&mut tx, caller, Permission::PersonUpdate, &[id]).await?;
    let face = match changes.feature_face_asset_id {
        Some(asset) => {
            require_assets(app, &mut tx, caller, Permission::AssetRead, &[asset]).await?;
            let face = db::faces::find_of_person(&mut tx, asset, id).await?;
            Some(face.ok_or_else(|| Error::bad_request("Invalid assetId for feature face"))?)
        }
        None => None,
    };
    db::people::update(&mut tx, id, changes, face).await?;
    let person = find(&mut tx, id).await?;
    tx.commit().await?;
    if face.is_some() {
        faces::queue_thumbnails(app, &[id]).await;
    }
    Ok(person)
}

/// Forgets a person. Their faces stay, and are nobody's.
pub async fn delete(app: &App, caller: &Caller, id: PersonId) -> Result<()> {
    require_people(&mut *app.db.acquire().await?, caller, Permission::PersonDelete, &[id]).await?;
    remove(app, caller.user_id()?, id, Condition::Always).await
}

// Tidying up -------------------------------------------------------------------------------------------------------

/// When a person goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Condition {
    Always,
    WithoutFaces,
}

/// Forgets everybody of whom there is no face any more.
pub async fn clean_up(app: &App) -> Result<()> {
    loop {
        let faceless = db::people::list_removable(&mut *app.db.acquire().await?, None, PAGE).await?;
        for person in &faceless {
            remove(app, person.owner_id, person.id, Condition::WithoutFaces).await?;
        }
        if (faceless.len() as i64) < PAGE {
            return Ok(());
        }
    }
}

/// Forgets everybody whom an owner knows.
pub(crate) async fn delete_all(app: &App, owner: UserId) -> Result<()> {
    loop {
        let people = db::people::list_removable(&mut *app.db.acquire().await?, Some(owner), PAGE).await?;
        if people.is_empty() {
            return Ok(());
        }
        for person in people {
            remove(app, owner, person.id, Condition::Always).await?;
        }
    }
}

/// Row first, then the file, which goes whatever crashes in between.
async fn remove(app: &App, owner: UserId, id: PersonId, when: Condition) -> Result<()> {
    let mut tx = app.db.begin().await?;
    db::undecided::hold(&mut tx).await?;
    db::people::hold(&mut tx, owner).await?;
    let Some(person) = db::people::find(&mut tx, id).await? else { return Ok(()) };
    if when == Condition::WithoutFaces && db::people::has_face(&mut tx, id).await? {
        return Ok(());
    }
    let outgoing = match person.thumbnail_path.as_str() {
        "" => None,
        path => Some(app.files.release(path.into()).await?),
    };
    db::people::delete(&mut tx, id).await?;
    tx.commit().await?;
    if let Some(outgoing) = outgoing
        && let Err(error) = outgoing.remove().await
    {
        tracing::warn!(person.id = %id, "remove the picture of a person: {error}");
    }
    Ok(())
}

// Pictures of faces ------------------------------------------------------------------------------------------------

/// What the picture of a person is made of, and where it goes.
#[derive(Debug, Clone)]
pub struct Portrait {
    pub person: PersonId,
    pub owner: UserId,
    pub face: FeatureFace,
    pub asset: JobAsset,
    pub target: PathBuf,
}

/// `None` when the person is gone, or has no face, or only on an asset that is going.
pub async fn find_portrait(app: &App, id: PersonId) -> Result<Option<Portrait>> {
    let mut conn = app.db.acquire().await?;
    let Some(person) = db::people::find(&mut conn, id).await? else { return Ok(None) };
    let Some(face) = db::people::find_feature_face(&mut conn, id).await? else { return Ok(None) };
    let Some(asset) = db::asset_jobs::find(&mut conn, face.asset_id).await? else { return Ok(None) };
    let target = app.files.person_thumbnail(person.owner_id, id);
    Ok(Some(Portrait { person: id, owner: person.owner_id, face, asset, target }))
}

/// Records the picture, which is durable on disk, and removes the one before. Answers whether the person is shown by that
/// face still.
pub async fn record_thumbnail(app: &App, portrait: &Portrait) -> Result<bool> {
    let (id, path) = (portrait.person, portrait.target.to_string_lossy());
    let recorded = db::people::record_thumbnail(&mut *app.db.acquire().await?, id, portrait.face.id, &path).await?;
    let Some((old, face)) = recorded else {
        app.files.remove_file(&portrait.target).await?;
        return Ok(true);
    };
    if !old.is_empty() && old != path {
        app.files.remove_file(Path::new(&old)).await?;
    }
    app.events.publish(&Event::PersonThumbnail { person: id, owner: portrait.owner }).await;
    Ok(is_shown_by(face, portrait.face.id))
}

/// Who has no face any more needs no other picture.
fn is_shown_by(face: Option<FaceId>, shown: FaceId) -> bool {
    face.is_none_or(|face| face == shown)
}

/// Queues a picture for everybody whose picture is missing or shows another face, or for all. Answers how many.
pub async fn queue_thumbnails(app: &App, all: bool) -> Result<u64> {
    db::people::choose_faces(&mut *app.db.acquire().await?, None).await?;
    let (mut after, mut queued) = (None, 0);
    loop {
        let ids = db::people::list_for_thumbnails(&mut *app.db.acquire().await?, all, after, PAGE).await?;
        let Some(last) = ids.last() else { return Ok(queued) };
        after = Some(*last);
        queued += ids.len() as u64;
        let jobs: Vec<_> = ids.iter().map(|&id| PersonGenerateThumbnail { id }).collect();
        asset_jobs::push_missing(app, all, &jobs).await?;
    }
}
