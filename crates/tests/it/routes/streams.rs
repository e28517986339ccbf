//! `/assets/{id}/video/stream`: videos that are transcoded while they are watched.

use config::system::{
    choices::VideoCodec,
    ffmpeg::{Ffmpeg, Realtime},
};
use futures::future::join_all;
use model::ids::AssetId;
use serde_json::json;
use server::streams::{Piece, Streams};
use std::{path::Path, process::Command, time::Duration};
use testkit::{Client, TestApp, Upload, Video, eventually, runner};

const SECONDS: u32 = 7;

/// A player: a session and the version that it watches.
struct Player<'a> {
    client: &'a Client,
    stream: String,
    version: String,
}

impl<'a> Player<'a> {
    async fn start(client: &'a Client, asset: AssetId) -> Self {
        let stream = format!("/assets/{asset}/video/stream");
        let main = client.get(&format!("{stream}/main.m3u8")).await;
        assert_eq!(main.status, 200, "{}", main.text());
        assert_eq!(main.headers["content-type"], "application/vnd.apple.mpegurl");
        let text = main.text();
        let version = text.lines().find(|line| line.ends_with("/playlist.m3u8")).expect("a version");
        let version = version.trim_end_matches("/playlist.m3u8").to_owned();
        Self { client, stream, version }
    }

    fn path(&self, name: &str) -> String {
        format!("{}/{}/{name}", self.stream, self.version)
    }

    fn session(&self) -> String {
        format!("{}/{}", self.stream, self.version.split('/').next().expect("a session"))
    }

    async fn get(&self, name: &str) -> Vec<u8> {
        let answer = self.client.get(&self.path(name)).await;
        assert_eq!(answer.status, 200, "{name}: {}", answer.text());
        answer.body
    }

    async fn segment(&self, segment: u32) -> Vec<u8> {
        self.get(&format!("seg_{segment}.m4s")).await
    }
}

async fn start(settings: &[(&str, &str)], seconds: u32) -> (TestApp, Client, AssetId) {
    let test = TestApp::start_with(settings).await;
    let ann = test.ann().await;
    allow_streams(&ann, true).await;
    let bytes = Video::new().seconds(seconds).make("mp4");
    let asset = ann.upload_file("film.mp4", bytes).await;
    (test, ann, asset)
}

async fn allow_streams(admin: &Client, enabled: bool) {
    let mut config = admin.get("/system-config").await.expect(200);
    config["ffmpeg"]["realtime"] = json!({ "enabled": enabled, "resolutions": [480, 720], "videoCodecs": ["h264"] });
    admin.put("/system-config", config).await.expect(200);
}

/// Packets' times and how many pictures can be decoded, as another program sees them.
fn look(stream: &[u8]) -> (Vec<f64>, usize) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("stream.mp4");
    std::fs::write(&path, stream).unwrap();
    let probe = |what: &str| {
        let words = format!("-v error -select_streams v:0 -count_frames -of csv=p=0 -show_entries {what}");
        let output = Command::new("ffprobe").args(words.split(' ')).arg(&path).output().unwrap();
        assert!(output.stderr.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    };
    let times = probe("packet=pts_time").lines().map(|line| line.trim_end_matches(',').parse().unwrap()).collect();
    (times, probe("stream=nb_read_frames").trim().trim_end_matches(',').parse().unwrap())
}

fn files(folder: &Path) -> Vec<std::path::PathBuf> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let paths = entries.map(|entry| entry.unwrap().path());
    paths.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}

#[tokio::test]
async fn pieces_in_any_order_are_one_film() {
    let (_test, ann, asset) = start(&[], SECONDS).await;
    let player = Player::start(&ann, asset).await;
    let playlist = ann.get(&player.path("playlist.m3u8")).await;
    let text = playlist.text();
    assert!(text.contains("#EXT-X-PLAYLIST-TYPE:VOD") && text.ends_with("#EXT-X-ENDLIST\n"), "{text}");
    let length: f64 = text
        .lines()
        .filter_map(|line| line.strip_prefix("#EXTINF:")?.strip_suffix(','))
        .map(|it| it.parse::<f64>().unwrap())
        .sum();
    assert!((length - f64::from(SECONDS)).abs() < 0.05, "{length} s");
    let (last, first) = (player.segment(3).await, player.segment(0).await);
    let (third, second) = (player.segment(2).await, player.segment(1).await);
    let film = [player.get("init.mp4").await, first, second, third, last].concat();
    let (times, pictures) = look(&film);
    assert_eq!((times.len(), pictures), (175, 175));
    for (index, time) in times.iter().enumerate() {
        assert!((time - index as f64 / 25.0).abs() < 0.001, "picture {index} is at {time}");
    }
    assert_eq!(ann.get(&player.path("seg_4.m4s")).await.status, 404, "there are four");
    assert_eq!(ann.get(&player.path("seg_x.m4s")).await.status, 400);
}

#[tokio::test]
async fn viewers_share_what_is_made() {
    let (test, ann, asset) = start(&[], SECONDS).await;
    let players = join_all((0..3).map(|_| Player::start(&ann, asset))).await;
    let pieces = join_all(players.iter().map(|player| player.segment(1))).await;
    assert!(pieces.windows(2).all(|pair| pair[0] == pair[1]), "the same bytes for all");
    let cache = test.media().join("encoded-video/.streams");
    let made = files(&cache).iter().filter(|path| path.ends_with("seg_1.m4s")).count();
    assert_eq!(made, 1, "it was made once");
    // The first to go takes nothing along, the last takes everything.
    ann.delete(&players[0].session()).await.expect(204);
    assert_eq!(players[1].segment(1).await, pieces[0]);
    for player in &players[1..] {
        ann.delete(&player.session()).await.expect(204);
    }
    eventually("the pieces to go", Duration::from_secs(30), || async { files(&cache).is_empty() }).await;
    assert_eq!(ann.get(&players[1].path("seg_1.m4s")).await.status, 404);
    assert_eq!(ann.delete(&players[1].session()).await.status, 404);
}

#[tokio::test]
async fn who_says_nothing_for_long_has_gone() {
    let folder = tempfile::tempdir().unwrap();
    let (cache, film) = (folder.path().join("cache"), folder.path().join("film.mp4"));
    std::fs::write(&film, Video::new().seconds(2).make("mp4")).unwrap();
    let realtime = Realtime { enabled: true, resolutions: vec![480], video_codecs: vec![VideoCodec::H264] };
    let settings = Ffmpeg { realtime, ..Ffmpeg::default() };
    let streams = Streams::new(runner(), &cache, 100_000_000);
    let mut watched = Vec::new();
    for asset in [AssetId::random(), AssetId::random()] {
        let (session, variants) = streams.open(asset, film.clone(), settings.clone()).await.unwrap();
        let piece = streams.piece(asset, session, variants[0].index, Piece::Segment(0)).await.unwrap();
        watched.push((asset, session, variants[0].index, piece));
    }
    let [(asset, session, variant, piece), (left_asset, left_session, left_variant, left_piece)] = &watched[..] else {
        panic!("two films")
    };
    // As the server does every minute, with another idea of long.
    eventually("the one that was left to end", Duration::from_secs(30), || async {
        streams.variant(*asset, *session, *variant).unwrap();
        streams.end_idle(Duration::from_millis(200));
        !left_piece.exists()
    })
    .await;
    assert!(streams.variant(*left_asset, *left_session, *left_variant).is_err(), "its session has ended");
    assert!(piece.exists(), "who goes on watching keeps everything");
    streams.end(*asset, *session).unwrap();
    eventually("everything to go", Duration::from_secs(30), || async { files(&cache).is_empty() }).await;
}

#[tokio::test]
async fn pieces_that_vanish_are_made_again() {
    let (test, ann, asset) = start(&[], SECONDS).await;
    let player = Player::start(&ann, asset).await;
    let before = player.segment(2).await;
    for path in files(&test.media().join("encoded-video/.streams")) {
        // Some may be renamed at this moment.
        let _ = std::fs::remove_file(path);
    }
    assert_eq!(look(&[player.get("init.mp4").await, player.segment(2).await].concat()).1, 50);
    assert!(!before.is_empty());
}

#[tokio::test]
async fn the_cache_stays_within_its_bounds() {
    // Of a film of a minute, a viewer needs twenty pieces at a time.
    let (test, ann, asset) = start(&[("FERROTYPE_STREAM_CACHE_MB", "0")], 60).await;
    let player = Player::start(&ann, asset).await;
    for segment in 0..30 {
        assert!(!player.segment(segment).await.is_empty());
    }
    let cache = test.media().join("encoded-video/.streams");
    let pieces = || files(&cache).into_iter().filter(|path| path.extension().is_some_and(|it| it == "m4s")).count();
    assert!(pieces() <= 21, "{} pieces lie there", pieces());
    // What has gone comes back.
    assert_eq!(look(&[player.get("init.mp4").await, player.segment(0).await].concat()).1, 50);
}

#[tokio::test]
async fn streams_are_for_those_who_may_see_the_video_and_only_if_allowed() {
    let (test, ann, asset) = start(&[], 1).await;
    let player = Player::start(&ann, asset).await;
    let bob = test.bob().await;
    for path in [format!("{}/main.m3u8", player.stream), player.path("playlist.m3u8"), player.path("seg_0.m4s")] {
        assert_eq!(bob.get(&path).await.status, 400, "{path}");
    }
    assert_eq!(bob.delete(&player.session()).await.status, 400);
    let photo = ann.upload_jpeg("a.jpg").await;
    assert_eq!(ann.get(&format!("/assets/{photo}/video/stream/main.m3u8")).await.status, 404);
    let broken = ann.upload(Upload::new("b.mp4", b"no video at all".to_vec())).await.expect(201);
    let broken = format!("/assets/{}/video/stream/main.m3u8", broken["id"].as_str().unwrap());
    assert_eq!(ann.get(&broken).await.status, 400);
    assert_eq!(ann.get("/server/features").await.expect(200)["realtimeTranscoding"], true);
    allow_streams(&ann, false).await;
    let refused = ann.get(&format!("{}/main.m3u8", player.stream)).await;
    assert_eq!((refused.status, refused.json()["message"].as_str()), (400, Some("Real-time transcoding is disabled")));
    assert_eq!(ann.get("/server/features").await.expect(200)["realtimeTranscoding"], false);
}

/// The programs of this test's that read files.
fn children() -> Vec<rustix::process::Pid> {
    let own = std::process::id().to_string();
    let processes = std::fs::read_dir("/proc").unwrap().filter_map(|entry| entry.ok()?.file_name().into_string().ok());
    let is_ours = |pid: &String| {
        let status = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
        let mut words = status.split(' ');
        words.nth(1) == Some("(video-child)") && words.nth(1) == Some(own.as_str())
    };
    processes.filter(is_ours).filter_map(|pid| rustix::process::Pid::from_raw(pid.parse().ok()?)).collect()
}

#[tokio::test]
async fn who_watches_does_not_notice_that_a_child_died() {
    let (_test, ann, asset) = start(&[], 20).await;
    let player = Player::start(&ann, asset).await;
    let watching = player.segment(5);
    let killing = async {
        eventually("a child to work", Duration::from_secs(30), || async { !children().is_empty() }).await;
        let children = children();
        for child in &children {
            // It may have ended by itself in between.
            let _ = rustix::process::kill_process(*child, rustix::process::Signal::KILL);
        }
        children.len()
    };
    let (piece, killed) = tokio::join!(watching, killing);
    assert!(killed > 0);
    assert_eq!(look(&[player.get("init.mp4").await, piece].concat()).1, 50);
    for child in children() {
        let _ = rustix::process::kill_process(child, rustix::process::Signal::KILL);
    }
    assert_eq!(look(&[player.get("init.mp4").await, player.segment(0).await].concat()).1, 50);
}
