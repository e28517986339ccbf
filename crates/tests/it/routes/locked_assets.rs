//! What is locked away: out of every album, and out of sight for whoever did not show the PIN.

use model::ids::AssetId;
use serde_json::{Value, json};
use testkit::{Client, TestApp, Upload};

const PIN: &str = "246810";

async fn lock(client: &Client, id: AssetId) {
    let locked = client.put(&format!("/assets/{id}"), json!({ "visibility": "locked" })).await.expect(200);
    assert_eq!(locked["visibility"], "locked");
}

async fn show_pin(client: &Client) {
    client.post("/auth/session/unlock", json!({ "pinCode": PIN })).await.expect(204);
}

/// Reads, changes and deletes; all of it is refused.
async fn expect_out_of_reach(client: &Client, id: AssetId) {
    let refused = |permission: &str| format!("Not found or no asset.{permission} access");
    let path = format!("/assets/{id}");
    client.get(&path).await.expect_refusal(400, &refused("read"));
    client.get(&format!("{path}/thumbnail")).await.expect_refusal(400, &refused("view"));
    for file in ["original", "video/playback"] {
        client.get(&format!("{path}/{file}")).await.expect_refusal(404, "Not Found");
    }
    for changes in [json!({ "visibility": "timeline" }), json!({ "isFavorite": true })] {
        client.put(&path, changes).await.expect_refusal(400, &refused("update"));
    }
    let many = json!({ "ids": [id], "visibility": "timeline" });
    client.put("/assets", many).await.expect_refusal(400, &refused("update"));
    client.delete_with("/assets", json!({ "ids": [id] })).await.expect_refusal(400, &refused("delete"));
}

#[tokio::test]
async fn what_is_locked_leaves_every_album_and_enters_none() {
    let test = TestApp::start().await;
    let (ann, bob) = (test.ann().await, test.bob().await);
    let (id, stays) = (ann.upload_jpeg("a.jpg").await, ann.upload_jpeg("b.jpg").await);
    let users = json!([{ "userId": bob.user_id(), "role": "editor" }]);
    let album = json!({ "albumName": "Trip", "assetIds": [id, stays], "albumUsers": users });
    let album = ann.post("/albums", album).await.expect(201)["id"].as_str().unwrap().to_owned();
    let path = format!("/albums/{album}");
    bob.get(&format!("/assets/{id}")).await.expect(200);

    lock(&ann, id).await;
    let seen = bob.get(&path).await.expect(200);
    assert_eq!((&seen["assetCount"], &seen["albumThumbnailAssetId"]), (&json!(1), &json!(stays)));
    expect_out_of_reach(&bob, id).await;

    ann.post("/auth/pin-code", json!({ "pinCode": PIN })).await.expect(204);
    show_pin(&ann).await;
    let added = ann.put(&format!("{path}/assets"), json!({ "ids": [id] })).await.expect(200);
    assert_eq!((&added[0]["success"], &added[0]["error"]), (&json!(false), &json!("no_permission")));
    ann.put(&format!("/assets/{id}"), json!({ "visibility": "timeline" })).await.expect(200);
    assert_eq!(ann.get(&path).await.expect(200)["assetCount"], 1, "it does not come back by itself");
}

#[tokio::test]
async fn only_a_session_that_showed_the_pin_reaches_what_is_locked() {
    let test = TestApp::start().await;
    let ann = test.ann().await;
    let (other_session, key) = (test.ann().await, ann.with_api_key(&["all"]).await);
    let id = ann.upload_jpeg("a.jpg").await;
    lock(&ann, id).await;
    expect_out_of_reach(&ann, id).await;

    ann.post("/auth/pin-code", json!({ "pinCode": PIN })).await.expect(204);
    let wrong = ann.post("/auth/session/unlock", json!({ "pinCode": "000000" })).await;
    wrong.expect_refusal(400, "Wrong PIN code");
    expect_out_of_reach(&ann, id).await;
    show_pin(&ann).await;
    let locked = ann.get("/timeline/buckets?visibility=locked").await.expect(200);
    assert_eq!(locked[0]["count"], 1);
    assert_eq!(ann.get("/timeline/buckets").await.expect(200), json!([]));
    for client in [&other_session, &key] {
        expect_out_of_reach(client, id).await;
        let refused = client.get("/timeline/buckets?visibility=locked").await;
        refused.expect_refusal(401, "Elevated permission is required");
    }
    ann.put(&format!("/assets/{id}"), json!({ "description": "Secret" })).await.expect(200);

    ann.post("/auth/session/lock", Value::Null).await.expect(204);
    expect_out_of_reach(&ann, id).await;
    show_pin(&ann).await;
    ann.put("/assets", json!({ "ids": [id], "visibility": "timeline" })).await.expect(204);
    let back = key.get(&format!("/assets/{id}")).await.expect(200);
    assert_eq!((&back["visibility"], &back["exifInfo"]["description"]), (&json!("timeline"), &json!("Secret")));
}

#[tokio::test]
async fn the_video_of_a_locked_live_photo_is_locked_with_it() {
    let test = TestApp::start().await;
    let ann = test.ann().await;
    let video = ann.upload_file("a.mov", uuid::Uuid::new_v4().as_bytes().to_vec()).await;
    let photo = Upload::new("a.heic", uuid::Uuid::new_v4().as_bytes().to_vec());
    let photo = photo.field("livePhotoVideoId", &video.to_string());
    let photo: AssetId = ann.upload(photo).await.expect(201)["id"].as_str().unwrap().parse().unwrap();
    let playback = format!("/assets/{video}/video/playback");
    ann.get(&playback).await.expect_file();

    lock(&ann, photo).await;
    expect_out_of_reach(&ann, video).await;
    ann.post("/auth/pin-code", json!({ "pinCode": PIN })).await.expect(204);
    show_pin(&ann).await;
    ann.get(&playback).await.expect_file();
    expect_out_of_reach(&ann.with_api_key(&["all"]).await, video).await;
    ann.put(&format!("/assets/{photo}"), json!({ "visibility": "archive" })).await.expect(200);
    ann.post("/auth/session/lock", Value::Null).await.expect(204);
    ann.get(&playback).await.expect_file();
}
