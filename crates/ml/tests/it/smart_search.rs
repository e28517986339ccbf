//! Pictures and texts in one space.

use crate::{
    service::{Input, Service, embedding, plain, png, same},
    stand_ins::{CLIP, CLIP_ONE_BY_ONE},
};
use image::{Rgb, RgbImage};
use serde_json::json;

#[test]
fn texts_find_the_pictures_that_they_name() {
    let Some(service) = Service::start(&[]) else { return };
    for model in [CLIP, CLIP_ONE_BY_ONE] {
        let picture = |color| {
            let answer =
                service.ask(&json!({"clip": {"visual": {"modelName": model}}}), Input::Image(plain(90, 60, color)));
            embedding(&answer["clip"])
        };
        let text = |text| {
            embedding(&service.ask(&json!({"clip": {"textual": {"modelName": model}}}), Input::Text(text))["clip"])
        };
        let cosine = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
        let (forest, snow) = (picture([30, 160, 40]), picture([240, 240, 250]));
        for (words, nearer, farther) in
            [("Green  forest\n", &forest, &snow), ("snow", &snow, &forest), ("a FOREST of nothing", &forest, &snow)]
        {
            let words = text(words);
            assert!(cosine(&words, nearer) > cosine(&words, farther) + 0.1);
        }
    }
}

/// The reference formula: shorter side to the model's, the middle of it, 255 parts.
#[test]
fn pictures_are_cut_to_their_middle() {
    let Some(service) = Service::start(&[]) else { return };
    // Three times as wide as high: only the middle third is looked at.
    let wide = RgbImage::from_fn(288, 96, |x, _| Rgb(if (90..198).contains(&x) { [0, 0, 255] } else { [255, 0, 0] }));
    let entries = json!({"clip": {"visual": {"modelName": CLIP}}});
    same(&embedding(&service.ask(&entries, Input::Image(png(&wide)))["clip"]), &[0.0, 0.0, 1.0]);
    let high = RgbImage::from_fn(96, 288, |_, y| Rgb(if y < 144 { [255, 0, 0] } else { [0, 255, 0] }));
    let half = 0.5_f64.sqrt();
    same(&embedding(&service.ask(&entries, Input::Image(png(&high)))["clip"]), &[half, half, 0.0]);
}

/// Each of many at once gets its own answer, whatever ran together with it.
#[test]
fn answers_are_not_mixed_up_when_they_run_together() {
    let Some(service) = Service::start(&[("MACHINE_LEARNING_MAX_BATCH_SIZE__CLIP", "7")]) else { return };
    let entries = json!({"clip": {"visual": {"modelName": CLIP}}});
    std::thread::scope(|scope| {
        for client in 0..24_u8 {
            let (service, entries) = (&service, &entries);
            scope.spawn(move || {
                let color = [client * 10, 255 - client * 10, 100];
                let length = color.iter().map(|&part| f64::from(part).powi(2)).sum::<f64>().sqrt();
                let wanted = color.map(|part| f64::from(part) / length);
                for _ in 0..4 {
                    same(&embedding(&service.ask(entries, Input::Image(plain(40, 40, color)))["clip"]), &wanted);
                }
            });
        }
    });
    assert_eq!(service.metric("ml_batch_rows_sum"), 96.0);
}
