//! Keys that programs sign in with, each with the rights it was given.

use crate::{
    ids::{ApiKeyId, UserId},
    permission::Permission,
};
use chrono::{DateTime, Utc};

#[derive(Debug, Clone)]
pub struct ApiKey {
    pub id: ApiKeyId,
    pub user_id: UserId,
    pub name: String,
    pub permissions: Vec<Permission>,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

#[derive(Debug, Clone)]
pub struct NewApiKey {
    pub name: Option<String>,
    pub permissions: Vec<Permission>,
}

#[derive(Debug, Clone, Default)]
pub struct ApiKeyChanges {
    pub name: Option<String>,
    pub permissions: Option<Vec<Permission>>,
}
