//! A graphics card that the settings name and nobody put in: videos are transcoded all the same, and the log says how.

use serde_json::json;
use std::time::Duration;
use testkit::{RealStack, Video, wait_for};

const PATIENCE: Duration = Duration::from_secs(120);

#[tokio::test(flavor = "multi_thread")]
async fn without_the_card_that_was_chosen_the_processor_transcodes_and_the_log_says_so() {
    let stack = RealStack::start().await;
    let ann = stack.ann().await;
    let mut config = ann.get("/system-config").await.expect(200);
    config["ffmpeg"]["accel"] = json!("vaapi");
    config["ffmpeg"]["preferredHwDevice"] = json!("renderD4095");
    ann.put("/system-config", config).await.expect(200);
    let id = ann.upload_file("film.avi", Video::new().unplayable().make("avi")).await;
    wait_for("the transcode", PATIENCE, || async {
        let playback = ann.get(&format!("/assets/{id}/video/playback")).await;
        (playback.status == 200 && playback.body.get(4..8) == Some(b"ftyp")).then_some(())
    })
    .await;
    ann.wait_for_idle_queues().await;
    assert_eq!(ann.count_jobs("videoConversion", "failed").await, 0);
    let log = stack.worker.log();
    let line = log.lines().find(|line| line.contains("less of the graphics card than was asked"));
    let line = line.unwrap_or_else(|| panic!("the log is silent:\n{log}"));
    assert!(line.contains(&id.to_string()), "it names the asset: {line}");
}
