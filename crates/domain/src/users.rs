//! People with an account, as they see and change themselves and as others see them.

use crate::{
    app::App,
    caller::Caller,
    error::{Error, Result},
    passwords,
};
use db::PgConnection;
use model::{
    ids::UserId,
    preferences::Preferences,
    users::{AvatarColor, User, UserChanges},
};
use serde_json::{Value, json};

/// Under these keys a user's metadata is kept; the sync stream sends them by the same names.
const PREFERENCES: &str = "preferences";
const ONBOARDING: &str = "onboarding";

/// Everybody a user may choose from; themselves only where the administrator hides the others.
pub async fn list(app: &App, caller: &Caller) -> Result<Vec<User>> {
    let mut conn = app.db.acquire().await?;
    if app.system.get().server.public_users || caller.is_admin() {
        return Ok(db::users::list(&mut conn).await?);
    }
    Ok(db::users::find(&mut conn, caller.user_id()?).await?.into_iter().collect())
}

pub async fn get(app: &App, caller: &Caller, id: UserId) -> Result<User> {
    let is_shown = app.system.get().server.public_users || caller.is_admin() || caller.user_id()? == id;
    let found = if is_shown { db::users::find(&mut *app.db.acquire().await?, id).await? } else { None };
    found.ok_or_else(|| Error::bad_request("User not found"))
}

/// Who asks.
pub async fn me(app: &App, caller: &Caller) -> Result<User> {
    let found = db::users::find(&mut *app.db.acquire().await?, caller.user_id()?).await?;
    found.ok_or_else(|| Error::unauthenticated("Authentication required"))
}

/// Changes one's own account; a new password is given in clear.
pub async fn update_me(app: &App, caller: &Caller, mut changes: UserChanges, password: Option<String>) -> Result<User> {
    let id = caller.user_id()?;
    if let Some(password) = password {
        changes.password_hash = Some(passwords::hash(password).await?);
        changes.should_change_password = Some(false);
    }
    let mut tx = app.db.begin().await?;
    db::users::update(&mut tx, id, &changes).await.map_err(|error| match error.constraint() {
        Some("users_email_key") => Error::bad_request("Email is not available"),
        _ => error.into(),
    })?;
    let user = db::users::find(&mut tx, id).await?;
    tx.commit().await?;
    app.callers.forget_all();
    user.ok_or_else(|| Error::unauthenticated("Authentication required"))
}

// Preferences ----------------------------------------------------------------------------------------------------

pub async fn preferences(app: &App, caller: &Caller) -> Result<Preferences> {
    let stored = db::user_metadata::find(&mut *app.db.acquire().await?, caller.user_id()?, PREFERENCES).await?;
    Ok(Preferences::from_partial(&stored.unwrap_or_default()))
}

/// Merges changes in. The avatar's colour may come along: clients keep it on the same page.
pub async fn update_preferences(app: &App, caller: &Caller, mut changes: Value) -> Result<Preferences> {
    let user = caller.user_id()?;
    let avatar_color = taken_avatar_color(&mut changes)?;
    let mut tx = app.db.begin().await?;
    let stored = db::user_metadata::find_for_update(&mut tx, user, PREFERENCES).await?.unwrap_or_default();
    let preferences = Preferences::from_partial(&stored)
        .changed_by(&changes)
        .map_err(|error| Error::BadRequest(error.to_string().into()))?;
    db::user_metadata::upsert(&mut tx, user, PREFERENCES, &preferences.to_partial()).await?;
    if avatar_color.is_some() {
        let changes = UserChanges { avatar_color: Some(avatar_color), ..UserChanges::default() };
        db::users::update(&mut tx, user, &changes).await?;
    }
    tx.commit().await?;
    Ok(preferences)
}

/// Takes `avatar.color` out of the changes: it is kept with the user.
fn taken_avatar_color(changes: &mut Value) -> Result<Option<AvatarColor>> {
    let avatar = changes.as_object_mut().and_then(|sections| sections.remove("avatar")).unwrap_or_default();
    let color = avatar.get("color").cloned().unwrap_or_default();
    serde_json::from_value(color).map_err(|error| Error::BadRequest(error.to_string().into()))
}

// Onboarding -----------------------------------------------------------------------------------------------------

pub async fn onboarding(app: &App, caller: &Caller) -> Result<bool> {
    is_onboarded(&mut *app.db.acquire().await?, caller.user_id()?).await
}

pub async fn set_onboarding(app: &App, caller: &Caller, is_onboarded: bool) -> Result<()> {
    let value = json!({ "isOnboarded": is_onboarded });
    Ok(db::user_metadata::upsert(&mut *app.db.acquire().await?, caller.user_id()?, ONBOARDING, &value).await?)
}

pub async fn delete_onboarding(app: &App, caller: &Caller) -> Result<()> {
    Ok(db::user_metadata::delete(&mut *app.db.acquire().await?, caller.user_id()?, ONBOARDING).await?)
}

/// Whether the user has been through the first steps.
pub(crate) async fn is_onboarded(conn: &mut PgConnection, user: UserId) -> Result<bool> {
    let stored = db::user_metadata::find(conn, user, ONBOARDING).await?.unwrap_or_default();
    Ok(stored["isOnboarded"].as_bool().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_avatars_colour_travels_with_the_preferences() {
        let mut changes = json!({"avatar": {"color": "red"}, "tags": {"enabled": true}});
        assert_eq!(taken_avatar_color(&mut changes).unwrap(), Some(AvatarColor::Red));
        assert_eq!(changes, json!({"tags": {"enabled": true}}));
        assert_eq!(taken_avatar_color(&mut changes).unwrap(), None);
        assert!(taken_avatar_color(&mut json!({"avatar": {"color": "mauve"}})).is_err());
    }
}
