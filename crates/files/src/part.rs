//! Parts of files that are there: the video inside a photo.

use crate::{Error, Incoming, Result, blocking};
use model::checksum::Checksum;
use sha1::{Digest, Sha1};
use std::{
    fs::File,
    io::{self, Read, Seek, SeekFrom},
    ops::Range,
    path::Path,
};

const PIECE_BYTES: usize = 256 * 1024;

/// The checksum of a part of a file. One that ends earlier is an error.
pub async fn checksum_of_part(path: &Path, range: Range<u64>) -> Result<Checksum> {
    let summed = blocking({
        let path = path.to_owned();
        move || {
            let mut file = File::open(path)?;
            file.seek(SeekFrom::Start(range.start))?;
            let mut hasher = Sha1::new();
            let length = range.end.saturating_sub(range.start);
            require_whole(io::copy(&mut file.take(length), &mut hasher)?, length)?;
            Ok(Checksum(hasher.finalize().into()))
        }
    });
    summed.await.map_err(|error| Error::new("read a part of", path, error))
}

impl Incoming {
    /// Takes over a part of another file.
    pub async fn copy_part(&mut self, path: &Path, range: Range<u64>) -> Result<()> {
        let mut at = range.start;
        while at < range.end {
            let wanted = usize::try_from(range.end - at).unwrap_or(PIECE_BYTES).min(PIECE_BYTES);
            let piece = blocking({
                let path = path.to_owned();
                move || {
                    let mut file = File::open(path)?;
                    file.seek(SeekFrom::Start(at))?;
                    let mut piece = vec![0; wanted];
                    file.read_exact(&mut piece)?;
                    Ok(piece)
                }
            });
            let piece = piece.await.map_err(|error| Error::new("read a part of", path, error))?;
            self.write(&piece).await?;
            at += piece.len() as u64;
        }
        Ok(())
    }
}

fn require_whole(read: u64, length: u64) -> io::Result<()> {
    if read == length { Ok(()) } else { Err(io::ErrorKind::UnexpectedEof.into()) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Library;

    #[tokio::test]
    async fn a_part_is_copied_as_it_is() {
        let folder = tempfile::tempdir().unwrap();
        let whole: Vec<u8> = (0..700_000u32).map(|n| (n % 251) as u8).collect();
        let (source, target) = (folder.path().join("whole"), folder.path().join("encoded-video/a/part"));
        std::fs::write(&source, &whole).unwrap();
        let mut incoming = Library::new(folder.path().to_owned()).receive(target.clone()).await.unwrap();
        incoming.copy_part(&source, 10..600_010).await.unwrap();
        let finished = incoming.finish(None).await.unwrap();
        assert_eq!(finished.checksum, checksum_of_part(&source, 10..600_010).await.unwrap());
        incoming.place().await.unwrap();
        incoming.forget().await.unwrap();
        assert_eq!(std::fs::read(&target).unwrap(), &whole[10..600_010]);
    }

    #[tokio::test]
    async fn a_part_beyond_the_end_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        let source = folder.path().join("short");
        std::fs::write(&source, b"short").unwrap();
        assert!(checksum_of_part(&source, 2..10).await.is_err());
        let mut incoming =
            Library::new(folder.path().to_owned()).receive(folder.path().join("upload/x")).await.unwrap();
        assert!(incoming.copy_part(&source, 2..10).await.is_err());
    }
}
