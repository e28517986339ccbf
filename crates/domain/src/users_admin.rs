//! What administrators do with accounts, here for the command line: whoever may run it on the server's machine may.

use crate::{
    app::App,
    error::{Error, Result},
    events::Event,
    passwords,
};
use model::users::{User, UserChanges};

/// All accounts, those in the bin included.
pub async fn list(app: &App) -> Result<Vec<User>> {
    Ok(db::users::list(&mut *app.db.acquire().await?).await?)
}

/// Gives an account a new password and signs it out everywhere.
pub async fn reset_password(app: &App, email: &str, password: String) -> Result<()> {
    let user = find(app, email).await?;
    let changes = UserChanges {
        password_hash: Some(passwords::hash(password).await?),
        should_change_password: Some(true),
        ..UserChanges::default()
    };
    let mut tx = app.db.begin().await?;
    db::users::update(&mut tx, user.id, &changes).await?;
    let ended = db::sessions::delete_others(&mut tx, user.id, None).await?;
    tx.commit().await?;
    for session in ended {
        app.events.publish(&Event::SessionDeleted { session }).await;
    }
    Ok(())
}

/// Grants or revokes an administrator's rights; the last administrator keeps them.
pub async fn set_admin(app: &App, email: &str, is_admin: bool) -> Result<()> {
    let user = find(app, email).await?;
    let users = list(app).await?;
    if !is_admin
        && users.iter().filter(|other| other.is_admin && other.deleted_at.is_none()).count() == 1
        && user.is_admin
    {
        return Err(Error::bad_request("There must be one administrator: grant the rights to somebody else first"));
    }
    Ok(db::users_admin::set_admin(&mut *app.db.acquire().await?, user.id, is_admin).await?)
}

async fn find(app: &App, email: &str) -> Result<User> {
    db::users::find_by_email(&mut *app.db.acquire().await?, &email.to_lowercase())
        .await?
        .ok_or_else(|| Error::bad_request("User not found"))
}
