//! Postgres or Redis go away for a while: refusals while it lasts, no restart needed afterwards.

use std::time::Duration;
use testkit::{Picture, Proxy, RealStack, TestDatabase, TestRedis, Upload, eventually};

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
