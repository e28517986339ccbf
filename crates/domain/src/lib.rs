//! What may happen: every rule of the product, who may do it, in which order, in one transaction.
//!
//! A function here is *may they → do it (one transaction) → tell (events, jobs)*. It speaks `model` only; HTTP, SQL and
//! pictures are elsewhere. Server, worker and command line call the same functions.

// What every rule stands on
pub mod access;
pub mod app;
pub mod caller;
pub mod error;
pub mod events;
pub mod jobs;

// Library
pub mod asset_jobs;

// Sharing
pub mod albums;

// Accounts

// System
pub mod queues;

pub use app::App;
pub use caller::{Auth, Caller};
pub use error::{Error, Result};
