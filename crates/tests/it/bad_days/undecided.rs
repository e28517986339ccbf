//! Files of a server that is gone while the database has not yet come to its commit.

use chrono::Utc;
use std::time::Duration;
use testkit::{TestApp, eventually};
use uuid::Uuid;

const PATIENCE: Duration = Duration::from_secs(30);

#[tokio::test(flavor = "multi_thread")]
async fn a_commit_that_comes_late_keeps_its_file() {
    let test = TestApp::start().await;
    let bob = test.bob().await.user_id();
    let target = test.app.files.profile_image(bob, Uuid::new_v4(), "png");
    let mut image = test.app.files.receive(target.clone()).await.unwrap();
    image.write(b"bytes").await.unwrap();
    image.finish(None).await.unwrap();
    image.place().await.unwrap();
    let mut tx = test.app.db.begin().await.unwrap();
    db::undecided::hold(&mut tx).await.unwrap();
    db::users::set_profile_image(&mut tx, bob, &target.to_string_lossy(), Utc::now()).await.unwrap();
    // As if killed: the marker is nobody's, the rows are not visible yet.
    drop(image);

    let sweep = tokio::spawn({
        let app = test.app.clone();
        async move { domain::assets::sweep_incoming(&app).await }
    });
    eventually("the sweep to wait for the commit", PATIENCE, || async {
        let waiting = "SELECT EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND NOT granted
            AND database = (SELECT oid FROM pg_database WHERE datname = current_database()))";
        sqlx::query_scalar(waiting).fetch_one(&mut test.database().connect().await).await.unwrap()
    })
    .await;
    assert!(target.exists());
    tx.commit().await.unwrap();
    assert_eq!(sweep.await.unwrap().unwrap(), 1);
    assert!(target.exists(), "the row names it");
}
