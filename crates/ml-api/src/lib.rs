//! What the model service understands, and (feature `client`) how to reach it.
//!
//! The wire format is that of existing model services: ours can serve another server, and another can serve us.

mod entries;
pub use entries::{Entries, Entry, Kind, Task, Value};

#[cfg(feature = "client")]
mod client;
#[cfg(feature = "client")]
pub use client::{Client, Error};

/// What a healthy service answers to `GET /ping`.
pub const PONG: &str = "pong";
/// The port of a model service unless told otherwise.
pub const DEFAULT_PORT: u16 = 3003;
