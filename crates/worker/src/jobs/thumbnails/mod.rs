//! Making pictures to show.

pub mod generate;
pub mod queue_missing;
