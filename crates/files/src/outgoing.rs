//! Files on their way out: removed once the database has forgotten them, whatever crashes in between.

use crate::{Error, Library, Result, blocking, undecided::Marker};
use std::path::PathBuf;

/// A file that the database is about to forget. Dropped, it is left to the sweep: whether a commit that failed has
/// happened is not always known.
pub struct Outgoing {
    library: Library,
    marker: Marker,
    target: PathBuf,
}

impl Library {
    /// Announces that a file may go. To be called before the commit that forgets it.
    pub async fn release(&self, target: PathBuf) -> Result<Outgoing> {
        let dir = self.incoming(&target);
        let marker = blocking({
            let (dir, target) = (dir.clone(), target.clone());
            move || Marker::set(&dir, &target)
        })
        .await
        .map_err(|error| Error::new("release a file in", &dir, error))?;
        Ok(Outgoing { library: self.clone(), marker, target })
    }
}

impl Outgoing {
    /// The commit has happened: nothing names the file any more.
    pub async fn remove(self) -> Result<()> {
        self.library.remove_file(&self.target).await?;
        self.marker.remove().await
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    async fn library_with(path: &str) -> (Library, PathBuf) {
        let library = Library::new(std::env::temp_dir().join(format!("ferrotype-outgoing-{}", Uuid::new_v4())));
        let file = library.root().join(path);
        library.make_parent(&file).await.unwrap();
        std::fs::write(&file, b"bytes").unwrap();
        (library, file)
    }

    #[tokio::test]
    async fn a_removed_file_leaves_no_marker() {
        let (library, file) = library_with("profile/a.png").await;
        let outgoing = library.release(file.clone()).await.unwrap();
        assert_eq!(std::fs::read_dir(library.root().join("profile/.incoming")).unwrap().count(), 1);
        outgoing.remove().await.unwrap();
        assert!(!file.exists());
        assert_eq!(std::fs::read_dir(library.root().join("profile/.incoming")).unwrap().count(), 0);
        std::fs::remove_dir_all(library.root()).unwrap();
    }

    #[tokio::test]
    async fn after_a_crash_the_database_decides() {
        for is_known in [true, false] {
            let (library, file) = library_with("profile/a.png").await;
            drop(library.release(file.clone()).await.unwrap());
            let asked = library.sweep_undecided(|_| std::future::ready(Ok::<_, Error>(is_known))).await.unwrap();
            assert_eq!((asked, file.exists()), (1, is_known));
            std::fs::remove_dir_all(library.root()).unwrap();
        }
    }
}
