//! What clients see: the JSON shape of every operation, and how it is filled from `model`.
//!
//! Field names, nullability and enums are those of the published API, which existing clients were built against; the
//! `openapi/` folder is the printed form. Responses only serialise, requests only deserialise. [`request`] reads a
//! request and checks it against its own published schema. What needs the database is checked by `domain`.

pub mod error;
pub mod request;
pub mod time;

// library
pub mod albums;
pub mod asset_metadata;
pub mod assets;
pub mod bulk;
pub mod calendar_heatmap;
pub mod faces;
pub mod people;
pub mod search;
pub mod timeline;
pub mod trash;
pub mod upload;
// accounts
pub mod api_keys;
pub mod auth;
pub mod licenses;
pub mod preferences;
pub mod profile_images;
pub mod sessions;
pub mod users;
// system
pub mod queues;
pub mod server_info;
pub mod socket;
pub mod system_config;
pub mod system_metadata;
