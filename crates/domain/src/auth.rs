//! Who a credential belongs to; signing up, in and out; passwords and PINs.
//!
//! Tokens and secrets are random, so their SHA-256 is enough to keep. Passwords and PINs are chosen by people, so they
//! are kept as bcrypt and compared away from the threads that answer requests, a few at a time.

use crate::{
    app::App,
    caller::{Auth, AuthUser, Caller, Via},
    error::{Error, Result},
    passwords, secrets, sessions,
    users::is_onboarded,
};
use chrono::{DateTime, TimeDelta, Utc};
use model::{
    auth::Credential,
    ids::{SessionId, UserId},
    sessions::Device,
    users::{NewUser, User, UserChanges, UserPassword},
};
use std::{net::IpAddr, sync::Arc};

/// For so long the locked folder is open after the PIN was shown.
const PIN_OPENS_FOR: TimeDelta = TimeDelta::minutes(15);
/// Whoever still uses the folder when this much is left gets this much again.
const PIN_EXTENDS_BY: TimeDelta = TimeDelta::minutes(5);
/// How exact "last seen" is: a write per request would cost more than it tells.
const SEEN_EVERY: TimeDelta = TimeDelta::hours(1);

// Credentials ----------------------------------------------------------------------------------------------------

/// Whose credential this is.
pub async fn authenticate(app: &App, credential: &Credential, device: &Device) -> Result<Auth> {
    match credential {
        // There are no shared links yet, so no key and no slug is one.
        Credential::SharedLinkKey(_) => Err(Error::unauthenticated("Invalid share key")),
        Credential::SharedLinkSlug(_) => Err(Error::unauthenticated("Invalid share slug")),
        Credential::SessionToken(token) => {
            let found = app.callers.get_or_find(app, token, |hash| by_token(app, hash, device)).await?;
            found.ok_or_else(|| Error::unauthenticated("Invalid user token"))
        }
        Credential::ApiKey(secret) => {
            let found = app.callers.get_or_find(app, secret, |hash| by_secret(app, hash)).await?;
            found.ok_or_else(|| Error::unauthenticated("Invalid API key"))
        }
    }
}

async fn by_token(app: &App, hash: secrets::Hash, device: &Device) -> Result<Option<(Auth, Option<DateTime<Utc>>)>> {
    let now = app.clock.now();
    let mut conn = app.db.acquire().await?;
    let Some(mut owner) = db::sessions::find_by_token(&mut conn, &hash, now).await? else { return Ok(None) };
    let app_changed = device.app_version.is_some() && device.app_version != owner.app_version;
    if now - owner.updated_at > SEEN_EVERY || app_changed {
        db::sessions::touch(&mut conn, owner.session_id, device.app_version.as_deref(), now).await?;
    }
    if let Some(until) = owner.pin_expires_at
        && until > now
        && until - now < PIN_EXTENDS_BY
    {
        owner.pin_expires_at = Some(now + PIN_EXTENDS_BY);
        db::sessions::set_pin_expiry(&mut conn, owner.session_id, owner.pin_expires_at).await?;
    }
    let user = AuthUser {
        id: owner.user_id,
        email: owner.email,
        name: owner.name,
        is_admin: owner.is_admin,
        quota_size_bytes: owner.quota_size_bytes,
        quota_usage_bytes: owner.quota_usage_bytes,
    };
    let via = Via::Session { id: owner.session_id, pin_expires_at: owner.pin_expires_at };
    Ok(Some((Auth { user: Arc::new(user), via }, owner.expires_at)))
}

async fn by_secret(app: &App, hash: secrets::Hash) -> Result<Option<(Auth, Option<DateTime<Utc>>)>> {
    let mut conn = app.db.acquire().await?;
    let Some(owner) = db::api_keys::find_by_secret(&mut conn, &hash).await? else { return Ok(None) };
    let user = AuthUser {
        id: owner.user_id,
        email: owner.email,
        name: owner.name,
        is_admin: owner.is_admin,
        quota_size_bytes: owner.quota_size_bytes,
        quota_usage_bytes: owner.quota_usage_bytes,
    };
    let via = Via::ApiKey { id: owner.key_id, permissions: owner.permissions.into() };
    Ok(Some((Auth { user: Arc::new(user), via }, None)))
}

// Signing up, in and out -----------------------------------------------------------------------------------------

/// Makes the first account, an administrator's. Only while there is none.
pub async fn sign_up_admin(app: &App, name: String, email: &str, password: String) -> Result<User> {
    if !app.env.server.allow_setup {
        return Err(Error::bad_request("Admin setup is not available"));
    }
    let password_hash = Some(passwords::hash(password).await?);
    let mut tx = app.db.begin().await?;
    db::users::lock_first_admin(&mut tx).await?;
    if db::users::has_admin(&mut tx).await? {
        return Err(Error::bad_request("The server already has an admin"));
    }
    let user = NewUser {
        id: UserId::random(),
        email: email.to_lowercase(),
        name,
        password_hash,
        is_admin: true,
        should_change_password: true,
        storage_label: Some("admin".to_owned()),
        quota_size_bytes: None,
    };
    db::users::insert(&mut tx, &user).await?;
    let user = existing(db::users::find(&mut tx, user.id).await?)?;
    tx.commit().await?;
    Ok(user)
}

/// A user who has just signed in, with the token that proves it from now on.
#[derive(Debug)]
pub struct SignedIn {
    pub user: User,
    pub token: String,
    pub is_onboarded: bool,
}

/// Signs in by password. Unknown addresses cost the same time as wrong passwords.
pub async fn login(app: &App, email: &str, password: String, device: Device, address: IpAddr) -> Result<SignedIn> {
    if !app.system.get().password_login.enabled {
        return Err(Error::unauthenticated("Password login has been disabled"));
    }
    let email = email.to_lowercase();
    let (user, hash) = {
        let mut conn = app.db.acquire().await?;
        let user = db::users::find_by_email(&mut conn, &email).await?;
        let secrets = match &user {
            Some(user) => db::users::find_secrets(&mut conn, user.id).await?,
            None => None,
        };
        (user, secrets.and_then(|secrets| secrets.password_hash))
    };
    let is_right = passwords::verify(password, hash).await?;
    let Some(user) = user.filter(|_| is_right) else {
        // Words that tools which lock out attackers look for.
        tracing::warn!("Failed login attempt for user {email} from ip address {address}");
        return Err(Error::unauthenticated("Incorrect email or password"));
    };
    let mut tx = app.db.begin().await?;
    let (_, token) = sessions::open(app, &mut tx, user.id, None, device, None).await?;
    let is_onboarded = is_onboarded(&mut tx, user.id).await?;
    tx.commit().await?;
    Ok(SignedIn { user, token, is_onboarded })
}

/// Ends the session; answers where a browser goes next.
pub async fn logout(app: &App, caller: &Caller) -> Result<&'static str> {
    if let Some(session) = caller.session_id() {
        let mut tx = app.db.begin().await?;
        let ended = db::sessions::delete(&mut tx, session).await?;
        tx.commit().await?;
        sessions::tell_ended(app, ended).await;
    }
    Ok("/auth/login?autoLaunch=0")
}

// Passwords ------------------------------------------------------------------------------------------------------

/// Changes the password; every other session of the user ends.
pub async fn change_password(app: &App, caller: &Caller, old: String, new: String) -> Result<User> {
    let user = caller.user_id()?;
    let known = secrets_of(app, user).await?.password_hash;
    if !passwords::verify(old, known).await? {
        return Err(Error::bad_request("Wrong password"));
    }
    let password_hash = Some(passwords::hash(new).await?);
    let changes = UserChanges { password_hash, should_change_password: Some(false), ..UserChanges::default() };
    let mut tx = app.db.begin().await?;
    db::users::update(&mut tx, user, &changes).await?;
    let ended = db::sessions::delete_others(&mut tx, user, caller.session_id()).await?;
    let user = existing(db::users::find(&mut tx, user).await?)?;
    tx.commit().await?;
    sessions::tell_ended(app, ended).await;
    Ok(user)
}

// PINs -----------------------------------------------------------------------------------------------------------

/// What a user proves to be allowed to touch the PIN.
#[derive(Debug)]
pub struct PinProof {
    pub password: Option<String>,
    pub pin: Option<String>,
}

/// How a user is secured, and what this session may.
#[derive(Debug, Clone, Copy)]
pub struct AuthStatus {
    pub has_password: bool,
    pub has_pin: bool,
    pub is_elevated: bool,
    pub expires_at: Option<DateTime<Utc>>,
    pub pin_expires_at: Option<DateTime<Utc>>,
}

pub async fn status(app: &App, caller: &Caller) -> Result<AuthStatus> {
    let user = caller.user_id()?;
    let mut conn = app.db.acquire().await?;
    let secrets = existing(db::users::find_secrets(&mut conn, user).await?)?;
    let session = match caller.session_id() {
        Some(id) => db::sessions::find(&mut conn, user, id).await?,
        None => None,
    };
    let pin_expires_at = session.as_ref().and_then(|session| session.pin_expires_at);
    Ok(AuthStatus {
        has_password: secrets.password_hash.is_some(),
        has_pin: secrets.pin_hash.is_some(),
        is_elevated: pin_expires_at.is_some_and(|until| until > app.clock.now()),
        expires_at: session.and_then(|session| session.expires_at),
        pin_expires_at,
    })
}

/// Chooses the first PIN.
pub async fn setup_pin(app: &App, caller: &Caller, pin: String) -> Result<()> {
    let user = caller.user_id()?;
    if secrets_of(app, user).await?.pin_hash.is_some() {
        return Err(Error::bad_request("User already has a PIN code"));
    }
    let hash = passwords::hash(pin).await?;
    Ok(db::users::set_pin(&mut *app.db.acquire().await?, user, Some(&hash)).await?)
}

pub async fn change_pin(app: &App, caller: &Caller, proof: PinProof, new: String) -> Result<()> {
    let user = caller.user_id()?;
    prove(&secrets_of(app, user).await?, proof).await?;
    let hash = passwords::hash(new).await?;
    Ok(db::users::set_pin(&mut *app.db.acquire().await?, user, Some(&hash)).await?)
}

/// Removes the PIN; the locked folder closes to all sessions.
pub async fn reset_pin(app: &App, caller: &Caller, proof: PinProof) -> Result<()> {
    let user = caller.user_id()?;
    prove(&secrets_of(app, user).await?, proof).await?;
    let mut tx = app.db.begin().await?;
    db::users::set_pin(&mut tx, user, None).await?;
    db::sessions::lock_all(&mut tx, user).await?;
    tx.commit().await?;
    app.callers.forget_all();
    Ok(())
}

/// Opens the locked folder to this session.
pub async fn unlock_session(app: &App, caller: &Caller, proof: PinProof) -> Result<()> {
    let session = session_of(caller)?;
    prove(&secrets_of(app, caller.user_id()?).await?, proof).await?;
    let until = app.clock.now() + PIN_OPENS_FOR;
    db::sessions::set_pin_expiry(&mut *app.db.acquire().await?, session, Some(until)).await?;
    app.callers.forget_all();
    Ok(())
}

/// Closes the locked folder to this session.
pub async fn lock_session(app: &App, caller: &Caller) -> Result<()> {
    let session = session_of(caller)?;
    db::sessions::set_pin_expiry(&mut *app.db.acquire().await?, session, None).await?;
    app.callers.forget_all();
    Ok(())
}

/// The session that asks; an API key has none.
pub(crate) fn session_of(caller: &Caller) -> Result<SessionId> {
    caller.session_id().ok_or_else(|| Error::bad_request("This endpoint can only be used with a session token"))
}

async fn secrets_of(app: &App, user: UserId) -> Result<UserPassword> {
    existing(db::users::find_secrets(&mut *app.db.acquire().await?, user).await?)
}

/// A user who asks and has no row was deleted a moment ago.
fn existing<T>(found: Option<T>) -> Result<T> {
    found.ok_or_else(|| Error::unauthenticated("Authentication required"))
}

/// Either the PIN or the password has to be right.
async fn prove(secrets: &UserPassword, proof: PinProof) -> Result<()> {
    let Some(pin_hash) = &secrets.pin_hash else {
        return Err(Error::bad_request("User does not have a PIN code"));
    };
    match (proof.password, proof.pin) {
        (Some(password), _) => {
            let right = passwords::verify(password, secrets.password_hash.clone()).await?;
            if right { Ok(()) } else { Err(Error::bad_request("Wrong password")) }
        }
        (None, Some(pin)) => {
            let right = passwords::verify(pin, Some(pin_hash.clone())).await?;
            if right { Ok(()) } else { Err(Error::bad_request("Wrong PIN code")) }
        }
        (None, None) => Err(Error::bad_request("Either password or pinCode is required")),
    }
}
