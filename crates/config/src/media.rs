//! What reading one file from a stranger may cost, at most.

use serde::{Deserialize, Serialize};
use std::time::Duration;

/// The operator's, since what a machine can bear is a matter of the machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct MediaLimits {
    /// Of a picture that is whole in memory while it is decoded; what claims more is a bomb.
    pub pixels: u64,
    /// Of a picture that is read row by row. A panorama of a billion pixels is rare.
    pub streamed_pixels: u64,
    /// Of a file that is whole in memory while it is decoded.
    pub picture_bytes: u64,
    /// Of one frame of a video.
    pub frame_pixels: u64,
    /// Of a video: how many are looked at in search of one that shows something.
    pub frames: u32,
    /// For what a file says of itself.
    pub metadata_time: Duration,
    /// For the pictures that are made of a file: a hostile one must not hold a slot for long.
    pub picture_time: Duration,
    /// Address space of the process that reads the file.
    pub memory_bytes: u64,
}

impl Default for MediaLimits {
    fn default() -> Self {
        Self {
            pixels: 300_000_000,
            streamed_pixels: 1_000_000_000,
            picture_bytes: 600_000_000,
            frame_pixels: 67_000_000,
            frames: 200,
            metadata_time: Duration::from_secs(60),
            picture_time: Duration::from_secs(180),
            memory_bytes: 3_200_000_000,
        }
    }
}
