//! Postgres or Redis go away for a while: refusals while it lasts, no restart needed afterwards.

use serde_json::json;
use std::time::Duration;
use testkit::{OwnRedis, Picture, Proxy, RealStack, TestDatabase, TestRedis, Upload, Video, eventually};

const PATIENCE: Duration = Duration::from_secs(90);

#[tokio::test(flavor = "multi_thread")]
async fn the_database_goes_and_comes_back() {
    let database = TestDatabase::migrated().await;
    let proxy = Proxy::to(database.address()).await;
    let url = database.url_through(proxy.port());
    let stack = RealStack::start_with(database, TestRedis::new(), &[("DB_URL", &url)]).await;
    let ann = stack.ann().await;
    let before = ann.upload_jpeg("before.jpg").await;
    ann.thumbnail(before).await;

    proxy.cut();
    let refused = ann.upload(Upload::new("meanwhile.jpg", Picture::random().jpeg())).await;
    assert_eq!(refused.status, 503, "{refused:?}");
    assert_eq!(ann.get("/timeline/buckets").await.status, 503);
    ann.get("/server/ping").await.expect(200);

    proxy.restore();
    eventually("the server to answer again", PATIENCE, || async { ann.get("/users/me").await.status == 200 }).await;
    assert_eq!(ann.get("/assets/statistics").await.expect(200)["total"], 1, "what was refused is not there");
    let after = ann.upload_jpeg("after.jpg").await;
    ann.thumbnail(after).await;
    ann.get(&format!("/assets/{before}/original")).await.expect_file();
}

#[tokio::test(flavor = "multi_thread")]
async fn connections_that_the_database_ends_are_made_anew() {
    let stack = RealStack::start().await;
    let ann = stack.ann().await;
    ann.upload_jpeg("before.jpg").await;
    sqlx::query(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database()
             AND pid <> pg_backend_pid()",
    )
    .execute(&mut stack.database().connect().await)
    .await
    .unwrap();
    eventually("the server to answer again", PATIENCE, || async { ann.get("/users/me").await.status == 200 }).await;
    let after = ann.upload_jpeg("after.jpg").await;
    ann.thumbnail(after).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn redis_goes_and_comes_back() {
    let redis = TestRedis::new();
    let proxy = Proxy::to(redis.address()).await;
    let url = redis.url_through(proxy.port());
    let stack = RealStack::start_with(TestDatabase::migrated().await, redis, &[("REDIS_URL", &url)]).await;
    let ann = stack.ann().await;
    let before = ann.upload_jpeg("before.jpg").await;
    ann.thumbnail(before).await;

    proxy.cut();
    // Looking needs no queue, and an accepted photo is kept even if its jobs must be found later.
    ann.get(&format!("/assets/{before}/thumbnail")).await.expect_file();
    let meanwhile = ann.upload(Upload::new("meanwhile.jpg", Picture::random().jpeg())).await;
    assert!(matches!(meanwhile.status, 201 | 503), "{meanwhile:?}");

    proxy.restore();
    eventually("the queues to be seen again", PATIENCE, || async { ann.get("/queues").await.status == 200 }).await;
    let after = ann.upload_jpeg("after.jpg").await;
    ann.thumbnail(after).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn redis_killed_while_jobs_wait_and_run_comes_back_empty() {
    let mut redis = OwnRedis::start().await;
    let stack = RealStack::start_with(TestDatabase::migrated().await, redis.keys(), &[]).await;
    let ann = stack.ann().await;
    let film = Video::new().unplayable().size(1280, 720).seconds(20).make("avi");
    let film = ann.upload_file("film.avi", film).await;
    eventually("the transcode to run", PATIENCE, || async { ann.count_jobs("videoConversion", "active").await == 1 })
        .await;
    ann.put("/jobs/thumbnailGeneration", json!({ "command": "pause" })).await.expect(200);
    let mut photos = Vec::new();
    for name in ["a.jpg", "b.jpg", "c.jpg"] {
        photos.push(ann.upload_jpeg(name).await);
    }
    eventually("jobs to wait", PATIENCE, || async {
        ann.count_jobs("thumbnailGeneration", "paused").await + ann.count_jobs("thumbnailGeneration", "waiting").await
            >= 3
    })
    .await;

    redis.kill();
    let meanwhile = ann.upload(Upload::new("meanwhile.jpg", Picture::random().jpeg())).await;
    assert!(matches!(meanwhile.status, 201 | 503), "{meanwhile:?}");
    if meanwhile.status == 201 {
        photos.push(meanwhile.json()["id"].as_str().expect("an id").parse().expect("an id"));
    }

    redis.start_again().await;
    eventually("every photo to be shown", PATIENCE, || async {
        let hashes = ann.get("/timeline/bucket?timeBucket=2024-05-01").await.expect(200)["thumbhash"].clone();
        let hashes = hashes.as_array().expect("a list");
        hashes.iter().filter(|hash| hash.is_string()).count() > photos.len()
    })
    .await;
    for photo in photos {
        ann.thumbnail(photo).await;
    }
    eventually("the film to be transcoded", PATIENCE, || async {
        let playback = ann.get(&format!("/assets/{film}/video/playback")).await;
        playback.body.get(4..8) == Some(b"ftyp")
    })
    .await;
    ann.wait_for_idle_queues().await;
    for queue in ["metadataExtraction", "thumbnailGeneration", "videoConversion"] {
        assert_eq!(ann.count_jobs(queue, "failed").await, 0, "{queue}");
    }
    let after = ann.upload_jpeg("after.jpg").await;
    ann.thumbnail(after).await;
}
