//! `/people`: names, faces and who is listed. How people come to be known is told in the tests of faces.

use model::ids::AssetId;
use serde_json::{Value, json};
use std::path::PathBuf;
use testkit::{Client, Picture, TestApp};

/// A server whose settings let files name people.
async fn start() -> (TestApp, Client) {
    let test = TestApp::start().await;
    let ann = test.ann().await;
    let mut config = ann.get("/system-config").await.expect(200);
    config["metadata"]["faces"]["import"] = json!(true);
    ann.put("/system-config", config).await.expect(200);
    (test, ann)
}

async fn upload(test: &TestApp, ann: &Client, names: &[&str]) -> AssetId {
    let mut picture = Picture::random().size(400, 100);
    for (at, name) in names.iter().enumerate() {
        let at = u32::try_from(at).unwrap();
        picture = picture.face(name, [10 + 60 * at, 20, 20 + 10 * at, 20 + 10 * at]);
    }
    let id = ann.upload_file("photo.jpg", picture.jpeg()).await;
    test.run_jobs().await;
    id
}

async fn list(ann: &Client, query: &str) -> (Vec<String>, Value) {
    let answer = ann.get(&format!("/people?{query}")).await.expect(200);
    let names = answer["people"].as_array().unwrap().iter().map(|person| person["name"].as_str().unwrap().to_owned());
    (names.collect(), json!([answer["total"], answer["hidden"], answer["hasNextPage"]]))
}

/// The path of somebody.
async fn path_of(ann: &Client, name: &str) -> String {
    let people = ann.get("/people?withHidden=true").await.expect(200)["people"].clone();
    let person = people.as_array().unwrap().iter().find(|person| person["name"] == name).unwrap();
    format!("/people/{}", person["id"].as_str().unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn people_are_listed_by_how_well_they_are_known() {
    let (test, ann) = start().await;
    upload(&test, &ann, &["Ada", "Bea", "Cid"]).await;
    upload(&test, &ann, &["Bea", "Dot"]).await;
    assert_eq!(list(&ann, "").await, (["Bea", "Ada", "Cid", "Dot"].map(str::to_owned).into(), json!([4, 0, false])));
    ann.put(&path_of(&ann, "Dot").await, json!({ "isFavorite": true })).await.expect(200);
    ann.put(&path_of(&ann, "Ada").await, json!({ "isHidden": true })).await.expect(200);
    assert_eq!(list(&ann, "").await, (["Dot", "Bea", "Cid"].map(str::to_owned).into(), json!([4, 1, false])));
    let all = (["Dot", "Bea", "Cid", "Ada"].map(str::to_owned).into(), json!([4, 1, false]));
    assert_eq!(list(&ann, "withHidden=true").await, all);
    assert_eq!(list(&ann, "size=2").await, (["Dot", "Bea"].map(str::to_owned).into(), json!([4, 1, true])));
    assert_eq!(list(&ann, "size=2&page=2").await, (["Cid"].map(str::to_owned).into(), json!([4, 1, false])));
    for wrong in ["size=0", "size=1001", "page=0", "withHidden=1"] {
        ann.get(&format!("/people?{wrong}")).await.expect(400);
    }

    // Who has no name is shown from the third face on.
    ann.put(&path_of(&ann, "Bea").await, json!({ "name": "" })).await.expect(200);
    assert_eq!(list(&ann, "").await.0, ["Dot", "Cid"]);
    ann.put("/users/me/preferences", json!({ "people": { "minimumFaces": 2 } })).await.expect(200);
    assert_eq!(list(&ann, "").await.0, ["Dot", "Cid", ""]);
    let unknown = uuid::Uuid::new_v4();
    ann.get(&format!("/people?closestPersonId={unknown}")).await.expect_refusal(404, "Person not found");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_is_changed_and_what_is_not_named_stays() {
    let (test, ann) = start().await;
    upload(&test, &ann, &["Ada"]).await;
    let path = path_of(&ann, "Ada").await;
    let change = async |changes: Value| ann.put(&path, changes).await.expect(200);
    let changed = change(json!({ "birthDate": "1815-12-10", "color": "aabbcc" })).await;
    assert_eq!((&changed["birthDate"], &changed["color"]), (&json!("1815-12-10"), &json!("#aabbcc")));
    let changed = change(json!({ "name": "Ada Lovelace" })).await;
    assert_eq!((&changed["name"], &changed["birthDate"]), (&json!("Ada Lovelace"), &json!("1815-12-10")));
    let changed = change(json!({ "birthDate": null, "color": null })).await;
    assert_eq!(
        (&changed["birthDate"], changed.get("color"), &changed["name"]),
        (&Value::Null, None, &json!("Ada Lovelace"))
    );
    assert_eq!(ann.get(&path).await.expect(200), changed);
    let refused = ann.put(&path, json!({ "birthDate": "2999-01-01" })).await;
    refused.expect_refusal(400, "Birth date cannot be in the future");
    ann.put(&path, json!({ "color": "red" })).await.expect_refusal(400, "Validation failed");
    let bob = test.bob().await;
    bob.put(&path, json!({ "name": "mine" })).await.expect_refusal(400, "Not found or no person.update access");
    bob.delete(&path).await.expect_refusal(400, "Not found or no person.delete access");
    assert_eq!(ann.get(&path).await.expect(200), changed);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_face_by_which_somebody_is_shown_can_be_chosen() {
    let (test, ann) = start().await;
    upload(&test, &ann, &["Ada"]).await;
    let second = upload(&test, &ann, &["Bea", "Ada"]).await;
    let without = upload(&test, &ann, &["Bea"]).await;
    let path = path_of(&ann, "Ada").await;
    let side = async || {
        let bytes = ann.get(&format!("{path}/thumbnail")).await.expect_file().to_vec();
        image::load_from_memory(&bytes).unwrap().width()
    };
    assert_eq!(side().await, 22);
    ann.put(&path, json!({ "featureFaceAssetId": second })).await.expect(200);
    assert_eq!(side().await, 22, "the old one is shown until the new one is there");
    test.run_jobs().await;
    assert_eq!(side().await, 33);
    let refused = ann.put(&path, json!({ "featureFaceAssetId": without })).await;
    refused.expect_refusal(400, "Invalid assetId for feature face");
    let of_bob = test.bob().await.upload_jpeg("photo.jpg").await;
    let refused = ann.put(&path, json!({ "featureFaceAssetId": of_bob })).await;
    refused.expect_refusal(400, "Not found or no asset.read access");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deleted_person_leaves_their_faces_behind() {
    let (test, ann) = start().await;
    let id = upload(&test, &ann, &["Ada", "Bea"]).await;
    let path = path_of(&ann, "Ada").await;
    let file = PathBuf::from(ann.get(&path).await.expect(200)["thumbnailPath"].as_str().unwrap());
    assert!(file.exists());
    ann.delete(&path).await.expect(204);
    assert!(!file.exists());
    ann.get(&path).await.expect_refusal(400, "Not found or no person.read access");
    let faces = ann.get(&format!("/faces?id={id}")).await.expect(200);
    assert!(faces[0]["person"].is_null() && faces[1]["person"]["name"] == "Bea", "{faces}");
    assert_eq!(ann.get(&format!("/assets/{id}")).await.expect(200)["people"].as_array().unwrap().len(), 1);
    assert_eq!(domain::assets::sweep_incoming(&test.app).await.unwrap(), 0, "no file is left in doubt");
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_crashes_the_picture_of_a_known_person_stays() {
    let (test, ann) = start().await;
    upload(&test, &ann, &["Ada"]).await;
    let path = path_of(&ann, "Ada").await;
    let file = PathBuf::from(ann.get(&path).await.expect(200)["thumbnailPath"].as_str().unwrap());
    // One process died before the commit that would have forgotten Ada, another after that of somebody else.
    drop(test.app.files.release(file.clone()).await.unwrap());
    let orphan = file.with_file_name(format!("{}.jpeg", uuid::Uuid::new_v4()));
    std::fs::copy(&file, &orphan).unwrap();
    drop(test.app.files.release(orphan.clone()).await.unwrap());
    assert_eq!(domain::assets::sweep_incoming(&test.app).await.unwrap(), 2);
    assert!(file.exists() && !orphan.exists());
    ann.get(&format!("{path}/thumbnail")).await.expect_file();
}
