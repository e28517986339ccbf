//! Files on their way in, safe against crashes at any moment.
//!
//! A [`Marker`] names the final path; the bytes go to a part file beside it. When they are complete and on disk the
//! part is renamed to its final path; when the caller has committed the row, the marker goes. Whatever a crash leaves
//! is decided by the sweep.

use crate::{Error, Library, Result, blocking, sync_dir, undecided::Marker};
use model::checksum::Checksum;
use sha1::{Digest, Sha1};
use std::{
    fs::OpenOptions,
    io,
    path::{Path, PathBuf},
    time::SystemTime,
};
use tokio::io::AsyncWriteExt;

/// What an upload holds in memory on its way to the disk: two hundred at once must not fill a small machine.
const BUFFER_BYTES: usize = 128 * 1024;

/// A file that is being written. Dropped before [`Incoming::place`], it leaves nothing behind.
pub struct Incoming {
    marker: Marker,
    target: PathBuf,
    file: tokio::fs::File,
    hasher: Sha1,
    size_bytes: u64,
    placed: bool,
}

/// A file whose bytes are complete and on disk, though not yet under its final name.
#[derive(Debug, Clone, Copy)]
pub struct Finished {
    pub checksum: Checksum,
    pub size_bytes: u64,
}

impl Library {
    /// Starts a file that shall end up at `target`.
    pub async fn receive(&self, target: PathBuf) -> Result<Incoming> {
        let dir = self.incoming(&target);
        let (marker, file) = blocking({
            let (dir, target) = (dir.clone(), target.clone());
            move || {
                let marker = Marker::set(&dir, &target)?;
                match OpenOptions::new().write(true).create_new(true).open(marker.part()) {
                    Ok(file) => Ok((marker, file)),
                    Err(error) => {
                        let _ = std::fs::remove_file(marker.path());
                        Err(error)
                    }
                }
            }
        })
        .await
        .map_err(|error| Error::new("receive a file in", &dir, error))?;
        let mut file = tokio::fs::File::from_std(file);
        file.set_max_buf_size(BUFFER_BYTES);
        Ok(Incoming { marker, target, file, hasher: Sha1::new(), size_bytes: 0, placed: false })
    }
}

impl Incoming {
    pub async fn write(&mut self, bytes: &[u8]) -> Result<()> {
        self.hasher.update(bytes);
        self.size_bytes += bytes.len() as u64;
        self.file.write_all(bytes).await.map_err(|error| Error::new("write", &self.marker.part(), error))
    }

    pub fn size_bytes(&self) -> u64 {
        self.size_bytes
    }

    pub fn target(&self) -> &Path {
        &self.target
    }

    /// All bytes are there: puts them on disk, with the given time of last change.
    pub async fn finish(&mut self, modified: Option<SystemTime>) -> Result<Finished> {
        let synced = async {
            self.file.flush().await?;
            let file = self.file.try_clone().await?.into_std().await;
            blocking(move || {
                if let Some(modified) = modified {
                    file.set_modified(modified)?;
                }
                file.sync_all()
            })
            .await
        };
        synced.await.map_err(|error| Error::new("write", &self.marker.part(), error))?;
        let checksum = Checksum(self.hasher.clone().finalize().into());
        Ok(Finished { checksum, size_bytes: self.size_bytes })
    }

    /// Gives the file its final name, durably. From here on it is the sweep that removes it, unless the database comes
    /// to know it: whether a commit that failed has happened is not always known.
    pub async fn place(&mut self) -> Result<()> {
        self.placed = true;
        let (part, target) = (self.marker.part(), self.target.clone());
        blocking(move || place(&part, &target))
            .await
            .map_err(|error| Error::new("move an upload to", &self.target, error))
    }

    /// The row is committed: nothing is under way any more.
    pub async fn forget(self) -> Result<()> {
        self.marker.remove().await
    }
}

impl Drop for Incoming {
    fn drop(&mut self) {
        if !self.placed {
            // Two quick calls; what they cannot remove, the sweep does.
            let _ = std::fs::remove_file(self.marker.part());
            let _ = std::fs::remove_file(self.marker.path());
        }
    }
}

/// Renames and makes every folder on the way durable, those that are new included.
fn place(part: &Path, target: &Path) -> io::Result<()> {
    let parent = target.parent().unwrap_or(Path::new("/"));
    let mut new_folders = Vec::new();
    let mut folder = parent;
    while !folder.exists() {
        new_folders.push(folder);
        match folder.parent() {
            Some(above) => folder = above,
            None => break,
        }
    }
    std::fs::create_dir_all(parent)?;
    std::fs::rename(part, target)?;
    sync_dir(parent)?;
    for folder in new_folders {
        if let Some(above) = folder.parent() {
            sync_dir(above)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Mutex;
    use uuid::Uuid;

    fn library() -> (Library, PathBuf) {
        let root = std::env::temp_dir().join(format!("ferrotype-incoming-{}", Uuid::new_v4()));
        (Library::new(root.clone()), root)
    }

    fn files_below(dir: &Path) -> Vec<PathBuf> {
        let Ok(entries) = std::fs::read_dir(dir) else { return Vec::new() };
        let mut files = Vec::new();
        for path in entries.map(|entry| entry.unwrap().path()) {
            if path.is_dir() { files.extend(files_below(&path)) } else { files.push(path) }
        }
        files
    }

    #[tokio::test]
    async fn a_placed_file_is_whole_and_nothing_else_is_left() {
        let (library, root) = library();
        let mut incoming = library.receive(root.join("upload/a/b.jpg")).await.unwrap();
        incoming.write(b"hello ").await.unwrap();
        incoming.write(b"world").await.unwrap();
        let finished = incoming.finish(None).await.unwrap();
        assert_eq!(finished.checksum.to_hex(), "2aae6c35c94fcfb415dbe95f408b9ce91ee846ed");
        assert_eq!(finished.size_bytes, 11);
        incoming.place().await.unwrap();
        incoming.forget().await.unwrap();
        assert_eq!(files_below(&root), [root.join("upload/a/b.jpg")]);
        assert_eq!(std::fs::read(root.join("upload/a/b.jpg")).unwrap(), b"hello world");
        std::fs::remove_dir_all(root).unwrap();
    }

    #[tokio::test]
    async fn a_dropped_upload_leaves_nothing() {
        let (library, root) = library();
        let mut incoming = library.receive(root.join("upload/a/b.jpg")).await.unwrap();
        incoming.write(b"half").await.unwrap();
        drop(incoming);
        assert_eq!(files_below(&root), Vec::<PathBuf>::new());
        std::fs::remove_dir_all(root).unwrap();
    }

    #[tokio::test]
    async fn the_sweep_keeps_what_the_database_knows_and_what_is_under_way() {
        let (library, root) = library();
        let (known, unknown) = (root.join("upload/known.jpg"), root.join("upload/unknown.jpg"));
        for target in [&known, &unknown] {
            let mut incoming = library.receive(target.clone()).await.unwrap();
            incoming.write(b"bytes").await.unwrap();
            incoming.finish(None).await.unwrap();
            incoming.place().await.unwrap();
            // The process dies here, after or before its commit.
            drop(incoming);
        }
        let mut under_way = library.receive(root.join("upload/slow.jpg")).await.unwrap();
        let asked = Mutex::new(Vec::new());
        let is_known = |path: String| {
            asked.lock().unwrap().push(path.clone());
            std::future::ready(Ok::<_, Error>(path.ends_with("/known.jpg")))
        };
        assert_eq!(library.sweep_undecided(is_known).await.unwrap(), 2);
        assert!(known.exists() && !unknown.exists());
        assert!(asked.lock().unwrap().iter().all(|path| !path.ends_with("slow.jpg")));
        under_way.write(b"goes on").await.unwrap();
        under_way.finish(None).await.unwrap();
        drop(under_way);
        assert_eq!(files_below(&root), [known]);
        std::fs::remove_dir_all(root).unwrap();
    }
}
