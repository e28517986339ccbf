//! Which of many files are known already, asked before they are uploaded.

use crate::{app::App, caller::Caller, error::Result};
use model::{checksum::Checksum, ids::AssetId};
use std::collections::HashMap;

/// The caller's assets with these checksums, and whether each lies in the trash.
pub async fn find(app: &App, caller: &Caller, checksums: &[Checksum]) -> Result<HashMap<Checksum, (AssetId, bool)>> {
    Ok(db::assets::find_by_checksums(&mut *app.db.acquire().await?, caller.user_id()?, checksums).await?)
}
