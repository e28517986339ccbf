//! Hashes of what people choose: slow on purpose, so they run beside the threads that answer requests, and never more
//! at once than there are cores: a flood of logins must not starve everything else.

use crate::{
    app::blocking,
    error::{Error, Result},
};
use std::sync::LazyLock;
use tokio::sync::Semaphore;

/// The cost that existing databases use.
const COST: u32 = 10;

static CORES: LazyLock<Semaphore> =
    LazyLock::new(|| Semaphore::new(std::thread::available_parallelism().map_or(2, usize::from)));

/// Compared when there is nothing to compare with, so that the time taken does not tell which accounts exist.
static NOBODYS_HASH: LazyLock<Option<String>> = LazyLock::new(|| bcrypt::hash("", COST).ok());

pub async fn hash(password: String) -> Result<String> {
    let _core = CORES.acquire().await.map_err(Error::internal)?;
    blocking(move || bcrypt::hash(password, COST)).await?.map_err(Error::internal)
}

/// Whether this is the password; `None` (no such user, or one without password) takes as long and is never right.
pub async fn verify(password: String, hash: Option<String>) -> Result<bool> {
    let _core = CORES.acquire().await.map_err(Error::internal)?;
    blocking(move || match hash {
        Some(hash) => bcrypt::verify(password, &hash).map_err(Error::internal),
        None => {
            if let Some(hash) = NOBODYS_HASH.as_ref() {
                let _ = bcrypt::verify(password, hash);
            }
            Ok(false)
        }
    })
    .await?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn only_the_right_password_fits() {
        let hashed = hash("correct horse".to_owned()).await.unwrap();
        assert!(hashed.starts_with("$2b$10$"));
        assert!(verify("correct horse".to_owned(), Some(hashed.clone())).await.unwrap());
        assert!(!verify("battery staple".to_owned(), Some(hashed)).await.unwrap());
    }

    #[tokio::test]
    async fn nobody_has_no_password_not_even_an_empty_one() {
        assert!(!verify(String::new(), None).await.unwrap());
    }
}
