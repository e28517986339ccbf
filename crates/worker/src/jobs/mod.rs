//! Job bodies: a folder per queue as the administrator sees it, a file per job.

pub mod background;
pub mod metadata;
pub mod sidecars;
pub mod smart_search;
pub mod thumbnails;
pub mod video;
