//! Many at once, and much at once, stay within bounds.

use futures::future::join_all;
use reqwest::{
    Body, Method,
    multipart::{Form, Part},
};
use serde_json::Value;
use testkit::{Picture, RealStack, Upload};

const UPLOADS: usize = 200;
/// What the server may hold at its worst while 200 people upload 400 MB at once. An unoptimised build peaked at 157 MB.
const MAX_RESIDENT_BYTES: u64 = 256 * 1024 * 1024;

#[tokio::test(flavor = "multi_thread")]
async fn two_hundred_uploads_at_once_are_all_accepted_in_bounded_memory() {
    let stack = RealStack::start().await;
    let ann = stack.ann().await;
    // About 2 MB each: 400 MB that must never be in memory together.
    let files: Vec<Vec<u8>> = (0..UPLOADS as u32)
        .map(|seed| {
            let mut bytes = Picture::new(seed).jpeg();
            bytes.extend((0..2_000_000u32).map(|n| (n.wrapping_mul(seed + 40_503) >> 8) as u8));
            bytes
        })
        .collect();
    let uploads = files.into_iter().map(|bytes| ann.upload(Upload::new("photo.jpg", bytes)));
    let answers = join_all(uploads).await;
    let accepted = answers.iter().filter(|answer| answer.status == 201).count();
    assert_eq!(accepted, UPLOADS, "{:?}", answers.iter().find(|answer| answer.status != 201));
    let peak = stack.server.peak_resident_bytes();
    eprintln!("the server's peak: {} MB", peak / 1024 / 1024);
    assert!(peak < MAX_RESIDENT_BYTES, "the server held {} MB", peak / 1024 / 1024);
    assert_eq!(ann.get("/assets/statistics").await.expect(200)["images"], UPLOADS);
}

/// How large a film the next test uploads; the claim is about any size, a day's disk is not.
fn film_bytes() -> u64 {
    let gib = std::env::var("FERROTYPE_TEST_FILM_GIB").map_or(1, |gib| gib.parse().expect("a number of GiB"));
    gib << 30
}

/// How much more memory a film may take than no film at all.
const MAX_GROWTH_BYTES: u64 = 50 * 1024 * 1024;

#[tokio::test(flavor = "multi_thread")]
async fn a_film_of_any_size_is_never_held_in_memory() {
    const PIECE: usize = 1 << 20;
    let stack = RealStack::start().await;
    let ann = stack.ann().await;
    ann.upload_jpeg("warm.jpg").await;
    let before = stack.server.peak_resident_bytes();

    let size = film_bytes();
    let pieces = (0..size / PIECE as u64).map(|n| Ok::<_, std::io::Error>(n.to_le_bytes().repeat(PIECE / 8)));
    let body = Body::wrap_stream(futures::stream::iter(pieces));
    let film = Part::stream_with_length(body, size).file_name("film.mp4");
    let taken = "2026-05-17T10:00:00.000Z";
    let form = Form::new().text("fileCreatedAt", taken).text("fileModifiedAt", taken).part("assetData", film);
    let request = ann.request(Method::POST, "/assets").multipart(form);
    let answer = request.send().await.expect("the server answers");
    assert_eq!(answer.status(), 201);

    let growth = stack.server.peak_resident_bytes() - before;
    eprintln!("{} GiB: the server's peak grew by {} MB", size >> 30, growth / 1024 / 1024);
    assert!(growth < MAX_GROWTH_BYTES, "the server grew by {} MB", growth / 1024 / 1024);
    let asset: Value = answer.json().await.expect("JSON");
    let id = asset["id"].as_str().expect("an id");
    let end = ann.request(Method::GET, &format!("/assets/{id}/original")).header("range", "bytes=-8").send().await;
    let end = end.expect("the server answers");
    assert_eq!(end.headers()["content-range"], format!("bytes {}-{}/{size}", size - 8, size - 1));
    assert_eq!(end.bytes().await.expect("the end of the file")[..], (size / PIECE as u64 - 1).to_le_bytes());
}
