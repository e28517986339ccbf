//! State of the installation that administrators look at.

use crate::time::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = AdminOnboardingResponseDto)]
pub struct AdminOnboarding {
    pub is_onboarded: bool,
}

#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = ReverseGeocodingStateResponseDto)]
pub struct ReverseGeocodingState {
    #[schema(required)]
    pub last_import_file_name: Option<String>,
    #[schema(required)]
    pub last_update: Option<Timestamp>,
}

/// Whether the administrator has been through the first steps.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = AdminOnboardingUpdateDto)]
pub struct UpdateAdminOnboarding {
    pub is_onboarded: bool,
}
