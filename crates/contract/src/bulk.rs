//! Requests over many ids, answered id by id.

use model::albums::{BulkError, BulkResult};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = BulkIdsDto)]
pub struct BulkIds {
    pub ids: Vec<Uuid>,
}

#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = BulkIdResponseDto)]
pub struct BulkIdResult {
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub error: Option<BulkError>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub error_message: Option<String>,
    pub id: Uuid,
    pub success: bool,
}

impl From<BulkResult> for BulkIdResult {
    fn from(result: BulkResult) -> Self {
        Self { error: result.error, error_message: None, id: result.id, success: result.error.is_none() }
    }
}

impl BulkIds {
    /// The ids as those of the noun that the operation is about.
    pub fn of<Id: From<Uuid>>(self) -> Vec<Id> {
        self.ids.into_iter().map(Id::from).collect()
    }
}
