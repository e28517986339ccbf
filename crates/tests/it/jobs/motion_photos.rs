//! Motion photos of Android phones: the video inside becomes a hidden asset of its own.

use model::ids::AssetId;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use testkit::{Client, Picture, TestApp, Video};

fn video() -> Vec<u8> {
    Video::new().seconds(1).make("mp4")
}

async fn get(client: &Client, id: AssetId) -> Value {
    client.get(&format!("/assets/{id}")).await.expect(200)
}

async fn video_of(client: &Client, photo: AssetId) -> AssetId {
    serde_json::from_value(get(client, photo).await["livePhotoVideoId"].clone()).expect("the photo has a video")
}

async fn used(client: &Client) -> u64 {
    client.get("/users/me").await.expect(200)["quotaUsageInBytes"].as_u64().unwrap()
}

async fn read_again(test: &TestApp, client: &Client, id: AssetId) {
    client.post("/assets/jobs", json!({ "assetIds": [id], "name": "refresh-metadata" })).await.expect(204);
    test.run_jobs().await;
}

async fn failed(test: &TestApp) -> u64 {
    let states = test.app.queue.states().await.unwrap();
    states.iter().map(|(_, state)| state.counts.failed).sum()
}

/// Every file of these folders.
fn files(dir: &Path) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(dir) else { return Vec::new() };
    let below = |path: PathBuf| if path.is_dir() { files(&path) } else { vec![path] };
    entries.flat_map(|entry| below(entry.unwrap().path())).collect()
}

/// The videos that came out of photos.
fn motion_videos(test: &TestApp) -> Vec<PathBuf> {
    let mut found = files(&test.media().join("encoded-video"));
    found.retain(|path| path.to_string_lossy().ends_with("-MP.mp4"));
    found
}

#[tokio::test(flavor = "multi_thread")]
async fn the_video_inside_comes_out_and_goes_with_its_photo() {
    let test = TestApp::start().await;
    let ann = test.ann().await;
    let video_bytes = video();
    let bytes = Picture::random().motion_jpeg(&video_bytes);
    let photo = ann.upload_file("PXL_1.MP.jpg", bytes.clone()).await;
    test.run_jobs().await;
    let video = video_of(&ann, photo).await;
    let asset = get(&ann, video).await;
    assert_eq!((&asset["visibility"], &asset["originalFileName"]), (&json!("hidden"), &json!("PXL_1.MP.mp4")));
    assert!(asset["duration"].as_i64() > Some(500), "its own metadata is read: {asset}");
    assert!(ann.get(&format!("/assets/{video}/original")).await.body == video_bytes);
    assert!(ann.get(&format!("/assets/{photo}/original")).await.body == bytes, "the original stays as it was");
    assert_eq!(used(&ann).await, (bytes.len() + video_bytes.len()) as u64);
    assert_eq!(ann.get("/timeline/buckets").await.expect(200)[0]["count"], 1);
    assert_eq!(motion_videos(&test).len(), 1);

    read_again(&test, &ann, photo).await;
    assert_eq!(video_of(&ann, photo).await, video, "what was found is found again");
    assert_eq!(motion_videos(&test).len(), 1);
    let unlink = ann.put(&format!("/assets/{photo}"), json!({ "livePhotoVideoId": null })).await;
    unlink.expect_refusal(400, "Cannot unlink Android motion photos");

    ann.delete_with("/assets", json!({ "ids": [photo], "force": true })).await.expect(204);
    test.run_jobs().await;
    ann.get(&format!("/assets/{video}")).await.expect(400);
    assert_eq!(used(&ann).await, 0);
    let left: Vec<_> =
        ["upload", "encoded-video", "thumbs"].iter().flat_map(|dir| files(&test.media().join(dir))).collect();
    assert!(left.iter().all(|path| path.ends_with(".immich")), "{left:?}");
    assert_eq!(failed(&test).await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_video_is_there_once() {
    let test = TestApp::start().await;
    let ann = test.ann().await;
    let video_bytes = video();
    let alone = ann.upload_file("alone.mp4", video_bytes.clone()).await;
    test.run_jobs().await;
    let one = ann.upload_file("one.jpg", Picture::random().motion_jpeg(&video_bytes)).await;
    let other = ann.upload_file("other.jpg", Picture::random().motion_jpeg(&video_bytes)).await;
    test.run_jobs().await;
    assert_eq!((video_of(&ann, one).await, video_of(&ann, other).await), (alone, alone));
    assert_eq!(get(&ann, alone).await["visibility"], json!("hidden"));
    assert_eq!(motion_videos(&test), Vec::<PathBuf>::new());
    ann.delete_with("/assets", json!({ "ids": [one], "force": true })).await.expect(204);
    test.run_jobs().await;
    assert_eq!(video_of(&ann, other).await, alone, "the other still needs it");
    assert!(ann.get(&format!("/assets/{alone}/original")).await.body == video_bytes);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_video_that_was_thrown_away_stays_behind_its_photo() {
    let test = TestApp::start().await;
    let ann = test.ann().await;
    let video_bytes = video();
    let alone = ann.upload_file("alone.mp4", video_bytes.clone()).await;
    test.run_jobs().await;
    ann.delete_with("/assets", json!({ "ids": [alone] })).await.expect(204);
    let photo = ann.upload_file("photo.jpg", Picture::random().motion_jpeg(&video_bytes)).await;
    test.run_jobs().await;
    ann.post("/trash/empty", json!({})).await.expect(200);
    test.run_jobs().await;
    assert_eq!(video_of(&ann, photo).await, alone);
    assert!(ann.get(&format!("/assets/{alone}/original")).await.body == video_bytes);
}

#[tokio::test(flavor = "multi_thread")]
async fn changed_content_has_another_video() {
    let test = TestApp::start().await;
    let ann = test.ann().await;
    let picture = Picture::random();
    let photo = ann.upload_file("photo.jpg", picture.motion_jpeg(&video())).await;
    test.run_jobs().await;
    let first = video_of(&ann, photo).await;
    let [original] =
        &files(&test.media().join("upload")).into_iter().filter(|path| !path.ends_with(".immich")).collect::<Vec<_>>()
            [..]
    else {
        panic!("one original was uploaded")
    };
    let changed = video();
    std::fs::write(original, picture.motion_jpeg(&changed)).unwrap();
    read_again(&test, &ann, photo).await;
    let second = video_of(&ann, photo).await;
    assert_ne!(second, first);
    assert!(ann.get(&format!("/assets/{second}/original")).await.body == changed);
    ann.get(&format!("/assets/{first}")).await.expect(400);
    assert_eq!(motion_videos(&test).len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_photo_that_was_accepted_moves_beyond_the_quota() {
    let test = TestApp::start().await;
    let ann = test.ann().await;
    let video_bytes = video();
    let bytes = Picture::random().motion_jpeg(&video_bytes);
    sqlx::query("UPDATE users SET quota_size_bytes = $1")
        .bind(bytes.len() as i64)
        .execute(&mut test.database().connect().await)
        .await
        .unwrap();
    let photo = ann.upload_file("photo.jpg", bytes.clone()).await;
    test.run_jobs().await;
    video_of(&ann, photo).await;
    assert_eq!(used(&ann).await, (bytes.len() + video_bytes.len()) as u64);
    assert_eq!(failed(&test).await, 0);
}
