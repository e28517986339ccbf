//! Files that come or go, and of which only the database can say whether they stay.
//!
//! A marker in the `.incoming` of a folder names a path and is locked by the process that is about to decide. A marker
//! that nobody holds is what a crash left: [`Library::sweep_undecided`] keeps the file it names exactly if the database
//! knows it. Several servers may work on the same folder.

use crate::{Error, Library, Result, blocking, layout::Folder};
use rustix::fs::{FlockOperation, flock};
use std::{
    fs::{File, OpenOptions},
    io::{self, Read, Write},
    path::{Path, PathBuf},
    time::Duration,
};
use uuid::Uuid;

/// Where originals and profile images come and go, and pictures of people go.
const FOLDERS: [Folder; 4] = [Folder::Upload, Folder::Profile, Folder::EncodedVideo, Folder::Thumbs];
/// A marker younger than this may not have its lock yet.
const YOUNG: Duration = Duration::from_secs(60);

/// Says that it is open whether a path stays. Dropped, it is left to the sweep.
pub(crate) struct Marker {
    path: PathBuf,
    /// Held for its lock.
    _lock: File,
}

impl Marker {
    pub fn set(dir: &Path, target: &Path) -> io::Result<Self> {
        let path = dir.join(Uuid::new_v4().to_string());
        std::fs::create_dir_all(dir)?;
        let mut lock = OpenOptions::new().write(true).create_new(true).open(&path)?;
        let named = flock(&lock, FlockOperation::LockExclusive)
            .map_err(io::Error::from)
            .and_then(|()| lock.write_all(target.as_os_str().as_encoded_bytes()));
        if let Err(error) = named {
            // A full disk must not fill with markers of nothing; what cannot be removed, the sweep does.
            let _ = std::fs::remove_file(&path);
            return Err(error);
        }
        Ok(Self { path, _lock: lock })
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The bytes of a file that is still coming.
    pub fn part(&self) -> PathBuf {
        self.path.with_extension("part")
    }

    /// It is decided.
    pub async fn remove(&self) -> Result<()> {
        let path = self.path.clone();
        blocking(move || std::fs::remove_file(&path)).await.map_err(|error| Error::new("remove", &self.path, error))
    }
}

impl Library {
    /// Clears away what crashes left; `is_known` says whether the database has a row with that path. Answers how many
    /// there were. What comes or goes just now, by whichever process, is left alone.
    pub async fn sweep_undecided<E, Known>(&self, is_known: impl Fn(String) -> Known) -> Result<usize, E>
    where
        E: From<Error>,
        Known: Future<Output = Result<bool, E>>,
    {
        let mut removed = 0;
        for folder in FOLDERS {
            let dir = self.incoming_in(folder);
            let abandoned = blocking({
                let dir = dir.clone();
                move || abandoned(&dir)
            })
            .await
            .map_err(|error| Error::new("look through", &dir, error))?;
            for Abandoned { marker, target } in abandoned {
                if !target.is_empty() && !is_known(target.clone()).await? {
                    self.remove_file(Path::new(&target)).await?;
                }
                self.remove_file(&marker.part()).await?;
                self.remove_file(marker.path()).await?;
                removed += 1;
            }
        }
        Ok(removed)
    }
}

/// A marker without its process. Locked until the sweep is through with it, so that two sweeps do not meet.
struct Abandoned {
    marker: Marker,
    target: String,
}

fn abandoned(dir: &Path) -> io::Result<Vec<Abandoned>> {
    let entries = match std::fs::read_dir(dir) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    let mut found = Vec::new();
    for entry in entries {
        let path = entry?.path();
        if path.extension().is_some() {
            continue;
        }
        // It may be decided at this very moment.
        let Ok(mut lock) = OpenOptions::new().read(true).write(true).open(&path) else { continue };
        if flock(&lock, FlockOperation::NonBlockingLockExclusive).is_err() {
            continue;
        }
        let mut target = String::new();
        lock.read_to_string(&mut target)?;
        let age = lock.metadata()?.modified()?.elapsed().unwrap_or_default();
        if target.is_empty() && age < YOUNG {
            continue;
        }
        found.push(Abandoned { marker: Marker { path, _lock: lock }, target });
    }
    Ok(found)
}
