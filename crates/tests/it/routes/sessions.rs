//! Where a user is signed in: seeing, ending, and sessions that sessions make.

use reqwest::Method;
use serde_json::{Value, json};
use testkit::{Client, TestApp};

async fn list(client: &Client) -> Vec<Value> {
    client.get("/sessions").await.expect(200).as_array().unwrap().clone()
}

async fn current(client: &Client) -> String {
    let sessions = list(client).await;
    let current = sessions.iter().find(|session| session["current"] == true).expect("one session is the current one");
    current["id"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_user_sees_their_sessions_and_which_one_this_is() {
    let test = TestApp::start().await;
    let (ann, elsewhere, bob) = (test.ann().await, test.ann().await, test.bob().await);
    let before = list(&ann).await.len();
    assert_eq!(list(&ann).await.iter().filter(|session| session["current"] == true).count(), 1);
    assert_ne!(current(&ann).await, current(&elsewhere).await);
    let ids: Vec<Value> = list(&ann).await.iter().map(|session| session["id"].clone()).collect();
    assert!(!ids.contains(&json!(current(&bob).await)));
    ann.get("/users/me").await.expect(200);
    assert_eq!(list(&ann).await.len(), before);
    assert!(list(&ann).await[0].get("appVersion").is_some_and(Value::is_null));
}

#[tokio::test]
async fn the_mobile_app_is_known_by_its_version() {
    let test = TestApp::start().await;
    let ann = test.ann().await;
    let request = ann.request(Method::GET, "/sessions").header("user-agent", "immich-android/3.1.0");
    request.send().await.unwrap().error_for_status().unwrap();
    // Remembered callers are looked up again after a while; the version is then written down.
    test.app.callers.forget_all();
    let request = ann.request(Method::GET, "/sessions").header("user-agent", "immich-android/3.1.0");
    request.send().await.unwrap().error_for_status().unwrap();
    let sessions = list(&ann).await;
    let this = sessions.iter().find(|session| session["current"] == true).unwrap();
    assert_eq!(this["appVersion"], "3.1.0");
}

#[tokio::test]
async fn an_ended_session_is_refused_at_once_and_strangers_cannot_end_it() {
    let test = TestApp::start().await;
    let (ann, elsewhere, bob) = (test.ann().await, test.ann().await, test.bob().await);
    let path = format!("/sessions/{}", current(&elsewhere).await);
    bob.delete(&path).await.expect_refusal(400, "Not found or no authDevice.delete access");
    elsewhere.get("/users/me").await.expect(200);
    ann.delete(&path).await.expect(204);
    elsewhere.get("/users/me").await.expect_refusal(401, "Invalid user token");
    ann.delete(&path).await.expect_refusal(400, "Not found or no authDevice.delete access");
}

#[tokio::test]
async fn signing_out_everywhere_else_keeps_this_session() {
    let test = TestApp::start().await;
    let (ann, elsewhere, bob) = (test.ann().await, test.ann().await, test.bob().await);
    ann.delete("/sessions").await.expect(204);
    assert_eq!(list(&ann).await.len(), 1);
    elsewhere.get("/users/me").await.expect(401);
    bob.get("/users/me").await.expect(200);
}

#[tokio::test]
async fn a_session_made_for_a_television_ends_with_the_one_that_made_it() {
    let test = TestApp::start().await;
    let (ann, elsewhere) = (test.ann().await, test.ann().await);
    let body = json!({ "deviceType": "Cast", "deviceOS": "Google Cast", "duration": 900 });
    let created = elsewhere.post("/sessions", body.clone()).await.expect(201);
    assert_eq!((&created["deviceType"], &created["deviceOS"]), (&json!("Cast"), &json!("Google Cast")));
    assert!(created["expiresAt"].is_string());
    let television = format!("/users/me?sessionKey={}", created["token"].as_str().unwrap());
    test.anonymous().get(&television).await.expect(200);
    ann.delete(&format!("/sessions/{}", current(&elsewhere).await)).await.expect(204);
    test.anonymous().get(&television).await.expect_refusal(401, "Invalid user token");

    let key = ann.with_api_key(&["all"]).await;
    key.post("/sessions", body).await.expect_refusal(400, "This endpoint can only be used with a session token");
    ann.post("/sessions", json!({ "duration": 0 })).await.expect(400);
}

#[tokio::test]
async fn a_device_can_be_told_to_synchronise_anew() {
    let test = TestApp::start().await;
    let ann = test.ann().await;
    let path = format!("/sessions/{}", current(&ann).await);
    ann.put(&path, json!({})).await.expect_refusal(400, "No fields to update");
    let updated = ann.put(&path, json!({ "isPendingSyncReset": true })).await.expect(200);
    assert_eq!(updated["isPendingSyncReset"], json!(true));
    ann.patch(&path, json!({ "isPendingSyncReset": false })).await.expect(200);
    ann.post(&format!("{path}/lock"), json!({})).await.expect(204);
}
