//! Where a user is signed in.

use crate::{
    access::refused,
    app::App,
    auth::session_of,
    caller::Caller,
    error::{Error, Result},
    events::Event,
    secrets,
};
use chrono::{DateTime, TimeDelta, Utc};
use db::PgConnection;
use model::{
    ids::{SessionId, UserId},
    permission::Permission,
    sessions::{Device, NewSession, Session},
};

/// A session that was not seen for so long has ended.
const FORGOTTEN_AFTER: TimeDelta = TimeDelta::days(90);

pub async fn list(app: &App, caller: &Caller) -> Result<Vec<Session>> {
    let mut conn = app.db.acquire().await?;
    Ok(db::sessions::list(&mut conn, caller.user_id()?, app.clock.now()).await?)
}

/// A session for another device (a television), made by this one; it ends with it, or after `lasts`.
pub async fn create(app: &App, caller: &Caller, device: Device, lasts: Option<TimeDelta>) -> Result<(Session, String)> {
    let parent = session_of(caller)?;
    let user = caller.user_id()?;
    let expires_at = match lasts {
        Some(lasts) => {
            Some(app.clock.now().checked_add_signed(lasts).ok_or_else(|| Error::bad_request("duration is too long"))?)
        }
        None => None,
    };
    let mut tx = app.db.begin().await?;
    let (id, token) = open(app, &mut tx, user, Some(parent), device, expires_at).await?;
    let session = own(&mut tx, user, id, Permission::SessionRead).await?;
    tx.commit().await?;
    Ok((session, token))
}

/// Asks the device to synchronise anew.
pub async fn update(app: &App, caller: &Caller, id: SessionId, pending_reset: Option<bool>) -> Result<Session> {
    let Some(pending) = pending_reset else { return Err(Error::bad_request("No fields to update")) };
    let user = caller.user_id()?;
    let mut tx = app.db.begin().await?;
    own(&mut tx, user, id, Permission::SessionUpdate).await?;
    db::sessions::set_pending_sync_reset(&mut tx, id, pending).await?;
    let session = own(&mut tx, user, id, Permission::SessionUpdate).await?;
    tx.commit().await?;
    Ok(session)
}

pub async fn delete(app: &App, caller: &Caller, id: SessionId) -> Result<()> {
    let mut tx = app.db.begin().await?;
    own(&mut tx, caller.user_id()?, id, Permission::AuthDeviceDelete).await?;
    let ended = db::sessions::delete(&mut tx, id).await?;
    tx.commit().await?;
    tell_ended(app, ended).await;
    Ok(())
}

/// Signs out everywhere else.
pub async fn delete_others(app: &App, caller: &Caller) -> Result<()> {
    let mut tx = app.db.begin().await?;
    let ended = db::sessions::delete_others(&mut tx, caller.user_id()?, caller.session_id()).await?;
    tx.commit().await?;
    tell_ended(app, ended).await;
    Ok(())
}

/// Closes the locked folder to a session.
pub async fn lock(app: &App, caller: &Caller, id: SessionId) -> Result<()> {
    let mut tx = app.db.begin().await?;
    own(&mut tx, caller.user_id()?, id, Permission::SessionLock).await?;
    db::sessions::set_pin_expiry(&mut tx, id, None).await?;
    tx.commit().await?;
    app.callers.forget_all();
    Ok(())
}

/// Removes sessions that ended by themselves; answers how many.
pub async fn clean_up(app: &App) -> Result<u64> {
    let now = app.clock.now();
    let removed = db::sessions::delete_stale(&mut *app.db.acquire().await?, now - FORGOTTEN_AFTER, now).await?;
    app.callers.forget_all();
    Ok(removed)
}

/// A new session in the caller's transaction, and its token.
pub(crate) async fn open(
    app: &App,
    conn: &mut PgConnection,
    user: UserId,
    parent: Option<SessionId>,
    device: Device,
    expires_at: Option<DateTime<Utc>>,
) -> Result<(SessionId, String)> {
    let token = secrets::random();
    let session = NewSession {
        id: SessionId::random(),
        user_id: user,
        parent_id: parent,
        token_hash: secrets::hash(&token).to_vec(),
        device,
        expires_at,
    };
    db::sessions::insert(conn, &session, app.clock.now()).await?;
    Ok((session.id, token))
}

/// After the commit: nobody gets in with these any more, and who is connected hears it.
pub(crate) async fn tell_ended(app: &App, ended: Vec<SessionId>) {
    app.callers.forget_all();
    for session in ended {
        app.events.publish(&Event::SessionDeleted { session }).await;
    }
}

async fn own(conn: &mut PgConnection, user: UserId, id: SessionId, permission: Permission) -> Result<Session> {
    db::sessions::find(conn, user, id).await?.ok_or_else(|| refused(permission))
}

/// What a request says of its device: the mobile app names itself, browsers are recognised, others send headers.
pub fn device(user_agent: &str, os_header: Option<&str>, model_header: Option<&str>) -> Device {
    let browser = woothee::parser::Parser::new().parse(user_agent);
    let known = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty() && text != "UNKNOWN");
    let browser_name = browser.as_ref().and_then(|browser| known(browser.name));
    let os_name = browser.as_ref().and_then(|browser| known(browser.os));
    Device {
        device_type: browser_name.or_else(|| model_header.map(str::to_owned)).unwrap_or_default(),
        device_os: os_name.or_else(|| os_header.map(str::to_owned)).unwrap_or_default(),
        app_version: app_version(user_agent),
    }
}

/// `immich-android/3.1.0` and the older `Immich_Android_2.0`: what stands behind the name.
fn app_version(user_agent: &str) -> Option<String> {
    let lower = user_agent.to_ascii_lowercase();
    let names = ["immich-android/", "immich-ios/", "immich_android_", "immich_ios_"];
    let name = names.iter().find(|&&name| lower.starts_with(name))?;
    Some(user_agent[name.len()..].trim().to_owned()).filter(|version| !version.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_app_names_itself_and_its_phone() {
        let device = device("immich-android/3.1.0", Some("Android"), Some("Pixel 9"));
        assert_eq!(device.app_version.as_deref(), Some("3.1.0"));
        assert_eq!((device.device_type.as_str(), device.device_os.as_str()), ("Pixel 9", "Android"));
        assert_eq!(app_version("Immich_iOS_2.0.1").as_deref(), Some("2.0.1"));
    }

    #[test]
    fn browsers_are_recognised_and_nothing_is_nothing() {
        let chrome =
            "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36";
        let device = device(chrome, None, None);
        assert_eq!((device.device_type.as_str(), device.device_os.as_str()), ("Chrome", "Linux"));
        assert_eq!(super::device("", None, None), Device::default());
    }
}
