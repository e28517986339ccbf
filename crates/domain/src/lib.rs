//! What may happen: every rule of the product, who may do it, in which order, in one transaction.
//!
//! A function here is *may they → do it (one transaction) → tell (events, jobs)*. It speaks `model` only; HTTP, SQL and
//! pictures are elsewhere. Server, worker and command line call the same functions.

#![recursion_limit = "256"] // the futures of a push nest deeply

// What every rule stands on
pub mod access;
pub mod app;
pub mod caller;
pub mod error;
pub mod events;
pub mod jobs;

// Library
pub mod asset_jobs;
pub mod assets;
pub mod calendar_heatmap;
pub mod embeddings;
pub mod faces;
pub mod motion_photos;
pub mod people;
pub mod places;
pub mod search;
pub mod sidecars;
pub mod timeline;
pub mod trash;

// Sharing
pub mod albums;

// Accounts
pub mod api_keys;
pub mod auth;
pub mod callers;
pub mod licenses;
mod passwords;
pub mod profile_images;
mod secrets;
pub mod sessions;
pub mod user_deletion;
pub mod users;
pub mod users_admin;

// System
pub mod models;
pub mod queues;
pub mod seed;
pub mod server_info;
pub mod system_config;

pub use app::App;
pub use caller::{Auth, Caller};
pub use error::{Error, Result};
