//! What models are shown is what other model services show them: compared with `tests/reference`, which follows the
//! published formulas in another language and shares no code with us.

use crate::{
    service::{Input, Service, embedding, png},
    stand_ins::{CLIP_ECHO, FACES_ECHO},
};
use image::{Rgb, RgbImage};
use serde_json::{Value, json};

fn reference(of: &str) -> Vec<Value> {
    let answers: Value = serde_json::from_str(include_str!("../reference/answers.json")).unwrap();
    answers[of].as_array().unwrap().clone()
}

fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().unwrap().iter().map(|number| number.as_f64().unwrap()).collect()
}

fn side(case: &Value, name: &str) -> u32 {
    u32::try_from(case[name].as_u64().unwrap()).unwrap()
}

pub fn cosine(a: &[f64], b: &[f64]) -> f64 {
    assert_eq!(a.len(), b.len());
    let product = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
    product(a, b) / (product(a, a) * product(b, b)).sqrt()
}

fn byte(number: u32) -> u8 {
    u8::try_from(number).unwrap()
}

#[test]
fn clip_is_shown_what_the_reference_shows_it() {
    let Some(service) = Service::start(&[]) else { return };
    let entries = json!({"clip": {"visual": {"modelName": CLIP_ECHO}}});
    for case in reference("clip") {
        let picture = RgbImage::from_fn(side(&case, "width"), side(&case, "height"), |x, y| {
            Rgb([(x * 7 + y * 3) % 256, (x * y) % 256, (x + y * 5) % 256].map(byte))
        });
        let shown = embedding(&service.ask(&entries, Input::Image(png(&picture)))["clip"]);
        let likeness = cosine(&shown, &numbers(&case["embedding"]));
        assert!(likeness >= 0.9999, "{} × {}: {likeness}", case["width"], case["height"]);
    }
}

#[test]
fn faces_lie_and_are_aligned_where_the_reference_has_them() {
    let Some(service) = Service::start(&[]) else { return };
    let model = json!({"modelName": FACES_ECHO});
    let entries = json!({"facial-recognition": {"detection": model, "recognition": model}});
    for case in reference("faces") {
        let (width, height) = (side(&case, "width"), side(&case, "height"));
        let cell = 32 * (width / 640);
        let picture = RgbImage::from_fn(width, height, |x, y| {
            let bright = [225 + (x * 5 + y * 3) % 31, 225 + (x * 2 + y * 7) % 31, 225 + (x * y) % 31];
            let dark = [(x * 3 + y) % 200, (x + y * 2) % 200, (x * 2 + y * 3) % 200];
            Rgb(if (x / cell, y / cell) == (5, 3) { bright } else { dark }.map(byte))
        });
        let answer = service.ask(&entries, Input::Image(png(&picture)));
        let found = answer["facial-recognition"].as_array().unwrap();
        assert_eq!(found.len(), 1, "{answer}");
        let sides = ["x1", "y1", "x2", "y2"].map(|name| found[0]["boundingBox"][name].as_f64().unwrap());
        for (ours, theirs) in sides.iter().zip(numbers(&case["boundingBox"])) {
            assert!((ours - theirs).abs() <= 1.0, "{sides:?} {case}");
        }
        let likeness = cosine(&embedding(&found[0]["embedding"]), &numbers(&case["embedding"]));
        assert!(likeness >= 0.999, "{width} × {height}: {likeness}");
    }
}
