//! Reading what files say of themselves.

pub mod extract;
pub mod queue_missing;
