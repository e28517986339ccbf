//! Models come and go, and the memory with them.

use crate::{
    service::{Input, Service, embedding, plain, same},
    stand_ins::{self, CLIP},
};
use serde_json::json;
use std::fs;

#[test]
fn a_service_without_models_is_small() {
    let Some(service) = Service::start(&[]) else { return };
    assert_eq!(service.get("/ping"), "pong");
    let resident = service.resident_mb();
    assert!(resident < 40, "{resident} MB");
}

#[test]
fn unused_models_are_let_go_and_come_back() {
    let settings = [("MACHINE_LEARNING_MODEL_TTL", "1"), ("MACHINE_LEARNING_MODEL_TTL_POLL_S", "1")];
    let Some(service) = Service::start(&settings) else { return };
    let entries = json!({"clip": {"visual": {"modelName": CLIP}}});
    let ask =
        || same(&embedding(&service.ask(&entries, Input::Image(plain(40, 40, [0, 0, 90])))["clip"]), &[0., 0., 1.]);
    ask();
    assert_eq!(service.metric("ml_models_loaded"), 1.0);
    service.wait_until("the end of the model", |service| service.metric("ml_models_loaded") == 0.0);
    let resident = service.resident_mb();
    assert!(resident < 80, "{resident} MB");
    ask();
    assert_eq!(service.metric("ml_models_loaded"), 1.0);
}

#[test]
fn models_can_be_there_before_anybody_asks_and_then_they_stay() {
    let settings = [
        ("MACHINE_LEARNING_MODEL_TTL", "1"),
        ("MACHINE_LEARNING_MODEL_TTL_POLL_S", "1"),
        ("MACHINE_LEARNING_PRELOAD__CLIP__TEXTUAL", CLIP),
        ("MACHINE_LEARNING_PRELOAD__FACIAL_RECOGNITION__DETECTION", "buffalo_s"),
    ];
    let Some(service) = Service::start(&settings) else { return };
    service.wait_until("both models", |service| service.metric("ml_models_loaded") == 2.0);
    // One that nobody keeps shows that the time has come for the others, too.
    let entries = json!({"clip": {"visual": {"modelName": CLIP}}});
    service.ask(&entries, Input::Image(plain(40, 40, [1; 3])));
    service.wait_until("the end of the third", |service| service.log.lock().unwrap().contains("is let go"));
    assert_eq!(service.metric("ml_models_loaded"), 2.0);
}

#[test]
fn a_file_that_changes_under_way_disturbs_nobody() {
    let Some(service) = Service::start(&[]) else { return };
    let entries = json!({"clip": {"visual": {"modelName": CLIP}}});
    let ask =
        || same(&embedding(&service.ask(&entries, Input::Image(plain(40, 40, [0, 0, 90])))["clip"]), &[0., 0., 1.]);
    ask();
    let model = service.cache.path().join("clip").join(CLIP).join("visual/model.onnx");
    fs::write(&model, b"something else").unwrap();
    ask();
    fs::remove_file(&model).unwrap();
    ask();
}

#[test]
fn a_model_of_another_kind_is_named_and_the_service_lives_on() {
    let Some(service) = Service::start(&[]) else { return };
    let cache = service.cache.path();
    // The text model where the detector should be, and a picture where the recogniser should be.
    let faces = cache.join("facial-recognition").join(stand_ins::FACES);
    fs::copy(cache.join("clip").join(CLIP).join("visual/model.onnx"), faces.join("detection/model.onnx")).unwrap();
    let entries = json!({"facial-recognition": {"detection": {"modelName": stand_ins::FACES}}});
    let (status, reason) = service.refusal(&entries, Input::Image(plain(64, 64, [9; 3])));
    assert!(status == 500 && reason.contains(stand_ins::FACES), "{status} {reason}");
    let clip = json!({"clip": {"visual": {"modelName": CLIP}}});
    service.ask(&clip, Input::Image(plain(64, 64, [9; 3])));
}
