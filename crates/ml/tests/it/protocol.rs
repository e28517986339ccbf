//! What existing servers and developers send, and what they get.

use crate::{
    service::{Input, Service, embedding, form, plain, refused, same},
    stand_ins::CLIP,
};
use reqwest::{
    blocking::multipart::{Form, Part},
    header::ACCEPT,
};
use serde_json::json;

#[test]
fn existing_servers_find_it_well() {
    let Some(service) = Service::start(&[]) else { return };
    assert_eq!(service.get("/ping"), "pong");
    assert_eq!(service.get("/"), r#"{"message":"Immich ML"}"#);
    let kind = service.client.get(service.url("/ping")).send().unwrap().headers()["content-type"].clone();
    assert!(kind.to_str().unwrap().starts_with("text/plain"));
}

#[test]
fn faults_of_the_caller_are_told() {
    let Some(service) = Service::start(&[]) else { return };
    let status = |entries: serde_json::Value, input| service.refusal(&entries, input);
    let image = || Input::Image(plain(40, 40, [9; 3]));
    let visual = json!({"clip": {"visual": {"modelName": CLIP}}});
    let textual = json!({"clip": {"textual": {"modelName": CLIP}}});
    assert_eq!(refused(service.post(Form::new().text("text", "snow"))).0, 422, "no entries");
    assert_eq!(refused(service.post(Form::new().text("entries", "{").text("text", "snow"))).0, 422, "no JSON");
    assert_eq!(status(json!({"clip": {"visual": {}}}), image()).0, 422, "no name");
    assert_eq!(status(json!({"weather": {"visual": {"modelName": CLIP}}}), image()).0, 422, "no such task");
    assert_eq!(status(json!({"clip": {"detection": {"modelName": CLIP}}}), image()).0, 422, "no such part");
    assert_eq!(status(json!({}), image()).0, 422, "nothing asked");
    assert_eq!(status(visual.clone(), Input::Nothing).0, 400, "neither image nor text");
    assert_eq!(status(visual.clone(), Input::Text("snow")).0, 400, "a text for pictures");
    assert_eq!(status(textual, image()).0, 400, "a picture for texts");
    let alone = json!({"ocr": {"recognition": {"modelName": "PP-OCRv5_mobile"}}});
    assert_eq!(status(alone, image()).0, 400, "recognition without detection");
    let (unknown, reason) = status(json!({"clip": {"visual": {"modelName": "nobody/knows-it"}}}), image());
    assert!(unknown == 400 && reason.contains("knows-it"), "{unknown} {reason}");
    assert_eq!(status(visual.clone(), Input::Image(Vec::new())).0, 400, "an image of no bytes");
    assert_eq!(status(visual, Input::Image(b"no image".to_vec())).0, 400, "no image");
    let plain_post = service.client.post(service.url("/predict")).body("hello").send().unwrap();
    assert!(plain_post.status().is_client_error());
}

#[test]
fn several_images_come_back_as_a_list_and_on_demand_as_plain_numbers() {
    let Some(service) = Service::start(&[]) else { return };
    let entries = json!({"clip": {"visual": {"modelName": CLIP}}});
    let colors = [[255, 0, 0], [0, 255, 0], [0, 0, 255]];
    let several = || {
        colors.iter().fold(Form::new().text("entries", entries.to_string()), |form, color| {
            form.part("image", Part::bytes(plain(50, 40, *color)).file_name("image"))
        })
    };
    let answers: serde_json::Value = serde_json::from_str(&service.post(several()).text().unwrap()).unwrap();
    for (index, answer) in answers.as_array().unwrap().iter().enumerate() {
        let mut wanted = [0.0; 3];
        wanted[index] = 1.0;
        same(&embedding(&answer["clip"]), &wanted);
    }
    let raw = service.client.post(service.url("/predict")).header(ACCEPT, "application/octet-stream");
    let raw = raw.multipart(several()).send().unwrap();
    assert_eq!(raw.headers()["x-embedding-dimensions"], "3");
    let bytes = raw.bytes().unwrap();
    let numbers: Vec<f64> =
        bytes.chunks(4).map(|four| f64::from(f32::from_le_bytes(four.try_into().unwrap()))).collect();
    same(&numbers, &[1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0]);
    let faces = json!({"facial-recognition": {"detection": {"modelName": "buffalo_s"}}});
    let request = service.client.post(service.url("/predict")).header(ACCEPT, "application/octet-stream");
    let response = request.multipart(form(&faces, Input::Image(plain(64, 64, [0; 3])))).send().unwrap();
    assert_eq!(refused(response).0, 406);
}

#[test]
fn an_image_wins_over_a_text_and_unknown_fields_are_read_past() {
    let Some(service) = Service::start(&[]) else { return };
    let entries = json!({"clip": {"visual": {"modelName": CLIP, "options": {"unknown": 3}}}});
    let form = form(&entries, Input::Image(plain(33, 35, [0, 255, 0]))).text("text", "snow").text("more", "x");
    let answer: serde_json::Value = serde_json::from_str(&service.post(form).text().unwrap()).unwrap();
    same(&embedding(&answer["clip"]), &[0.0, 1.0, 0.0]);
    assert_eq!((&answer["imageWidth"], &answer["imageHeight"]), (&json!(33), &json!(35)));
}

#[test]
fn what_happens_can_be_measured() {
    let Some(service) = Service::start(&[]) else { return };
    service.ask(&json!({"clip": {"textual": {"modelName": CLIP}}}), Input::Text("snow"));
    let metrics = service.get("/metrics");
    for series in ["ml_requests_total", "ml_batch_rows", "ml_queue_length", "ml_models_loaded", "stage=\"run\""] {
        assert!(metrics.contains(series), "{series} is not in\n{metrics}");
    }
}
