//! Which of many files are known already, asked before they are uploaded.

use crate::{app::App, caller::Caller, error::Result};
use model::{checksum::Checksum, ids::AssetId};

/// For each of these files the caller's asset with the same bytes, and whether it lies in the trash. A checksum that is
/// none fits nothing.
pub async fn find_known(
    app: &App,
    caller: &Caller,
    checksums: &[Option<Checksum>],
) -> Result<Vec<Option<(AssetId, bool)>>> {
    let asked: Vec<Checksum> = checksums.iter().copied().flatten().collect();
    let owner = caller.user_id()?;
    let known = db::assets::find_by_checksums(&mut *app.db.acquire().await?, owner, &asked).await?;
    Ok(checksums.iter().map(|checksum| known.get(checksum.as_ref()?).copied()).collect())
}
