//! Searches find what was asked for, among what the caller may see.

use model::ids::AssetId;
use serde_json::{Value, json};
use std::time::Duration;
use testkit::{Client, ModelService, Picture, TestApp, eventually};

const GREEN: [u8; 3] = [20, 200, 30];
const WHITE: [u8; 3] = [250, 250, 250];
const RED: [u8; 3] = [210, 10, 10];
const BLUE: [u8; 3] = [10, 20, 220];
const PIN: &str = "246810";

async fn upload(client: &Client, name: &str, color: [u8; 3]) -> AssetId {
    client.upload_file(name, Picture::random().plain(color).jpeg()).await
}

fn ids(found: &Value) -> Vec<AssetId> {
    let items = found["assets"]["items"].as_array().unwrap();
    items.iter().map(|item| item["id"].as_str().unwrap().parse().unwrap()).collect()
}

async fn search(client: &Client, body: Value) -> Vec<AssetId> {
    ids(&client.post("/search/smart", body).await.expect(200))
}

/// Which of the assets a filter leaves, whatever they are like.
async fn filtered(client: &Client, filter: Value) -> usize {
    search(client, json!({ "query": "snow", "filter": filter })).await.len()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_text_finds_what_pictures_show() {
    let models = ModelService::start().await;
    let test = TestApp::start_with(&models.settings()).await;
    let ann = test.ann().await;
    let [forest, snow, fire] =
        [upload(&ann, "a.jpg", GREEN).await, upload(&ann, "b.jpg", WHITE).await, upload(&ann, "c.jpg", RED).await];
    test.run_jobs().await;
    assert_eq!(ann.get("/server/features").await.expect(200)["smartSearch"], true);

    let found = ann.post("/search/smart", json!({ "query": "green forest" })).await.expect(200);
    assert_eq!(ids(&found)[0], forest);
    let assets = &found["assets"];
    assert_eq!((&assets["total"], &assets["count"]), (&json!(3), &json!(3)));
    assert_eq!((&assets["nextPage"], &assets["nextCursor"]), (&Value::Null, &Value::Null));
    assert_eq!(found["albums"], json!({ "count": 0, "facets": [], "items": [], "total": 0 }));
    assert_eq!(assets["items"][0]["originalFileName"], "a.jpg");
    assert!(assets["items"][0].get("exifInfo").is_none());

    assert_eq!(search(&ann, json!({ "query": "Snow" })).await[0], snow);
    assert_eq!(search(&ann, json!({ "query": "red" })).await, [fire, snow, forest]);
    let like_fire = ann.post("/search/smart", json!({ "queryAssetId": fire, "withExif": true })).await.expect(200);
    assert_eq!(ids(&like_fire)[0], fire, "nothing is more like it than itself");
    assert!(like_fire["assets"]["items"][0]["exifInfo"]["fileSizeInByte"].as_i64().unwrap() > 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_text_is_asked_about_once_in_each_language() {
    let models = ModelService::start().await;
    let test = TestApp::start_with(&models.settings()).await;
    let ann = test.ann().await;
    for _ in 0..3 {
        search(&ann, json!({ "query": "snow" })).await;
    }
    assert_eq!(models.asked(), 1);
    for _ in 0..3 {
        search(&ann, json!({ "query": "snow", "language": "de" })).await;
    }
    assert_eq!(models.asked(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_follow_each_other_and_nothing_comes_twice() {
    let models = ModelService::start().await;
    let test = TestApp::start_with(&models.settings()).await;
    let ann = test.ann().await;
    for count in 0..5_u8 {
        upload(&ann, "photo.jpg", [10 + 50 * count, 100, 30]).await;
    }
    test.run_jobs().await;
    let all = search(&ann, json!({ "query": "red" })).await;
    let mut seen = Vec::new();
    for (page, next) in [(1, json!("2")), (2, json!("3")), (3, Value::Null)] {
        let found = ann.post("/search/smart", json!({ "query": "red", "size": 2, "page": page })).await.expect(200);
        assert_eq!(found["assets"]["nextPage"], next, "page {page}");
        seen.extend(ids(&found));
    }
    assert_eq!(seen, all);
    assert_eq!(all.len(), 5);
}

#[tokio::test(flavor = "multi_thread")]
async fn only_what_the_caller_sees_is_found() {
    let models = ModelService::start().await;
    let test = TestApp::start_with(&models.settings()).await;
    let (ann, bob) = (test.ann().await, test.bob().await);
    upload(&bob, "bob.jpg", GREEN).await;
    let [shown, archived, trashed, locked] = [
        upload(&ann, "a.jpg", GREEN).await,
        upload(&ann, "b.jpg", GREEN).await,
        upload(&ann, "c.jpg", GREEN).await,
        upload(&ann, "d.jpg", GREEN).await,
    ];
    test.run_jobs().await;
    ann.put(&format!("/assets/{archived}"), json!({ "visibility": "archive" })).await.expect(200);
    ann.put(&format!("/assets/{locked}"), json!({ "visibility": "locked" })).await.expect(200);
    ann.delete_with("/assets", json!({ "ids": [trashed] })).await.expect(204);

    let sorted = |mut ids: Vec<AssetId>| {
        ids.sort();
        ids
    };
    let find = async |body: Value| sorted(search(&ann, body).await);
    assert_eq!(find(json!({ "query": "forest" })).await, sorted(vec![shown, archived]));
    assert_eq!(find(json!({ "query": "forest", "visibility": "archive" })).await, [archived]);
    let with_deleted = json!({ "query": "forest", "withDeleted": true });
    assert_eq!(find(with_deleted).await, sorted(vec![shown, archived, trashed]));
    let in_trash = json!({ "query": "forest", "filter": { "trashedAt": { "ne": null } } });
    assert_eq!(find(in_trash).await, [trashed]);
    let others = json!({ "query": "forest", "filter": { "visibility": { "ne": "timeline" } } });
    assert_eq!(find(others).await, [archived], "the locked folder opens only by its name");

    let in_folder = json!({ "query": "forest", "visibility": "locked" });
    ann.post("/search/smart", in_folder.clone()).await.expect_refusal(401, "Elevated permission is required");
    ann.post("/auth/pin-code", json!({ "pinCode": PIN })).await.expect(204);
    ann.post("/auth/session/unlock", json!({ "pinCode": PIN })).await.expect(204);
    assert_eq!(find(in_folder).await, [locked]);

    let refused = "Not found or no asset.read access";
    bob.post("/search/smart", json!({ "queryAssetId": shown })).await.expect_refusal(400, refused);
}

/// A photo of Paris in an album, and a favourite of which little is known.
async fn two_of_a_kind(test: &TestApp, client: &Client) -> (AssetId, AssetId, Value) {
    let picture = |color| Picture::random().plain(color);
    let paris = picture(GREEN).at(48.8584, 2.2945).taken("2023:07:14 21:30:05", "+02:00").camera("Apple", "iPhone 15");
    let paris = client.upload_file("IMG_100%.jpg", paris.jpeg()).await;
    let plain = client.upload_file("plain.jpg", picture(BLUE).taken("2024:01:01 00:00:00", "+00:00").jpeg()).await;
    test.run_jobs().await;
    let changes = json!({ "isFavorite": true, "rating": 4, "description": "The Sea" });
    client.put(&format!("/assets/{plain}"), changes).await.expect(200);
    let album = client.post("/albums", json!({ "albumName": "Trip", "assetIds": [paris] })).await.expect(201);
    (paris, plain, album["id"].clone())
}

#[tokio::test(flavor = "multi_thread")]
async fn conditions_leave_what_fulfils_them() {
    let models = ModelService::start().await;
    let test = TestApp::start_with(&models.settings()).await;
    let (ann, bob) = (test.ann().await, test.bob().await);
    let (paris, plain, album) = two_of_a_kind(&test, &ann).await;

    for (old, new, expected) in [
        (json!({ "country": "France" }), json!({ "country": { "eq": "France" } }), paris),
        (json!({ "country": null }), json!({ "country": { "eq": null } }), plain),
        (json!({ "make": "Apple" }), json!({ "make": { "in": ["Apple", "Google"] } }), paris),
        (json!({ "model": null }), json!({ "model": { "notIn": ["iPhone 15"] } }), plain),
        (json!({ "isFavorite": true }), json!({ "isFavorite": { "eq": true } }), plain),
        (json!({ "isNotInAlbum": true }), json!({ "albumIds": { "none": [album] } }), plain),
        (json!({ "albumIds": [album] }), json!({ "albumIds": { "any": [album] } }), paris),
        (json!({ "rating": 4 }), json!({ "rating": { "gt": 3.5 } }), plain),
        (json!({ "rating": null }), json!({ "rating": { "eq": null } }), paris),
        (
            json!({ "takenBefore": "2023-12-31T00:00:00Z" }),
            json!({ "takenAt": { "eq": "2023-07-14T21:30:05+02:00" } }),
            paris,
        ),
    ] {
        for body in [old, json!({ "filter": new })] {
            let mut request = body.clone();
            request["query"] = json!("snow");
            assert_eq!(search(&ann, request).await, [expected], "{body}");
        }
    }
    let foreign = json!({ "query": "snow", "albumIds": [album] });
    bob.post("/search/smart", foreign).await.expect_refusal(400, "Not found or no album.read access");
}

#[tokio::test(flavor = "multi_thread")]
async fn conditions_have_all_the_published_words() {
    let models = ModelService::start().await;
    let test = TestApp::start_with(&models.settings()).await;
    let ann = test.ann().await;
    let (paris, _, _) = two_of_a_kind(&test, &ann).await;
    let checksum = &ann.get(&format!("/assets/{paris}")).await.expect(200)["checksum"];
    for (filter, expected) in [
        (json!({ "originalFileName": { "like": "img_100%" } }), 1),
        (json!({ "originalFileName": { "startsWith": "plain", "endsWith": ".JPG" } }), 1),
        (json!({ "originalFileName": { "like": "100_" } }), 0),
        (json!({ "description": { "like": "sea" } }), 1),
        (json!({ "description": { "notLike": "sea" } }), 1),
        (json!({ "checksum": { "eq": checksum } }), 1),
        (json!({ "checksum": { "ne": checksum } }), 1),
        (json!({ "fileSizeInBytes": { "gte": 1, "lt": 1e9 } }), 2),
        (json!({ "type": { "eq": "VIDEO" } }), 0),
        (json!({ "type": { "in": ["VIDEO", "IMAGE"] } }), 2),
        (json!({ "id": { "ne": paris } }), 1),
        (json!({ "hasAlbums": { "eq": true } }), 1),
        (json!({ "hasPeople": { "eq": false }, "hasTags": { "eq": false } }), 2),
        (json!({ "isEncoded": { "eq": true } }), 0),
        (json!({ "encodedVideoPath": { "ne": "/nowhere" } }), 2),
        (json!({ "libraryId": { "eq": null } }), 2),
        (json!({ "tagIds": { "any": [paris] } }), 0),
        (json!({ "tagIds": { "none": [paris] } }), 2),
        (json!({ "ocr": { "matches": "menu" } }), 0),
        (json!({ "or": [{ "isFavorite": { "eq": true } }, { "make": { "eq": "Apple" } }] }), 2),
        (json!({ "country": { "eq": "France" }, "or": [{ "isFavorite": { "eq": true } }] }), 0),
        (json!({}), 2),
    ] {
        assert_eq!(filtered(&ann, filter.clone()).await, expected, "{filter}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_searched_for_is_told() {
    let models = ModelService::start().await;
    let test = TestApp::start_with(&models.settings()).await;
    let ann = test.ann().await;
    let unset = "Either `query` or `queryAssetId` must be set";
    for nothing in [json!({}), json!({ "query": "  " }), json!({ "isFavorite": true })] {
        ann.post("/search/smart", nothing).await.expect_refusal(400, unset);
    }
    let id = ann.upload_jpeg("a.jpg").await;
    let without = format!("Asset {id} has no embedding");
    ann.post("/search/smart", json!({ "queryAssetId": id })).await.expect_refusal(400, &without);
    models.fail_with(400);
    let refused = "The model refuses it: not today";
    ann.post("/search/smart", json!({ "query": "fire" })).await.expect_refusal(400, refused);
    models.fail_with(500);
    assert_eq!(ann.post("/search/smart", json!({ "query": "fire" })).await.status, 503);
    let key = ann.with_api_key(&["album.read"]).await;
    let missing = "Missing required permission: asset.read";
    key.post("/search/smart", json!({ "query": "fire" })).await.expect_refusal(403, missing);

    let mut settings = ann.get("/system-config").await.expect(200);
    settings["machineLearning"]["clip"]["enabled"] = json!(false);
    ann.put("/system-config", settings).await.expect(200);
    ann.post("/search/smart", json!({ "query": "fire" })).await.expect_refusal(400, "Smart search is not enabled");
    assert_eq!(ann.get("/server/features").await.expect(200)["smartSearch"], false);
}

/// What the index answers is what looking at everything answers, for an owner of much and for one of little.
#[tokio::test(flavor = "multi_thread")]
async fn the_index_finds_the_nearest_of_many() {
    let models = ModelService::start().await;
    let test = TestApp::start_with(&models.settings()).await;
    let (ann, bob) = (test.ann().await, test.bob().await);
    let seen = upload(&ann, "a.jpg", GREEN).await;
    test.run_jobs().await;
    let email =
        |client: Client| async move { client.get("/users/me").await.expect(200)["email"].as_str().unwrap().to_owned() };
    domain::seed::fill(&test.app, &email(ann.clone()).await, 4000, 2.0, |_| {}).await.unwrap();
    domain::seed::fill(&test.app, &email(bob.clone()).await, 12, 2.0, |_| {}).await.unwrap();
    let mut database = test.database().connect().await;
    let fill = "INSERT INTO ferrotype.asset_embeddings
        SELECT id, ('[' || random() || ',' || random() || ',' || random() || ']')::public.vector
        FROM ferrotype.assets WHERE id <> $1";
    sqlx::query(fill).bind(seen).execute(&mut database).await.unwrap();
    sqlx::query("ANALYZE ferrotype.asset_embeddings").execute(&mut database).await.unwrap();

    for (client, limit) in [(&ann, 200_i64), (&bob, 12)] {
        // To add nothing to a distance keeps the index out.
        let exact: Vec<AssetId> = sqlx::query_scalar(
            "SELECT a.id FROM ferrotype.assets a JOIN ferrotype.asset_embeddings m ON m.asset_id = a.id
             WHERE a.owner_id = $1 AND a.visibility IN ('timeline', 'archive') AND a.deleted_at IS NULL
             ORDER BY (m.embedding OPERATOR(public.<=>) '[1.01,0.01,0.01]'::public.vector) + 0, a.id LIMIT $2",
        )
        .bind(client.user_id())
        .bind(limit)
        .fetch_all(&mut database)
        .await
        .unwrap();
        let found = search(client, json!({ "query": "red", "size": limit })).await;
        assert!(!exact.is_empty() && found.len() == exact.len(), "{} of {}", found.len(), exact.len());
        let hits = found.iter().filter(|id| exact.contains(id)).count();
        assert!(hits * 100 >= exact.len() * 99, "{hits} of {}", exact.len());
    }
    eventually("the index to have been used", Duration::from_secs(20), || async {
        search(&ann, json!({ "query": "red", "size": 50 })).await;
        let mut database = test.database().connect().await;
        let used =
            "SELECT idx_scan > 0 FROM pg_stat_user_indexes WHERE indexrelname = 'asset_embeddings_embedding_idx'";
        sqlx::query_scalar::<_, bool>(used).fetch_one(&mut database).await.unwrap()
    })
    .await;
}
