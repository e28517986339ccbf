//! Keys that programs sign in with.

use crate::time::Timestamp;
use model::{
    api_keys::{ApiKey, ApiKeyChanges, NewApiKey},
    ids::ApiKeyId,
    permission::Permission,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = ApiKeyResponseDto)]
pub struct ApiKeyResponse {
    pub created_at: Timestamp,
    pub id: ApiKeyId,
    pub name: String,
    pub permissions: Vec<Permission>,
    pub updated_at: Timestamp,
}

#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = ApiKeyCreateResponseDto)]
pub struct CreatedApiKeyResponse {
    pub api_key: ApiKeyResponse,
    #[serde(flatten)]
    pub key: ApiKeyResponse,
    /// Shown once; only its hash is kept.
    pub secret: String,
}

#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = ApiKeyCreateDto)]
pub struct CreateApiKey {
    #[schema(nullable = false)]
    pub name: Option<String>,
    #[schema(min_items = 1)]
    pub permissions: Vec<Permission>,
}

#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = ApiKeyUpdateDto)]
pub struct UpdateApiKey {
    #[schema(nullable = false)]
    pub name: Option<String>,
    #[schema(nullable = false, min_items = 1)]
    pub permissions: Option<Vec<Permission>>,
}

impl From<&ApiKey> for ApiKeyResponse {
    fn from(key: &ApiKey) -> Self {
        Self {
            created_at: key.created_at.into(),
            id: key.id,
            name: key.name.clone(),
            permissions: key.permissions.clone(),
            updated_at: key.updated_at.into(),
        }
    }
}

impl CreatedApiKeyResponse {
    /// The key stands in it twice: older clients read `apiKey`, newer ones the top level.
    pub fn new(key: &ApiKey, secret: String) -> Self {
        Self { api_key: key.into(), key: key.into(), secret }
    }
}

impl From<CreateApiKey> for NewApiKey {
    fn from(request: CreateApiKey) -> Self {
        Self { name: request.name, permissions: request.permissions }
    }
}

impl From<UpdateApiKey> for ApiKeyChanges {
    fn from(request: UpdateApiKey) -> Self {
        Self { name: request.name, permissions: request.permissions }
    }
}
