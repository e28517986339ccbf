//! Where mail goes out.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(default, rename_all = "camelCase")]
#[schema(as = AdminConfigNotificationsDto)]
#[derive(Default)]
pub struct Notifications {
    #[schema(required)]
    pub smtp: Smtp,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(default, rename_all = "camelCase")]
#[schema(as = AdminConfigSmtpDto)]
#[derive(Default)]
pub struct Smtp {
    #[schema(required)]
    pub enabled: bool,
    #[schema(required)]
    pub from: String,
    #[schema(required)]
    pub reply_to: String,
    #[schema(required)]
    pub transport: SmtpTransport,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(default, rename_all = "camelCase")]
#[schema(as = AdminConfigSmtpTransportDto)]
pub struct SmtpTransport {
    #[schema(required)]
    pub host: String,
    #[schema(required)]
    pub ignore_cert: bool,
    #[schema(required)]
    pub password: String,
    #[schema(required)]
    pub port: u16,
    #[schema(required)]
    pub secure: bool,
    #[schema(required)]
    pub username: String,
}

impl Default for SmtpTransport {
    fn default() -> Self {
        Self {
            host: String::new(),
            ignore_cert: false,
            password: String::new(),
            port: 587,
            secure: false,
            username: String::new(),
        }
    }
}
