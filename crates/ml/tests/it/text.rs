//! Writing in pictures: made up, and real where the weights are.

use crate::{
    service::{Input, Service, png, shared},
    stand_ins::OCR,
};
use image::{Rgb, RgbImage};
use serde_json::{Value, json};
use std::{collections::BTreeSet, fs, path::PathBuf};

fn entries() -> Value {
    json!({"ocr": {
        "detection": {"modelName": OCR, "options": {"minScore": 0.5, "maxResolution": 736, "scoreMode": "fast"}},
        "recognition": {"modelName": OCR, "options": {"minScore": 0.8}}}})
}

#[test]
fn lines_are_found_and_read_from_top_to_bottom() {
    let Some(service) = Service::start(&[]) else { return };
    let picture = RgbImage::from_fn(320, 192, |x, y| {
        let is_line = (40..280).contains(&x) && ((30..62).contains(&y) || (110..142).contains(&y));
        Rgb(match is_line {
            true if y < 100 => [255; 3],
            true => [160; 3],
            false => [0; 3],
        })
    });
    let answer = service.ask(&entries(), Input::Image(png(&picture)));
    let ocr = &answer["ocr"];
    let lines = ocr["text"].as_array().unwrap().len();
    assert_eq!(lines, ocr["boxScore"].as_array().unwrap().len(), "{ocr}");
    assert_eq!(ocr["box"].as_array().unwrap().len(), lines * 8);
    assert_eq!(ocr["text"], json!(["a", "b"]), "{ocr}");
    let corner = |index: usize| ocr["box"][index].as_f64().unwrap();
    assert!(corner(0) < 40.0 / 320.0 && corner(0) > 0.0 && corner(1) < 30.0 / 192.0, "{ocr}");
    assert!(corner(2) > 280.0 / 320.0 && corner(5) > 62.0 / 192.0, "{ocr}");
}

#[test]
fn pictures_without_text_have_empty_lists() {
    let Some(service) = Service::start(&[]) else { return };
    for (width, height) in [(20, 20), (64, 64), (500, 33)] {
        let answer = service.ask(&entries(), Input::Image(png(&RgbImage::new(width, height))));
        assert_eq!(answer["ocr"], json!({"box": [], "text": [], "boxScore": [], "textScore": []}));
    }
}

/// Against the answer of the Python service to the same photo with the same weights.
#[test]
fn a_real_photo_is_read_as_the_python_service_reads_it() {
    let Some(weights) = std::env::var_os("FERROTYPE_TEST_OCR_WEIGHTS").map(PathBuf::from) else {
        eprintln!("skipped: FERROTYPE_TEST_OCR_WEIGHTS is not set; `cargo xtask test` fetches them");
        return;
    };
    let (Some(photo), Some(golden)) = (shared("media/text/craft-beer.jpg"), shared("golden/ocr_craft-beer.json"))
    else {
        return;
    };
    let cache = tempfile::tempdir().unwrap();
    let folder = cache.path().join("ocr").join(OCR);
    for (from, to) in [
        ("det/det.onnx", "detection/model.onnx"),
        ("rec/rec.onnx", "recognition/model.onnx"),
        ("ppocrv5_dict.txt", "recognition/dict.txt"),
    ] {
        crate::stand_ins::write(&folder.join(to), fs::read(weights.join(from)).unwrap());
    }
    let Some(service) = Service::start_in(cache, &[]) else { return };
    let golden: Value = serde_json::from_slice(&fs::read(golden).unwrap()).unwrap();
    let ours = service.ask(&entries(), Input::Image(fs::read(photo).unwrap()));
    assert_eq!((&ours["imageWidth"], &ours["imageHeight"]), (&golden["imageWidth"], &golden["imageHeight"]));
    let (wanted, found) = (lines(&golden["ocr"]), lines(&ours["ocr"]));
    let mut same_text = 0;
    for (text, corners) in &wanted {
        let distance = |other: &[f64]| corners.iter().zip(other).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
        let nearest = found.iter().min_by(|a, b| distance(&a.1).total_cmp(&distance(&b.1))).unwrap();
        // A step of the map that the lines are found on is a 736th of the shorter side.
        assert!(distance(&nearest.1) < 0.0015, "{text}: {corners:?}, not {:?}", nearest.1);
        same_text += usize::from(nearest.0 == *text);
    }
    // Of one line the reference reads an "i" for an "I" itself, or not, by how the machine solves linear equations: a pixel
    // whose place is a last bit too low is one darker.
    assert_eq!(found.len(), wanted.len());
    assert!(same_text + 1 >= wanted.len(), "{same_text} of {}: {:?}", wanted.len(), ours["ocr"]["text"]);
    let words: BTreeSet<&str> = found.iter().map(|(text, _)| text.as_str()).collect();
    for word in ["F.U.N.", "Session IPA", "HOPADILLO IPA", "Mother-in-Lager", "KR&D SERIES", "SEASONAL"] {
        assert!(words.contains(word), "{word} is not in {words:?}");
    }
}

fn lines(ocr: &Value) -> Vec<(String, Vec<f64>)> {
    let numbers: Vec<f64> = ocr["box"].as_array().unwrap().iter().map(|number| number.as_f64().unwrap()).collect();
    let texts = ocr["text"].as_array().unwrap().iter().map(|text| text.as_str().unwrap().to_owned());
    texts.zip(numbers.chunks(8).map(<[f64]>::to_vec)).collect()
}
