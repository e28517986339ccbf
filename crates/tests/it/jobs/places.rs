//! What the place is called where a picture was taken.

use model::ids::AssetId;
use serde_json::{Value, json};
use testkit::{Client, Picture, TestApp};

async fn upload_at(client: &Client, latitude: f64, longitude: f64) -> AssetId {
    let picture = Picture::random().taken("2023:07:14 21:30:05", "+02:00").at(latitude, longitude);
    client.upload_file("photo.jpg", picture.jpeg()).await
}

async fn place(client: &Client, id: AssetId) -> Value {
    let asset = client.get(&format!("/assets/{id}")).await.expect(200);
    let exif = &asset["exifInfo"];
    json!([exif["city"], exif["state"], exif["country"]])
}

#[tokio::test(flavor = "multi_thread")]
async fn a_position_has_names() {
    let test = TestApp::start().await;
    let ann = test.ann().await;
    let id = upload_at(&ann, 48.8584, 2.2945).await;
    test.run_jobs().await;
    assert_eq!(place(&ann, id).await, json!(["Paris", "Île-de-France", "France"]));
    let month = ann.get("/timeline/bucket?timeBucket=2023-07-01").await.expect(200);
    assert_eq!((&month["city"], &month["country"]), (&json!(["Paris"]), &json!(["France"])));
}

#[tokio::test(flavor = "multi_thread")]
async fn another_position_has_other_names() {
    let test = TestApp::start().await;
    let ann = test.ann().await;
    let (one, other) = (upload_at(&ann, 48.8584, 2.2945).await, upload_at(&ann, 48.8584, 2.2945).await);
    test.run_jobs().await;
    ann.put(&format!("/assets/{one}"), json!({ "latitude": 52.5163, "longitude": 13.3777 })).await.expect(200);
    assert_eq!(place(&ann, one).await, json!(["Berlin", "State of Berlin", "Germany"]));
    ann.put("/assets", json!({ "ids": [one, other], "latitude": 27.0, "longitude": 0.5 })).await.expect(204);
    for id in [one, other] {
        assert_eq!(place(&ann, id).await, json!([null, null, "Algeria"]));
    }
    // What is read again does not come back over what a person wrote.
    ann.post("/assets/jobs", json!({ "assetIds": [one], "name": "refresh-metadata" })).await.expect(204);
    test.run_jobs().await;
    assert_eq!(place(&ann, one).await, json!([null, null, "Algeria"]));
    ann.put("/assets", json!({ "ids": [one], "latitude": 30.0, "longitude": -40.0 })).await.expect(204);
    assert_eq!(place(&ann, one).await, json!([null, null, null]), "the open sea has no name");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_wants_no_names_gets_none() {
    let test = TestApp::start().await;
    let ann = test.ann().await;
    let mut settings = ann.get("/system-config").await.expect(200);
    settings["reverseGeocoding"]["enabled"] = json!(false);
    ann.put("/system-config", settings.clone()).await.expect(200);
    let id = upload_at(&ann, 48.8584, 2.2945).await;
    test.run_jobs().await;
    assert_eq!(place(&ann, id).await, json!([null, null, null]));
    settings["reverseGeocoding"]["enabled"] = json!(true);
    ann.put("/system-config", settings).await.expect(200);
    ann.post("/assets/jobs", json!({ "assetIds": [id], "name": "refresh-metadata" })).await.expect(204);
    test.run_jobs().await;
    assert_eq!(place(&ann, id).await[0], json!("Paris"), "known once the setting is back");
}
