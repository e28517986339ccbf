//! `/trash`: what was thrown away, and whose it is.

use serde_json::json;
use testkit::TestApp;

#[tokio::test]
async fn some_or_all_come_back() {
    let test = TestApp::start().await;
    let ann = test.ann().await;
    let ids = [ann.upload_jpeg("a.jpg").await, ann.upload_jpeg("b.jpg").await, ann.upload_jpeg("c.jpg").await];
    ann.delete_with("/assets", json!({ "ids": ids })).await.expect(204);
    assert_eq!(ann.post("/trash/restore/assets", json!({ "ids": [ids[0]] })).await.expect(200)["count"], 1);
    assert_eq!(ann.post("/trash/restore/assets", json!({ "ids": [ids[0]] })).await.expect(200)["count"], 0);
    assert_eq!(ann.post("/trash/restore", json!({})).await.expect(200)["count"], 2);
    assert_eq!(ann.get("/timeline/buckets").await.expect(200)[0]["count"], 3);
}

#[tokio::test]
async fn everybody_has_a_trash_of_their_own() {
    let test = TestApp::start().await;
    let (ann, bob) = (test.ann().await, test.bob().await);
    let id = ann.upload_jpeg("a.jpg").await;
    ann.delete_with("/assets", json!({ "ids": [id] })).await.expect(204);
    for operation in ["/trash/empty", "/trash/restore"] {
        assert_eq!(bob.post(operation, json!({})).await.expect(200)["count"], 0);
    }
    let refused = bob.post("/trash/restore/assets", json!({ "ids": [id] })).await;
    refused.expect_refusal(400, "Not found or no asset.delete access");
    assert_eq!(ann.get(&format!("/assets/{id}")).await.expect(200)["isTrashed"], true);
}

#[tokio::test]
async fn what_was_emptied_can_be_uploaded_again_at_once() {
    let test = TestApp::start().await;
    let ann = test.ann().await;
    let bytes = testkit::Picture::random().jpeg();
    let id = ann.upload_file("a.jpg", bytes.clone()).await;
    ann.delete_with("/assets", json!({ "ids": [id] })).await.expect(204);
    assert_eq!(ann.post("/trash/empty", json!({})).await.expect(200)["count"], 1);
    assert_ne!(ann.upload_file("a.jpg", bytes).await, id, "no worker has removed the old one yet");
}
