//! A piece of a stream as a file: fragmented MP4 without its head, which goes into a file of its own.
//!
//! What must stay true: a file appears under its name complete or not at all, also when two processes make the same one.

use super::{INIT, segment_path};
use crate::video::error::{Result, VideoError};
use crate::video::mux::Muxer;
use ffmpeg::Rational;
use ffmpeg::codec::{self, packet::Packet};
use ffmpeg_next as ffmpeg;
use std::fs;
use std::path::{Path, PathBuf};

/// What all pieces of a version have in common.
pub(super) struct Shape<'a> {
    pub folder: &'a Path,
    pub video: &'a codec::Context,
    pub tag: Option<[u8; 4]>,
    pub frame_rate: (u32, u32),
    pub audio: Option<&'a codec::Context>,
}

/// Packets of one track in the order of their time.
pub(super) struct Packets {
    pub packets: Vec<Packet>,
    pub time_base: Rational,
}

/// `tracks` are the pictures and, if there is any, the sound.
pub(super) fn write(shape: &Shape<'_>, segment: u32, tracks: Vec<Packets>) -> Result<()> {
    let whole = temporary(shape.folder, &format!("{segment}"));
    let written = mux(&whole, shape, segment, tracks)
        .and_then(|()| fs::read(&whole).map_err(|error| VideoError::io("read back", &whole, error)));
    // Gone already if it was never made.
    let _ = fs::remove_file(&whole);
    let written = written?;
    let (head, piece) = split(&written).ok_or(VideoError::Indivisible)?;
    let init = shape.folder.join(INIT);
    if !init.exists() {
        publish(shape.folder, &init, head)?;
    }
    publish(shape.folder, &segment_path(shape.folder, segment), piece)
}

fn mux(path: &Path, shape: &Shape<'_>, segment: u32, tracks: Vec<Packets>) -> Result<()> {
    let mut muxer = Muxer::fragment(path, segment)?;
    muxer.add_encoded(shape.video, shape.tag, Some(shape.frame_rate))?;
    if let Some(audio) = shape.audio {
        muxer.add_encoded(audio, None, None)?;
    }
    muxer.start()?;
    for (track, Packets { packets, time_base }) in tracks.into_iter().enumerate() {
        for packet in packets {
            muxer.write(packet, track, time_base)?;
        }
    }
    muxer.finish()
}

/// `ftyp` and `moov`, and what follows them.
fn split(file: &[u8]) -> Option<(&[u8], &[u8])> {
    let mut at = 0;
    loop {
        let header = file.get(at..)?.first_chunk::<8>()?;
        let [a, b, c, d, kind @ ..] = *header;
        if &kind == b"moof" {
            return Some(file.split_at(at));
        }
        let size = usize::try_from(u32::from_be_bytes([a, b, c, d])).ok()?;
        // Zero and one announce sizes of another kind, which our muxer writes in front of nothing.
        at = at.checked_add(size).filter(|_| size >= 8)?;
    }
}

fn publish(folder: &Path, path: &Path, bytes: &[u8]) -> Result<()> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let unfinished = temporary(folder, &name);
    let published = fs::write(&unfinished, bytes).and_then(|()| fs::rename(&unfinished, path));
    published.map_err(|error| {
        let _ = fs::remove_file(&unfinished);
        VideoError::io("write", path, error)
    })
}

/// No name that another process uses at the same time.
fn temporary(folder: &Path, name: &str) -> PathBuf {
    folder.join(format!(".{name}.{}", std::process::id()))
}

#[cfg(test)]
mod tests {
    use super::split;

    #[test]
    fn the_head_ends_where_the_fragment_begins() {
        let mut file = Vec::new();
        for (size, kind) in [(12_u32, b"ftyp"), (8, b"moov"), (9, b"moof")] {
            file.extend(size.to_be_bytes());
            file.extend(kind);
            file.resize(file.len() + size as usize - 8, 7);
        }
        let (head, piece) = split(&file).expect("a fragment");
        assert_eq!((head.len(), piece.len()), (20, 9));
        assert_eq!(split(&file[..20]), None);
        assert_eq!(split(&[0; 16]), None, "a size of nothing leads nowhere");
    }
}
