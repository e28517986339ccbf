//! The program under test, and a client that was written from the protocol and not from our code.

use crate::stand_ins;
use image::{ImageFormat, Rgb, RgbImage};
use reqwest::blocking::{Client, Response, multipart::Form, multipart::Part};
use serde_json::Value;
use std::{
    io::{BufRead, BufReader, Cursor},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};
use tempfile::TempDir;

/// Longer than anything takes on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

pub struct Service {
    child: Child,
    pub address: String,
    pub cache: TempDir,
    pub log: Arc<Mutex<String>>,
    pub client: Client,
}

/// Where ONNX Runtime is; None after a word about it.
fn library() -> Option<PathBuf> {
    let library = std::env::var_os("ORT_DYLIB_PATH").map(PathBuf::from).filter(|path| path.is_file());
    if library.is_none() {
        eprintln!("skipped: ORT_DYLIB_PATH names no ONNX Runtime; `cargo xtask test` fetches one");
    }
    library
}

impl Service {
    /// With all stand-ins in its cache.
    pub fn start(settings: &[(&str, &str)]) -> Option<Self> {
        let cache = tempfile::tempdir().unwrap();
        stand_ins::write_all(cache.path());
        Self::start_in(cache, settings)
    }

    pub fn start_in(cache: TempDir, settings: &[(&str, &str)]) -> Option<Self> {
        let mut command = Command::new(env!("CARGO_BIN_EXE_ml"));
        command.env("ORT_DYLIB_PATH", library()?).env("MACHINE_LEARNING_CACHE_FOLDER", cache.path());
        // A hub that refuses at once, unless a test has one.
        command.env("MACHINE_LEARNING_MODEL_HUB", "http://127.0.0.1:9");
        command.env("MACHINE_LEARNING_OCR_MODEL_HUB", "http://127.0.0.1:9");
        command.env("IMMICH_HOST", "127.0.0.1").env("IMMICH_PORT", "0").env("NO_COLOR", "1");
        command.envs(settings.iter().copied()).stdout(Stdio::piped()).stderr(Stdio::inherit());
        let mut child = command.spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let log = Arc::new(Mutex::new(String::new()));
        let address = loop {
            let line = lines.next().expect("it says where it listens").unwrap();
            if let Some((_, address)) = line.split_once("address=") {
                break address.trim().to_owned();
            }
        };
        let written = log.clone();
        std::thread::spawn(move || {
            for line in lines.map_while(Result::ok) {
                written.lock().unwrap().push_str(&format!("{line}\n"));
            }
        });
        let client = Client::builder().no_proxy().timeout(PATIENCE).build().unwrap();
        Some(Self { child, address, cache, log, client })
    }

    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    pub fn get(&self, path: &str) -> String {
        self.client.get(self.url(path)).send().unwrap().text().unwrap()
    }

    pub fn post(&self, form: Form) -> Response {
        self.client.post(self.url("/predict")).multipart(form).send().unwrap()
    }

    pub fn ask(&self, entries: &Value, input: Input) -> Value {
        let response = self.post(form(entries, input));
        let (status, text) = (response.status().as_u16(), response.text().unwrap());
        assert_eq!(status, 200, "{text}\n{}", self.log.lock().unwrap());
        serde_json::from_str(&text).unwrap()
    }

    /// Status and reason of a refusal.
    pub fn refusal(&self, entries: &Value, input: Input) -> (u16, String) {
        refused(self.post(form(entries, input)))
    }

    pub fn resident_mb(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap();
        let line = status.lines().find(|line| line.starts_with("VmRSS")).unwrap();
        line.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap() / 1024
    }

    pub fn is_running(&mut self) -> bool {
        self.child.try_wait().unwrap().is_none()
    }

    pub fn wait_until(&self, what: &str, condition: impl Fn(&Self) -> bool) {
        let start = Instant::now();
        while !condition(self) {
            assert!(start.elapsed() < PATIENCE, "{what} never came\n{}", self.log.lock().unwrap());
            std::thread::yield_now();
        }
    }

    /// What Prometheus reads of a series, summed over its labels.
    pub fn metric(&self, name: &str) -> f64 {
        let text = self.get("/metrics");
        let lines = text.lines().filter(|line| line.starts_with(name) && !line.starts_with('#'));
        lines.filter_map(|line| line.rsplit(' ').next()?.parse::<f64>().ok()).sum()
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

pub enum Input {
    Image(Vec<u8>),
    Text(&'static str),
    Nothing,
}

pub fn form(entries: &Value, input: Input) -> Form {
    let form = Form::new().text("entries", entries.to_string());
    match input {
        Input::Image(file) => form.part("image", Part::bytes(file).file_name("image")),
        Input::Text(text) => form.text("text", text),
        Input::Nothing => form,
    }
}

pub fn refused(response: Response) -> (u16, String) {
    let status = response.status().as_u16();
    let body: Value = serde_json::from_str(&response.text().unwrap()).unwrap();
    (status, body["detail"].as_str().unwrap().to_owned())
}

/// The list that an embedding's text holds.
pub fn embedding(text: &Value) -> Vec<f64> {
    serde_json::from_str(text.as_str().unwrap()).unwrap()
}

pub fn png(picture: &RgbImage) -> Vec<u8> {
    let mut file = Cursor::new(Vec::new());
    picture.write_to(&mut file, ImageFormat::Png).unwrap();
    file.into_inner()
}

pub fn plain(width: u32, height: u32, color: [u8; 3]) -> Vec<u8> {
    png(&RgbImage::from_pixel(width, height, Rgb(color)))
}

pub fn same(found: &[f64], wanted: &[f64]) {
    let near = found.len() == wanted.len() && found.iter().zip(wanted).all(|(a, b)| (a - b).abs() < 0.003);
    assert!(near, "{found:?} is not {wanted:?}");
}

/// Beside the repository, where it exists.
pub fn shared(path: &str) -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared").join(path);
    if !path.exists() {
        eprintln!("skipped: {} does not exist", path.display());
        return None;
    }
    Some(path)
}
