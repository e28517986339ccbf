//! What there is: ids, enums, records (a row), views (what one screen needs) and inputs. Values only, no I/O.
//!
//! Each type carries its Rust, SQL and JSON spelling in one place. A noun has the same file name here as in every
//! other layer.

pub mod ids;

pub mod albums;
pub mod api_keys;
pub mod assets;
pub mod auth;
pub mod calendar_heatmap;
pub mod faces;
pub mod licenses;
pub mod people;
pub mod sessions;
pub mod timeline;
pub mod users;

pub mod checksum;
pub mod mime;
pub mod permission;
pub mod places;
pub mod preferences;
pub mod queue;
pub mod search;
pub mod server_info;
pub mod time;
