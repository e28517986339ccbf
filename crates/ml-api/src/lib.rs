//! What the model service understands, and (feature `client`) how to reach it.
//!
//! The wire format is that of existing model services: ours can serve another server, and another can serve us.

#[cfg(feature = "client")]
mod answer;
mod entries;
#[cfg(feature = "client")]
pub use answer::{Answer, BoundingBox, Face, Text};
pub use entries::{Entries, Entry, Kind, Task, Value};

#[cfg(feature = "client")]
mod client;
#[cfg(feature = "client")]
pub use client::{Client, Error, Input};

/// What a healthy service answers to `GET /ping`.
pub const PONG: &str = "pong";
/// The port of a model service unless told otherwise.
pub const DEFAULT_PORT: u16 = 3003;
