//! The pictures by which users are shown. At any moment there is the file that a user's row names.

use crate::{
    app::App,
    caller::Caller,
    error::{Error, Result},
};
use files::Incoming;
use model::{ids::UserId, mime, users::User};
use std::path::PathBuf;

/// A picture that can be served.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProfileImage {
    pub path: PathBuf,
    pub content_type: &'static str,
    pub file_name: String,
}

/// Refuses what would not be seen as a picture in every browser.
pub fn require_supported(file_name: &str) -> Result<()> {
    if mime::is_profile_image(file_name) {
        return Ok(());
    }
    Err(Error::BadRequest(format!("Unsupported file type {file_name}").into()))
}

/// Shows the caller by this picture from now on. When this answers, file and row are durable.
pub async fn replace(app: &App, caller: &Caller, mut image: Incoming) -> Result<User> {
    if image.size_bytes() == 0 {
        return Err(Error::bad_request("File is empty"));
    }
    image.finish(None).await?;
    // If anything fails from here on, the sweep asks the database which of the two files stays.
    image.place().await?;
    let user = change(app, caller, &image.target().to_string_lossy()).await?;
    if let Err(error) = image.forget().await {
        tracing::warn!("forget the marker of a profile image: {error}");
    }
    Ok(user)
}

/// Takes the caller's picture away. Who has none keeps none.
pub async fn delete(app: &App, caller: &Caller) -> Result<()> {
    change(app, caller, "").await.map(drop)
}

/// Anybody's, for everybody who has an account: members of an album are shown to each other also where the
/// administrator hides the list of users.
pub async fn get(app: &App, _caller: &Caller, id: UserId) -> Result<ProfileImage> {
    let user = db::users::find(&mut *app.db.acquire().await?, id).await?;
    let path = user.map(|user| user.profile_image_path).filter(|path| !path.is_empty());
    let path = path.ok_or_else(|| Error::not_found("Not Found"))?;
    let file_name = format!("{id}.{}", mime::extension(&path));
    Ok(ProfileImage { content_type: mime::mime_type(&path), file_name, path: path.into() })
}

/// Writes the new path, which may be none, and removes the file of the old one after that is durable.
async fn change(app: &App, caller: &Caller, path: &str) -> Result<User> {
    let id = caller.user_id()?;
    let mut tx = app.db.begin().await?;
    db::undecided::hold(&mut tx).await?;
    let gone = || Error::unauthenticated("Authentication required");
    let old = db::users::profile_image_for_update(&mut tx, id).await?.ok_or_else(gone)?;
    let outgoing = match old.as_str() {
        "" => None,
        old => Some(app.files.release(old.into()).await?),
    };
    if outgoing.is_some() || !path.is_empty() {
        db::users::set_profile_image(&mut tx, id, path, app.clock.now()).await?;
    }
    let user = db::users::find(&mut tx, id).await?.ok_or_else(gone)?;
    tx.commit().await?;
    if let Some(outgoing) = outgoing
        && let Err(error) = outgoing.remove().await
    {
        tracing::warn!("remove an old profile image: {error}");
    }
    Ok(user)
}
