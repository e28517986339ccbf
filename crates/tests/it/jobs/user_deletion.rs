//! Accounts go for good when their time is over: with all that is their own, and with nothing else.

use reqwest::{
    Method,
    multipart::{Form, Part},
};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use testkit::{Client, Picture, TestApp};

/// As the administrator's page will do it.
async fn delete_account(test: &TestApp, user: &Client, days_ago: i32) {
    sqlx::query("UPDATE users SET status = 'deleted', deleted_at = now() - $2 * interval '1 day' WHERE id = $1")
        .bind(user.user_id())
        .bind(days_ago)
        .execute(&mut test.database().connect().await)
        .await
        .unwrap();
}

async fn exists(test: &TestApp, user: &Client) -> bool {
    sqlx::query_scalar("SELECT EXISTS (SELECT FROM users WHERE id = $1)")
        .bind(user.user_id())
        .fetch_one(&mut test.database().connect().await)
        .await
        .unwrap()
}

/// The files of a user, whatever folder of the library they are in.
fn files_of(test: &TestApp, user: &Client) -> Vec<PathBuf> {
    fn below(dir: &Path) -> Vec<PathBuf> {
        let Ok(entries) = std::fs::read_dir(dir) else { return Vec::new() };
        let paths = entries.map(|entry| entry.unwrap().path());
        paths.flat_map(|path| if path.is_dir() { below(&path) } else { vec![path] }).collect()
    }
    let id = user.user_id().to_string();
    below(test.media()).into_iter().filter(|path| path.iter().any(|part| part == id.as_str())).collect()
}

/// A photo with its pictures, and a profile image.
async fn settle(test: &TestApp, user: &Client) -> String {
    let id = user.upload_jpeg("a.jpg").await;
    let form = Form::new().part("file", Part::bytes(Picture::random().jpeg()).file_name("me.jpg"));
    let answer = user.request(Method::POST, "/users/profile-image").multipart(form).send().await.unwrap();
    assert_eq!(answer.status().as_u16(), 201);
    test.run_jobs().await;
    id.to_string()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_goes_with_all_that_is_its_own() {
    let test = TestApp::start().await;
    let (ann, bob, cleo) = (test.ann().await, test.bob().await, test.user("Cleo").await);
    let (of_ann, of_bob, _) = (settle(&test, &ann).await, settle(&test, &bob).await, settle(&test, &cleo).await);
    let with = |user: &Client, role: &str| json!([{ "userId": user.user_id(), "role": role }]);
    let album = json!({ "albumName": "Ann's", "assetIds": [of_ann], "albumUsers": with(&bob, "editor") });
    let of_anns_album = ann.post("/albums", album).await.expect(201)["id"].as_str().unwrap().to_owned();
    bob.put(&format!("/albums/{of_anns_album}/assets"), json!({ "ids": [of_bob] })).await.expect(200);
    let album = json!({ "albumName": "Bob's", "assetIds": [of_bob], "albumUsers": with(&ann, "viewer") });
    bob.post("/albums", album).await.expect(201);
    let (files_of_ann, files_of_cleo) = (files_of(&test, &ann), files_of(&test, &cleo));
    assert_eq!(
        (files_of(&test, &bob).len(), files_of_cleo.len()),
        (4, 4),
        "an original, two pictures, a profile image"
    );

    // The settings keep a deleted account for a week.
    delete_account(&test, &bob, 8).await;
    delete_account(&test, &cleo, 6).await;
    ann.post("/jobs", json!({ "name": "user-cleanup" })).await.expect(204);
    test.run_jobs().await;

    assert!(!exists(&test, &bob).await && exists(&test, &cleo).await && exists(&test, &ann).await);
    assert_eq!(files_of(&test, &bob), Vec::<PathBuf>::new());
    assert!(!test.media().join("upload").join(bob.user_id().to_string()).exists());
    assert_eq!((files_of(&test, &ann), files_of(&test, &cleo)), (files_of_ann, files_of_cleo));
    let albums = ann.get("/albums").await.expect(200);
    assert_eq!((albums.as_array().unwrap().len(), &albums[0]["id"]), (1, &json!(of_anns_album)));
    assert_eq!(albums[0]["assetCount"], 1);
    ann.get(&format!("/assets/{of_ann}/original")).await.expect_file();
    bob.get("/users/me").await.expect_refusal(401, "Invalid user token");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_comes_back_in_time_keeps_everything() {
    let test = TestApp::start().await;
    let (ann, bob) = (test.ann().await, test.bob().await);
    let id = settle(&test, &bob).await;
    delete_account(&test, &bob, 8).await;
    // Queued, and brought back before a worker took it.
    domain::user_deletion::check(&test.app).await.unwrap();
    sqlx::query("UPDATE users SET status = 'active', deleted_at = NULL")
        .execute(&mut test.database().connect().await)
        .await
        .unwrap();
    test.run_jobs().await;
    assert!(exists(&test, &bob).await);
    assert_eq!(files_of(&test, &bob).len(), 4);
    test.bob().await.get(&format!("/assets/{id}/original")).await.expect_file();
    assert_eq!(ann.count_jobs("backgroundTask", "failed").await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_removal_that_was_cut_off_goes_on_and_strange_files_stay() {
    let test = TestApp::start().await;
    let (ann, bob) = (test.ann().await, test.bob().await);
    settle(&test, &bob).await;
    let stranger = test.media().join("upload").join(bob.user_id().to_string()).join("letters.txt");
    std::fs::write(&stranger, "not of this library").unwrap();
    delete_account(&test, &bob, 0).await;
    sqlx::query("UPDATE users SET status = 'removing' WHERE deleted_at IS NOT NULL")
        .execute(&mut test.database().connect().await)
        .await
        .unwrap();
    ann.post("/jobs", json!({ "name": "user-cleanup" })).await.expect(204);
    test.run_jobs().await;
    assert!(!exists(&test, &bob).await);
    assert_eq!(files_of(&test, &bob), [stranger]);
}

#[tokio::test]
async fn chores_that_do_not_exist_yet_are_refused() {
    let test = TestApp::start().await;
    let (ann, bob) = (test.ann().await, test.bob().await);
    for name in ["tag-cleanup", "memory-create", "backup-database", "integrity-missing-files"] {
        let refused = ann.post("/jobs", json!({ "name": name })).await.expect(400);
        assert_eq!(refused["message"], "Invalid job name: this version cannot run it yet", "{name}");
    }
    let unknown = ann.post("/jobs", json!({ "name": "make-coffee" })).await.expect(400);
    assert_ne!(unknown["errors"], Value::Null);
    bob.post("/jobs", json!({ "name": "user-cleanup" })).await.expect_refusal(403, "Forbidden");
    assert_eq!(ann.count_jobs("backgroundTask", "waiting").await, 0);
}
