//! Credentials of a request → identity. The rest of the server only sees [`Auth`].

pub mod cookies;
mod credentials;

use crate::error::{ApiError, ApiResult};
use axum::{extract::FromRequestParts, http::request::Parts};
use domain::{App, Caller};
use model::permission::Permission;

pub use credentials::{client, credential, device};

/// Who sent this request. A rule's [`Caller`] comes only from the three functions below.
pub struct Auth(pub domain::Auth);

impl Auth {
    pub fn allow(self, permission: Permission) -> ApiResult<Caller> {
        Ok(self.0.allow(permission)?)
    }

    pub fn allow_admin(self, permission: Permission) -> ApiResult<Caller> {
        Ok(self.0.allow_admin(permission)?)
    }

    pub fn allow_any(self) -> Caller {
        self.0.allow_any()
    }
}

impl FromRequestParts<App> for Auth {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, ApiError> {
        let credential = credential(parts).ok_or_else(|| domain::Error::unauthenticated("Authentication required"))?;
        let device = credentials::device(&parts.headers);
        Ok(Self(domain::auth::authenticate(app, &credential, &device).await?))
    }
}
