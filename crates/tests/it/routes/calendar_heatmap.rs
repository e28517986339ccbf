//! `/users/me/calendar-heatmap`: every day with its count.

use serde_json::{Value, json};
use testkit::{Client, Picture, TestApp, Upload};

async fn upload_at(client: &Client, date: &str) -> String {
    let upload = Upload::new("a.jpg", Picture::random().jpeg()).field("fileCreatedAt", date);
    client.upload(upload).await.expect(201)["id"].as_str().unwrap().to_owned()
}

async fn heatmap(client: &Client, query: &str) -> Value {
    client.get(&format!("/users/me/calendar-heatmap{query}")).await.expect(200)
}

fn counts(heatmap: &Value) -> Vec<i64> {
    heatmap["series"].as_array().unwrap().iter().map(|day| day["count"].as_i64().unwrap()).collect()
}

#[tokio::test]
async fn what_was_taken_stands_on_its_day() {
    let test = TestApp::start().await;
    let ann = test.ann().await;
    for date in ["2024-02-27T23:59:59.000Z", "2024-02-29T00:00:00.000Z", "2024-02-29T10:00:00.000Z"] {
        upload_at(&ann, date).await;
    }
    let beyond = upload_at(&ann, "2024-03-01T00:00:00.000Z").await;
    let trashed = upload_at(&ann, "2024-02-28T10:00:00.000Z").await;
    ann.delete_with("/assets", json!({ "ids": [trashed] })).await.expect(204);
    upload_at(&test.bob().await, "2024-02-28T10:00:00.000Z").await;

    let february = heatmap(&ann, "?type=Taken&from=2024-02-26&to=2024-02-29").await;
    assert_eq!(
        february,
        json!({ "from": "2024-02-26", "to": "2024-02-29", "totalCount": 3, "series": [
            { "date": "2024-02-26", "count": 0 }, { "date": "2024-02-27", "count": 1 },
            { "date": "2024-02-28", "count": 0 }, { "date": "2024-02-29", "count": 2 },
        ] })
    );
    // Where it was taken it was still the day before.
    let change = json!({ "dateTimeOriginal": "2024-02-29T20:00:00.000-05:00" });
    ann.put(&format!("/assets/{beyond}"), change).await.expect(200);
    let february = heatmap(&ann, "?type=Taken&from=2024-02-29&to=2024-03-01").await;
    assert_eq!(counts(&february), [3, 0]);
}

#[tokio::test]
async fn uploads_of_the_last_year_are_shown_when_nothing_is_asked_for() {
    let test = TestApp::start().await;
    let ann = test.ann().await;
    let id = upload_at(&ann, "2001-01-01T10:00:00.000Z").await;
    let locked = upload_at(&ann, "2001-01-01T10:00:00.000Z").await;
    ann.put(&format!("/assets/{locked}"), json!({ "visibility": "locked" })).await.expect(200);
    let year = heatmap(&ann, "").await;
    let counts = counts(&year);
    assert!((366..=367).contains(&counts.len()), "{} days", counts.len());
    let uploaded_at = ann.get(&format!("/assets/{id}")).await.expect(200)["createdAt"].clone();
    let busy: Vec<&Value> = year["series"].as_array().unwrap().iter().filter(|day| day["count"] != 0).collect();
    assert_eq!(busy, [&json!({ "date": uploaded_at.as_str().unwrap()[..10], "count": 1 })]);
    assert_eq!(year["totalCount"], 1);
    let last = year["series"][counts.len() - 1]["date"].clone();
    assert_eq!((&last, &year["series"][0]["date"]), (&year["to"], &year["from"]));
    assert_eq!(heatmap(&ann, "?type=Upload&to=2010-12-31").await["from"], "2009-12-31");
}

#[tokio::test]
async fn impossible_calendars_are_refused() {
    let test = TestApp::start().await;
    let ann = test.ann().await;
    let refused = ann.get("/users/me/calendar-heatmap?from=2024-02-30").await.expect(400);
    assert_eq!(refused["errors"][0]["path"], json!(["from"]));
    for query in ["?from=2024-02-02&to=2024-02-01", "?from=0001-01-01&to=9999-12-31", "?type=Deleted"] {
        assert_eq!(ann.get(&format!("/users/me/calendar-heatmap{query}")).await.status, 400, "{query}");
    }
}
