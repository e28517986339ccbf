//! kill -9 in the middle: nothing accepted is lost, nothing half-written is visible, jobs go on.

use futures::{StreamExt, stream};
use model::ids::AssetId;
use reqwest::{
    Body,
    multipart::{Form, Part},
};
use serde_json::json;
use std::{io, path::Path, time::Duration};
use testkit::{Client, Picture, Program, RealStack, Upload, Video, eventually, wait_for};

const PATIENCE: Duration = Duration::from_secs(120);

#[tokio::test(flavor = "multi_thread")]
async fn a_server_killed_in_the_middle_of_an_upload_shows_nothing_of_it() {
    let mut stack = RealStack::start().await;
    let ann = stack.ann().await;
    let bytes = Video::new().seconds(4).make("mp4");
    let half = bytes.len() / 2;
    // Half of the file, then silence: the server has it on disk and waits for more.
    let first: io::Result<Vec<u8>> = Ok(bytes[..half].to_vec());
    let body = Body::wrap_stream(stream::iter([first]).chain(stream::pending()));
    let form = Form::new()
        .text("fileCreatedAt", "2024-05-01T10:00:00.000Z")
        .text("fileModifiedAt", "2024-05-01T10:00:00.000Z")
        .part("assetData", Part::stream_with_length(body, bytes.len() as u64).file_name("cut.mp4"));
    let request = ann.request(reqwest::Method::POST, "/assets").multipart(form);
    let uploading = tokio::spawn(request.send());
    eventually("half of the file to be on disk", PATIENCE, || async { bytes_below(stack.media()) >= half as u64 / 2 })
        .await;
    stack.server.kill();
    assert!(uploading.await.unwrap().is_err(), "nobody was told that it was accepted");

    stack.server.restart().await;
    let ann = stack.ann().await;
    assert_eq!(ann.get("/assets/statistics").await.expect(200)["total"], 0);
    let id = ann.upload_file("whole.mp4", bytes.clone()).await;
    assert!(ann.get(&format!("/assets/{id}/original")).await.expect_file() == bytes, "the second try is whole");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_killed_server_had_accepted_is_there() {
    let mut stack = RealStack::start().await;
    let ann = stack.ann().await;
    let files: Vec<Vec<u8>> = (0..60).map(|_| Picture::random().size(600, 400).jpeg()).collect();
    let uploads = files.iter().map(|bytes| {
        let request = ann.upload_request(Upload::new("photo.jpg", bytes.clone()));
        async move {
            let answer = request.send().await.ok()?;
            let body: serde_json::Value = answer.json().await.ok()?;
            body["id"].as_str().map(|id| (id.to_owned(), bytes.clone()))
        }
    });
    let mut uploads = stream::iter(uploads).buffer_unordered(6);
    let mut accepted = Vec::new();
    while let Some(upload) = uploads.next().await {
        accepted.extend(upload);
        if accepted.len() == 20 {
            stack.server.kill();
        }
    }
    assert!(accepted.len() >= 20 && accepted.len() < files.len(), "killed in the middle: {}", accepted.len());

    stack.server.restart().await;
    let ann = stack.ann().await;
    for (id, bytes) in &accepted {
        assert!(
            ann.get(&format!("/assets/{id}/original")).await.expect_file() == bytes.as_slice(),
            "{id} is as it was"
        );
    }
    // Their jobs were pushed, or will be found.
    for (id, _) in &accepted {
        ann.thumbnail(id.parse().unwrap()).await;
    }
    // Whoever was not answered sends again: everything is there once.
    for bytes in &files {
        let answer = ann.upload(Upload::new("photo.jpg", bytes.clone())).await;
        assert!(matches!(answer.status, 200 | 201), "{answer:?}");
    }
    assert_eq!(ann.get("/assets/statistics").await.expect(200)["images"], files.len());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_killed_in_the_middle_of_a_transcode_does_it_again() {
    let mut stack = RealStack::start().await;
    let ann = stack.ann().await;
    let id = ann.upload_file("long.avi", Video::new().unplayable().size(1280, 720).seconds(40).make("avi")).await;
    eventually("the transcode to begin", PATIENCE, || async { ann.count_jobs("videoConversion", "active").await == 1 })
        .await;
    stack.worker.kill();
    assert_eq!(encoded(&ann, id).await, None, "nothing half-written is played");

    stack.worker.restart().await;
    wait_for("the transcode", PATIENCE, || encoded(&ann, id)).await;
    ann.wait_for_idle_queues().await;
    assert_eq!(ann.count_jobs("videoConversion", "failed").await, 0);
    assert_eq!(leftovers(stack.media()), Vec::<String>::new());
}

/// A writer that is ended at any moment leaves the old file or the new one.
#[tokio::test(flavor = "multi_thread")]
async fn a_worker_killed_while_it_writes_sidecars_tears_none() {
    const PHOTOS: usize = 30;
    let mut stack = RealStack::start().await;
    let ann = stack.ann().await;
    let mut ids = Vec::new();
    for _ in 0..PHOTOS {
        ids.push(ann.upload_jpeg("photo.jpg").await);
    }
    ann.wait_for_idle_queues().await;
    let rounds = ["the first", "the second", "the third"];
    for now in rounds {
        ann.put("/assets", json!({ "ids": ids, "description": now })).await.expect(204);
        let says_now = || sidecars(stack.media()).iter().filter(|text| text.contains(now)).count();
        eventually("a sidecar to be written", PATIENCE, || async { says_now() > 0 }).await;
        stack.worker.kill();
        for text in sidecars(stack.media()) {
            assert!(text.ends_with("<?xpacket end='w'?>\n"), "torn: {text:?}");
            // Writers that were killed before this one may have left their share undone.
            assert!(rounds.iter().any(|round| text.contains(round)), "neither old nor new: {text}");
        }
        stack.worker.restart().await;
    }
    let last = rounds[rounds.len() - 1];
    let are_written = || sidecars(stack.media()).iter().filter(|text| text.contains(last)).count() == PHOTOS;
    eventually("every edit to arrive", PATIENCE, || async { are_written() }).await;
    ann.wait_for_idle_queues().await;
    assert_eq!(ann.count_jobs("sidecar", "failed").await, 0);
    // Whatever the dead were writing is looked through when a server starts.
    stack.server.kill();
    stack.server.restart().await;
    let others = || {
        let names = files_below(&stack.media().join("upload"));
        names.into_iter().filter(|path| ![".jpg", ".xmp", ".immich"].iter().any(|end| path.ends_with(end)))
    };
    eventually("the leftovers to go", PATIENCE, || async { others().next().is_none() }).await;
}

/// What they say.
fn sidecars(media: &Path) -> Vec<String> {
    let files = files_below(&media.join("upload")).into_iter().filter(|path| path.ends_with(".xmp"));
    files.map(|path| std::fs::read_to_string(path).expect("a sidecar is text")).collect()
}

fn files_below(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    let files = |path: std::path::PathBuf| match path.is_dir() {
        true => files_below(&path),
        false => vec![path.to_string_lossy().into_owned()],
    };
    entries.flat_map(files).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_left_of_a_stream_when_its_server_was_killed() {
    let mut stack = RealStack::start().await;
    let ann = stack.ann().await;
    let mut config = ann.get("/system-config").await.expect(200);
    config["ffmpeg"]["realtime"] = json!({ "enabled": true, "resolutions": [480], "videoCodecs": ["h264"] });
    ann.put("/system-config", config).await.expect(200);
    let id = ann.upload_file("film.mp4", Video::new().seconds(30).make("mp4")).await;
    let stream = format!("/assets/{id}/video/stream");
    let main = ann.get(&format!("{stream}/main.m3u8")).await;
    let main = main.text();
    let version = main.lines().find_map(|line| line.strip_suffix("/playlist.m3u8")).expect("a version");
    assert_eq!(ann.get(&format!("{stream}/{version}/seg_0.m4s")).await.status, 200);
    // It is about to make the next ones.
    stack.server.kill();
    let cache = stack.media().join("encoded-video/.streams");
    assert!(bytes_below(&cache) > 0, "there is something to be left");
    stack.server.restart().await;
    assert_eq!(bytes_below(&cache), 0);
    // A child that outlived its server would go on writing.
    let ann = stack.ann().await;
    assert_eq!(ann.get(&format!("{stream}/{version}/seg_0.m4s")).await.status, 404, "the session is gone");
    assert_eq!(bytes_below(&cache), 0);
    let again = ann.get(&format!("{stream}/main.m3u8")).await;
    assert_eq!(again.status, 200, "the player begins anew");
}

#[tokio::test(flavor = "multi_thread")]
async fn another_worker_takes_over_from_one_that_died() {
    let mut stack = RealStack::start().await;
    let ann = stack.ann().await;
    let id = ann.upload_file("long.avi", Video::new().unplayable().size(1280, 720).seconds(40).make("avi")).await;
    eventually("the transcode to begin", PATIENCE, || async { ann.count_jobs("videoConversion", "active").await == 1 })
        .await;
    let _other = stack.another(Program::Worker).await;
    stack.worker.kill();
    wait_for("the transcode", PATIENCE, || encoded(&ann, id)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_emptied_redis_loses_no_job_for_good() {
    let mut stack = RealStack::start().await;
    let ann = stack.ann().await;
    stack.worker.stop().await;
    let ids = [ann.upload_jpeg("a.jpg").await, ann.upload_jpeg("b.jpg").await, ann.upload_jpeg("c.jpg").await];
    assert!(stack.redis().clear() > 0, "there were jobs to lose");
    stack.worker.restart().await;
    // What the nightly sweep does, asked for by hand.
    ann.put("/jobs/metadataExtraction", json!({ "command": "start", "force": false })).await.expect(200);
    for id in ids {
        ann.thumbnail(id).await;
    }
    // And the queues work as before.
    let later = ann.upload_jpeg("d.jpg").await;
    ann.thumbnail(later).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn redis_emptied_under_a_running_stack_is_no_end() {
    let stack = RealStack::start().await;
    let ann = stack.ann().await;
    let first = ann.upload_jpeg("a.jpg").await;
    ann.thumbnail(first).await;
    stack.redis().clear();
    let second = ann.upload_jpeg("b.jpg").await;
    ann.thumbnail(second).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_servers_and_two_workers_share_the_work() {
    let stack = RealStack::start().await;
    let other_server = stack.another(Program::Server).await;
    let _other_worker = stack.another(Program::Worker).await;
    let ann = stack.ann().await;
    let other = ann.on(&other_server.base_url());
    let bytes = Picture::random().jpeg();
    let same = |client: &Client| client.upload_request(Upload::new("same.jpg", bytes.clone())).send();
    let (one, two, three, four) = tokio::join!(same(&ann), same(&other), same(&ann), same(&other));
    let mut statuses = [one, two, three, four].map(|answer| answer.unwrap().status().as_u16());
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 200, 200, 201]);
    for index in 0..20 {
        let client = if index % 2 == 0 { &ann } else { &other };
        client.upload_jpeg("photo.jpg").await;
    }
    ann.wait_for_idle_queues().await;
    for queue in ["metadataExtraction", "thumbnailGeneration"] {
        assert_eq!(ann.count_jobs(queue, "failed").await, 0, "{queue}");
    }
    let month = other.get("/timeline/bucket?timeBucket=2024-05-01").await.expect(200);
    let hashes = month["thumbhash"].as_array().unwrap();
    assert_eq!((hashes.len(), hashes.iter().filter(|hash| hash.is_string()).count()), (21, 21));
}

/// The transcoded file, once it is there: the original is no mp4.
async fn encoded(ann: &Client, id: AssetId) -> Option<Vec<u8>> {
    let playback = ann.get(&format!("/assets/{id}/video/playback")).await;
    (playback.status == 200 && playback.body.get(4..8) == Some(b"ftyp")).then_some(playback.body)
}

fn bytes_below(folder: &Path) -> u64 {
    let Ok(entries) = std::fs::read_dir(folder) else { return 0 };
    let size = |entry: std::fs::DirEntry| match entry.metadata() {
        Ok(metadata) if metadata.is_dir() => bytes_below(&entry.path()),
        Ok(metadata) => metadata.len(),
        Err(_) => 0,
    };
    entries.flatten().map(size).sum()
}

/// Files that are neither original nor made whole: what a writer that died had open.
fn leftovers(media: &Path) -> Vec<String> {
    let mut found = Vec::new();
    let mut folders = vec![media.join("encoded-video"), media.join("thumbs")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).into_iter().flatten().flatten() {
            let path = entry.path();
            let name = entry.file_name().to_string_lossy().into_owned();
            if path.is_dir() {
                folders.push(path);
            } else if name != ".immich" && ![".mp4", ".webp", ".jpeg"].iter().any(|end| name.ends_with(end)) {
                found.push(name);
            }
        }
    }
    found
}
