//! Which file answers a request for an asset's bytes.

use crate::{
    access::{is_own_asset, require_assets},
    app::App,
    caller::Caller,
    error::{Error, Result},
};
use db::assets::Servable;
use model::{
    assets::{AssetFileType, AssetType},
    ids::AssetId,
    mime,
    permission::Permission,
};
use std::path::PathBuf;

/// What a client asked for of an asset's pictures.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Size {
    Thumbnail,
    Preview,
    Fullsize,
    Original,
}

/// A file, or another address under which the client finds what it wants.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FileToServe {
    File { path: PathBuf, content_type: &'static str, file_name: String },
    RedirectToOriginal,
    RedirectToPreview,
}

/// The bytes as they were uploaded.
pub async fn original(app: &App, caller: &Caller, id: AssetId) -> Result<FileToServe> {
    let asset = find(app, caller, Permission::AssetDownload, id, None).await?;
    Ok(as_original(asset))
}

/// A picture of the asset.
pub async fn thumbnail(app: &App, caller: &Caller, id: AssetId, size: Size) -> Result<FileToServe> {
    let kind = match size {
        Size::Thumbnail => AssetFileType::Thumbnail,
        Size::Preview => AssetFileType::Preview,
        Size::Fullsize | Size::Original => AssetFileType::Fullsize,
    };
    let asset = find(app, caller, Permission::AssetView, id, Some(kind)).await?;
    if size == Size::Original {
        return Ok(FileToServe::RedirectToOriginal);
    }
    match asset.made_path {
        Some(path) => {
            let extension = mime::extension(&path);
            let stem =
                asset.original_file_name.rsplit_once('.').map_or(asset.original_file_name.as_str(), |(stem, _)| stem);
            let file_name = format!("{stem}.{extension}");
            Ok(FileToServe::File { content_type: mime::mime_type(&path), path: path.into(), file_name })
        }
        None if size == Size::Fullsize && mime::is_web_safe(&asset.original_file_name) => {
            Ok(FileToServe::RedirectToOriginal)
        }
        None if size == Size::Fullsize => Ok(FileToServe::RedirectToPreview),
        None => Err(Error::not_found("Asset media not found")),
    }
}

/// What a player plays: the transcoded video, else the original.
pub async fn playback(app: &App, caller: &Caller, id: AssetId) -> Result<FileToServe> {
    let asset = find(app, caller, Permission::AssetView, id, Some(AssetFileType::EncodedVideo)).await?;
    if asset.asset_type != AssetType::Video {
        return Err(Error::not_found("Asset not found or asset is not a video"));
    }
    match asset.made_path {
        Some(path) => {
            let file_name = asset.original_file_name;
            Ok(FileToServe::File { content_type: mime::mime_type(&path), path: path.into(), file_name })
        }
        None => Ok(as_original(asset)),
    }
}

/// The file of which a live stream is made: the original, whose quality is the best there is.
pub async fn stream_source(app: &App, caller: &Caller, id: AssetId) -> Result<PathBuf> {
    let asset = find(app, caller, Permission::AssetView, id, None).await?;
    if !app.system.get().ffmpeg.realtime.enabled {
        return Err(Error::bad_request("Real-time transcoding is disabled"));
    }
    if asset.asset_type != AssetType::Video {
        return Err(Error::not_found("Asset not found or asset is not a video"));
    }
    Ok(asset.original_path.into())
}

fn as_original(asset: Servable) -> FileToServe {
    FileToServe::File {
        content_type: mime::mime_type(&asset.original_file_name),
        path: asset.original_path.into(),
        file_name: asset.original_file_name,
    }
}

async fn find(
    app: &App,
    caller: &Caller,
    permission: Permission,
    id: AssetId,
    made: Option<AssetFileType>,
) -> Result<Servable> {
    let mut conn = app.db.acquire().await?;
    let found = db::assets::find_servable(&mut conn, id, made).await?;
    // One's own pictures are asked for by the thousand: for them this was the only question.
    let is_own = found.as_ref().is_some_and(|asset| is_own_asset(app, caller, asset.owner_id, asset.visibility));
    if !is_own {
        require_assets(app, &mut conn, caller, permission, &[id]).await?;
    }
    found.ok_or_else(|| Error::not_found("Asset media not found"))
}
