//! media

pub mod video;
