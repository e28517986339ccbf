//! The library folder: where everything lies, and how it gets there without ever being half there.
//!
//! Every path of the product is made in [`layout`]; nothing that a user or a file says becomes part of a path except a
//! known extension. What must stay true: a file under its final name is complete and on disk.

mod incoming;
pub mod layout;
mod markers;
mod outgoing;
mod part;
mod sidecars;
mod undecided;
mod usage;

pub use incoming::{Finished, Incoming};
pub use markers::MarkerError;
pub use outgoing::Outgoing;
pub use part::checksum_of_part;
pub use sidecars::{Sidecar, beside};

use layout::Folder;
use model::ids::UserId;
use std::{
    io,
    path::{Path, PathBuf},
    sync::Arc,
};

/// What can go wrong with the disk.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("the disk is full: free some space")]
    Full(#[source] io::Error),
    #[error("{action} {}", path.display())]
    Io { action: &'static str, path: PathBuf, source: io::Error },
}

pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    pub(crate) fn new(action: &'static str, path: &Path, source: io::Error) -> Self {
        match source.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Self::Full(source),
            _ => Self::Io { action, path: path.to_owned(), source },
        }
    }
}

/// The root of the library. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Library {
    root: Arc<Path>,
}

impl Library {
    pub fn new(root: PathBuf) -> Self {
        Self { root: root.into() }
    }

    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Removes a file of the library; one that is gone already is no error.
    pub async fn remove_file(&self, path: &Path) -> Result<()> {
        match tokio::fs::remove_file(path).await {
            Ok(()) => Ok(()),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            Err(error) => Err(Error::new("remove", path, error)),
        }
    }

    /// Removes the folders of a user that hold no file any more.
    pub async fn remove_empty_folders(&self, owner: UserId) -> Result<()> {
        for folder in [Folder::Upload, Folder::Thumbs, Folder::EncodedVideo, Folder::Profile] {
            let dir = self.folder(folder).join(owner.to_string());
            let removed = blocking({
                let dir = dir.clone();
                move || remove_if_empty(&dir)
            });
            removed.await.map_err(|error| Error::new("remove the folder", &dir, error))?;
        }
        Ok(())
    }

    /// Makes the folder that a file is going to lie in.
    pub async fn make_parent(&self, path: &Path) -> Result<()> {
        let Some(parent) = path.parent() else { return Ok(()) };
        tokio::fs::create_dir_all(parent).await.map_err(|error| Error::new("make the folder", parent, error))
    }
}

/// A folder and the folders in it, from the innermost out.
fn remove_if_empty(dir: &Path) -> io::Result<()> {
    let entries = match std::fs::read_dir(dir) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(error),
    };
    for entry in entries {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            remove_if_empty(&entry.path())?;
        }
    }
    match std::fs::remove_dir(dir) {
        Err(error) if !matches!(error.kind(), io::ErrorKind::DirectoryNotEmpty | io::ErrorKind::NotFound) => Err(error),
        _ => Ok(()),
    }
}

/// Makes the names in a folder durable, as `fsync` of a file does not.
pub(crate) fn sync_dir(path: &Path) -> io::Result<()> {
    std::fs::File::open(path)?.sync_all()
}

/// Runs file system calls away from the threads that answer requests.
pub(crate) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> io::Result<T> {
    tokio::task::spawn_blocking(work).await.map_err(io::Error::other)?
}
