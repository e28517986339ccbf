//! Upload → metadata → thumbnail → timeline, with the real programs.

use serde_json::json;
use testkit::{Picture, RealStack, TestApp, Upload, Video};

#[tokio::test]
async fn a_photo_becomes_visible_with_all_that_is_known_of_it() {
    let stack = RealStack::start().await;
    let ann = stack.ann().await;
    let picture = Picture::random()
        .size(800, 600)
        .taken("2023:07:14 21:30:05", "+02:00")
        .at(48.8584, 2.2945)
        .camera("Leica", "Q2")
        .orientation(6);
    let id = ann.upload_file("Fireworks.JPG", picture.jpeg()).await;

    let thumbnail = ann.thumbnail(id).await;
    assert_eq!(thumbnail.header("content-type"), "image/webp");
    let small = image::load_from_memory(&thumbnail.body).unwrap();
    assert_eq!((small.width(), small.height()), (250, 333), "turned upright, its shorter side 250 pixels");
    let preview = ann.get(&format!("/assets/{id}/thumbnail?size=preview")).await;
    assert_eq!(preview.header("content-type"), "image/jpeg");
    let preview = image::load_from_memory(&preview.body).unwrap();
    assert_eq!((preview.width(), preview.height()), (600, 800), "never enlarged");

    let asset = ann.get(&format!("/assets/{id}")).await.expect(200);
    assert_eq!(asset["originalFileName"], "Fireworks.JPG");
    assert_eq!((&asset["width"], &asset["height"]), (&json!(600), &json!(800)));
    assert_eq!(asset["fileCreatedAt"], "2023-07-14T19:30:05.000Z");
    assert_eq!(asset["localDateTime"], "2023-07-14T21:30:05.000Z");
    assert!(asset["thumbhash"].is_string());
    let exif = &asset["exifInfo"];
    assert_eq!((&exif["make"], &exif["model"], &exif["orientation"]), (&json!("Leica"), &json!("Q2"), &json!("6")));
    assert!((exif["latitude"].as_f64().unwrap() - 48.8584).abs() < 1e-4, "{exif}");
    assert!((exif["longitude"].as_f64().unwrap() - 2.2945).abs() < 1e-4, "{exif}");

    let buckets = ann.get("/timeline/buckets").await.expect(200);
    assert_eq!(buckets, json!([{ "timeBucket": "2023-07-01", "count": 1 }]));
    let month = ann.get("/timeline/bucket?timeBucket=2023-07-01").await.expect(200);
    assert_eq!(month["id"], json!([id]));
    assert_eq!(month["ratio"], json!([0.75]));
}

#[tokio::test]
async fn every_usual_format_gets_its_thumbnail() {
    let stack = RealStack::start().await;
    let ann = stack.ann().await;
    let picture = Picture::random().size(400, 300);
    let video = Video::new().make("mp4");
    let files = [
        ("a.jpg", picture.jpeg()),
        ("b.png", picture.png()),
        ("c.webp", picture.webp()),
        ("d.gif", picture.gif()),
        ("e.mp4", video),
    ];
    for (name, bytes) in files {
        let id = ann.upload_file(name, bytes).await;
        let thumbnail = ann.thumbnail(id).await;
        let small = image::load_from_memory(&thumbnail.body).unwrap();
        let shorter = small.width().min(small.height());
        assert!(shorter == 250 || shorter == 240, "{name}: {}x{}", small.width(), small.height());
    }
    ann.wait_for_idle_queues().await;
    for queue in ["metadataExtraction", "thumbnailGeneration", "videoConversion"] {
        assert_eq!(ann.count_jobs(queue, "failed").await, 0, "{queue}");
    }
}

#[tokio::test]
async fn an_unplayable_video_is_transcoded() {
    let stack = RealStack::start().await;
    let ann = stack.ann().await;
    let original = Video::new().unplayable().make("avi");
    let id = ann.upload_file("old.avi", original.clone()).await;
    ann.thumbnail(id).await;
    ann.wait_for_idle_queues().await;
    let playback = ann.get(&format!("/assets/{id}/video/playback")).await;
    assert_eq!((playback.status, playback.header("content-type")), (200, "video/mp4"));
    assert_eq!(&playback.body[4..8], b"ftyp");
    let part = ann.request(reqwest::Method::GET, &format!("/assets/{id}/video/playback"));
    let part = part.header("range", "bytes=4-7").send().await.unwrap();
    assert_eq!((part.status().as_u16(), part.bytes().await.unwrap().as_ref()), (206, b"ftyp".as_ref()));
    let back = ann.get(&format!("/assets/{id}/original")).await;
    assert!(back.body == original, "the original stays as it was");
}

#[tokio::test]
async fn a_live_photo_is_one_thing() {
    let stack = RealStack::start().await;
    let ann = stack.ann().await;
    let video = ann.upload(Upload::new("live.mov", Video::new().make("mov")).field("visibility", "hidden")).await;
    let video = video.expect(201)["id"].as_str().unwrap().to_owned();
    let photo = Upload::new("live.jpg", Picture::random().jpeg()).field("livePhotoVideoId", &video);
    let photo = ann.upload(photo).await.expect(201)["id"].as_str().unwrap().to_owned();
    let asset = ann.get(&format!("/assets/{photo}")).await.expect(200);
    assert_eq!(asset["livePhotoVideoId"], json!(video));
    let buckets = ann.get("/timeline/buckets").await.expect(200);
    assert_eq!(buckets[0]["count"], 1, "the video is not shown by itself");
}

#[tokio::test]
async fn one_file_sent_to_two_servers_at_once_is_one_asset() {
    let mut test = TestApp::start().await;
    let other_url = test.another_server().await;
    let ann = test.ann().await;
    let other = ann.on(&other_url);
    for _ in 0..5 {
        let bytes = Picture::random().jpeg();
        let upload = |client: &testkit::Client| {
            let (client, upload) = (client.clone(), Upload::new("same.jpg", bytes.clone()));
            async move { client.upload(upload).await }
        };
        let answers = futures::future::join_all([
            upload(&ann),
            upload(&other),
            upload(&ann),
            upload(&other),
            upload(&ann),
            upload(&other),
        ])
        .await;
        let created = answers.iter().filter(|answer| answer.status == 201).count();
        assert_eq!(created, 1, "{answers:?}");
        let ids: std::collections::BTreeSet<String> = answers
            .iter()
            .map(|answer| {
                let body = answer.expect(if answer.status == 201 { 201 } else { 200 });
                assert_eq!(body["status"], if answer.status == 201 { "created" } else { "duplicate" });
                body["id"].as_str().unwrap().to_owned()
            })
            .collect();
        assert_eq!(ids.len(), 1, "all were told of the same asset");
    }
    let statistics = ann.get("/assets/statistics").await.expect(200);
    assert_eq!(statistics["images"], 5);
}
