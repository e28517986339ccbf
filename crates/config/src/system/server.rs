//! How the server presents itself.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(default, rename_all = "camelCase")]
#[schema(as = AdminConfigServerDto)]
pub struct Server {
    #[schema(required)]
    pub external_domain: String,
    #[schema(required)]
    pub login_page_message: String,
    #[schema(required)]
    pub public_users: bool,
}

impl Default for Server {
    fn default() -> Self {
        Self { external_domain: String::new(), login_page_message: String::new(), public_users: true }
    }
}
