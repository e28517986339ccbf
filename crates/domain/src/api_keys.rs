//! Keys that programs sign in with. A key never hands out a right that whoever makes it does not hold.

use crate::{
    app::App,
    caller::{Auth, Caller, Via},
    error::{Error, Result},
    secrets,
};
use db::PgConnection;
use model::{
    api_keys::{ApiKey, ApiKeyChanges, NewApiKey},
    ids::{ApiKeyId, UserId},
    permission::Permission,
};

const DEFAULT_NAME: &str = "API Key";

/// A new key and its secret, which is shown this once.
pub async fn create(app: &App, caller: &Caller, new: &NewApiKey) -> Result<(ApiKey, String)> {
    require_held(caller, &new.permissions)?;
    let secret = secrets::random();
    let name = new.name.as_deref().unwrap_or(DEFAULT_NAME);
    let hash = secrets::hash(&secret);
    let mut conn = app.db.acquire().await?;
    let key = db::api_keys::insert(&mut conn, caller.user_id()?, name, &hash, &new.permissions).await?;
    Ok((key, secret))
}

pub async fn list(app: &App, caller: &Caller) -> Result<Vec<ApiKey>> {
    Ok(db::api_keys::list(&mut *app.db.acquire().await?, caller.user_id()?).await?)
}

pub async fn get(app: &App, caller: &Caller, id: ApiKeyId) -> Result<ApiKey> {
    own(&mut *app.db.acquire().await?, caller.user_id()?, id).await
}

/// The key that asks.
pub async fn me(app: &App, caller: &Caller) -> Result<ApiKey> {
    match caller.auth() {
        Some(Auth { via: Via::ApiKey { id, .. }, .. }) => get(app, caller, *id).await,
        _ => Err(Error::forbidden("Not authenticated with an API Key")),
    }
}

pub async fn update(app: &App, caller: &Caller, id: ApiKeyId, changes: &ApiKeyChanges) -> Result<ApiKey> {
    let mut tx = app.db.begin().await?;
    own(&mut tx, caller.user_id()?, id).await?;
    require_held(caller, changes.permissions.as_deref().unwrap_or_default())?;
    let key = db::api_keys::update(&mut tx, id, changes.name.as_deref(), changes.permissions.as_deref()).await?;
    tx.commit().await?;
    app.callers.forget_all();
    Ok(key)
}

/// A new secret for a key; the old one stops working. Whoever rotates learns the secret, so must hold the key's rights.
pub async fn rotate(app: &App, caller: &Caller, id: ApiKeyId) -> Result<(ApiKey, String)> {
    let secret = secrets::random();
    let mut tx = app.db.begin().await?;
    let key = own(&mut tx, caller.user_id()?, id).await?;
    require_held(caller, &key.permissions)?;
    let key = db::api_keys::set_secret(&mut tx, id, &secrets::hash(&secret)).await?;
    tx.commit().await?;
    app.callers.forget_all();
    Ok((key, secret))
}

pub async fn delete(app: &App, caller: &Caller, id: ApiKeyId) -> Result<()> {
    let mut tx = app.db.begin().await?;
    own(&mut tx, caller.user_id()?, id).await?;
    db::api_keys::delete(&mut tx, id).await?;
    tx.commit().await?;
    app.callers.forget_all();
    Ok(())
}

async fn own(conn: &mut PgConnection, user: UserId, id: ApiKeyId) -> Result<ApiKey> {
    db::api_keys::find(conn, user, id).await?.ok_or_else(|| Error::bad_request("API Key not found"))
}

/// A session holds every right of its user, a key only those it was given.
fn require_held(caller: &Caller, permissions: &[Permission]) -> Result<()> {
    let Some(Auth { via: Via::ApiKey { permissions: held, .. }, .. }) = caller.auth() else { return Ok(()) };
    let holds = |permission| held.contains(&Permission::All) || held.contains(permission);
    if permissions.iter().all(holds) {
        Ok(())
    } else {
        Err(Error::bad_request("Cannot grant permissions you do not have"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::caller::AuthUser;
    use std::sync::Arc;

    fn key_with(permissions: &[Permission]) -> Caller {
        let user = AuthUser {
            id: UserId::random(),
            email: String::new(),
            name: String::new(),
            is_admin: false,
            quota_size_bytes: None,
            quota_usage_bytes: 0,
        };
        let via = Via::ApiKey { id: ApiKeyId::random(), permissions: permissions.into() };
        Auth { user: Arc::new(user), via }.allow_any()
    }

    #[test]
    fn a_key_grants_what_it_holds_and_no_more() {
        let reader = key_with(&[Permission::ApiKeyCreate, Permission::AssetRead]);
        assert!(require_held(&reader, &[Permission::AssetRead]).is_ok());
        assert!(require_held(&reader, &[Permission::AssetRead, Permission::AssetDelete]).is_err());
        assert!(require_held(&reader, &[Permission::All]).is_err());
        assert!(require_held(&key_with(&[Permission::All]), &[Permission::All]).is_ok());
    }
}
