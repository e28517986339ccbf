//! The administrator's settings: kept as differences, told to everybody, shown in three tiers.

use serde_json::{Value, json};
use testkit::TestApp;

#[tokio::test]
async fn only_administrators_read_and_change_the_settings() {
    let test = TestApp::start().await;
    let (ann, bob) = (test.ann().await, test.bob().await);
    for path in ["/system-config", "/admin/config", "/system-config/defaults", "/admin/config/defaults"] {
        bob.get(path).await.expect_refusal(403, "Forbidden");
        assert_eq!(ann.get(path).await.expect(200)["trash"], json!({ "enabled": true, "days": 30 }));
    }
    let config = ann.get("/system-config").await.expect(200);
    bob.put("/system-config", config).await.expect_refusal(403, "Forbidden");
    assert!(
        !ann.get("/system-config/storage-template-options").await.expect(200)["presetOptions"]
            .as_array()
            .unwrap()
            .is_empty()
    );
}

#[tokio::test]
async fn a_change_holds_for_everybody_and_only_the_difference_is_kept() {
    let test = TestApp::start().await;
    let ann = test.ann().await;
    let mut config = ann.get("/admin/config").await.expect(200);
    config["trash"]["days"] = json!(7);
    config["server"]["externalDomain"] = json!("https://photos.example.com/albums?x=1");
    config["server"]["loginPageMessage"] = json!("Hello");
    let changed = ann.put("/admin/config", config).await.expect(200);
    assert_eq!(changed["server"]["externalDomain"], "https://photos.example.com");
    assert_eq!(ann.get("/system-config").await.expect(200), changed);
    assert_eq!(test.anonymous().get("/server/config").await.expect(200)["trashDays"], json!(7));
    assert_eq!(test.anonymous().get("/public/config").await.expect(200)["server"]["loginPageMessage"], "Hello");
    let kept: Value = sqlx::query_scalar("SELECT value FROM system_metadata WHERE key = 'system-config'")
        .fetch_one(&mut test.database().connect().await)
        .await
        .unwrap();
    let expected = json!({
        "trash": { "days": 7 },
        "server": { "externalDomain": "https://photos.example.com", "loginPageMessage": "Hello" },
    });
    assert_eq!(kept, expected);
}

#[tokio::test]
async fn bad_settings_are_refused_whole() {
    let test = TestApp::start().await;
    let ann = test.ann().await;
    let good = ann.get("/system-config").await.expect(200);
    let mut bad = good.clone();
    bad["image"]["preview"]["quality"] = json!(0);
    bad["trash"]["days"] = json!(1);
    ann.put("/system-config", bad).await.expect(400);
    let mut bad = good.clone();
    bad["ffmpeg"]["transcode"] = json!("sometimes");
    let refused = ann.put("/system-config", bad).await.expect(400);
    assert_eq!(refused["errors"][0]["path"], json!(["ffmpeg", "transcode"]));
    assert_eq!(ann.get("/system-config").await.expect(200), good);
}

#[tokio::test]
async fn a_new_concurrency_is_taken_over_at_once() {
    let test = TestApp::start().await;
    let ann = test.ann().await;
    let mut config = ann.get("/system-config").await.expect(200);
    config["job"]["thumbnailGeneration"]["concurrency"] = json!(7);
    ann.put("/system-config", config).await.expect(200);
    assert_eq!(test.app.system.get().job.thumbnail_generation.concurrency, 7);
}

#[tokio::test]
async fn settings_from_a_file_cannot_be_changed_here() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("settings.json");
    std::fs::write(&file, r#"{"trash": {"days": 3}}"#).unwrap();
    let test = TestApp::start_with(&[("IMMICH_CONFIG_FILE", file.to_str().unwrap())]).await;
    let ann = test.ann().await;
    let config = ann.get("/system-config").await.expect(200);
    assert_eq!(config["trash"]["days"], json!(3));
    let refusal = "Cannot update configuration while IMMICH_CONFIG_FILE is in use";
    ann.put("/system-config", config).await.expect_refusal(400, refusal);
    assert_eq!(test.anonymous().get("/server/features").await.expect(200)["configFile"], json!(true));
}

#[tokio::test]
async fn strangers_and_users_see_their_part() {
    let test = TestApp::start().await;
    let bob = test.bob().await;
    let public = test.anonymous().get("/public/config").await.expect(200);
    assert_eq!(public["passwordLogin"], json!({ "enabled": true }));
    assert!(public.get("ffmpeg").is_none() && public["oauth"].get("clientSecret").is_none());
    test.anonymous().get("/config").await.expect(401);
    let user = bob.get("/config").await.expect(200);
    assert_eq!(user["image"]["preview"], json!({ "size": 1440 }));
    assert!(user["oauth"].get("clientSecret").is_none());
    assert_eq!(bob.get("/config/defaults").await.expect(200), user);
}
