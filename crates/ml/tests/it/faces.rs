//! Faces, which are white squares here.

use crate::{
    service::{Input, Service, embedding, png},
    stand_ins::FACES,
};
use image::{Rgb, RgbImage};
use serde_json::json;

#[test]
fn faces_are_found_where_they_are_and_recognised_in_one_go() {
    let Some(service) = Service::start(&[]) else { return };
    // Half as large as the model looks at it, so that everything is scaled by two.
    let square = |x: u32, y: u32| (160..176).contains(&x) && (64..80).contains(&y);
    let other = |x: u32, y: u32| (240..256).contains(&x) && (192..208).contains(&y);
    let picture = RgbImage::from_fn(320, 240, |x, y| {
        Rgb(if square(x, y) {
            [255; 3]
        } else if other(x, y) {
            [255, 255, 220]
        } else {
            [0; 3]
        })
    });
    let entries = json!({"facial-recognition": {
        "detection": {"modelName": FACES, "options": {"minScore": 0.7}}, "recognition": {"modelName": FACES}}});
    let answer = service.ask(&entries, Input::Image(png(&picture)));
    assert_eq!((&answer["imageWidth"], &answer["imageHeight"]), (&json!(320), &json!(240)));
    let faces = answer["facial-recognition"].as_array().unwrap();
    assert_eq!(faces.len(), 2, "{answer}");
    assert_eq!(faces[0]["boundingBox"], json!({"x1": 144.0, "y1": 48.0, "x2": 176.0, "y2": 80.0}));
    assert_eq!(faces[1]["boundingBox"], json!({"x1": 224.0, "y1": 176.0, "x2": 256.0, "y2": 208.0}));
    assert!(faces[0]["score"].as_f64() > faces[1]["score"].as_f64());
    // The face fills the aligned square; its edges touch the black around it.
    let white = embedding(&faces[0]["embedding"]);
    assert!(white.len() == 3 && white.iter().all(|&part| part > 0.7), "{white:?}");
    let yellow = embedding(&faces[1]["embedding"]);
    assert!(yellow[2] < yellow[0] - 0.1, "red first: {yellow:?}");
}

#[test]
fn without_faces_the_list_is_empty_and_detection_can_stand_alone() {
    let Some(service) = Service::start(&[]) else { return };
    let both = json!({"facial-recognition": {"detection": {"modelName": FACES}, "recognition": {"modelName": FACES}}});
    let black = || Input::Image(png(&RgbImage::new(100, 300)));
    assert_eq!(service.ask(&both, black())["facial-recognition"], json!([]));
    let alone = json!({"facial-recognition": {"detection": {"modelName": FACES}}});
    let answer = service.ask(&alone, black());
    assert_eq!(answer["facial-recognition"], json!({"boxes": [], "scores": [], "landmarks": []}));
}
