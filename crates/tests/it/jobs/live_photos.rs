//! Live photos of Apple's phones: a photo and a video that carry the same content id.

use domain::events::Event;
use futures::StreamExt;
use model::{assets::Visibility, ids::AssetId};
use serde_json::{Value, json};
use testkit::{Client, Picture, TestApp, Video};

/// Bytes of the two halves.
fn pair() -> (Vec<u8>, Vec<u8>) {
    let id = uuid::Uuid::new_v4().to_string().to_uppercase();
    (Picture::random().content_id(&id).jpeg(), Video::new().seconds(1).content_id(&id).make("mov"))
}

async fn get(client: &Client, id: AssetId) -> Value {
    client.get(&format!("/assets/{id}")).await.expect(200)
}

async fn is_pair(client: &Client, photo: AssetId, video: AssetId) -> bool {
    let is_hidden = get(client, video).await["visibility"] == json!("hidden");
    get(client, photo).await["livePhotoVideoId"] == json!(video) && is_hidden
}

async fn count_shown(client: &Client) -> i64 {
    let buckets = client.get("/timeline/buckets").await.expect(200);
    buckets.as_array().unwrap().iter().map(|bucket| bucket["count"].as_i64().unwrap()).sum()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_halves_find_each_other_in_both_orders() {
    let test = TestApp::start().await;
    let ann = test.ann().await;
    for is_photo_first in [true, false] {
        let (photo_bytes, video_bytes) = pair();
        let shown = count_shown(&ann).await;
        let (photo, video);
        if is_photo_first {
            photo = ann.upload_file("IMG_1.JPG", photo_bytes).await;
            test.run_jobs().await;
            video = ann.upload_file("IMG_1.MOV", video_bytes).await;
        } else {
            video = ann.upload_file("IMG_2.MOV", video_bytes).await;
            test.run_jobs().await;
            photo = ann.upload_file("IMG_2.JPG", photo_bytes).await;
        }
        test.run_jobs().await;
        assert!(is_pair(&ann, photo, video).await, "photo first: {is_photo_first}");
        assert_eq!(count_shown(&ann).await, shown + 1);
        // What was found is found again.
        ann.post("/assets/jobs", json!({ "assetIds": [photo, video], "name": "refresh-metadata" })).await.expect(204);
        test.run_jobs().await;
        assert!(is_pair(&ann, photo, video).await);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_video_leaves_its_albums_and_clients_hear_of_it() {
    let test = TestApp::start().await;
    let ann = test.ann().await;
    let (photo_bytes, video_bytes) = pair();
    let video = ann.upload_file("IMG_1.MOV", video_bytes).await;
    test.run_jobs().await;
    let album = ann.post("/albums", json!({ "albumName": "Sea", "assetIds": [video] })).await.expect(201);
    assert_eq!(album["assetCount"], 1);
    let events = test.app.events.subscribe();
    futures::pin_mut!(events);
    let photo = ann.upload_file("IMG_1.JPG", photo_bytes).await;
    test.run_jobs().await;
    let album = ann.get(&format!("/albums/{}", album["id"].as_str().unwrap())).await.expect(200);
    assert_eq!(album["assetCount"], 0);
    assert!(is_pair(&ann, photo, video).await);
    loop {
        let event = tokio::time::timeout(std::time::Duration::from_secs(20), events.next()).await;
        if let Event::AssetHidden { asset, .. } = event.expect("the event comes").unwrap() {
            assert_eq!(asset, video);
            break;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn halves_that_are_read_at_once_are_not_missed() {
    let test = TestApp::start().await;
    let ann = test.ann().await;
    let mut pairs = Vec::new();
    for _ in 0..6 {
        let (photo, video) = pair();
        pairs.push((ann.upload_file("IMG.JPG", photo).await, ann.upload_file("IMG.MOV", video).await));
    }
    tokio::join!(test.run_jobs(), test.run_jobs());
    for (photo, video) in pairs {
        assert!(is_pair(&ann, photo, video).await);
    }
    assert_eq!(count_shown(&ann).await, 6);
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_gets_the_video_of_another() {
    let test = TestApp::start().await;
    let (ann, bob) = (test.ann().await, test.bob().await);
    let (photo, video) = pair();
    let photo = ann.upload_file("IMG.JPG", photo).await;
    let video = bob.upload_file("IMG.MOV", video).await;
    test.run_jobs().await;
    assert_eq!(get(&ann, photo).await["livePhotoVideoId"], Value::Null);
    assert_eq!(get(&bob, video).await["visibility"], json!(Visibility::Timeline));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_its_owner_parts_stays_parted() {
    let test = TestApp::start().await;
    let ann = test.ann().await;
    let (photo, video) = pair();
    let photo = ann.upload_file("IMG.JPG", photo).await;
    let video = ann.upload_file("IMG.MOV", video).await;
    test.run_jobs().await;
    assert!(is_pair(&ann, photo, video).await);
    ann.put(&format!("/assets/{photo}"), json!({ "livePhotoVideoId": null })).await.expect(200);
    test.run_jobs().await;
    let parted = get(&ann, video).await;
    assert_eq!(parted["visibility"], json!("timeline"));
    assert!(parted["thumbhash"].is_string(), "it has pictures of its own now");
    assert_eq!(count_shown(&ann).await, 2);
    ann.post("/assets/jobs", json!({ "assetIds": [photo, video], "name": "refresh-metadata" })).await.expect(204);
    test.run_jobs().await;
    assert_eq!(get(&ann, photo).await["livePhotoVideoId"], Value::Null);
    assert_eq!(count_shown(&ann).await, 2);
    // A sidecar has no word for it, so writing one must not forget it.
    assert_eq!(domain::sidecars::queue_unwritten(&test.app).await.unwrap(), 0);
    ann.put(&format!("/assets/{photo}"), json!({ "description": "alone" })).await.expect(200);
    test.run_jobs().await;
    assert!(get(&ann, photo).await["exifInfo"]["description"] == "alone");
    assert_eq!(get(&ann, photo).await["livePhotoVideoId"], Value::Null);
    assert_eq!(count_shown(&ann).await, 2);
    // Until they are joined again.
    ann.put(&format!("/assets/{photo}"), json!({ "livePhotoVideoId": video })).await.expect(200);
    assert!(is_pair(&ann, photo, video).await);
    assert_eq!(count_shown(&ann).await, 1);
}
