//! Files beside the originals that say what people wrote of them.

pub mod check;
pub mod queue_all;
pub mod write;
