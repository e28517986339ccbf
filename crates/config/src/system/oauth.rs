//! Signing in with an identity provider.

use super::choices::OAuthTokenEndpointAuthMethod;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(default, rename_all = "camelCase")]
#[schema(as = AdminConfigOAuthDto)]
pub struct OAuth {
    pub account_management_url: String,
    #[schema(required)]
    pub allow_insecure_requests: bool,
    #[schema(required)]
    pub auto_launch: bool,
    #[schema(required)]
    pub auto_register: bool,
    #[schema(required)]
    pub button_text: String,
    #[schema(required)]
    pub client_id: String,
    #[schema(required)]
    pub client_secret: String,
    #[schema(required)]
    pub default_storage_quota: Option<i64>,
    #[schema(required)]
    pub enabled: bool,
    #[schema(required)]
    pub end_session_endpoint: String,
    #[schema(required)]
    pub issuer_url: String,
    #[schema(required)]
    pub mobile_override_enabled: bool,
    #[schema(required)]
    pub mobile_redirect_uri: String,
    #[schema(required)]
    pub profile_signing_algorithm: String,
    #[schema(required)]
    pub prompt: String,
    #[schema(required)]
    pub role_claim: String,
    #[schema(required)]
    pub scope: String,
    #[schema(required)]
    pub signing_algorithm: String,
    #[schema(required)]
    pub storage_label_claim: String,
    #[schema(required)]
    pub storage_quota_claim: String,
    #[schema(required)]
    pub timeout: u32,
    #[schema(required)]
    pub token_endpoint_auth_method: OAuthTokenEndpointAuthMethod,
}

impl Default for OAuth {
    fn default() -> Self {
        Self {
            account_management_url: String::new(),
            allow_insecure_requests: false,
            auto_launch: false,
            auto_register: true,
            button_text: "Login with OAuth".to_owned(),
            client_id: String::new(),
            client_secret: String::new(),
            default_storage_quota: None,
            enabled: false,
            end_session_endpoint: String::new(),
            issuer_url: String::new(),
            mobile_override_enabled: false,
            mobile_redirect_uri: String::new(),
            profile_signing_algorithm: "none".to_owned(),
            prompt: String::new(),
            role_claim: "immich_role".to_owned(),
            scope: "openid email profile".to_owned(),
            signing_algorithm: "RS256".to_owned(),
            storage_label_claim: "preferred_username".to_owned(),
            storage_quota_claim: "immich_quota".to_owned(),
            timeout: 30000,
            token_endpoint_auth_method: OAuthTokenEndpointAuthMethod::ClientSecretPost,
        }
    }
}
