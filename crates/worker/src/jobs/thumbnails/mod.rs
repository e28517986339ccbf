//! Making pictures to show.

pub mod generate;
pub mod person;
pub mod queue_missing;
