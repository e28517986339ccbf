//! Albums: who may do what, and how bulk calls answer id by id.

use serde_json::{Value, json};
use testkit::{Answer, Client, TestApp};

const NO_READ: &str = "Not found or no album.read access";

async fn album(client: &Client, name: &str) -> String {
    id(&client.post("/albums", json!({ "albumName": name })).await.expect(201))
}

fn id(value: &Value) -> String {
    value["id"].as_str().unwrap().to_owned()
}

async fn photo(client: &Client) -> String {
    client.upload_jpeg("photo.jpg").await.to_string()
}

async fn invite(owner: &Client, album: &str, member: &Client, role: &str) -> Answer {
    let users = json!({ "albumUsers": [{ "userId": member.user_id(), "role": role }] });
    owner.put(&format!("/albums/{album}/users"), users).await
}

async fn add(client: &Client, album: &str, assets: &[&str]) -> Answer {
    client.put(&format!("/albums/{album}/assets"), json!({ "ids": assets })).await
}

#[tokio::test]
async fn a_new_album_belongs_to_its_maker_and_holds_what_was_given() {
    let test = TestApp::start().await;
    let (ann, bob) = (test.ann().await, test.bob().await);
    let (mine, foreign) = (photo(&ann).await, photo(&bob).await);
    let body = json!({
        "albumName": "Garden", "description": "in spring", "assetIds": [mine, foreign],
        "albumUsers": [{ "userId": bob.user_id(), "role": "viewer" }],
    });
    let created = ann.post("/albums", body).await.expect(201);
    assert_eq!(created["albumName"], "Garden");
    assert_eq!(created["description"], "in spring");
    assert_eq!(created["assetCount"], 1, "Bob's photo is not Ann's to share");
    assert_eq!(created["albumThumbnailAssetId"], json!(mine));
    assert_eq!(created["albumUsers"][0]["role"], "owner");
    assert_eq!(created["albumUsers"][0]["user"]["id"], json!(ann.user_id()));
    assert_eq!(created["albumUsers"][1]["user"]["name"], "Bob");
    assert_eq!((&created["shared"], &created["order"]), (&json!(true), &json!("desc")));
    assert_eq!(created["startDate"], "2024-05-01T00:00:00.000Z");

    let seen = bob.get(&format!("/albums/{}", id(&created))).await.expect(200);
    assert_eq!(seen["contributorCounts"], json!([{ "userId": ann.user_id(), "assetCount": 1 }]));
}

#[tokio::test]
async fn lists_are_filtered() {
    let test = TestApp::start().await;
    let (ann, bob) = (test.ann().await, test.bob().await);
    let (alone, shared) = (album(&ann, "alone").await, album(&ann, "shared").await);
    invite(&ann, &shared, &bob, "editor").await.expect(200);
    let asset = photo(&ann).await;
    add(&ann, &alone, &[&asset]).await.expect(200);
    let names = async |client: &Client, query: &str| -> Vec<String> {
        let found = client.get(&format!("/albums{query}")).await.expect(200);
        found.as_array().unwrap().iter().map(|album| album["albumName"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(names(&ann, "").await, ["shared", "alone"], "newest first");
    assert_eq!(names(&ann, "?isShared=true").await, ["shared"]);
    assert_eq!(names(&ann, "?isShared=false").await, ["alone"]);
    assert_eq!(names(&ann, "?isOwned=false").await, [""; 0]);
    assert_eq!(names(&bob, "?isOwned=false").await, ["shared"]);
    assert_eq!(names(&bob, "?isOwned=true").await, [""; 0]);
    assert_eq!(names(&ann, &format!("?assetId={asset}")).await, ["alone"]);
    assert_eq!(names(&ann, &format!("?id={shared}")).await, ["shared"]);
    assert_eq!(names(&ann, "?name=alone").await, ["alone"]);
    let issues = ann.get("/albums?isOwned=maybe").await.expect(400);
    assert_eq!(issues["message"], "Validation failed");

    let counts = |answer: Value| [answer["owned"].clone(), answer["shared"].clone(), answer["notShared"].clone()];
    assert_eq!(counts(ann.get("/albums/statistics").await.expect(200)), [json!(2), json!(1), json!(1)]);
    assert_eq!(counts(bob.get("/albums/statistics").await.expect(200)), [json!(0), json!(1), json!(0)]);
}

#[tokio::test]
async fn every_id_of_a_bulk_call_gets_its_own_answer() {
    let test = TestApp::start().await;
    let (ann, bob) = (test.ann().await, test.bob().await);
    let album = album(&ann, "bulk").await;
    let (first, second, foreign) = (photo(&ann).await, photo(&ann).await, photo(&bob).await);
    let results = add(&ann, &album, &[&first, &first, &foreign]).await.expect(200);
    assert_eq!(results[0], json!({ "id": first, "success": true }));
    assert_eq!(results[1], json!({ "id": first, "success": false, "error": "duplicate" }));
    assert_eq!(results[2], json!({ "id": foreign, "success": false, "error": "no_permission" }));
    let results = add(&ann, &album, &[&first, &second]).await.expect(200);
    assert_eq!((&results[0]["error"], &results[1]["success"]), (&json!("duplicate"), &json!(true)));

    let path = format!("/albums/{album}/assets");
    let results = ann.delete_with(&path, json!({ "ids": [first, foreign, first] })).await.expect(200);
    assert_eq!(results[0], json!({ "id": first, "success": true }));
    assert_eq!(results[1]["error"], "not_found");
    assert_eq!(results[2]["error"], "not_found");
    let left = ann.get(&format!("/albums/{album}")).await.expect(200);
    assert_eq!((&left["assetCount"], &left["albumThumbnailAssetId"]), (&json!(1), &json!(second)));
}

#[tokio::test]
async fn many_albums_take_many_assets_at_once() {
    let test = TestApp::start().await;
    let (ann, bob) = (test.ann().await, test.bob().await);
    let (one, two, foreign) = (album(&ann, "one").await, album(&ann, "two").await, album(&bob, "foreign").await);
    let asset = photo(&ann).await;
    let put = async |albums: &[&String], assets: &[&String]| {
        ann.put("/albums/assets", json!({ "albumIds": albums, "assetIds": assets })).await.expect(200)
    };
    assert_eq!(put(&[&one, &foreign], &[&asset]).await, json!({ "success": true }));
    assert_eq!(put(&[&one], &[&asset]).await, json!({ "success": false, "error": "duplicate" }));
    assert_eq!(put(&[&one, &two], &[&asset]).await, json!({ "success": true }));
    assert_eq!(put(&[&foreign], &[&asset]).await, json!({ "success": false, "error": "no_permission" }));
    let foreign_asset = photo(&bob).await;
    assert_eq!(put(&[&one], &[&foreign_asset]).await, json!({ "success": false, "error": "no_permission" }));
}

#[tokio::test]
async fn a_stranger_learns_nothing() {
    let test = TestApp::start().await;
    let (ann, bob) = (test.ann().await, test.bob().await);
    let album = album(&ann, "private").await;
    let path = format!("/albums/{album}");
    bob.get(&path).await.expect_refusal(400, NO_READ);
    bob.get("/albums/00000000-0000-4000-8000-000000000000").await.expect_refusal(400, NO_READ);
    bob.get(&format!("{path}/map-markers")).await.expect_refusal(400, NO_READ);
    bob.patch(&path, json!({ "albumName": "mine" })).await.expect_refusal(400, "Not found or no album.update access");
    bob.delete(&path).await.expect_refusal(400, "Not found or no album.delete access");
    add(&bob, &album, &[]).await.expect_refusal(400, "Not found or no albumAsset.create access");
    invite(&bob, &album, &bob, "editor").await.expect_refusal(400, "Not found or no album.share access");
    let issues = bob.get("/albums/not-an-id").await.expect(400);
    assert_eq!(
        (&issues["message"], &issues["errors"][0]["message"]),
        (&json!("Validation failed"), &json!("Invalid UUID"))
    );
}

#[tokio::test]
async fn a_viewer_looks_and_an_editor_adds_own_assets() {
    let test = TestApp::start().await;
    let (ann, bob, cleo) = (test.ann().await, test.bob().await, test.user("Cleo").await);
    let album = album(&ann, "family").await;
    invite(&ann, &album, &bob, "editor").await.expect(200);
    invite(&ann, &album, &cleo, "viewer").await.expect(200);
    let (of_ann, of_bob, of_cleo) = (photo(&ann).await, photo(&bob).await, photo(&cleo).await);
    add(&ann, &album, &[&of_ann]).await.expect(200);

    cleo.get(&format!("/assets/{of_ann}")).await.expect(200);
    add(&cleo, &album, &[&of_cleo]).await.expect_refusal(400, "Not found or no albumAsset.create access");
    cleo.patch(&format!("/albums/{album}"), json!({})).await.expect_refusal(400, "Not found or no album.update access");

    assert_eq!(add(&bob, &album, &[&of_bob]).await.expect(200)[0]["success"], true);
    let path = format!("/albums/{album}/assets");
    let removed = bob.delete_with(&path, json!({ "ids": [of_bob, of_ann] })).await.expect(200);
    assert_eq!((&removed[0]["success"], &removed[1]["error"]), (&json!(true), &json!("no_permission")));
    add(&bob, &album, &[&of_bob]).await.expect(200);
    let removed = ann.delete_with(&path, json!({ "ids": [of_bob] })).await.expect(200);
    assert_eq!(removed[0]["success"], true, "the owner removes whose it may be");
    bob.patch(&format!("/albums/{album}"), json!({ "albumName": "ours" })).await.expect(200);
    bob.delete(&format!("/albums/{album}")).await.expect_refusal(400, "Not found or no album.delete access");
}

#[tokio::test]
async fn members_come_change_and_go() {
    let test = TestApp::start().await;
    let (ann, bob) = (test.ann().await, test.bob().await);
    let album = album(&ann, "friends").await;
    let of = |client: &Client| format!("/albums/{album}/user/{}", client.user_id());
    invite(&ann, &album, &bob, "owner").await.expect_refusal(400, "Cannot add another owner");
    invite(&ann, &album, &ann, "editor").await.expect_refusal(400, "User is owner");
    let nobody = json!({ "albumUsers": [{ "userId": "00000000-0000-4000-8000-000000000000" }] });
    ann.put(&format!("/albums/{album}/users"), nobody).await.expect_refusal(400, "User not found");
    ann.put(&of(&bob), json!({ "role": "editor" })).await.expect_refusal(400, "Album not shared with user");
    ann.delete(&of(&bob)).await.expect_refusal(400, "Album not shared with user");

    let users = json!({ "albumUsers": [{ "userId": bob.user_id() }] });
    let shared = ann.put(&format!("/albums/{album}/users"), users).await.expect(200);
    assert_eq!(shared["albumUsers"][1]["role"], "editor", "the role of whom none was named for");
    ann.put(&of(&bob), json!({ "role": "viewer" })).await.expect(204);
    bob.put(&of(&bob), json!({ "role": "editor" })).await.expect_refusal(400, "Not found or no album.share access");
    ann.put(&of(&bob), json!({ "role": "owner" })).await.expect_refusal(400, "Cannot add another owner");
    ann.delete(&of(&ann)).await.expect_refusal(400, "Cannot remove the last album owner");
    bob.delete(&format!("/albums/{album}/user/me")).await.expect(204);
    bob.get(&format!("/albums/{album}")).await.expect_refusal(400, NO_READ);
    let left = ann.get(&format!("/albums/{album}")).await.expect(200);
    assert_eq!((&left["shared"], left.get("contributorCounts")), (&json!(false), None));
}

#[tokio::test]
async fn changes_stay_and_a_cover_must_be_inside() {
    let test = TestApp::start().await;
    let ann = test.ann().await;
    let (album, inside, outside) = (album(&ann, "old").await, photo(&ann).await, photo(&ann).await);
    add(&ann, &album, &[&inside]).await.expect(200);
    let path = format!("/albums/{album}");
    let changes = json!({ "albumName": "new", "description": "d", "isActivityEnabled": false, "order": "asc" });
    let changed = ann.patch(&path, changes).await.expect(200);
    assert_eq!((&changed["albumName"], &changed["order"]), (&json!("new"), &json!("asc")));
    assert_eq!((&changed["description"], &changed["isActivityEnabled"]), (&json!("d"), &json!(false)));
    let cleared = ann.patch(&path, json!({ "description": null })).await.expect(200);
    assert_eq!((&cleared["description"], &cleared["albumName"]), (&json!(""), &json!("new")));
    let cover = |asset: &str| json!({ "albumThumbnailAssetId": asset });
    ann.patch(&path, cover(&outside)).await.expect_refusal(400, "Invalid album thumbnail");
    ann.patch(&path, cover(&inside)).await.expect(200);
}

#[tokio::test]
async fn trashed_assets_neither_count_nor_cover() {
    let test = TestApp::start().await;
    let ann = test.ann().await;
    let (album, first, second) = (album(&ann, "trip").await, photo(&ann).await, photo(&ann).await);
    add(&ann, &album, &[&first, &second]).await.expect(200);
    ann.delete_with("/assets", json!({ "ids": [first] })).await.expect(204);
    let seen = ann.get(&format!("/albums/{album}")).await.expect(200);
    assert_eq!((&seen["assetCount"], &seen["albumThumbnailAssetId"]), (&json!(1), &json!(second)));
    ann.post("/trash/restore/assets", json!({ "ids": [first] })).await.expect(200);
    let seen = ann.get(&format!("/albums/{album}")).await.expect(200);
    assert_eq!((&seen["assetCount"], &seen["albumThumbnailAssetId"]), (&json!(2), &json!(first)));
}

#[tokio::test]
async fn deleting_an_album_leaves_its_assets() {
    let test = TestApp::start().await;
    let ann = test.ann().await;
    let (album, asset) = (album(&ann, "gone").await, photo(&ann).await);
    add(&ann, &album, &[&asset]).await.expect(200);
    ann.delete(&format!("/albums/{album}")).await.expect(204);
    ann.get(&format!("/albums/{album}")).await.expect_refusal(400, NO_READ);
    ann.get(&format!("/assets/{asset}")).await.expect(200);
}

#[tokio::test]
async fn a_key_without_the_right_makes_no_album() {
    let test = TestApp::start().await;
    let key = test.ann().await.with_api_key(&["album.read"]).await;
    key.get("/albums").await.expect(200);
    let refused = key.post("/albums", json!({ "albumName": "no" })).await;
    refused.expect_refusal(403, "Missing required permission: album.create");
}

#[tokio::test]
async fn the_same_assets_added_twice_at_once_are_there_once() {
    let test = TestApp::start().await;
    let ann = test.ann().await;
    let album = album(&ann, "race").await;
    let assets = [photo(&ann).await, photo(&ann).await, photo(&ann).await];
    let ids: Vec<&str> = assets.iter().map(String::as_str).collect();
    let (one, other) = tokio::join!(add(&ann, &album, &ids), add(&ann, &album, &ids));
    let (one, other) = (one.expect(200), other.expect(200));
    for index in 0..ids.len() {
        assert_ne!(one[index]["success"], other[index]["success"], "exactly one call added it");
    }
    assert_eq!(ann.get(&format!("/albums/{album}")).await.expect(200)["assetCount"], 3);
}
