//! `/timeline`: months, what they hold, and that counters and assets always agree.

use serde_json::{Value, json};
use testkit::{Client, Picture, TestApp, Upload};

async fn upload_at(client: &Client, date: &str) -> String {
    let upload = Upload::new("a.jpg", Picture::random().jpeg()).field("fileCreatedAt", date);
    client.upload(upload).await.expect(201)["id"].as_str().unwrap().to_owned()
}

async fn buckets(client: &Client, query: &str) -> Value {
    client.get(&format!("/timeline/buckets{query}")).await.expect(200)
}

#[tokio::test]
async fn months_come_newest_first_and_hold_what_they_count() {
    let test = TestApp::start().await;
    let ann = test.ann().await;
    let early = upload_at(&ann, "2023-01-31T23:59:59.000Z").await;
    let morning = upload_at(&ann, "2024-05-01T06:00:00.000Z").await;
    let evening = upload_at(&ann, "2024-05-01T20:00:00.250Z").await;
    let expected = json!([{ "timeBucket": "2024-05-01", "count": 2 }, { "timeBucket": "2023-01-01", "count": 1 }]);
    assert_eq!(buckets(&ann, "").await, expected);
    assert_eq!(buckets(&ann, "?order=asc").await[0]["timeBucket"], "2023-01-01");

    let month = ann.get("/timeline/bucket?timeBucket=2024-05-01").await.expect(200);
    assert_eq!(month["id"], json!([evening, morning]));
    let times: Vec<&str> =
        month["fileCreatedAt"].as_array().unwrap().iter().map(|time| time.as_str().unwrap()).collect();
    assert!(times.iter().all(|time| time.starts_with("2024-05-01T") && !time.ends_with('Z')), "{times:?}");
    assert_eq!((&month["ratio"], &month["isImage"]), (&json!([1.0, 1.0]), &json!([true, true])));
    assert_eq!(month["isTrashed"], json!([false, false]));
    let month = ann.get("/timeline/bucket?timeBucket=2023-01-01").await.expect(200);
    assert_eq!(month["id"], json!([early]));
    ann.get("/timeline/bucket?timeBucket=January").await.expect(400);
}

#[tokio::test]
async fn counters_follow_every_change() {
    let test = TestApp::start().await;
    let ann = test.ann().await;
    let mut ids = Vec::new();
    for day in 1..=4 {
        ids.push(upload_at(&ann, &format!("2024-05-0{day}T10:00:00.000Z")).await);
    }
    let count = async |query: &str| buckets(&ann, query).await[0]["count"].as_i64().unwrap_or(0);
    ann.put("/assets", json!({ "ids": [ids[0]], "isFavorite": true })).await.expect(204);
    ann.put("/assets", json!({ "ids": [ids[1]], "visibility": "archive" })).await.expect(204);
    ann.delete_with("/assets", json!({ "ids": [ids[2]] })).await.expect(204);
    assert_eq!(count("?visibility=timeline").await, 2);
    assert_eq!(count("").await, 3, "timeline and archive");
    assert_eq!(count("?isFavorite=true").await, 1);
    assert_eq!(count("?visibility=archive").await, 1);
    assert_eq!(count("?isTrashed=true").await, 1);
    for query in ["visibility=timeline", "isFavorite=true", "visibility=archive", "isTrashed=true"] {
        let month = ann.get(&format!("/timeline/bucket?timeBucket=2024-05-01&{query}")).await.expect(200);
        let held = month["id"].as_array().unwrap().len();
        assert_eq!(i64::try_from(held).unwrap(), count(&format!("?{query}")).await, "{query}");
    }
    ann.put("/assets", json!({ "ids": ids[..1], "dateTimeOriginal": "2020-01-01T00:00:00.000Z" })).await.expect(204);
    assert_eq!(buckets(&ann, "?isFavorite=true").await, json!([{ "timeBucket": "2020-01-01", "count": 1 }]));
    ann.delete_with("/assets", json!({ "ids": ids, "force": true })).await.expect(204);
    assert_eq!(buckets(&ann, "").await, json!([]));
}

#[tokio::test]
async fn a_timeline_is_its_owners() {
    let test = TestApp::start().await;
    let (ann, bob) = (test.ann().await, test.bob().await);
    upload_at(&ann, "2024-05-01T10:00:00.000Z").await;
    assert_eq!(buckets(&bob, "").await, json!([]));
    let hers = format!("?userId={}", ann.user_id());
    bob.get(&format!("/timeline/buckets{hers}")).await.expect_refusal(400, "Not found or no timeline.read access");
    assert_eq!(buckets(&ann, &hers).await[0]["count"], 1);
    let locked = ann.get("/timeline/buckets?visibility=locked").await;
    locked.expect_refusal(401, "Elevated permission is required");
    let partners = ann.get("/timeline/buckets?withPartners=true&visibility=archive").await;
    assert_eq!(partners.status, 400);
}

#[tokio::test]
async fn an_albums_timeline_shows_its_assets_to_its_members() {
    let test = TestApp::start().await;
    let (ann, bob) = (test.ann().await, test.bob().await);
    let (shared, _private) =
        (upload_at(&ann, "2024-05-01T10:00:00.000Z").await, upload_at(&ann, "2024-05-02T10:00:00.000Z").await);
    let users = json!([{ "userId": bob.user_id(), "role": "viewer" }]);
    let album = json!({ "albumName": "Trip", "assetIds": [shared], "albumUsers": users });
    let album = ann.post("/albums", album).await.expect(201)["id"].as_str().unwrap().to_owned();
    assert_eq!(buckets(&bob, &format!("?albumId={album}")).await, json!([{ "timeBucket": "2024-05-01", "count": 1 }]));
    let month = bob.get(&format!("/timeline/bucket?timeBucket=2024-05-01&albumId={album}")).await.expect(200);
    assert_eq!(month["id"], json!([shared]));
    let stranger = test.user("Cleo").await.get(&format!("/timeline/buckets?albumId={album}")).await;
    stranger.expect_refusal(400, "Not found or no album.read access");
    ann.delete_with("/assets", json!({ "ids": [shared] })).await.expect(204);
    assert_eq!(buckets(&bob, &format!("?albumId={album}&isTrashed=true")).await, json!([]));
}

#[tokio::test]
async fn people_and_tags_that_are_nobodys_show_nothing() {
    let test = TestApp::start().await;
    let ann = test.ann().await;
    upload_at(&ann, "2024-05-01T10:00:00.000Z").await;
    for (field, permission) in [("personId", "person.read"), ("tagId", "tag.read")] {
        let filter = format!("{field}={}", uuid::Uuid::new_v4());
        for path in ["/timeline/buckets?", "/timeline/bucket?timeBucket=2024-05-01&"] {
            let answer = ann.get(&format!("{path}{filter}")).await;
            answer.expect_refusal(400, &format!("Not found or no {permission} access"));
        }
    }
}

#[tokio::test]
async fn a_place_is_shown_where_it_is_asked_for() {
    let test = TestApp::start().await;
    let ann = test.ann().await;
    let paris = upload_at(&ann, "2024-05-01T10:00:00.000Z").await;
    let fiji = upload_at(&ann, "2024-05-02T10:00:00.000Z").await;
    let nowhere = upload_at(&ann, "2024-05-03T10:00:00.000Z").await;
    for (id, latitude, longitude) in [(&paris, 48.9, 2.4), (&fiji, -17.7, 178.1)] {
        let position = json!({ "latitude": latitude, "longitude": longitude });
        ann.put(&format!("/assets/{id}"), position).await.expect(200);
    }
    let month =
        async |query: &str| ann.get(&format!("/timeline/bucket?timeBucket=2024-05-01{query}")).await.expect(200);
    let all = month("&withCoordinates=true&withStacked=true").await;
    assert_eq!(all["id"], json!([nowhere, fiji, paris]));
    assert_eq!((&all["latitude"], &all["longitude"]), (&json!([null, -17.7, 48.9]), &json!([null, 178.1, 2.4])));
    assert_eq!(all["stack"], json!([null, null, null]));
    assert!(month("").await.get("latitude").is_none());

    assert_eq!(month("&bbox=-5,40,10,50").await["id"], json!([paris]));
    let around_the_date_line = "bbox=170,-20,-170,0";
    assert_eq!(month(&format!("&{around_the_date_line}")).await["id"], json!([fiji]));
    let counted = buckets(&ann, &format!("?{around_the_date_line}")).await;
    assert_eq!(counted, json!([{ "timeBucket": "2024-05-01", "count": 1 }]));
}
