//! Pictures, videos, and what files say of themselves. Knows no asset and no database: paths and settings in, files and
//! values out.
//!
//! Files come from strangers and many decoders are C, so the product runs all of it in a child process: [`Runner`] asks,
//! [`child`] serves. The functions themselves are plain, and tests call them directly.

pub mod child;
mod error;
pub mod extract;
pub mod image;
mod limits;
mod protocol;
mod runner;
mod sandbox;
pub mod video;

pub use error::{Error, Result};
#[cfg(debug_assertions)]
pub use protocol::Misbehaviour;
pub use protocol::{Kind, Request, Response};
pub use runner::Runner;
