//! Finding by what is seen.

pub mod embed;
pub mod queue_missing;
