//! People in photos, with trained weights: who is who, and the same answer as the Python service's.

use crate::{
    parity::cosine,
    service::{Input, Service, embedding, shared},
};
use serde_json::{Value, json};
use std::{
    fs,
    path::{Path, PathBuf},
};

const MODEL: &str = "buffalo_l";
/// What the product asks for when nobody sets anything.
const MIN_SCORE: f64 = 0.7;
/// By so much every two photos of one person are more alike than any two of different people: about half of what it is.
const MARGIN: f64 = 0.25;
/// A photo with the sides of the face in it, from the hair to the chin and from one cheek to the other, measured by eye.
type Portrait = (&'static str, [f64; 4]);
/// Of one man: three photos, and of the first of them the left and the right half.
const ONE: [Portrait; 5] = [
    ("obama.jpg", [373.0, 130.0, 612.0, 425.0]),
    ("obama2.jpg", [205.0, 235.0, 475.0, 615.0]),
    ("obama3.jpg", [640.0, 290.0, 895.0, 605.0]),
    ("obama_partial_face.jpg", [0.0, 130.0, 195.0, 425.0]),
    ("obama_partial_face2.jpg", [370.0, 130.0, 551.0, 425.0]),
];
const ANOTHER: Portrait = ("biden.jpg", [425.0, 190.0, 705.0, 560.0]);
/// What is seen as the edge of a face differs from one to the next; a box twice as large shares a half.
const MIN_OVERLAP: f64 = 0.7;

/// The service with the weights in its cache; None after a word about what is missing.
fn service() -> Option<Service> {
    let weights = provided("FERROTYPE_TEST_FACE_WEIGHTS")?;
    let cache = tempfile::tempdir().unwrap();
    for part in ["detection/model.onnx", "recognition/model.onnx"] {
        let file = cache.path().join("facial-recognition").join(MODEL).join(part);
        crate::stand_ins::write(&file, fs::read(weights.join(part)).unwrap());
    }
    Service::start_in(cache, &[])
}

fn provided(variable: &str) -> Option<PathBuf> {
    let folder = std::env::var_os(variable).map(PathBuf::from);
    if folder.is_none() {
        eprintln!("skipped: {variable} is not set; `cargo xtask test` fetches what it names");
    }
    folder
}

/// The faces in a photo, the surest first.
fn faces(service: &Service, photo: &Path) -> Vec<Value> {
    let entries = json!({"facial-recognition": {
        "detection": {"modelName": MODEL, "options": {"minScore": MIN_SCORE}}, "recognition": {"modelName": MODEL}}});
    let answer = service.ask(&entries, Input::Image(fs::read(photo).unwrap()));
    answer["facial-recognition"].as_array().unwrap().clone()
}

fn sides(face: &Value) -> [f64; 4] {
    ["x1", "y1", "x2", "y2"].map(|name| face["boundingBox"][name].as_f64().unwrap())
}

/// What two boxes share of what they cover together.
fn overlap(a: [f64; 4], b: [f64; 4]) -> f64 {
    let area = |[x1, y1, x2, y2]: [f64; 4]| (x2 - x1).max(0.0) * (y2 - y1).max(0.0);
    let shared = area([a[0].max(b[0]), a[1].max(b[1]), a[2].min(b[2]), a[3].min(b[3])]);
    shared / (area(a) + area(b) - shared)
}

#[test]
fn a_persons_photos_are_more_alike_than_those_of_two() {
    let (Some(photos), Some(service)) = (provided("FERROTYPE_TEST_PORTRAITS"), service()) else { return };
    let embedding_of = |(name, seen): Portrait| {
        let found = faces(&service, &photos.join(name));
        assert_eq!(found.len(), 1, "{name}: {found:?}");
        let bounds = sides(&found[0]);
        assert!(overlap(bounds, seen) > MIN_OVERLAP, "{name}: {seen:?} is the face, not {bounds:?}");
        let numbers = embedding(&found[0]["embedding"]);
        assert_eq!(numbers.len(), 512, "{name}");
        (name, numbers)
    };
    let one = ONE.map(embedding_of);
    let (_, another) = embedding_of(ANOTHER);
    let different = one.iter().map(|(_, numbers)| cosine(numbers, &another)).fold(f64::MIN, f64::max);
    for (index, (name, numbers)) in one.iter().enumerate() {
        for (other_name, other) in &one[..index] {
            let same = cosine(numbers, other);
            assert!(same > different + MARGIN, "{name}, {other_name}: {same}; the nearest of two people: {different}");
        }
    }
}

/// The golden answer has one face with twice as many numbers as an embedding: those of our first face, then those of our
/// second one. The likely reason is that the embedder was run as its package has it, which makes one row of all faces.
#[test]
fn real_faces_are_found_and_recognised_as_the_python_service_does() {
    let (Some(photo), Some(golden)) = (shared("media/faces/portrait.jpg"), shared("golden/face_portrait.json")) else {
        return;
    };
    let Some(service) = service() else { return };
    let golden: Value = serde_json::from_slice(&fs::read(golden).unwrap()).unwrap();
    let theirs = &golden["facial-recognition"][0];
    let ours = faces(&service, &photo);
    for (side, wanted) in sides(&ours[0]).into_iter().zip(sides(theirs)) {
        assert!((side - wanted).abs() <= 1.0, "{} is not {}", ours[0]["boundingBox"], theirs["boundingBox"]);
    }
    let score = |face: &Value| face["score"].as_f64().unwrap();
    assert!((score(&ours[0]) - score(theirs)).abs() < 0.005, "{} is not {}", score(&ours[0]), score(theirs));
    let theirs = embedding(&theirs["embedding"]);
    assert_eq!((ours.len(), theirs.len()), (2, 2 * 512));
    for (face, numbers) in ours.iter().zip(theirs.chunks(512)) {
        let likeness = cosine(&embedding(&face["embedding"]), numbers);
        assert!(likeness >= 0.999, "{likeness}: {}", face["boundingBox"]);
    }
}
