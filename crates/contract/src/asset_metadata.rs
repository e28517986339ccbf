//! Values that clients keep beside an asset.

use crate::time::Timestamp;
use chrono::{DateTime, Utc};
use model::ids::AssetId;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;

#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = AssetMetadataResponseDto)]
pub struct MetadataResponse {
    pub key: String,
    pub updated_at: Timestamp,
    pub value: Map<String, Value>,
}

#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = AssetMetadataBulkResponseDto)]
pub struct BulkMetadataResponse {
    pub asset_id: AssetId,
    pub key: String,
    pub updated_at: Timestamp,
    pub value: Map<String, Value>,
}

#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = AssetMetadataUpsertItemDto)]
pub struct MetadataItem {
    pub key: String,
    pub value: Map<String, Value>,
}

#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = AssetMetadataUpsertDto)]
pub struct UpsertMetadata {
    pub items: Vec<MetadataItem>,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = AssetMetadataBulkUpsertItemDto)]
pub struct BulkMetadataItem {
    pub asset_id: AssetId,
    pub key: String,
    pub value: Map<String, Value>,
}

#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = AssetMetadataBulkUpsertDto)]
pub struct UpsertBulkMetadata {
    pub items: Vec<BulkMetadataItem>,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = AssetMetadataBulkDeleteItemDto)]
pub struct BulkMetadataKey {
    pub asset_id: AssetId,
    pub key: String,
}

#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = AssetMetadataBulkDeleteDto)]
pub struct DeleteBulkMetadata {
    pub items: Vec<BulkMetadataKey>,
}

impl MetadataResponse {
    pub fn new(key: String, value: Value, updated_at: DateTime<Utc>) -> Self {
        Self { key, updated_at: updated_at.into(), value: object(value) }
    }
}

impl BulkMetadataResponse {
    pub fn new(asset_id: AssetId, key: String, value: Value, updated_at: DateTime<Utc>) -> Self {
        Self { asset_id, key, updated_at: updated_at.into(), value: object(value) }
    }
}

/// Only objects are accepted, so only objects are stored.
fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(fields) => fields,
        _ => Map::new(),
    }
}
