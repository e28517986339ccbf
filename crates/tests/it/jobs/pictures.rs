//! Pictures are made anew when the settings change, in full size where that is asked for, and none is left behind.

use model::ids::AssetId;
use serde_json::{Value, json};
use std::{collections::BTreeSet, path::Path};
use testkit::{Client, Picture, TestApp};

/// Changes settings below `image`, and makes the pictures of all assets anew.
async fn change(test: &TestApp, ann: &Client, pointer: &str, value: Value) {
    let mut config = ann.get("/system-config").await.expect(200);
    *config["image"].pointer_mut(pointer).unwrap() = value;
    ann.put("/system-config", config).await.expect(200);
    ann.put("/jobs/thumbnailGeneration", json!({ "command": "start", "force": true })).await.expect(200);
    test.run_jobs().await;
}

/// Names of the pictures made of an asset, without its id.
fn made(test: &TestApp, id: AssetId) -> BTreeSet<String> {
    fn walk(folder: &Path, prefix: &str, found: &mut BTreeSet<String>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            if path.is_dir() {
                walk(&path, prefix, found);
            } else if let Some(name) = name.strip_prefix(prefix) {
                found.insert(name.to_owned());
            }
        }
    }
    let mut found = BTreeSet::new();
    walk(&test.media().join("thumbs"), &format!("{id}_"), &mut found);
    found
}

fn names<const N: usize>(names: [&str; N]) -> BTreeSet<String> {
    names.map(str::to_owned).into()
}

fn tiff(width: u32, height: u32) -> Vec<u8> {
    let mut bytes = std::io::Cursor::new(Vec::new());
    let picture = image::RgbImage::from_fn(width, height, |x, y| image::Rgb([(x % 256) as u8, (y % 256) as u8, 90]));
    picture.write_to(&mut bytes, image::ImageFormat::Tiff).unwrap();
    bytes.into_inner()
}

/// A JPEG whose XMP says that it shows all around.
fn panorama() -> Vec<u8> {
    let packet = br#"http://ns.adobe.com/xap/1.0/ <x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF
        xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about=""
        xmlns:GPano="http://ns.google.com/photos/1.0/panorama/" GPano:ProjectionType="equirectangular"/></rdf:RDF></x:xmpmeta>"#;
    let mut packet = packet.to_vec();
    packet[28] = 0;
    let jpeg = Picture::random().size(3000, 1500).jpeg();
    let length = (packet.len() as u16 + 2).to_be_bytes();
    [&jpeg[..2], &[0xff, 0xe1], &length, &packet, &jpeg[2..]].concat()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_of_format_replaces_the_files() {
    let test = TestApp::start().await;
    let ann = test.ann().await;
    let id = ann.upload_jpeg("photo.jpg").await;
    test.run_jobs().await;
    assert_eq!(made(&test, id), names(["preview.jpeg", "thumbnail.webp"]));
    change(&test, &ann, "/preview/format", json!("webp")).await;
    assert_eq!(made(&test, id), names(["preview.webp", "thumbnail.webp"]), "the old one is gone");
    let preview = ann.get(&format!("/assets/{id}/thumbnail?size=preview")).await;
    assert_eq!((preview.status, preview.header("content-type")), (200, "image/webp"));
    assert_eq!(image::guess_format(&preview.body).ok(), Some(image::ImageFormat::WebP));

    // Progressive JPEGs have a frame header of their own.
    let is_progressive = |jpeg: &[u8]| jpeg.windows(2).any(|pair| pair == [0xff, 0xc2]);
    change(&test, &ann, "/preview/format", json!("jpeg")).await;
    let path = format!("/assets/{id}/thumbnail?size=preview");
    assert!(!is_progressive(&ann.get(&path).await.body));
    change(&test, &ann, "/preview/progressive", json!(true)).await;
    assert!(is_progressive(&ann.get(&path).await.body));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_made_anew_stays() {
    let test = TestApp::start().await;
    let ann = test.ann().await;
    let id = ann.upload_jpeg("photo.jpg").await;
    test.run_jobs().await;
    let path: String = sqlx::query_scalar("SELECT original_path FROM assets WHERE id = $1")
        .bind(id.0)
        .fetch_one(&mut test.database().connect().await)
        .await
        .unwrap();
    std::fs::write(path, b"only text").unwrap();
    change(&test, &ann, "/preview/format", json!("webp")).await;
    assert_eq!(made(&test, id), names(["preview.jpeg", "thumbnail.webp"]));
    let preview = ann.get(&format!("/assets/{id}/thumbnail?size=preview")).await;
    assert_eq!((preview.status, preview.header("content-type")), (200, "image/jpeg"));
    assert_eq!(ann.count_jobs("thumbnailGeneration", "failed").await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_browsers_cannot_show_is_made_in_full_size_where_that_is_asked_for() {
    let test = TestApp::start().await;
    let ann = test.ann().await;
    let scan = ann.upload_file("scan.tif", tiff(2400, 1800)).await;
    let photo = ann.upload_jpeg("photo.jpg").await;
    test.run_jobs().await;
    let path = format!("/assets/{scan}/thumbnail?size=fullsize");
    let answer = ann.get(&path).await;
    assert!(answer.status == 302 && answer.header("location").contains("size=preview"), "{}", answer.status);

    change(&test, &ann, "/fullsize/enabled", json!(true)).await;
    let whole = ann.get(&path).await;
    assert_eq!((whole.status, whole.header("content-type")), (200, "image/jpeg"));
    let whole = image::load_from_memory(&whole.body).unwrap();
    assert_eq!((whole.width(), whole.height()), (2400, 1800));
    let of_web = ann.get(&format!("/assets/{photo}/thumbnail?size=fullsize")).await;
    assert!(of_web.status == 302 && of_web.header("location").contains("original"), "browsers show the original");
    change(&test, &ann, "/fullsize/format", json!("webp")).await;
    assert_eq!(made(&test, scan), names(["fullsize.webp", "preview.jpeg", "thumbnail.webp"]));

    change(&test, &ann, "/fullsize/enabled", json!(false)).await;
    assert_eq!(made(&test, scan), names(["preview.jpeg", "thumbnail.webp"]), "nobody asks for it any more");
    assert_eq!(ann.get(&path).await.status, 302);
}

#[tokio::test(flavor = "multi_thread")]
async fn panoramas_are_always_made_in_full_size() {
    let test = TestApp::start().await;
    let ann = test.ann().await;
    let id = ann.upload_file("around.jpg", panorama()).await;
    test.run_jobs().await;
    let asset = ann.get(&format!("/assets/{id}")).await.expect(200);
    assert_eq!(asset["exifInfo"]["projectionType"], "EQUIRECTANGULAR");
    let whole = ann.get(&format!("/assets/{id}/thumbnail?size=fullsize")).await;
    let whole = image::load_from_memory(whole.expect_file()).unwrap();
    assert_eq!((whole.width(), whole.height()), (3000, 1500));
}
