//! Live streams: a video cut into pieces of about two seconds that are made when a player asks for them.
//!
//! Reading order: `ladder` says in which versions a video is offered, `timeline` where its pieces begin, `playlist` how
//! a player is told, `segments` makes pieces, `fragment` writes them.
//!
//! What must stay true: a piece is the same whoever makes it and wherever the making began, so that pieces of several
//! runs can be played one after the other. All that depends on the source alone (`Timeline`), or on the source and the
//! rung (the plan), is computed anew by each run and comes out the same.

mod fragment;
pub mod ladder;
pub mod playlist;
pub mod segments;
pub mod timeline;
mod tracks;

pub use ladder::Variant;
pub use timeline::Timeline;

use std::path::{Path, PathBuf};

/// What a player needs once before the pieces of a version.
pub const INIT: &str = "init.mp4";

/// Where a piece lies in the folder of its version.
pub fn segment_path(folder: &Path, segment: u32) -> PathBuf {
    folder.join(segment_name(segment))
}

pub fn segment_name(segment: u32) -> String {
    format!("seg_{segment}.m4s")
}

/// The number in a piece's name; `None` for any other name.
pub fn segment_of_name(name: &str) -> Option<u32> {
    let number = name.strip_prefix("seg_")?.strip_suffix(".m4s")?;
    number.bytes().all(|digit| digit.is_ascii_digit()).then(|| number.parse().ok())?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_pieces_go_there_and_back() {
        assert_eq!(segment_of_name(&segment_name(17)), Some(17));
        for other in ["init.mp4", "seg_.m4s", "seg_1.mp4", "seg_-1.m4s", "seg_+1.m4s", "seg_99999999999.m4s", "../x"] {
            assert_eq!(segment_of_name(other), None, "{other}");
        }
    }
}
