//! Trash, restore, and the end of an asset with all its files.

use serde_json::json;
use std::{
    path::{Path, PathBuf},
    time::Duration,
};
use testkit::{RealStack, eventually};

#[tokio::test]
async fn trash_keeps_restore_brings_back_and_force_ends() {
    let stack = RealStack::start().await;
    let ann = stack.ann().await;
    let id = ann.upload_jpeg("photo.jpg").await;
    ann.thumbnail(id).await;
    ann.wait_for_idle_queues().await;
    let files = files_below(stack.media());
    assert_eq!(files.len(), 3, "original, preview and thumbnail: {files:?}");

    ann.delete_with("/assets", json!({ "ids": [id] })).await.expect(204);
    assert_eq!(ann.get("/timeline/buckets").await.expect(200), json!([]));
    assert_eq!(ann.get("/timeline/buckets?isTrashed=true").await.expect(200)[0]["count"], 1);
    assert_eq!(ann.get(&format!("/assets/{id}")).await.expect(200)["isTrashed"], true);

    assert_eq!(ann.post("/trash/restore", json!({})).await.expect(200)["count"], 1);
    assert_eq!(ann.get("/timeline/buckets").await.expect(200)[0]["count"], 1);
    assert_eq!(files_below(stack.media()), files);

    ann.delete_with("/assets", json!({ "ids": [id], "force": true })).await.expect(204);
    ann.get(&format!("/assets/{id}")).await.expect_refusal(400, "Not found or no asset.read access");
    eventually("the files to go", Duration::from_secs(60), || async { files_below(stack.media()).is_empty() }).await;
    // The row goes after the files, and the quota with it.
    let is_given_back = || async { ann.get("/users/me").await.expect(200)["quotaUsageInBytes"] == 0 };
    eventually("the quota to be given back", Duration::from_secs(60), is_given_back).await;
}

#[tokio::test]
async fn emptying_the_trash_takes_only_what_is_in_it() {
    let stack = RealStack::start().await;
    let ann = stack.ann().await;
    let (kept, thrown) = (ann.upload_jpeg("kept.jpg").await, ann.upload_jpeg("thrown.jpg").await);
    ann.thumbnail(kept).await;
    ann.thumbnail(thrown).await;
    ann.wait_for_idle_queues().await;
    assert_eq!(files_below(stack.media()).len(), 6);
    ann.delete_with("/assets", json!({ "ids": [thrown] })).await.expect(204);
    assert_eq!(ann.post("/trash/empty", json!({})).await.expect(200)["count"], 1);
    ann.get(&format!("/assets/{thrown}")).await.expect_refusal(400, "Not found or no asset.read access");
    eventually("its files to go", Duration::from_secs(60), || async { files_below(stack.media()).len() == 3 }).await;
    ann.get(&format!("/assets/{kept}/original")).await.expect_file();
    ann.get(&format!("/assets/{kept}/thumbnail")).await.expect_file();
}

/// All files but the markers of the library's folders.
fn files_below(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).into_iter().flatten().flatten() {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
            } else if entry.file_name() != ".immich" {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}
