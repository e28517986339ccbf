//! What the server says of itself, to strangers and to users.

use serde_json::{Value, json};
use testkit::TestApp;

#[tokio::test]
async fn health_checks_compare_the_bytes_of_a_ping() {
    let test = TestApp::start().await;
    assert_eq!(test.anonymous().get("/server/ping").await.text(), r#"{"res":"pong"}"#);
    let version = test.anonymous().get("/server/version").await.expect(200);
    assert_eq!(version, json!({ "major": 3, "minor": 2, "patch": 2, "prerelease": null }));
}

#[tokio::test]
async fn a_ping_needs_no_database() {
    let test = TestApp::start().await;
    test.app.db.close().await;
    assert_eq!(test.anonymous().get("/server/ping").await.text(), r#"{"res":"pong"}"#);
    test.anonymous().get("/server/config").await.expect(503);
}

#[tokio::test]
async fn strangers_learn_what_the_login_page_needs() {
    let test = TestApp::start().await;
    let nobody = test.anonymous();
    let before = nobody.get("/server/config").await.expect(200);
    assert_eq!((&before["isInitialized"], &before["isOnboarded"]), (&json!(false), &json!(false)));
    let ann = test.ann().await;
    ann.post("/system-metadata/admin-onboarding", json!({ "isOnboarded": true })).await.expect(204);
    let after = nobody.get("/server/config").await.expect(200);
    assert_eq!((&after["isInitialized"], &after["isOnboarded"]), (&json!(true), &json!(true)));
    assert_eq!((&after["trashDays"], &after["userDeleteDelay"]), (&json!(30), &json!(7)));
    let features = nobody.get("/server/features").await.expect(200);
    assert_eq!(
        (&features["passwordLogin"], &features["trash"], &features["configFile"]),
        (&json!(true), &json!(true), &json!(false))
    );
    let types = nobody.get("/server/media-types").await.expect(200);
    assert!(types["image"].as_array().unwrap().contains(&json!(".heic")));
    assert_eq!(types["sidecar"], json!([".xmp"]));
}

#[tokio::test]
async fn a_version_is_noted_once_however_many_servers_start() {
    let mut test = TestApp::start().await;
    test.another_server().await;
    let history = test.anonymous().get("/server/version-history").await.expect(200);
    assert_eq!(history.as_array().unwrap().len(), 1);
    assert_eq!(history[0]["version"], "3.2.2");
}

#[tokio::test]
async fn users_see_the_disk_and_only_administrators_see_who_keeps_what() {
    let test = TestApp::start().await;
    let (ann, bob) = (test.ann().await, test.bob().await);
    let disk = bob.get("/server/storage").await.expect(200);
    assert!(disk["diskSizeRaw"].as_u64().unwrap() >= disk["diskAvailableRaw"].as_u64().unwrap());
    assert!(disk["diskSize"].as_str().unwrap().ends_with("iB"), "{disk}");
    bob.get("/server/statistics").await.expect_refusal(403, "Forbidden");
    let statistics = ann.get("/server/statistics").await.expect(200);
    let names: Vec<&Value> =
        statistics["usageByUser"].as_array().unwrap().iter().map(|user| &user["userName"]).collect();
    assert_eq!(names, [&json!("Ann"), &json!("Bob")]);
    let about = bob.get("/server/about").await.expect(200);
    assert_eq!((&about["version"], &about["licensed"]), (&json!("v3.2.2"), &json!(false)));
    assert_eq!(
        bob.get("/server/version-check").await.expect(200),
        json!({ "checkedAt": null, "releaseVersion": null })
    );
    test.anonymous().get("/server/about").await.expect(401);
}
