//! The trash.

use serde::Serialize;
use utoipa::ToSchema;

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = TrashResponseDto)]
pub struct TrashResponse {
    pub count: i64,
}
