//! Hostile and hasty clients: the right status, no crash, and no memory kept.

use crate::{
    service::{Input, Service, embedding, form, plain, png, same},
    stand_ins::CLIP,
};
use image::RgbImage;
use reqwest::blocking::multipart::{Form, Part};
use serde_json::{Value, json};
use std::{
    io::Write,
    net::TcpStream,
    sync::atomic::{AtomicUsize, Ordering},
};

fn visual() -> Value {
    json!({"clip": {"visual": {"modelName": CLIP}}})
}

/// A PNG whose header promises this size.
fn promising(width: u32, height: u32) -> Vec<u8> {
    let mut file = png(&RgbImage::new(8, 8));
    file[16..20].copy_from_slice(&width.to_be_bytes());
    file[20..24].copy_from_slice(&height.to_be_bytes());
    let crc = crc32(&file[12..29]);
    file[29..33].copy_from_slice(&crc.to_be_bytes());
    file
}

fn crc32(bytes: &[u8]) -> u32 {
    let step = |crc: u32, bit: u32| if (crc ^ bit) & 1 == 1 { crc >> 1 ^ 0xEDB8_8320 } else { crc >> 1 };
    let byte = |crc: u32, byte: &u8| (0..8).fold(crc, |crc, place| step(crc, u32::from(*byte >> place)));
    !bytes.iter().fold(u32::MAX, byte)
}

#[test]
fn hostile_images_are_refused_and_leave_nothing() {
    let Some(mut service) = Service::start(&[]) else { return };
    same(&embedding(&service.ask(&visual(), Input::Image(plain(64, 64, [0, 9, 0])))["clip"]), &[0.0, 1.0, 0.0]);
    let whole = plain(300, 300, [1, 2, 3]);
    let mut jpeg = std::io::Cursor::new(Vec::new());
    RgbImage::new(300, 300).write_to(&mut jpeg, image::ImageFormat::Jpeg).unwrap();
    let jpeg = jpeg.into_inner();
    let cases: Vec<(u16, Vec<u8>)> = vec![
        (413, promising(60_000, 60_000)),
        (413, promising(u32::MAX >> 1, 1)),
        (400, promising(5_000, 5_000)),
        (400, promising(0, 10)),
        (400, whole[..whole.len() / 2].to_vec()),
        (400, whole[..20].to_vec()),
        (400, jpeg[..jpeg.len() / 2].to_vec()),
        (400, vec![0xFF; 100_000]),
        (400, b"\xFF\xD8\xFF\xE0 not a photo".to_vec()),
        (400, b"RIFF\xFF\xFF\xFF\xFFWEBPVP8 ".to_vec()),
        (400, b"<svg xmlns='http://www.w3.org/2000/svg'/>".to_vec()),
    ];
    // After the first round, which everything has seen once.
    let mut before = 0;
    for round in 0..5 {
        for (index, (wanted, file)) in cases.iter().enumerate() {
            let (status, reason) = service.refusal(&visual(), Input::Image(file.clone()));
            assert_eq!(status, *wanted, "case {index}: {reason}");
        }
        if round == 0 {
            before = service.resident_mb();
        }
    }
    assert!(service.is_running());
    let after = service.resident_mb();
    // The image that breaks off has 75 MB.
    assert!(after < before + 20, "{before} MB became {after}");
}

#[test]
fn endless_fields_are_cut_off() {
    let Some(mut service) = Service::start(&[("MACHINE_LEARNING_MAX_IMAGE_MB", "2")]) else { return };
    let before = service.resident_mb();
    let textual = json!({"clip": {"textual": {"modelName": CLIP}}}).to_string();
    let huge = |size: usize| Part::bytes(vec![b'a'; size]);
    // The service answers before all has come, and hangs up: some clients see only that.
    let cut_off = |form: Form| match service.client.post(service.url("/predict")).multipart(form).send() {
        Ok(response) => assert_eq!(response.status().as_u16(), 413),
        Err(error) => assert!(error.is_request() || error.is_body(), "{error:?}"),
    };
    cut_off(Form::new().text("entries", textual.clone()).part("text", huge(100 << 20)));
    cut_off(Form::new().text("entries", visual().to_string()).part("image", huge(3 << 20).file_name("image")));
    cut_off(Form::new().part("entries", huge(1 << 20)).text("text", "snow"));
    cut_off(Form::new().text("entries", textual).part("unknown", huge(200 << 20)));
    // A text that is only long is cut by the model.
    let long = Form::new().text("entries", json!({"clip": {"textual": {"modelName": CLIP}}}).to_string());
    assert_eq!(service.post(long.text("text", "snow ".repeat(100_000))).status(), 200);
    assert!(service.is_running());
    let after = service.resident_mb();
    assert!(after < before + 100, "{before} MB became {after}");
}

#[test]
fn two_hundred_at_once_are_served_or_told_to_come_back() {
    let Some(mut service) = Service::start(&[("MACHINE_LEARNING_MAX_REQUESTS", "20")]) else { return };
    let (served, refused) = (AtomicUsize::new(0), AtomicUsize::new(0));
    std::thread::scope(|scope| {
        for _ in 0..200 {
            scope.spawn(|| {
                let response = service.post(form(&visual(), Input::Image(plain(200, 200, [9, 0, 0]))));
                match response.status().as_u16() {
                    200 => served.fetch_add(1, Ordering::Relaxed),
                    429 => {
                        assert!(response.headers().contains_key("retry-after"));
                        refused.fetch_add(1, Ordering::Relaxed)
                    }
                    other => panic!("{other}"),
                };
            });
        }
    });
    assert_eq!(served.load(Ordering::Relaxed) + refused.load(Ordering::Relaxed), 200);
    assert!(served.load(Ordering::Relaxed) >= 20);
    assert!(service.is_running());
    assert_eq!(service.metric("ml_requests_under_way"), 0.0);
}

#[test]
fn with_room_for_all_of_them_all_are_served() {
    let Some(service) = Service::start(&[]) else { return };
    std::thread::scope(|scope| {
        for _ in 0..200 {
            scope.spawn(|| service.ask(&visual(), Input::Image(plain(64, 64, [9, 0, 0]))));
        }
    });
}

#[test]
fn clients_that_vanish_leave_no_work_and_no_permits() {
    let Some(mut service) = Service::start(&[("MACHINE_LEARNING_MAX_REQUESTS", "8")]) else { return };
    let boundary = "x--x";
    let file = plain(600, 600, [5; 3]);
    let part =
        |name: &str| format!("--{boundary}\r\nContent-Disposition: form-data; name=\"{name}\"; filename=\"f\"\r\n\r\n");
    let mut body = format!("{}{}\r\n{}", part("entries"), visual(), part("image")).into_bytes();
    body.extend(&file);
    body.extend(format!("\r\n--{boundary}--\r\n").bytes());
    let head = format!(
        "POST /predict HTTP/1.1\r\nHost: ml\r\nContent-Type: multipart/form-data; boundary={boundary}\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    for round in 0..40 {
        let mut stream = TcpStream::connect(&service.address).unwrap();
        stream.write_all(head.as_bytes()).unwrap();
        // Some hang up in the middle of their question, some before the answer.
        let sent = if round % 2 == 0 { body.len() / 2 } else { body.len() };
        stream.write_all(&body[..sent]).unwrap();
    }
    service.wait_until("the end of the last request", |service| service.metric("ml_requests_under_way") == 0.0);
    assert_eq!(service.metric("ml_queue_length"), 0.0);
    assert!(service.is_running());
    service.ask(&visual(), Input::Image(plain(64, 64, [9, 0, 0])));
}
