//! Files that are not what they say, and names that want to be more than a name.

use std::path::{Path, PathBuf};
use testkit::{Picture, RealStack, TestApp, Upload};

/// A header that promises far more pixels than the file has, or any machine could hold.
fn bomb() -> Vec<u8> {
    let mut png = Picture::new(1).png();
    png[16..24].copy_from_slice(&[0, 1, 0x86, 0xa0, 0, 1, 0x86, 0xa0]);
    let checksum = crc(&png[12..29]);
    png[29..33].copy_from_slice(&checksum.to_be_bytes());
    png
}

fn crc(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0u32, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| if crc & 1 == 1 { (crc >> 1) ^ 0xedb8_8320 } else { crc >> 1 })
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_decoded_ends_as_one_failed_job_each() {
    let stack = RealStack::start().await;
    let ann = stack.ann().await;
    let jpeg = Picture::random().size(800, 600).jpeg();
    let files: Vec<(&str, Vec<u8>)> = vec![
        ("noise.jpg", (0..5000u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 24) as u8).collect()),
        ("noise.png", b"\x89PNG\r\n\x1a\nnothing of the kind".to_vec()),
        ("noise.heic", b"\0\0\0\x18ftypheic\0\0\0\0mif1heic and then nothing".to_vec()),
        ("noise.mp4", b"\0\0\0\x18ftypisom\0\0\0\0isommp42 and then nothing".to_vec()),
        ("bomb.png", bomb()),
        ("text.webp", b"RIFF\xff\xff\xff\xffWEBPVP8 ".to_vec()),
        ("headless.jpg", jpeg[200..].to_vec()),
    ];
    let count = files.len() as u64;
    for (name, bytes) in files {
        let id = ann.upload_file(name, bytes.clone()).await;
        assert!(ann.get(&format!("/assets/{id}/original")).await.expect_file() == bytes, "{name} is kept as it came");
    }
    let good = ann.upload_jpeg("good.jpg").await;
    ann.thumbnail(good).await;
    ann.wait_for_idle_queues().await;
    let failed =
        ann.count_jobs("thumbnailGeneration", "failed").await + ann.count_jobs("metadataExtraction", "failed").await;
    assert!((1..=2 * count).contains(&failed), "{failed} jobs failed");
    assert_eq!(ann.get("/assets/statistics").await.expect(200)["total"], count + 1, "they are shown all the same");
    let later = ann.upload_jpeg("later.jpg").await;
    ann.thumbnail(later).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_picture_under_a_wrong_name_is_still_a_picture() {
    let stack = RealStack::start().await;
    let ann = stack.ann().await;
    for (name, bytes) in [("png.jpg", Picture::random().png()), ("jpeg.png", Picture::random().jpeg())] {
        let id = ann.upload_file(name, bytes).await;
        ann.thumbnail(id).await;
    }
}

#[tokio::test]
async fn names_are_only_names() {
    let test = TestApp::start().await;
    let ann = test.ann().await;
    let long = format!("{}.jpg", "x".repeat(10_000));
    let names = [
        "../../../../tmp/escaped.jpg",
        "..\\..\\escaped.jpg",
        "/etc/escaped.jpg",
        ".jpg.jpg",
        "per%2e%2e%2fcent.jpg",
        "new\u{2028}line.jpg",
        "emoji 🏖️ and Ümläute.jpg",
        "' OR 1=1; --.jpg",
        long.as_str(),
    ];
    for name in names {
        let answer = ann.upload(Upload::new(name, Picture::random().jpeg())).await;
        let id = answer.expect(201)["id"].as_str().unwrap().to_owned();
        ann.get(&format!("/assets/{id}/original")).await.expect_file();
        let shown =
            ann.get(&format!("/assets/{id}")).await.expect(200)["originalFileName"].as_str().unwrap().to_owned();
        assert!(!shown.is_empty() && !shown.contains('/'), "{name:.40} became {shown:.40}");
    }
    assert!(!Path::new("/tmp/escaped.jpg").exists() && !Path::new("/etc/escaped.jpg").exists());
    for file in files_below(test.media()) {
        assert!(file.starts_with(test.media()));
    }
}

#[tokio::test]
async fn what_is_no_upload_is_refused_and_leaves_nothing() {
    let test = TestApp::start().await;
    let ann = test.ann().await;
    let before = files_below(test.media()).len();
    let jpeg = || Picture::random().jpeg();
    ann.upload(Upload::new("empty.jpg", Vec::new())).await.expect_refusal(400, "File is empty");
    ann.upload(Upload::new("program.exe", jpeg())).await.expect_refusal(400, "Unsupported file type program.exe");
    ann.upload(Upload::new("noextension", jpeg())).await.expect_refusal(400, "Unsupported file type noextension");
    for field in ["fileCreatedAt", "fileModifiedAt"] {
        let refused = ann.upload(Upload::new("a.jpg", jpeg()).without(field)).await.expect(400);
        assert_eq!(refused["message"], "Validation failed", "{field}");
    }
    for (field, value) in
        [("fileCreatedAt", "yesterday"), ("isFavorite", "maybe"), ("visibility", "glass"), ("livePhotoVideoId", "x")]
    {
        let refused = ann.upload(Upload::new("a.jpg", jpeg()).field(field, value)).await;
        assert_eq!(refused.status, 400, "{field}={value}: {refused:?}");
    }
    let no_file = reqwest::multipart::Form::new().text("fileCreatedAt", "2024-05-01T10:00:00.000Z");
    let answer = ann.request(reqwest::Method::POST, "/assets").multipart(no_file).send().await.unwrap();
    assert_eq!(answer.status().as_u16(), 400);
    let answer = ann.request(reqwest::Method::POST, "/assets").body("not multipart").send().await.unwrap();
    assert!(answer.status().is_client_error(), "{}", answer.status());

    assert_eq!(ann.get("/assets/statistics").await.expect(200)["total"], 0);
    assert_eq!(files_below(test.media()).len(), before, "{:?}", files_below(test.media()));
}

#[tokio::test]
async fn a_connection_that_breaks_leaves_nothing() {
    use futures::{StreamExt, stream};
    let test = TestApp::start().await;
    let ann = test.ann().await;
    let before = files_below(test.media()).len();
    for _ in 0..3 {
        let first: std::io::Result<Vec<u8>> = Ok(vec![7; 3_000_000]);
        let broken = stream::iter([first]).chain(stream::once(async {
            tokio::time::sleep(std::time::Duration::from_millis(300)).await;
            Err(std::io::Error::other("the cable was pulled"))
        }));
        let part = reqwest::multipart::Part::stream(reqwest::Body::wrap_stream(broken)).file_name("cut.jpg");
        let form = reqwest::multipart::Form::new()
            .text("fileCreatedAt", "2024-05-01T10:00:00.000Z")
            .text("fileModifiedAt", "2024-05-01T10:00:00.000Z")
            .part("assetData", part);
        let answer = ann.request(reqwest::Method::POST, "/assets").multipart(form).send().await;
        assert!(answer.is_err(), "{answer:?}");
    }
    testkit::eventually("the pieces to be cleared away", std::time::Duration::from_secs(10), || async {
        files_below(test.media()).len() == before
    })
    .await;
    assert_eq!(ann.get("/assets/statistics").await.expect(200)["total"], 0);
}

fn files_below(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() { found.extend(files_below(&path)) } else { found.push(path) }
    }
    found
}
