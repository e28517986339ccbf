//! Every job bears being run twice, and being run after its asset is gone.

use domain::jobs::{AssetDelete, AssetEncodeVideo, AssetExtractMetadata, AssetGenerateThumbnails, MetadataSource};
use model::{ids::AssetId, queue::QueueName};
use serde_json::json;
use testkit::{Client, Picture, TestApp, Video};

async fn push_all(test: &TestApp, id: AssetId) {
    let queue = &test.app.queue;
    queue.push(&AssetExtractMetadata { id, source: MetadataSource::Refresh }).await.unwrap();
    queue.push(&AssetGenerateThumbnails { id, notify: false }).await.unwrap();
    queue.push(&AssetEncodeVideo { id }).await.unwrap();
}

async fn failed(test: &TestApp) -> u64 {
    let states = test.app.queue.states().await.unwrap();
    states.iter().map(|(_, state)| state.counts.failed).sum()
}

async fn thumbhash(client: &Client, id: AssetId) -> serde_json::Value {
    client.get(&format!("/assets/{id}")).await.expect(200)["thumbhash"].clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_done_may_be_done_again() {
    let test = TestApp::start().await;
    let ann = test.ann().await;
    let photo = ann.upload_jpeg("photo.jpg").await;
    let video = ann.upload_file("video.mp4", Video::new().make("mp4")).await;
    test.run_jobs().await;
    let before = [thumbhash(&ann, photo).await, thumbhash(&ann, video).await];
    assert!(before.iter().all(serde_json::Value::is_string), "{before:?}");
    for id in [photo, video] {
        push_all(&test, id).await;
    }
    test.run_jobs().await;
    assert_eq!([thumbhash(&ann, photo).await, thumbhash(&ann, video).await], before);
    assert_eq!(failed(&test).await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_whose_asset_is_gone_is_no_failure() {
    let test = TestApp::start().await;
    let ann = test.ann().await;
    let id = ann.upload_jpeg("photo.jpg").await;
    test.run_jobs().await;
    ann.delete_with("/assets", json!({ "ids": [id], "force": true })).await.expect(204);
    test.run_jobs().await;
    push_all(&test, id).await;
    test.app.queue.push(&AssetDelete { id, delete_on_disk: true }).await.unwrap();
    push_all(&test, AssetId::random()).await;
    test.run_jobs().await;
    assert_eq!(failed(&test).await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sweep_finds_what_was_lost() {
    let test = TestApp::start().await;
    let ann = test.ann().await;
    let id = ann.upload_jpeg("photo.jpg").await;
    // The job that the upload pushed is lost.
    ann.put("/jobs/metadataExtraction", json!({ "command": "empty" })).await.expect(200);
    assert_eq!(test.app.queue.state(QueueName::MetadataExtraction).await.unwrap().counts.waiting, 0);
    test.run_jobs().await;
    assert!(thumbhash(&ann, id).await.is_null());
    ann.put("/jobs/metadataExtraction", json!({ "command": "start", "force": false })).await.expect(200);
    test.run_jobs().await;
    assert!(thumbhash(&ann, id).await.is_string());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_person_wrote_outlives_another_reading() {
    let test = TestApp::start().await;
    let ann = test.ann().await;
    let picture = Picture::random().taken("2023:07:14 21:30:05", "+02:00").at(48.8584, 2.2945);
    let id = ann.upload_file("photo.jpg", picture.jpeg()).await;
    test.run_jobs().await;
    let seen = async || {
        let asset = ann.get(&format!("/assets/{id}")).await.expect(200);
        let exif = &asset["exifInfo"];
        json!([asset["localDateTime"], exif["latitude"], exif["longitude"], exif["description"], exif["rating"]])
    };
    let read = seen().await;
    push_all(&test, id).await;
    test.run_jobs().await;
    assert_eq!(seen().await, read, "what was read is read again");

    let changes = json!({ "latitude": -1.5, "longitude": 2.5, "description": "Home", "rating": 2,
        "dateTimeOriginal": "2001-02-03T04:05:06.000+00:00" });
    ann.put(&format!("/assets/{id}"), changes).await.expect(200);
    let written = seen().await;
    assert_eq!(written, json!(["2001-02-03T04:05:06.000Z", -1.5, 2.5, "Home", 2]));
    push_all(&test, id).await;
    test.run_jobs().await;
    assert_eq!(seen().await, written);
}
