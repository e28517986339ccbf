//! The client against services that are well, ill, busy, away or of another kind.

use super::*;
use crate::{Entry, Kind, Task};
use std::{
    collections::BTreeMap,
    sync::{Mutex, PoisonError},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

const TIMEOUT: Duration = Duration::from_secs(2);
const EMBEDDING: &str = r#"{"clip":"[0.5,1]"}"#;

/// A service that gives every request the same answer, and remembers what it was asked.
#[derive(Clone)]
struct Fake {
    url: String,
    asked: Arc<Mutex<Vec<Vec<u8>>>>,
}

impl Fake {
    async fn start(status: u16, text: &'static str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let asked: Arc<Mutex<Vec<Vec<u8>>>> = Arc::default();
        let remembered = asked.clone();
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let request = receive(&mut stream).await;
                remembered.lock().unwrap().push(request);
                let answer = format!(
                    "HTTP/1.1 {status} So\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{text}",
                    text.len()
                );
                stream.write_all(answer.as_bytes()).await.unwrap();
            }
        });
        Self { url, asked }
    }

    fn count(&self) -> usize {
        self.asked.lock().unwrap_or_else(PoisonError::into_inner).len()
    }
}

/// Head and body of a request whose length is said beforehand.
async fn receive(stream: &mut TcpStream) -> Vec<u8> {
    let mut request = Vec::new();
    loop {
        let text = String::from_utf8_lossy(&request).into_owned();
        if let Some((head, _)) = text.split_once("\r\n\r\n") {
            let length =
                head.lines().find_map(|line| line.to_lowercase().strip_prefix("content-length: ")?.parse().ok());
            if request.len() >= head.len() + 4 + length.unwrap_or(0_usize) {
                return request;
            }
        }
        let mut chunk = [0; 4096];
        let count = stream.read(&mut chunk).await.unwrap();
        assert!(count > 0, "the request broke off");
        request.extend_from_slice(&chunk[..count]);
    }
}

fn entries() -> Entries {
    let entry = Entry { model_name: "ViT-B-32__openai".to_owned(), options: BTreeMap::new() };
    Entries::default().with(Task::Clip, Kind::Textual, entry)
}

fn client(services: &[&str]) -> Client {
    Client::new(&services.iter().map(|url| (*url).to_owned()).collect::<Vec<_>>()).unwrap()
}

/// Where nobody listens.
const GONE: &str = "http://127.0.0.1:9";

#[tokio::test]
async fn healthy_services_are_asked_first() {
    let (well, other) = (Fake::start(200, PONG).await, Fake::start(200, "It works!").await);
    let client = client(&[GONE, &other.url, &well.url]);
    let order = || client.order().map(|service| service.url.to_string()).collect::<Vec<_>>();
    assert_eq!(order()[0], format!("{GONE}/"), "as the administrator ordered them, until known");
    assert_eq!(client.check(TIMEOUT).await, 1);
    assert_eq!(order(), [format!("{}/", well.url), format!("{GONE}/"), format!("{}/", other.url)]);
}

#[test]
fn only_addresses_are_taken_and_paths_are_kept() {
    for wrong in ["", "machine-learning:3003", "ftp://somewhere", "http://"] {
        assert!(Client::new(&[wrong.to_owned()]).is_err(), "{wrong:?}");
    }
    let client = client(&["https://example.com/ml"]);
    assert_eq!(client.services[0].ping.as_str(), "https://example.com/ml/ping");
    assert_eq!(client.services[0].predict.as_str(), "https://example.com/ml/predict");
}

#[tokio::test]
async fn a_text_is_asked_about_in_the_words_of_the_protocol() {
    let service = Fake::start(200, EMBEDDING).await;
    let answer = client(&[&service.url]).predict(&entries(), Input::Text("snow on a roof")).await.unwrap();
    assert_eq!(answer.clip, Some(vec![0.5, 1.0]));
    let asked = String::from_utf8(service.asked.lock().unwrap().remove(0)).unwrap();
    assert!(asked.starts_with("POST /predict HTTP/1.1\r\n") && asked.contains("multipart/form-data"), "{asked}");
    assert!(asked.contains("name=\"text\"\r\n\r\nsnow on a roof\r\n"), "{asked}");
    let entries = r#"{"clip":{"textual":{"modelName":"ViT-B-32__openai"}}}"#;
    assert!(asked.contains(&format!("name=\"entries\"\r\n\r\n{entries}\r\n")), "{asked}");
}

#[tokio::test]
async fn an_image_is_sent_as_the_file_that_it_is() {
    let service = Fake::start(200, EMBEDDING).await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("preview.jpeg");
    let content = [b"\xff\xd8".as_slice(), &[7; 300_000]].concat();
    std::fs::write(&file, &content).unwrap();
    client(&[&service.url]).predict(&entries(), Input::Image(&file)).await.unwrap();
    let asked = service.asked.lock().unwrap().remove(0);
    assert!(asked.windows(content.len()).any(|window| window == content));
    let missing = folder.path().join("gone.jpeg");
    let error = client(&[&service.url]).predict(&entries(), Input::Image(&missing)).await.unwrap_err();
    assert!(matches!(error, Error::File { .. }), "{error}");
}

#[tokio::test]
async fn who_cannot_answer_is_followed_by_the_next() {
    let busy = Fake::start(429, r#"{"detail":"come back later"}"#).await;
    let ill = Fake::start(500, r#"{"detail":"the model ViT-B-32__openai failed"}"#).await;
    let strange = Fake::start(200, "It works!").await;
    let well = Fake::start(200, EMBEDDING).await;
    let all = client(&[GONE, &busy.url, &ill.url, &strange.url, &well.url]);
    assert!(all.predict(&entries(), Input::Text("snow")).await.is_ok());
    assert_eq!([&busy, &ill, &strange, &well].map(Fake::count), [1; 4]);
    assert!(!all.services[0].is_healthy.load(Ordering::Relaxed), "who is away is asked last from now on");
    let error = client(&[GONE, &ill.url]).predict(&entries(), Input::Text("snow")).await.unwrap_err();
    assert!(
        matches!(&error, Error::Unavailable { failures } if failures.contains("ViT-B-32__openai failed")),
        "{error}"
    );
    let error = client(&[]).predict(&entries(), Input::Text("snow")).await.unwrap_err();
    assert!(error.to_string().contains("none is set"), "{error}");
}

#[tokio::test]
async fn a_wrong_question_is_not_asked_again() {
    let refusing = Fake::start(400, r#"{"detail":"the image cannot be decoded"}"#).await;
    let other = Fake::start(200, EMBEDDING).await;
    let error = client(&[&refusing.url, &other.url]).predict(&entries(), Input::Text("snow")).await.unwrap_err();
    assert!(matches!(&error, Error::Refused { status: 400, reason, .. } if reason.contains("decoded")), "{error}");
    assert_eq!(other.count(), 0);
}
