//! Marker files: proof that each folder is the one that was there before, and not an empty mount point.

use crate::{Library, layout::Folder};
use std::{
    path::{Path, PathBuf},
    time::SystemTime,
};

const MARKER: &str = ".immich";

#[derive(Debug, thiserror::Error)]
pub enum MarkerError {
    #[error(
        "{} is missing, so {} is probably not mounted: mount it, or put the file back if the folder is right",
        path.display(),
        folder
    )]
    Missing { folder: &'static str, path: PathBuf, source: std::io::Error },
    #[error("{} cannot be written: give this program's user the right to", path.display())]
    Unwritable { path: PathBuf, source: std::io::Error },
}

impl Library {
    /// Makes what is not there yet of folders and markers: only right when this library was never used before.
    pub async fn create_markers(&self) -> Result<(), MarkerError> {
        for folder in Folder::ALL {
            let dir = self.folder(folder);
            let made = tokio::fs::create_dir_all(&dir).await;
            made.map_err(|source| MarkerError::Unwritable { path: dir.clone(), source })?;
            write(&dir.join(MARKER)).await?;
        }
        Ok(())
    }

    /// Reads and rewrites every marker.
    pub async fn check_markers(&self) -> Result<(), MarkerError> {
        for folder in Folder::ALL {
            let path = self.folder(folder).join(MARKER);
            if let Err(source) = tokio::fs::read(&path).await {
                return Err(MarkerError::Missing { folder: folder.name(), path, source });
            }
            write(&path).await?;
        }
        Ok(())
    }
}

/// The time in milliseconds, written in place: a marker that is half written is still a marker.
async fn write(path: &Path) -> Result<(), MarkerError> {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_millis();
    let written = tokio::fs::write(path, now.to_string()).await;
    written.map_err(|source| MarkerError::Unwritable { path: path.to_owned(), source })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn an_empty_mount_point_is_noticed() {
        let root = std::env::temp_dir().join(format!("ferrotype-markers-{}", uuid::Uuid::new_v4()));
        let library = Library::new(root.clone());
        library.create_markers().await.unwrap();
        library.check_markers().await.unwrap();
        tokio::fs::remove_file(root.join("thumbs/.immich")).await.unwrap();
        let error = library.check_markers().await.unwrap_err();
        assert!(error.to_string().contains("thumbs is probably not mounted"), "{error}");
        tokio::fs::remove_dir_all(root).await.unwrap();
    }
}
