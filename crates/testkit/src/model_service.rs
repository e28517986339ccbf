//! A model service with an eye for colours, written from the protocol: what it says can be foretold.

use axum::{
    Json, Router,
    extract::{Multipart, State},
    http::StatusCode,
    response::{IntoResponse, Response},
    routing::{get, post},
};
use serde_json::{Value, json};
use std::sync::{
    Arc,
    atomic::{AtomicU16, AtomicUsize, Ordering},
};
use tokio::{net::TcpListener, task::JoinHandle};

/// Pictures are their mean colour, texts the colours that they name. Ends with this value.
pub struct ModelService {
    url: String,
    state: Arc<Mood>,
    task: JoinHandle<()>,
}

#[derive(Default)]
struct Mood {
    asked: AtomicUsize,
    /// 0 while it answers.
    failing_with: AtomicU16,
}

impl ModelService {
    pub async fn start() -> Self {
        let state = Arc::new(Mood::default());
        let router = Router::new()
            .route("/ping", get(|| async { "pong" }))
            .route("/predict", post(predict))
            .with_state(state.clone());
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("listen on a free port");
        let url = format!("http://{}", listener.local_addr().expect("a listener has an address"));
        let task = tokio::spawn(async move { axum::serve(listener, router).await.expect("serve until aborted") });
        Self { url, state, task }
    }

    /// The environment of a server or worker that uses it.
    pub fn settings(&self) -> [(&str, &str); 2] {
        [("IMMICH_MACHINE_LEARNING_ENABLED", "true"), ("IMMICH_MACHINE_LEARNING_URL", &self.url)]
    }

    /// How often it was asked about a picture or a text.
    pub fn asked(&self) -> usize {
        self.state.asked.load(Ordering::SeqCst)
    }

    /// From now on it answers with this status only.
    pub fn fail_with(&self, status: u16) {
        self.state.failing_with.store(status, Ordering::SeqCst);
    }

    /// From now on it answers again.
    pub fn recover(&self) {
        self.fail_with(0);
    }
}

impl Drop for ModelService {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn predict(State(mood): State<Arc<Mood>>, mut form: Multipart) -> Response {
    mood.asked.fetch_add(1, Ordering::SeqCst);
    let (mut entries, mut color) = (Value::Null, None);
    while let Some(field) = form.next_field().await.expect("a form") {
        let name = field.name().expect("fields have names").to_owned();
        let bytes = field.bytes().await.expect("a field's content");
        match name.as_str() {
            "entries" => entries = serde_json::from_slice(&bytes).expect("entries are JSON"),
            "image" => color = Some(mean_color(&bytes)),
            "text" => color = Some(named_color(&String::from_utf8_lossy(&bytes))),
            other => panic!("the protocol has no field {other}"),
        }
    }
    // Only now: who is refused before the end of the question may not hear the answer.
    if let Ok(status) = StatusCode::from_u16(mood.failing_with.load(Ordering::SeqCst)) {
        return (status, Json(json!({ "detail": "not today" }))).into_response();
    }
    let clip = &entries["clip"];
    let model = clip["visual"]["modelName"].as_str().or(clip["textual"]["modelName"].as_str()).expect("a model");
    let mut embedding = color.expect("an image or a text").to_vec();
    if is_wide(model) {
        embedding.push(0.25);
    }
    Json(json!({ "clip": json!(embedding).to_string() })).into_response()
}

/// Another family has another number of dimensions.
fn is_wide(model: &str) -> bool {
    model.starts_with("ViT-L")
}

fn mean_color(file: &[u8]) -> [f32; 3] {
    let picture = image::load_from_memory(file).expect("a picture that was made by us").to_rgb8();
    let count = picture.pixels().len() as f32;
    let sum = |channel: usize| picture.pixels().map(|pixel| f32::from(pixel[channel])).sum::<f32>();
    [0, 1, 2].map(|channel| sum(channel) / count / 255.0)
}

fn named_color(text: &str) -> [f32; 3] {
    let mut color = [0.01; 3];
    for word in text.split_whitespace() {
        let named = match word.to_lowercase().as_str() {
            "forest" | "green" => [0.0, 1.0, 0.0],
            "snow" | "schnee" => [1.0, 1.0, 1.0],
            "fire" | "red" => [1.0, 0.0, 0.0],
            "sea" | "blue" => [0.0, 0.0, 1.0],
            _ => [0.0; 3],
        };
        (0..3).for_each(|channel| color[channel] += named[channel]);
    }
    color
}
