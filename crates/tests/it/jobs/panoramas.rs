//! Pictures that a viewer shows from inside: their projection is known wherever they are listed.

use serde_json::json;
use testkit::{Picture, TestApp};

#[tokio::test(flavor = "multi_thread")]
async fn a_panorama_says_how_it_is_projected() {
    let test = TestApp::start().await;
    let ann = test.ann().await;
    let picture = Picture::random().size(200, 100).taken("2023:07:14 21:30:05", "+02:00");
    let bytes = picture.xmp_jpeg("GPano:ProjectionType='equirectangular' GPano:UsePanoramaViewer='True'", "");
    let id = ann.upload_file("around.jpg", bytes).await;
    test.run_jobs().await;
    let asset = ann.get(&format!("/assets/{id}")).await.expect(200);
    assert_eq!(asset["exifInfo"]["projectionType"], "EQUIRECTANGULAR");
    let month = ann.get("/timeline/bucket?timeBucket=2023-07-01").await.expect(200);
    assert_eq!(month["projectionType"], json!(["EQUIRECTANGULAR"]));
}
