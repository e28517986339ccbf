//! Texts of mails in place of the built-in ones.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(default, rename_all = "camelCase")]
#[schema(as = AdminConfigTemplatesDto)]
#[derive(Default)]
pub struct Templates {
    #[schema(required)]
    pub email: TemplateEmails,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(default, rename_all = "camelCase")]
#[schema(as = AdminConfigTemplateEmailsDto)]
#[derive(Default)]
pub struct TemplateEmails {
    #[schema(required)]
    pub album_invite_template: String,
    #[schema(required)]
    pub album_update_template: String,
    #[schema(required)]
    pub welcome_template: String,
}
