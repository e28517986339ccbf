//! Models that are not there yet, from hubs of all sorts.

use crate::{
    hub::{Fault, Hub},
    onnx::Axis,
    service::{Input, Service, embedding, plain, same},
    stand_ins::{self, CLIP},
};
use serde_json::{Value, json};
use std::fs;

fn entries() -> Value {
    json!({"clip": {"visual": {"modelName": CLIP}}})
}

fn green() -> Input {
    Input::Image(plain(40, 40, [0, 200, 0]))
}

/// With nothing in its cache.
fn service_of(hub: &Hub) -> Option<Service> {
    Service::start_in(tempfile::tempdir().unwrap(), &[("MACHINE_LEARNING_MODEL_HUB", &hub.url)])
}

fn hub(fault: Option<Fault>) -> Hub {
    let mut files = stand_ins::clip_files(Axis::Any("batch"));
    files.push(("visual/model.armnn", b"for a board".to_vec()));
    Hub::start(CLIP, &files, fault)
}

#[test]
fn a_model_is_fetched_when_it_is_first_asked_for() {
    let hub = hub(None);
    let Some(service) = service_of(&hub) else { return };
    same(&embedding(&service.ask(&entries(), green())["clip"]), &[0.0, 1.0, 0.0]);
    let folder = service.cache.path().join("clip").join(CLIP);
    assert!(folder.join("config.json").is_file() && folder.join("visual/preprocess_cfg.json").is_file());
    assert!(!folder.join("textual").exists(), "nobody asked for texts");
    assert!(!folder.join("visual/model.armnn").exists());
    let left: Vec<_> = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert!(left.iter().all(|name| !name.to_str().unwrap().contains("incoming")), "{left:?}");
    service.ask(&json!({"clip": {"textual": {"modelName": CLIP}}}), Input::Text("snow"));
    assert_eq!(hub.asked("visual/model.onnx"), 1);
}

#[test]
fn many_who_ask_at_once_share_one_download() {
    let hub = hub(None);
    let Some(service) = service_of(&hub) else { return };
    std::thread::scope(|scope| {
        for _ in 0..12 {
            scope.spawn(|| same(&embedding(&service.ask(&entries(), green())["clip"]), &[0.0, 1.0, 0.0]));
        }
    });
    assert_eq!(hub.asked("visual/model.onnx"), 1);
}

#[test]
fn who_waits_for_a_download_keeps_no_room_for_pictures() {
    let hub = hub(Some(Fault::Waits));
    let cache = tempfile::tempdir().unwrap();
    stand_ins::write_all(cache.path());
    fs::remove_dir_all(cache.path().join("clip").join(CLIP)).unwrap();
    // Room for one picture.
    let settings = [("MACHINE_LEARNING_MODEL_HUB", hub.url.as_str()), ("MACHINE_LEARNING_MAX_IMAGE_MEGAPIXELS", "1")];
    let Some(service) = Service::start_in(cache, &settings) else { return };
    let picture = || Input::Image(plain(900, 900, [0, 200, 0]));
    std::thread::scope(|scope| {
        let waiting = scope.spawn(|| service.ask(&entries(), picture()));
        service.wait_until("the download", |_| hub.asked("visual/model.onnx") == 1);
        let faces = json!({"facial-recognition": {"detection": {"modelName": "buffalo_s"}}});
        let found = service.ask(&faces, picture());
        assert_eq!(found["imageWidth"], 900);
        assert!(!waiting.is_finished());
        hub.send();
        same(&embedding(&waiting.join().unwrap()["clip"]), &[0.0, 1.0, 0.0]);
    });
}

#[test]
fn downloads_that_break_off_go_on_where_they_were() {
    for fault in [Fault::BreaksOffAfter(200), Fault::CannotResume, Fault::Busy] {
        let hub = hub(Some(fault));
        let Some(service) = service_of(&hub) else { return };
        same(&embedding(&service.ask(&entries(), green())["clip"]), &[0.0, 1.0, 0.0]);
        assert!(hub.asked("visual/model.onnx") > 1);
    }
}

#[test]
fn what_is_not_what_was_announced_is_not_kept() {
    for (fault, word) in [(Fault::WrongHashes, "hash"), (Fault::SaysLess, "announced")] {
        let hub = hub(Some(fault));
        let Some(service) = service_of(&hub) else { return };
        let (status, reason) = service.refusal(&entries(), green());
        assert!(status == 500 && reason.contains(CLIP) && reason.contains(word), "{status} {reason}");
        let model = service.cache.path().join("clip").join(CLIP).join("visual/model.onnx");
        assert!(!model.exists());
    }
}

#[test]
fn a_hub_without_the_model_or_without_an_answer_is_told() {
    let hub = Hub::start("another", &[], None);
    let Some(service) = service_of(&hub) else { return };
    let (status, reason) = service.refusal(&entries(), green());
    assert!(status == 500 && reason.contains("404"), "{status} {reason}");
    // The service goes on.
    assert_eq!(service.get("/ping"), "pong");
}

#[test]
fn damaged_files_are_fetched_anew_and_without_a_hub_they_stay() {
    let hub = hub(None);
    let broken = |service: &Service| {
        let model = service.cache.path().join("clip").join(CLIP).join("visual/model.onnx");
        let whole = fs::read(&model).unwrap();
        fs::write(&model, &whole[..whole.len() / 2]).unwrap();
        model
    };
    let Some(service) = Service::start(&[("MACHINE_LEARNING_MODEL_HUB", &hub.url)]) else { return };
    broken(&service);
    same(&embedding(&service.ask(&entries(), green())["clip"]), &[0.0, 1.0, 0.0]);
    assert_eq!(hub.asked("visual/model.onnx"), 1);

    let service = Service::start(&[]).unwrap();
    let model = broken(&service);
    let (status, reason) = service.refusal(&entries(), green());
    assert!(status == 500 && reason.contains(CLIP), "{status} {reason}");
    assert!(model.exists(), "what cannot be replaced is not given up");
    // Whoever puts a good file there needs no restart.
    stand_ins::write_all(service.cache.path());
    same(&embedding(&service.ask(&entries(), green())["clip"]), &[0.0, 1.0, 0.0]);
}
