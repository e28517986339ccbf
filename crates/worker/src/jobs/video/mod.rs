//! Making videos that play everywhere.

pub mod queue_missing;
pub mod transcode;
