//! `/users/profile-image`: pictures of people, and that no file outlives the row that named it.

use reqwest::{
    Method,
    multipart::{Form, Part},
};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use testkit::{Client, Picture, TestApp};

/// Status and body.
async fn create(client: &Client, file_name: &str, bytes: Vec<u8>) -> (u16, Value) {
    let form = Form::new().text("note", "before").part("file", Part::bytes(bytes).file_name(file_name.to_owned()));
    let answer = client.request(Method::POST, "/users/profile-image").multipart(form).send().await.unwrap();
    (answer.status().as_u16(), answer.json().await.unwrap())
}

/// What lies in the folder of profile images, its mount marker aside.
fn files(test: &TestApp) -> Vec<PathBuf> {
    fn below(dir: &Path) -> Vec<PathBuf> {
        let paths = std::fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().path());
        paths.flat_map(|path| if path.is_dir() { below(&path) } else { vec![path] }).collect()
    }
    below(&test.media().join("profile")).into_iter().filter(|path| !path.ends_with(".immich")).collect()
}

#[tokio::test]
async fn a_picture_shows_its_owner_to_everybody() {
    let test = TestApp::start().await;
    let (ann, bob) = (test.ann().await, test.bob().await);
    let path = format!("/users/{}/profile-image", ann.user_id());
    bob.get(&path).await.expect_refusal(404, "Not Found");
    let before = ann.get("/users/me").await.expect(200);
    assert_eq!(before["profileImagePath"], "");

    let bytes = Picture::random().jpeg();
    let (status, created) = create(&ann, "me.JPG", bytes.clone()).await;
    assert_eq!((status, &created["userId"]), (201, &json!(ann.user_id())));
    let me = ann.get("/users/me").await.expect(200);
    assert_eq!(me["profileImagePath"], created["profileImagePath"]);
    assert_eq!(me["profileChangedAt"], created["profileChangedAt"]);
    assert!(me["profileChangedAt"].as_str() > before["profileChangedAt"].as_str());
    let seen = bob.get(&format!("/users/{}", ann.user_id())).await.expect(200);
    assert_eq!(seen["profileImagePath"], created["profileImagePath"]);

    let served = bob.get(&path).await;
    assert!(served.expect_file() == bytes);
    assert_eq!((served.header("content-type"), served.header("accept-ranges")), ("image/jpeg", "bytes"));
    assert_eq!(served.header("cache-control"), "private, no-cache, no-transform");
    assert_eq!(test.anonymous().get(&path).await.status, 401);
    bob.get(&format!("/users/{}/profile-image", uuid::Uuid::new_v4())).await.expect_refusal(404, "Not Found");
    let key = ann.with_api_key(&["user.read"]).await;
    key.get(&path).await.expect_refusal(403, "Missing required permission: userProfileImage.read");
}

#[tokio::test]
async fn a_new_picture_takes_the_place_of_the_old_one() {
    let test = TestApp::start().await;
    let ann = test.ann().await;
    let path = format!("/users/{}/profile-image", ann.user_id());
    create(&ann, "one.jpg", Picture::random().jpeg()).await;
    let bytes = Picture::random().jpeg();
    let (_, created) = create(&ann, "two.jpg", bytes.clone()).await;
    assert!(ann.get(&path).await.expect_file() == bytes);
    assert_eq!(files(&test), [PathBuf::from(created["profileImagePath"].as_str().unwrap())]);

    ann.delete("/users/profile-image").await.expect(204);
    ann.get(&path).await.expect_refusal(404, "Not Found");
    assert_eq!(ann.get("/users/me").await.expect(200)["profileImagePath"], "");
    assert_eq!(files(&test), Vec::<PathBuf>::new());
    ann.delete("/users/profile-image").await.expect(204);
}

#[tokio::test]
async fn many_at_once_leave_the_one_that_the_row_names() {
    let test = TestApp::start().await;
    let ann = test.ann().await;
    let creating = (0..8).map(|_| create(&ann, "me.jpg", Picture::random().jpeg()));
    assert!(futures::future::join_all(creating).await.iter().all(|(status, _)| *status == 201));
    let named = ann.get("/users/me").await.expect(200)["profileImagePath"].as_str().unwrap().to_owned();
    assert_eq!(files(&test), [PathBuf::from(named)]);
}

#[tokio::test]
async fn what_is_no_picture_is_refused_and_leaves_nothing() {
    let test = TestApp::start().await;
    let ann = test.ann().await;
    for name in ["me.mp4", "me.svg", "me.exe", "me"] {
        let (status, refused) = create(&ann, name, vec![7; 3_000_000]).await;
        assert_eq!((status, &refused["message"]), (400, &json!(format!("Unsupported file type {name}"))));
    }
    let (status, refused) = create(&ann, "me.jpg", Vec::new()).await;
    assert_eq!((status, &refused["message"]), (400, &json!("File is empty")));
    let (status, refused) = create(&ann, "me.jpg", vec![7; 33 * 1024 * 1024]).await;
    assert_eq!((status, &refused["message"]), (413, &json!("The file is too large")));
    let form = Form::new().text("file_name", "me.jpg");
    let answer = ann.request(Method::POST, "/users/profile-image").multipart(form).send().await.unwrap();
    assert_eq!(answer.status().as_u16(), 400);
    ann.post("/users/profile-image", json!({})).await.expect(400);
    assert_eq!(files(&test), Vec::<PathBuf>::new());
    assert_eq!(ann.get("/users/me").await.expect(200)["profileImagePath"], "");
}

#[tokio::test]
async fn whatever_crashes_the_file_of_the_row_stays() {
    let test = TestApp::start().await;
    let ann = test.ann().await;
    let bytes = Picture::random().jpeg();
    let (_, created) = create(&ann, "me.jpg", bytes.clone()).await;
    let named = PathBuf::from(created["profileImagePath"].as_str().unwrap());

    // One process died before the commit that would have forgotten this file, another before that of a new one.
    drop(test.app.files.release(named.clone()).await.unwrap());
    let lost = test.app.files.profile_image(ann.user_id(), uuid::Uuid::new_v4(), "jpg");
    let mut incoming = test.app.files.receive(lost.clone()).await.unwrap();
    incoming.write(&bytes).await.unwrap();
    incoming.finish(None).await.unwrap();
    incoming.place().await.unwrap();
    drop(incoming);
    assert_eq!(domain::assets::sweep_incoming(&test.app).await.unwrap(), 2);
    assert_eq!(files(&test), [named]);
    assert!(ann.get(&format!("/users/{}/profile-image", ann.user_id())).await.expect_file() == bytes);
}
