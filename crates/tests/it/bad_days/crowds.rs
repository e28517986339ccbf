//! Many at once stay within bounds.

use futures::future::join_all;
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
