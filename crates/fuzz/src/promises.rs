//! What every answer must be, whoever gives it.

use crate::memory;
use metadata::{Found, Metadata};
use std::sync::Once;

/// Answers hold texts of the input, some of them under several names.
const TIMES: usize = 16;
const FIXED_BYTES: usize = 1024 * 1024;
const MAX_TAGS: usize = 1000;

/// Reads, and holds the answer to its promises.
pub fn keep(input: &[u8], read: impl FnOnce() -> Found) -> Metadata {
    warm_up();
    let answer = memory::bounded(input.len(), || read().finish());
    check(&answer, input.len());
    answer
}

/// The map of the time zones is unpacked once; that is no input's doing.
fn warm_up() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let packet = br#"<rdf:RDF><rdf:Description exif:GPSLatitude="48,51.5N" exif:GPSLongitude="2,17.4E"
            exif:DateTimeOriginal="2021-06-01T12:00:00"/></rdf:RDF>"#;
        let mut found = Found::default();
        found.add_sidecar(packet);
        assert_eq!(found.finish().time_zone.as_deref(), Some("Europe/Paris"));
    });
}

fn check(answer: &Metadata, input_bytes: usize) {
    let measures = [answer.f_number, answer.focal_length, answer.fps];
    assert!(measures.into_iter().flatten().all(|number| number.is_finite() && number >= 0.0), "{answer:?}");
    let within = |degrees: Option<f64>, most: f64| degrees.is_none_or(|degrees| degrees.abs() <= most);
    assert!(within(answer.latitude, 90.0) && within(answer.longitude, 180.0), "{answer:?}");
    assert_eq!(answer.latitude.is_some(), answer.longitude.is_some(), "{answer:?}");
    assert!(answer.orientation.is_none_or(|orientation| (1..=8).contains(&orientation)), "{answer:?}");
    assert!(answer.rating.is_none_or(|stars| (1..=5).contains(&stars)), "{answer:?}");
    assert!(answer.iso.is_none_or(|iso| iso > 0), "{answer:?}");
    assert!(answer.tags.len() <= MAX_TAGS && answer.tags.iter().all(|tag| is_tidy(tag)), "{answer:?}");
    let texts = [&answer.description, &answer.make, &answer.model, &answer.lens_model, &answer.live_photo_cid];
    assert!(texts.into_iter().flatten().all(|text| is_tidy(text)), "{answer:?}");
    let date = [answer.date_time_original.is_some(), answer.local_date_time.is_some(), answer.time_zone.is_some()];
    assert!(date == [true; 3] || date == [false; 3], "{answer:?}");
    let video_ends = answer.motion_video.map_or(0, |range| range.end());
    assert!(video_ends <= input_bytes as u64, "{answer:?}");
    // As it goes from the child to the worker.
    let sent = serde_json::to_vec(answer).expect("an answer can be sent");
    assert!(sent.len() <= FIXED_BYTES + TIMES * input_bytes, "{} bytes for {input_bytes}", sent.len());
    let received: Metadata = serde_json::from_slice(&sent).expect("an answer can be received");
    assert_eq!(received.tags, answer.tags);
    assert_eq!(received.date_time_original, answer.date_time_original);
}

/// As a database keeps it, and as a person would say that there is something.
fn is_tidy(text: &str) -> bool {
    !text.is_empty() && text.trim() == text && !text.contains('\0')
}
