//! Pictures of a burst: what they have in common is kept beside each of them.

use testkit::{Picture, TestApp};

#[tokio::test(flavor = "multi_thread")]
async fn the_pictures_of_a_burst_share_its_id() {
    let test = TestApp::start().await;
    let ann = test.ann().await;
    let burst = "xmlns:GCamera='http://ns.google.com/photos/1.0/camera/' GCamera:BurstID='b-1'";
    for name in ["1.jpg", "2.jpg"] {
        let bytes = Picture::random().size(40, 30).xmp_jpeg(burst, "");
        ann.upload_file(name, bytes).await;
    }
    ann.upload_jpeg("alone.jpg").await;
    test.run_jobs().await;
    let mut ids: Vec<Option<String>> = sqlx::query_scalar("SELECT burst_id FROM asset_exif")
        .fetch_all(&mut test.database().connect().await)
        .await
        .unwrap();
    ids.sort();
    assert_eq!(ids, [None, Some("b-1".to_owned()), Some("b-1".to_owned())]);
}
