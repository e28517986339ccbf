//! Texts of mails in place of the built-in ones.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(default, rename_all = "camelCase")]
#[schema(as = AdminConfigTemplatesDto)]
pub struct Templates {
    #[schema(required)]
    pub email: TemplateEmails,
}

impl Default for Templates {
    fn default() -> Self {
        Self { email: TemplateEmails::default() }
    }
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(default, rename_all = "camelCase")]
#[schema(as = AdminConfigTemplateEmailsDto)]
pub struct TemplateEmails {
    #[schema(required)]
    pub album_invite_template: String,
    #[schema(required)]
    pub album_update_template: String,
    #[schema(required)]
    pub welcome_template: String,
}

impl Default for TemplateEmails {
    fn default() -> Self {
        Self {
            album_invite_template: String::new(),
            album_update_template: String::new(),
            welcome_template: String::new(),
        }
    }
}
