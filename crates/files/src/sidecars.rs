//! Files of XMP that stand beside originals.

use crate::{Error, Library, Result};
use std::{
    io,
    path::{Path, PathBuf},
    time::SystemTime,
};
use tokio::io::AsyncReadExt;

/// XML of a few kilobytes.
const MAX_BYTES: u64 = 16 * 1024 * 1024;

/// A sidecar that is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sidecar {
    pub path: PathBuf,
    pub modified: SystemTime,
}

/// Where a new sidecar goes: `photo.jpg.xmp`.
pub fn beside(original: &Path) -> PathBuf {
    let mut name = original.as_os_str().to_owned();
    name.push(".xmp");
    name.into()
}

impl Library {
    /// The sidecar of an original: where it was last, else `photo.jpg.xmp`, else `photo.xmp`.
    pub async fn find_sidecar(&self, original: &Path, recorded: Option<&Path>) -> Result<Option<Sidecar>> {
        let candidates = [recorded.map(Path::to_owned), Some(beside(original)), Some(original.with_extension("xmp"))];
        for path in candidates.into_iter().flatten() {
            match tokio::fs::metadata(&path).await {
                Ok(found) if found.is_file() => {
                    let modified = found.modified().map_err(|error| Error::new("look at", &path, error))?;
                    return Ok(Some(Sidecar { path, modified }));
                }
                Ok(_) => {}
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                // A disk that is away has not lost its sidecars.
                Err(error) => return Err(Error::new("look at", &path, error)),
            }
        }
        Ok(None)
    }

    /// What a sidecar says, if it is there.
    pub async fn read_sidecar(&self, path: &Path) -> Result<Option<Vec<u8>>> {
        let read = async {
            let file = tokio::fs::File::open(path).await?;
            let mut bytes = Vec::new();
            file.take(MAX_BYTES + 1).read_to_end(&mut bytes).await?;
            let is_whole = bytes.len() as u64 <= MAX_BYTES;
            if is_whole { Ok(bytes) } else { Err(io::Error::other("it is too large for a sidecar")) }
        };
        match read.await {
            Ok(bytes) => Ok(Some(bytes)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(Error::new("read", path, error)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_first_of_the_usual_places_counts() {
        let root = std::env::temp_dir().join(format!("ferrotype-sidecars-{}", uuid::Uuid::new_v4()));
        std::fs::create_dir_all(&root).unwrap();
        let library = Library::new(root.clone());
        let original = root.join("photo.jpg");
        assert_eq!(library.find_sidecar(&original, None).await.unwrap(), None);
        let recorded = root.join("elsewhere.xmp");
        for path in [root.join("photo.xmp"), root.join("photo.jpg.xmp"), recorded.clone()] {
            std::fs::write(&path, b"<x/>").unwrap();
            let found = library.find_sidecar(&original, Some(&recorded)).await.unwrap().unwrap();
            assert_eq!(found.path, path);
            assert_eq!(library.read_sidecar(&path).await.unwrap().unwrap(), b"<x/>");
        }
        assert_eq!(library.read_sidecar(&root.join("none.xmp")).await.unwrap(), None);
        std::fs::remove_dir_all(root).unwrap();
    }
}
