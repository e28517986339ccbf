//! Licences of the product whose API this is. Nothing here depends on one; those that a database brought along are kept
//! and shown.

use crate::{
    app::App,
    caller::Caller,
    error::{Error, Result},
};
use model::licenses::License;
use serde_json::Value;

/// Under this key a licence is kept, of a user and of the installation alike.
const LICENSE: &str = "license";

/// The caller's own.
pub async fn of_user(app: &App, caller: &Caller) -> Result<License> {
    read(db::user_metadata::find(&mut *app.db.acquire().await?, caller.user_id()?, LICENSE).await?)
}

pub async fn delete_of_user(app: &App, caller: &Caller) -> Result<()> {
    Ok(db::user_metadata::delete(&mut *app.db.acquire().await?, caller.user_id()?, LICENSE).await?)
}

/// The installation's.
pub async fn of_server(app: &App, _caller: &Caller) -> Result<License> {
    read(db::system_metadata::find(&mut *app.db.acquire().await?, LICENSE).await?)
}

pub async fn delete_of_server(app: &App, _caller: &Caller) -> Result<()> {
    Ok(db::system_metadata::delete(&mut *app.db.acquire().await?, LICENSE).await?)
}

/// Refuses every new key. To take one, the activation key would have to be verified as its seller's signature over the
/// licence key, by a public key that was never given to this product: a key that is not verified is not a licence.
pub fn activate(_caller: &Caller, _license_key: &str, _activation_key: &str) -> Result<License> {
    Err(Error::bad_request("Invalid license key"))
}

fn read(stored: Option<Value>) -> Result<License> {
    let stored = stored.ok_or_else(|| Error::not_found("Not Found"))?;
    serde_json::from_value(stored).map_err(Error::internal)
}
