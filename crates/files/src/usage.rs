//! How full the disk is.

use crate::{Error, Library, Result, blocking};
use model::server_info::DiskSpace;

impl Library {
    /// The disk that holds the library.
    pub async fn disk_space(&self) -> Result<DiskSpace> {
        let root = self.root().to_owned();
        let stat = blocking(move || Ok(rustix::fs::statvfs(&root)?))
            .await
            .map_err(|error| Error::new("measure the disk of", self.root(), error))?;
        let size_bytes = stat.f_blocks * stat.f_frsize;
        Ok(DiskSpace {
            size_bytes,
            used_bytes: size_bytes - stat.f_bfree * stat.f_frsize,
            available_bytes: stat.f_bavail * stat.f_frsize,
        })
    }
}
