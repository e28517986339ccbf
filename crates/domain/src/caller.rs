//! Who asks, and by what right.
//!
//! [`Auth`] is an identity as credentials prove it. A rule wants a [`Caller`], and a request gets one only from
//! [`Auth::allow`]: a handler that forgets to name its permission does not compile.

use crate::error::{Error, Result};
use chrono::{DateTime, Utc};
use model::{
    ids::{ApiKeyId, SessionId, UserId},
    permission::Permission,
};
use std::sync::Arc;

/// A proven identity.
#[derive(Debug, Clone)]
pub struct Auth {
    pub user: Arc<AuthUser>,
    pub via: Via,
}

/// What every request needs to know of its user.
#[derive(Debug, Clone)]
pub struct AuthUser {
    pub id: UserId,
    pub email: String,
    pub name: String,
    pub is_admin: bool,
    pub quota_size_bytes: Option<i64>,
    pub quota_usage_bytes: i64,
}

/// How the identity was shown.
#[derive(Debug, Clone)]
pub enum Via {
    Session { id: SessionId, pin_expires_at: Option<DateTime<Utc>> },
    ApiKey { id: ApiKeyId, permissions: Arc<[Permission]> },
}

impl Auth {
    /// The right to do one kind of thing, or 403.
    pub fn allow(self, permission: Permission) -> Result<Caller> {
        if let Via::ApiKey { permissions, .. } = &self.via
            && !permissions.contains(&Permission::All)
            && !permissions.contains(&permission)
        {
            return Err(Error::Forbidden(format!("Missing required permission: {permission}").into()));
        }
        Ok(Caller(Who::User(self)))
    }

    /// The same for what only administrators may do.
    pub fn allow_admin(self, permission: Permission) -> Result<Caller> {
        if !self.user.is_admin {
            return Err(Error::forbidden("Forbidden"));
        }
        self.allow(permission)
    }

    /// For the few operations that any credential may call (is this token valid? which key is this?).
    pub fn allow_any(self) -> Caller {
        Caller(Who::User(self))
    }
}

/// Somebody who may try what is asked. Whether these very ids are theirs to touch is [`crate::access`]'s question.
#[derive(Debug, Clone)]
pub struct Caller(Who);

#[derive(Debug, Clone)]
enum Who {
    User(Auth),
    /// A job or a command, on behalf of one user or of nobody.
    System {
        on_behalf_of: Option<UserId>,
    },
}

impl Caller {
    /// The product itself: jobs, the command line.
    pub fn system() -> Self {
        Self(Who::System { on_behalf_of: None })
    }

    pub fn system_for(user: UserId) -> Self {
        Self(Who::System { on_behalf_of: Some(user) })
    }

    pub fn is_system(&self) -> bool {
        matches!(self.0, Who::System { .. })
    }

    pub fn auth(&self) -> Option<&Auth> {
        match &self.0 {
            Who::User(auth) => Some(auth),
            Who::System { .. } => None,
        }
    }

    /// Whose library this is about.
    pub fn user_id(&self) -> Result<UserId> {
        match &self.0 {
            Who::User(auth) => Ok(auth.user.id),
            Who::System { on_behalf_of: Some(user) } => Ok(*user),
            Who::System { on_behalf_of: None } => {
                Err(Error::internal(anyhow::anyhow!("a rule for users was called without one")))
            }
        }
    }

    pub fn is_admin(&self) -> bool {
        match &self.0 {
            Who::User(auth) => auth.user.is_admin,
            Who::System { .. } => true,
        }
    }

    pub fn session_id(&self) -> Option<SessionId> {
        match self.auth()?.via {
            Via::Session { id, .. } => Some(id),
            Via::ApiKey { .. } => None,
        }
    }

    /// Whether the locked folder is open: only to a session that showed the PIN lately, never to an API key.
    pub fn is_elevated(&self, now: DateTime<Utc>) -> bool {
        match &self.0 {
            Who::User(Auth { via: Via::Session { pin_expires_at, .. }, .. }) => {
                pin_expires_at.is_some_and(|at| at > now)
            }
            Who::User(_) => false,
            Who::System { .. } => true,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key_with(permissions: &[Permission], is_admin: bool) -> Auth {
        let user = AuthUser {
            id: UserId::random(),
            email: "ann@example.com".to_owned(),
            name: "Ann".to_owned(),
            is_admin,
            quota_size_bytes: None,
            quota_usage_bytes: 0,
        };
        Auth { user: Arc::new(user), via: Via::ApiKey { id: ApiKeyId::random(), permissions: permissions.into() } }
    }

    #[test]
    fn a_key_may_only_what_it_was_given() {
        assert!(key_with(&[Permission::AssetRead], false).allow(Permission::AssetRead).is_ok());
        assert!(key_with(&[Permission::All], false).allow(Permission::AssetDelete).is_ok());
        let refused = key_with(&[Permission::AssetRead], false).allow(Permission::AssetDelete).unwrap_err();
        assert_eq!(refused.to_string(), "Missing required permission: asset.delete");
    }

    #[test]
    fn admin_routes_need_an_administrator_first() {
        let refused = key_with(&[Permission::All], false).allow_admin(Permission::JobRead).unwrap_err();
        assert_eq!(refused.to_string(), "Forbidden");
        assert!(key_with(&[Permission::All], true).allow_admin(Permission::JobRead).is_ok());
    }

    #[test]
    fn a_key_never_opens_the_locked_folder() {
        assert!(!key_with(&[Permission::All], true).allow_any().is_elevated(Utc::now()));
    }
}
