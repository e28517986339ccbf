//! The worker: pulls jobs from the queues and runs them. A job is load → compute → record.
//!
//! What computes on files from strangers runs in child processes (`image-child`, `video-child`), so that a file that crashes a decoder
//! ends as one failed job while everything else goes on.

pub mod context;
pub mod jobs;
pub mod outcome;
pub mod registry;
pub mod run;
pub mod schedule;
pub mod sweep;

pub use context::Context;
pub use run::{drain, run};
