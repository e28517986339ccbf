//! Oneself and the others; preferences; first steps.

use serde_json::{Value, json};
use testkit::TestApp;

#[tokio::test]
async fn everybody_sees_themselves_in_full_and_others_in_part() {
    let test = TestApp::start().await;
    let (ann, bob) = (test.ann().await, test.bob().await);
    let me = bob.get("/users/me").await.expect(200);
    assert_eq!((&me["name"], &me["isAdmin"], &me["status"]), (&json!("Bob"), &json!(false), &json!("active")));
    for key in ["deletedAt", "license", "quotaSizeInBytes", "storageLabel"] {
        assert!(me.get(key).is_some_and(Value::is_null), "{key} is present and null");
    }
    assert_eq!(me["createdAt"].as_str().unwrap().len(), "2024-05-01T10:00:00.000Z".len());
    let other = bob.get(&format!("/users/{}", ann.user_id())).await.expect(200);
    assert_eq!(other["name"], "Ann");
    assert!(other.get("isAdmin").is_none());
    assert_eq!(bob.get("/users").await.expect(200).as_array().unwrap().len(), 2);
    let unknown = format!("/users/{}", uuid::Uuid::new_v4());
    bob.get(&unknown).await.expect_refusal(400, "User not found");
    assert_eq!(bob.get("/users/nobody").await.expect(400)["errors"][0]["message"], "Invalid UUID");
}

#[tokio::test]
async fn where_users_are_not_public_they_see_only_themselves() {
    let test = TestApp::start().await;
    let (ann, bob) = (test.ann().await, test.bob().await);
    let mut config = ann.get("/system-config").await.expect(200);
    config["server"]["publicUsers"] = json!(false);
    ann.put("/system-config", config).await.expect(200);
    let shown = bob.get("/users").await.expect(200);
    assert_eq!((shown.as_array().unwrap().len(), &shown[0]["name"]), (1, &json!("Bob")));
    bob.get(&format!("/users/{}", ann.user_id())).await.expect_refusal(400, "User not found");
    assert_eq!(ann.get("/users").await.expect(200).as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn an_account_is_changed_field_by_field_and_addresses_are_unique() {
    let test = TestApp::start().await;
    let (_ann, bob) = (test.ann().await, test.bob().await);
    let changed = bob.put("/users/me", json!({ "name": "Robert", "avatarColor": "red" })).await.expect(200);
    assert_eq!((&changed["name"], &changed["avatarColor"]), (&json!("Robert"), &json!("red")));
    let changed = bob.patch("/users/me", json!({ "avatarColor": null, "email": "ROB@example.com" })).await.expect(200);
    assert_eq!((&changed["name"], &changed["email"]), (&json!("Robert"), &json!("rob@example.com")));
    assert_ne!(changed["avatarColor"], Value::Null);
    bob.put("/users/me", json!({ "email": "ann@example.com" })).await.expect_refusal(400, "Email is not available");
    let refused = bob.put("/users/me", json!({ "avatarColor": "mauve" })).await.expect(400);
    assert_eq!(refused["errors"][0]["path"], json!(["avatarColor"]));
}

#[tokio::test]
async fn a_new_password_set_on_the_account_signs_in() {
    let test = TestApp::start().await;
    let bob = test.bob().await;
    let changed = bob.put("/users/me", json!({ "password": "battery staple" })).await.expect(200);
    assert_eq!(changed["shouldChangePassword"], json!(false));
    testkit::Client::login(test.base_url(), "bob@example.com", "battery staple")
        .await
        .get("/users/me")
        .await
        .expect(200);
}

#[tokio::test]
async fn preferences_are_merged_over_the_defaults() {
    let test = TestApp::start().await;
    let bob = test.bob().await;
    let defaults = bob.get("/users/me/preferences").await.expect(200);
    assert_eq!(defaults["memories"], json!({ "enabled": true, "duration": 5, "sidebarWeb": false }));
    assert_eq!(defaults["download"]["archiveSize"], json!(4_294_967_296_u64));
    bob.put("/users/me/preferences", json!({ "memories": { "duration": 9 } })).await.expect(200);
    let changes = json!({ "tags": { "enabled": true }, "avatar": { "color": "amber" } });
    let changed = bob.put("/users/me/preferences", changes).await.expect(200);
    assert_eq!((&changed["memories"]["duration"], &changed["tags"]["enabled"]), (&json!(9), &json!(true)));
    assert_eq!(bob.get("/users/me/preferences").await.expect(200), changed);
    assert_eq!(bob.get("/users/me").await.expect(200)["avatarColor"], "amber");
    let refused = bob.put("/users/me/preferences", json!({ "memories": { "duration": "long" } })).await.expect(400);
    assert_eq!(refused["errors"][0]["path"], json!(["memories", "duration"]));
    assert_eq!(refused["errors"][0]["message"], "Invalid input: expected number, received string");
}

#[tokio::test]
async fn first_steps_are_remembered_until_they_are_forgotten() {
    let test = TestApp::start().await;
    let bob = test.bob().await;
    let onboarded = async || bob.get("/users/me/onboarding").await.expect(200)["isOnboarded"].clone();
    assert_eq!(onboarded().await, json!(false));
    bob.put("/users/me/onboarding", json!({ "isOnboarded": true })).await.expect(200);
    assert_eq!(onboarded().await, json!(true));
    bob.delete("/users/me/onboarding").await.expect(204);
    assert_eq!(onboarded().await, json!(false));
}
