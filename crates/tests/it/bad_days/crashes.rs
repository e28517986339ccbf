//! The database crashes under the work, or the disk is full: what was accepted is there, what was not left nothing.

use futures::{StreamExt, stream};
use serde_json::Value;
use std::{
    collections::HashMap,
    path::{Path, PathBuf},
    time::Duration,
};
use testkit::{OwnPostgres, Picture, RealStack, SmallDisk, TestDatabase, TestRedis, Upload, eventually};

const PATIENCE: Duration = Duration::from_secs(90);
const AT_ONCE: usize = 8;

#[tokio::test(flavor = "multi_thread")]
async fn postgres_killed_in_the_middle_of_uploads_keeps_what_was_accepted() {
    let Some(mut postgres) = OwnPostgres::start().await else {
        return eprintln!("skipped: the programs of Postgres are not on this machine");
    };
    let mut stack = RealStack::start_with(postgres.database().await, TestRedis::new(), &[]).await;
    let ann = stack.ann().await;
    let files: Vec<Vec<u8>> = (0..40).map(|_| Picture::random().size(600, 400).jpeg()).collect();
    let mut uploads = stream::iter(files.iter().enumerate().map(|(index, bytes)| {
        let upload = ann.upload(Upload::new(&format!("{index}.jpg"), bytes.clone()));
        async move { (index, upload.await) }
    }))
    .buffer_unordered(AT_ONCE);
    let (mut accepted, mut refused) = (HashMap::new(), Vec::new());
    while let Some((index, answer)) = uploads.next().await {
        match answer.status {
            201 => drop(accepted.insert(index, answer.json()["id"].as_str().expect("an id").to_owned())),
            503 => refused.push(index),
            _ => panic!("neither accepted nor told to come again: {answer:?}"),
        }
        if accepted.len() == 15 && refused.is_empty() {
            // Whoever uploads just now finds no database for a moment.
            postgres.kill();
            postgres.start_again().await;
        }
    }
    eprintln!("{} accepted, {} refused", accepted.len(), refused.len());

    for (index, id) in &accepted {
        let original = ann.get(&format!("/assets/{id}/original")).await;
        assert!(original.expect_file() == files[*index], "{id} is as it was");
        ann.thumbnail(id.parse().expect("an id")).await;
    }
    ann.wait_for_idle_queues().await;

    // Of a commit that the crash cut short the client was told to come again, whichever way it went.
    let total = ann.get("/assets/statistics").await.expect(200)["total"].as_u64().expect("a number");
    let undecided = total as usize - accepted.len();
    assert!(undecided <= refused.len().min(AT_ONCE), "{undecided} more than were accepted");
    stack.server.stop().await;
    stack.server.restart().await;
    eventually("what was not accepted to be gone", PATIENCE, || async {
        originals(stack.media()).len() == total as usize
    })
    .await;

    let ann = stack.ann().await;
    let mut duplicates = 0;
    for index in refused {
        let answer = ann.upload(Upload::new(&format!("{index}.jpg"), files[index].clone())).await;
        let asset: Value = answer.json();
        assert!(matches!(answer.status, 200 | 201), "{answer:?}");
        duplicates += usize::from(answer.status == 200);
        let id = asset["id"].as_str().expect("an id");
        assert!(ann.get(&format!("/assets/{id}/original")).await.expect_file() == files[index], "{id} is whole");
    }
    assert_eq!(duplicates, undecided);
    assert_eq!(ann.get("/assets/statistics").await.expect(200)["total"], files.len());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_refuses_uploads_until_there_is_space() {
    let Some(disk) = SmallDisk::new(24) else {
        return eprintln!("skipped: this process may not mount a disk");
    };
    let location = disk.path().display().to_string();
    let settings = [("IMMICH_MEDIA_LOCATION", location.as_str())];
    let stack = RealStack::start_with(TestDatabase::migrated().await, TestRedis::new(), &settings).await;
    let ann = stack.ann().await;
    let before = ann.upload_jpeg("before.jpg").await;
    ann.thumbnail(before).await;
    ann.wait_for_idle_queues().await;
    let files = originals(disk.path());

    let mut large = Picture::random().jpeg();
    large.resize(6_000_000, 7);
    let small = Picture::random().jpeg();
    // Not enough left for the large one, then not even for the first byte.
    let almost = disk.path().join("almost");
    std::fs::write(&almost, vec![0; 20_000_000]).expect("take most of the space");
    ann.upload(Upload::new("large.jpg", large.clone())).await.expect_refusal(507, "No space left on the server");
    assert_eq!(originals(disk.path()), files);
    let filler = disk.fill();
    ann.upload(Upload::new("small.jpg", small.clone())).await.expect_refusal(507, "No space left on the server");
    assert_eq!(originals(disk.path()), files, "nothing is left of either");
    assert_eq!(ann.get("/assets/statistics").await.expect(200)["total"], 1);
    ann.get(&format!("/assets/{before}/original")).await.expect_file();

    for file in [filler, almost] {
        std::fs::remove_file(file).expect("make space");
    }
    for (name, bytes) in [("large.jpg", large), ("small.jpg", small)] {
        let id = ann.upload_file(name, bytes.clone()).await;
        assert!(ann.get(&format!("/assets/{id}/original")).await.expect_file() == bytes, "{name} is whole");
        ann.thumbnail(id).await;
    }
}

/// Everything below `upload` but the marker of the mount itself: originals, and what is on its way to become one.
fn originals(media: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    let mut folders = vec![media.join("upload")];
    while let Some(folder) = folders.pop() {
        for path in std::fs::read_dir(&folder).into_iter().flatten().flatten().map(|entry| entry.path()) {
            if path.is_dir() {
                folders.push(path);
            } else if path.file_name().is_some_and(|name| name != ".immich") {
                files.push(path);
            }
        }
    }
    files.sort();
    files
}
