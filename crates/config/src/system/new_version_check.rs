//! Whether and which releases are looked for.

use super::choices::ReleaseChannel;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(default, rename_all = "camelCase")]
#[schema(as = AdminConfigNewVersionCheckDto)]
pub struct NewVersionCheck {
    #[schema(required)]
    pub channel: ReleaseChannel,
    #[schema(required)]
    pub enabled: bool,
}

impl Default for NewVersionCheck {
    fn default() -> Self {
        Self { channel: ReleaseChannel::Stable, enabled: true }
    }
}
