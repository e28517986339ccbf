//! `/assets`: who may do what, and how files come back.

use futures::{StreamExt, stream};
use reqwest::{
    Method,
    header::{HeaderName, IF_MODIFIED_SINCE, IF_NONE_MATCH, IF_RANGE, RANGE},
};
use serde_json::{Value, json};
use std::{
    path::{Path, PathBuf},
    time::Duration,
};
use testkit::{Answer, Client, Picture, TestApp, Upload, Video};

async fn get_with(client: &Client, path: &str, headers: &[(HeaderName, &str)]) -> Answer {
    let mut request = client.request(Method::GET, path);
    for (name, value) in headers {
        request = request.header(name, *value);
    }
    let response = request.send().await.unwrap();
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    Answer { status, headers, body: response.bytes().await.unwrap().to_vec() }
}

#[tokio::test]
async fn the_same_bytes_are_one_asset() {
    let test = TestApp::start().await;
    let ann = test.ann().await;
    let bytes = Picture::random().jpeg();
    let created = ann.upload(Upload::new("a.jpg", bytes.clone())).await.expect(201);
    assert_eq!(created["status"], "created");
    let again = ann.upload(Upload::new("b.jpg", bytes.clone())).await.expect(200);
    assert_eq!(again, json!({ "id": created["id"], "status": "duplicate" }));
    let files = files_below(&test.media().join("upload"));
    assert_eq!(files.len(), 2, "the original and the folder's marker: {files:?}");

    // Others may have the same picture; and who threw it away has it still.
    test.bob().await.upload(Upload::new("a.jpg", bytes.clone())).await.expect(201);
    ann.delete_with("/assets", json!({ "ids": [created["id"]] })).await.expect(204);
    assert_eq!(ann.upload(Upload::new("c.jpg", bytes)).await.expect(200)["id"], created["id"]);
}

#[tokio::test]
async fn a_checksum_sent_ahead_saves_the_body() {
    let test = TestApp::start().await;
    let ann = test.ann().await;
    let bytes = Picture::random().jpeg();
    let id = ann.upload_file("a.jpg", bytes).await;
    let base64 = ann.get(&format!("/assets/{id}")).await.expect(200)["checksum"].as_str().unwrap().to_owned();
    // A body that never ends: the answer must not wait for it.
    let first: std::io::Result<Vec<u8>> = Ok(b"--x\r\n".to_vec());
    let endless = reqwest::Body::wrap_stream(stream::iter([first]).chain(stream::pending()));
    let request = ann
        .request(Method::POST, "/assets")
        .header("content-type", "multipart/form-data; boundary=x")
        .header("x-immich-checksum", &base64)
        .body(endless);
    let answer = tokio::time::timeout(Duration::from_secs(10), request.send()).await.unwrap().unwrap();
    assert_eq!(answer.status().as_u16(), 200);
    assert_eq!(answer.json::<Value>().await.unwrap(), json!({ "id": id, "status": "duplicate" }));
}

#[tokio::test]
async fn what_is_known_is_said_before_anything_is_sent() {
    let test = TestApp::start().await;
    let ann = test.ann().await;
    let id = ann.upload_jpeg("a.jpg").await;
    let checksum = ann.get(&format!("/assets/{id}")).await.expect(200)["checksum"].clone();
    let check = json!({ "assets": [
        { "id": "known", "checksum": checksum },
        { "id": "new", "checksum": "da39a3ee5e6b4b0d3255bfef95601890afd80709" },
    ] });
    let results = ann.post("/assets/bulk-upload-check", check.clone()).await.expect(200)["results"].clone();
    assert_eq!((&results[0]["action"], &results[0]["reason"]), (&json!("reject"), &json!("duplicate")));
    assert_eq!((&results[0]["assetId"], &results[0]["isTrashed"]), (&json!(id), &json!(false)));
    assert_eq!((&results[1]["id"], &results[1]["action"]), (&json!("new"), &json!("accept")));
    let results = test.bob().await.post("/assets/bulk-upload-check", check).await.expect(200)["results"].clone();
    assert_eq!(results[0]["action"], "accept", "what others have is nobody's business");
}

#[tokio::test]
async fn fields_may_come_before_or_after_the_file() {
    let test = TestApp::start().await;
    let ann = test.ann().await;
    let date = "2021-03-04T05:06:07.000Z";
    let form = reqwest::multipart::Form::new()
        .part("assetData", reqwest::multipart::Part::bytes(Picture::random().jpeg()).file_name("first.jpg"))
        .text("fileCreatedAt", date)
        .text("fileModifiedAt", date)
        .text("filename", "renamed.jpg")
        .text("isFavorite", "true")
        .text("visibility", "archive")
        .text("metadata", r#"[{"key":"mobile-app","value":{"iCloudId":"x"}}]"#)
        .part("sidecarData", reqwest::multipart::Part::bytes(b"<x:xmpmeta/>".to_vec()).file_name("first.jpg.xmp"));
    let answer = ann.request(Method::POST, "/assets").multipart(form).send().await.unwrap();
    assert_eq!(answer.status().as_u16(), 201);
    let id = answer.json::<Value>().await.unwrap()["id"].as_str().unwrap().to_owned();
    let asset = ann.get(&format!("/assets/{id}")).await.expect(200);
    assert_eq!((&asset["originalFileName"], &asset["fileCreatedAt"]), (&json!("renamed.jpg"), &json!(date)));
    assert_eq!((&asset["isFavorite"], &asset["visibility"]), (&json!(true), &json!("archive")));
    let metadata = ann.get(&format!("/assets/{id}/metadata/mobile-app")).await.expect(200);
    assert_eq!(metadata["value"], json!({ "iCloudId": "x" }));
    let original = files_below(&test.media().join("upload"));
    let original = original.iter().find(|path| path.extension().is_some_and(|e| e == "jpg")).unwrap();
    let modified = original.metadata().unwrap().modified().unwrap();
    assert_eq!(modified.duration_since(std::time::UNIX_EPOCH).unwrap().as_secs(), 1_614_834_367);
}

#[tokio::test]
async fn a_refused_upload_hears_why_however_large_it_is() {
    let test = TestApp::start().await;
    let ann = test.ann().await;
    let large = vec![7; 30_000_000];
    ann.upload(Upload::new("a.exe", large)).await.expect_refusal(400, "Unsupported file type a.exe");
}

#[tokio::test]
async fn a_part_whose_head_never_ends_is_refused() {
    let test = TestApp::start().await;
    let ann = test.ann().await;
    let mut body = b"--x\r\ncontent-disposition: form-data; name=\"".to_vec();
    body.extend(vec![b'a'; 20_000_000]);
    let request = ann.request(Method::POST, "/assets").header("content-type", "multipart/form-data; boundary=x");
    assert_eq!(request.body(body).send().await.unwrap().status().as_u16(), 400);
}

#[tokio::test]
async fn the_quota_holds_and_is_given_back() {
    let test = TestApp::start().await;
    let ann = test.ann().await;
    let bytes = Picture::random().jpeg();
    let quota = i64::try_from(bytes.len()).unwrap() + 10;
    let mut conn = test.database().connect().await;
    sqlx::query("UPDATE users SET quota_size_bytes = $1").bind(quota).execute(&mut conn).await.unwrap();
    ann.upload(Upload::new("fits.jpg", bytes)).await.expect(201);
    let before = files_below(test.media());
    let refused = ann.upload(Upload::new("one-too-many.jpg", Picture::random().jpeg())).await;
    refused.expect_refusal(400, "Quota has been exceeded!");
    assert_eq!(files_below(test.media()), before, "the refused file is gone");
    assert_eq!(ann.get("/users/me").await.expect(200)["quotaUsageInBytes"], quota - 10);
}

#[tokio::test]
async fn strangers_learn_nothing_of_an_asset() {
    let test = TestApp::start().await;
    let (ann, bob) = (test.ann().await, test.bob().await);
    let id = ann.upload_jpeg("a.jpg").await;
    let nobodys = uuid::Uuid::new_v4().to_string();
    for id in [id.to_string(), nobodys] {
        let refused = |permission: &str| format!("Not found or no asset.{permission} access");
        bob.get(&format!("/assets/{id}")).await.expect_refusal(400, &refused("read"));
        for size in ["thumbnail", "preview", "fullsize", "original"] {
            let answer = bob.get(&format!("/assets/{id}/thumbnail?size={size}")).await;
            answer.expect_refusal(400, &refused("view"));
        }
        for file in ["original", "video/playback"] {
            bob.get(&format!("/assets/{id}/{file}")).await.expect_refusal(404, "Not Found");
        }
        let change = json!({ "isFavorite": true });
        bob.put(&format!("/assets/{id}"), change).await.expect_refusal(400, &refused("update"));
        bob.delete_with("/assets", json!({ "ids": [id] })).await.expect_refusal(400, &refused("delete"));
        bob.get(&format!("/assets/{id}/metadata")).await.expect_refusal(400, &refused("read"));
    }
    ann.get(&format!("/assets/{id}/original")).await.expect_file();
}

#[tokio::test]
async fn files_come_whole_in_parts_and_not_again() {
    let test = TestApp::start().await;
    let ann = test.ann().await;
    let bytes = Picture::random().size(900, 700).jpeg();
    let id = ann.upload_file("Käse 1.jpg", bytes.clone()).await;
    let path = format!("/assets/{id}/original");
    let whole = ann.get(&path).await;
    assert!(whole.expect_file() == bytes);
    assert_eq!(whole.header("content-type"), "image/jpeg");
    assert_eq!(whole.header("content-length"), bytes.len().to_string());
    assert_eq!(whole.header("accept-ranges"), "bytes");
    assert!(whole.header("cache-control").starts_with("private, max-age=86400, no-transform"));
    assert_eq!(whole.header("content-disposition"), "inline; filename*=UTF-8''K%C3%A4se%201.jpg");
    let (etag, modified) = (whole.header("etag"), whole.header("last-modified"));
    assert!(etag.starts_with('"') && !modified.is_empty());

    let part = get_with(&ann, &path, &[(RANGE, "bytes=10-19")]).await;
    assert_eq!((part.status, &part.body[..]), (206, &bytes[10..20]));
    assert_eq!(part.header("content-range"), format!("bytes 10-19/{}", bytes.len()));
    let tail = get_with(&ann, &path, &[(RANGE, "bytes=-7"), (IF_RANGE, etag)]).await;
    assert_eq!((tail.status, &tail.body[..]), (206, &bytes[bytes.len() - 7..]));
    let changed = get_with(&ann, &path, &[(RANGE, "bytes=0-9"), (IF_RANGE, "\"another\"")]).await;
    assert!(changed.status == 200 && changed.body == bytes, "a part of another version is of no use");
    let beyond = get_with(&ann, &path, &[(RANGE, "bytes=99999999-")]).await;
    assert_eq!((beyond.status, beyond.header("content-range")), (416, format!("bytes */{}", bytes.len()).as_str()));

    assert_eq!(get_with(&ann, &path, &[(IF_NONE_MATCH, etag)]).await.status, 304);
    assert_eq!(get_with(&ann, &path, &[(IF_MODIFIED_SINCE, modified)]).await.status, 304);
    assert_eq!(
        get_with(&ann, &path, &[(IF_NONE_MATCH, "\"another\""), (IF_MODIFIED_SINCE, modified)]).await.status,
        200
    );
    let head = ann.request(Method::HEAD, &path).send().await.unwrap();
    assert_eq!(head.status().as_u16(), 200);
    assert_eq!(head.headers()["content-length"], bytes.len().to_string().as_str());
    assert!(head.bytes().await.unwrap().is_empty());
}

#[tokio::test]
async fn an_encoded_video_comes_in_parts_and_never_of_two_versions() {
    let test = TestApp::start().await;
    let ann = test.ann().await;
    let id = ann.upload_file("film.avi", Video::new().unplayable().seconds(2).make("avi")).await;
    let path = format!("/assets/{id}/video/playback");
    let original = ann.get(&path).await;
    assert_eq!((original.status, original.header("content-type")), (200, "video/avi"), "until there is another");
    test.run_jobs().await;
    let whole = ann.get(&path).await;
    let (bytes, etag, modified) = (whole.expect_file(), whole.header("etag"), whole.header("last-modified"));
    assert_eq!((whole.header("content-type"), whole.header("accept-ranges")), ("video/mp4", "bytes"));

    let head = ann.request(Method::HEAD, &path).send().await.unwrap();
    assert_eq!(
        (head.status().as_u16(), head.headers()["content-length"].to_str().unwrap()),
        (200, &*bytes.len().to_string())
    );
    assert_eq!(head.headers()["etag"].to_str().unwrap(), etag);
    assert!(head.bytes().await.unwrap().is_empty());

    // What players ask first, what they ask at the end, and what they ask after a jump.
    let size = bytes.len();
    let table =
        [("bytes=0-".to_owned(), 0..size), ("bytes=0-1".to_owned(), 0..2), ("bytes=-100".to_owned(), size - 100..size)];
    for (range, expected) in table {
        let part = get_with(&ann, &path, &[(RANGE, &range), (IF_RANGE, etag)]).await;
        assert_eq!((part.status, part.body == bytes[expected.clone()]), (206, true), "{range}");
        let told = format!("bytes {}-{}/{size}", expected.start, expected.end - 1);
        assert_eq!(part.header("content-range"), told);
    }
    assert_eq!(get_with(&ann, &path, &[(RANGE, "bytes=0-9"), (IF_RANGE, modified)]).await.status, 206);
    assert_eq!(get_with(&ann, &path, &[(RANGE, &format!("bytes={size}-"))]).await.status, 416);

    // The part of a version that is no more would be glued to one of the next.
    let etag = etag.to_owned();
    ann.put("/jobs/videoConversion", json!({ "command": "start", "force": true })).await.expect(200);
    test.run_jobs().await;
    let part = get_with(&ann, &path, &[(RANGE, "bytes=0-9"), (IF_RANGE, &etag)]).await;
    assert_eq!((part.status, part.body.len() > 10), (200, true));
    let old = original.header("etag");
    assert_eq!(get_with(&ann, &path, &[(RANGE, "bytes=0-9"), (IF_RANGE, old)]).await.status, 200);
}

#[tokio::test]
async fn pictures_that_are_not_made_are_found_elsewhere() {
    let test = TestApp::start().await;
    let ann = test.ann().await;
    let id = ann.upload_jpeg("a.jpg").await;
    let at = |query: &str| format!("/assets/{id}/thumbnail?{query}");
    ann.get(&at("size=thumbnail")).await.expect_refusal(404, "Asset media not found");
    for size in ["original", "fullsize"] {
        let redirect = ann.get(&at(&format!("size={size}&c=abc"))).await;
        assert_eq!((redirect.status, redirect.header("location")), (302, "original?c=abc"));
    }
    let raw = ann.upload_file("b.dng", Picture::random().jpeg()).await;
    let redirect = ann.get(&format!("/assets/{raw}/thumbnail?size=fullsize&edited=true")).await;
    assert_eq!((redirect.status, redirect.header("location")), (302, "thumbnail?edited=true&size=preview"));
    ann.get(&format!("/assets/{id}/video/playback")).await.expect(404);
}

#[tokio::test]
async fn changes_are_kept_and_seen() {
    let test = TestApp::start().await;
    let ann = test.ann().await;
    let (id, other) = (ann.upload_jpeg("a.jpg").await, ann.upload_jpeg("b.jpg").await);
    let changes = json!({ "isFavorite": true, "description": "A day out", "rating": 4, "latitude": 48.5, "longitude": 2.5,
        "dateTimeOriginal": "2020-02-03T04:05:06.000+02:00" });
    let changed = ann.put(&format!("/assets/{id}"), changes).await.expect(200);
    assert_eq!((&changed["isFavorite"], &changed["exifInfo"]["description"]), (&json!(true), &json!("A day out")));
    assert_eq!(changed["fileCreatedAt"], "2020-02-03T02:05:06.000Z");
    assert_eq!(changed["localDateTime"], "2020-02-03T04:05:06.000Z");
    assert_eq!((&changed["exifInfo"]["rating"], &changed["exifInfo"]["latitude"]), (&json!(4), &json!(48.5)));
    let cleared = ann.patch(&format!("/assets/{id}"), json!({ "rating": null })).await.expect(200);
    assert_eq!((&cleared["exifInfo"]["rating"], &cleared["isFavorite"]), (&Value::Null, &json!(true)));

    ann.patch("/assets", json!({ "ids": [id, other], "visibility": "archive" })).await.expect(204);
    assert_eq!(ann.get(&format!("/assets/{other}")).await.expect(200)["visibility"], "archive");
    let one_is_not_hers = json!({ "ids": [id, uuid::Uuid::new_v4()], "isFavorite": false });
    ann.put("/assets", one_is_not_hers).await.expect_refusal(400, "Not found or no asset.update access");
    assert_eq!(ann.get(&format!("/assets/{id}")).await.expect(200)["isFavorite"], true, "all or none");
    let statistics = ann.get("/assets/statistics?isFavorite=true").await.expect(200);
    assert_eq!(statistics, json!({ "images": 1, "videos": 0, "total": 1 }));
}

#[tokio::test]
async fn what_is_locked_away_is_not_there_without_the_pin() {
    let test = TestApp::start().await;
    let ann = test.ann().await;
    let id = ann.upload_jpeg("a.jpg").await;
    let locked = ann.put(&format!("/assets/{id}"), json!({ "visibility": "locked" })).await.expect(200);
    assert_eq!(locked["visibility"], "locked");
    ann.get(&format!("/assets/{id}")).await.expect_refusal(400, "Not found or no asset.read access");
    ann.get(&format!("/assets/{id}/original")).await.expect_refusal(404, "Not Found");
    ann.get("/assets/statistics?visibility=locked").await.expect_refusal(401, "Elevated permission is required");

    ann.post("/auth/pin-code", json!({ "pinCode": "123456" })).await.expect(204);
    ann.post("/auth/session/unlock", json!({ "pinCode": "123456" })).await.expect(204);
    ann.get(&format!("/assets/{id}/original")).await.expect_file();
    assert_eq!(ann.get("/assets/statistics?visibility=locked").await.expect(200)["total"], 1);
    let key = ann.with_api_key(&["all"]).await;
    key.get(&format!("/assets/{id}")).await.expect_refusal(400, "Not found or no asset.read access");
}

#[tokio::test]
async fn values_of_clients_are_kept_beside_the_asset() {
    let test = TestApp::start().await;
    let ann = test.ann().await;
    let id = ann.upload_jpeg("a.jpg").await;
    let path = format!("/assets/{id}/metadata");
    let items = json!({ "items": [{ "key": "mobile-app", "value": { "a": 1 } }] });
    assert_eq!(ann.put(&path, items).await.expect(200)[0]["value"], json!({ "a": 1 }));
    let bulk = json!({ "items": [{ "assetId": id, "key": "mobile-app", "value": { "a": 2 } }] });
    assert_eq!(ann.put("/assets/metadata", bulk).await.expect(200)[0]["assetId"], json!(id));
    let all = ann.get(&path).await.expect(200);
    assert_eq!((all.as_array().unwrap().len(), &all[0]["value"]), (1, &json!({ "a": 2 })));
    ann.delete(&format!("{path}/mobile-app")).await.expect(204);
    ann.get(&format!("{path}/mobile-app")).await.expect(400);
    assert_eq!(ann.get(&path).await.expect(200), json!([]));
}

#[tokio::test]
async fn a_live_photo_hides_its_video() {
    let test = TestApp::start().await;
    let (ann, bob) = (test.ann().await, test.bob().await);
    let video = ann.upload_file("live.mov", b"not looked into at upload".to_vec()).await;
    let still = |video: &str| Upload::new("live.jpg", Picture::random().jpeg()).field("livePhotoVideoId", video);
    let id = ann.upload(still(&video.to_string())).await.expect(201)["id"].as_str().unwrap().to_owned();
    assert_eq!(ann.get(&format!("/assets/{id}")).await.expect(200)["livePhotoVideoId"], json!(video));
    assert_eq!(ann.get(&format!("/assets/{video}")).await.expect(200)["visibility"], "hidden");
    assert_eq!(ann.get("/timeline/buckets").await.expect(200)[0]["count"], 1);

    let nothing = uuid::Uuid::new_v4().to_string();
    ann.upload(still(&nothing)).await.expect_refusal(400, "Live photo video not found");
    ann.upload(still(&id)).await.expect_refusal(400, "Live photo video must be a video");
    bob.upload(still(&video.to_string())).await.expect_refusal(400, "Live photo video does not belong to the user");
}

/// In a stable order.
fn files_below(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() { found.extend(files_below(&path)) } else { found.push(path) }
    }
    found.sort();
    found
}
