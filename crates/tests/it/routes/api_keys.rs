//! Keys that programs sign in with: what they may, and that they cannot make themselves more.

use serde_json::{Value, json};
use testkit::TestApp;

#[tokio::test]
async fn a_new_key_shows_its_secret_once_and_works() {
    let test = TestApp::start().await;
    let ann = test.ann().await;
    let created = ann.post("/api-keys", json!({ "permissions": ["user.read"] })).await.expect(201);
    assert_eq!((&created["name"], &created["apiKey"]["name"]), (&json!("API Key"), &json!("API Key")));
    assert_eq!(created["id"], created["apiKey"]["id"]);
    let path = format!("/api-keys/{}", created["id"].as_str().unwrap());
    assert!(ann.get(&path).await.expect(200).get("secret").is_none());
    assert_eq!(ann.get("/api-keys").await.expect(200).as_array().unwrap().len(), 1);
    let secret = created["secret"].as_str().unwrap();
    test.anonymous().get(&format!("/users/me?apiKey={secret}")).await.expect(200);
    ann.delete(&path).await.expect(204);
    test.anonymous().get(&format!("/users/me?apiKey={secret}")).await.expect_refusal(401, "Invalid API key");
    ann.get(&path).await.expect_refusal(400, "API Key not found");
}

#[tokio::test]
async fn a_key_may_what_it_was_given_and_no_more() {
    let test = TestApp::start().await;
    let ann = test.ann().await;
    let reader = ann.with_api_key(&["user.read"]).await;
    reader.get("/users/me").await.expect(200);
    reader.get("/sessions").await.expect_refusal(403, "Missing required permission: session.read");
    assert_eq!(reader.get("/api-keys/me").await.expect(200)["permissions"], json!(["user.read"]));
    ann.get("/api-keys/me").await.expect_refusal(403, "Not authenticated with an API Key");
    let bobs = test.bob().await.with_api_key(&["all"]).await;
    bobs.get("/system-config").await.expect_refusal(403, "Forbidden");
}

#[tokio::test]
async fn a_key_cannot_make_a_mightier_one() {
    let test = TestApp::start().await;
    let ann = test.ann().await;
    let mighty = ann.post("/api-keys", json!({ "permissions": ["all"] })).await.expect(201);
    let mighty = format!("/api-keys/{}", mighty["id"].as_str().unwrap());
    let rights = ["apiKey.create", "apiKey.update", "apiKey.rotate", "apiKey.read"];
    let maker = ann.with_api_key(&rights).await;
    let refusal = "Cannot grant permissions you do not have";
    maker.post("/api-keys", json!({ "permissions": ["all"] })).await.expect_refusal(400, refusal);
    maker.post("/api-keys", json!({ "permissions": ["apiKey.read", "asset.read"] })).await.expect_refusal(400, refusal);
    maker.put(&mighty, json!({ "permissions": ["asset.delete"] })).await.expect_refusal(400, refusal);
    // Whoever gives a key a new secret holds the key.
    maker.post(&format!("{mighty}/rotate"), json!({})).await.expect_refusal(400, refusal);
    maker.post("/api-keys", json!({ "permissions": ["apiKey.read"] })).await.expect(201);
}

#[tokio::test]
async fn rotating_replaces_the_secret_and_nothing_else() {
    let test = TestApp::start().await;
    let (ann, bob) = (test.ann().await, test.bob().await);
    let created = ann.post("/api-keys", json!({ "name": "cli", "permissions": ["user.read"] })).await.expect(201);
    let path = format!("/api-keys/{}", created["id"].as_str().unwrap());
    bob.post(&format!("{path}/rotate"), json!({})).await.expect_refusal(400, "API Key not found");
    let rotated = ann.post(&format!("{path}/rotate"), json!({})).await.expect(201);
    assert_eq!((&rotated["id"], &rotated["name"]), (&created["id"], &json!("cli")));
    let works = async |answer: &Value| {
        test.anonymous().get(&format!("/users/me?apiKey={}", answer["secret"].as_str().unwrap())).await.status
    };
    assert_eq!((works(&created).await, works(&rotated).await), (401, 200));
}

#[tokio::test]
async fn keys_are_renamed_and_their_rights_changed_by_their_owner_only() {
    let test = TestApp::start().await;
    let (ann, bob) = (test.ann().await, test.bob().await);
    let created = ann.post("/api-keys", json!({ "permissions": ["user.read"] })).await.expect(201);
    let path = format!("/api-keys/{}", created["id"].as_str().unwrap());
    let secret = created["secret"].as_str().unwrap();
    test.anonymous().get(&format!("/users/me?apiKey={secret}")).await.expect(200);
    bob.put(&path, json!({ "name": "mine" })).await.expect_refusal(400, "API Key not found");
    let changed = ann.patch(&path, json!({ "permissions": ["asset.read"] })).await.expect(200);
    assert_eq!(changed["permissions"], json!(["asset.read"]));
    // What was taken away is gone at once.
    test.anonymous().get(&format!("/users/me?apiKey={secret}")).await.expect(403);
    ann.put(&path, json!({ "permissions": [] })).await.expect(400);
    ann.put(&path, json!({ "permissions": ["asset.fly"] })).await.expect(400);
}
