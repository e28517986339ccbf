//! From the upload to the search, with the real model service and a model that knows colours.

use domain::embeddings;
use model::ids::AssetId;
use serde_json::json;
use std::{
    io::{BufRead, BufReader},
    path::Path,
    process::{Child, Command, Stdio},
};
use testkit::{Client, Picture, TestApp};

/// The program as people run it; killed when this value goes.
struct RealModels {
    child: Child,
    url: String,
}

impl RealModels {
    /// `None` after a word about it where there is no ONNX Runtime.
    fn start(cache: &Path) -> Option<Self> {
        let Some(library) = std::env::var_os("ORT_DYLIB_PATH") else {
            eprintln!("skipped: ORT_DYLIB_PATH names no ONNX Runtime; `cargo xtask test` fetches one");
            return None;
        };
        let mut command = Command::new(testkit::bin_dir().join("ml"));
        command.env("ORT_DYLIB_PATH", library).env("MACHINE_LEARNING_CACHE_FOLDER", cache);
        command.env("IMMICH_HOST", "127.0.0.1").env("IMMICH_PORT", "0").env("NO_COLOR", "1");
        let mut child = command.stdout(Stdio::piped()).spawn().expect("start ml: build it with `cargo build -p ml`");
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let address = lines
            .by_ref()
            .map_while(Result::ok)
            .find_map(|line| line.split_once("address=").map(|(_, address)| address.trim().to_owned()))
            .expect("it says where it listens");
        // Whoever does not read on stops it at some point.
        std::thread::spawn(move || lines.for_each(drop));
        Some(Self { child, url: format!("http://{address}") })
    }
}

impl Drop for RealModels {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

async fn upload(client: &Client, name: &str, color: [u8; 3]) -> AssetId {
    client.upload_file(name, Picture::random().size(640, 480).plain(color).jpeg()).await
}

async fn first(client: &Client, text: &str) -> AssetId {
    let found = client.post("/search/smart", json!({ "query": text })).await.expect(200);
    found["assets"]["items"][0]["id"].as_str().unwrap().parse().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn green_forest_finds_the_forest_and_snow_the_snow() {
    let cache = tempfile::tempdir().unwrap();
    stand_ins::write_all(cache.path());
    let Some(models) = RealModels::start(cache.path()) else { return };
    let settings = [("IMMICH_MACHINE_LEARNING_ENABLED", "true"), ("IMMICH_MACHINE_LEARNING_URL", models.url.as_str())];
    let test = TestApp::start_with(&settings).await;
    let ann = test.ann().await;
    let forest = upload(&ann, "forest.jpg", [20, 160, 40]).await;
    let snow = upload(&ann, "snow.jpg", [250, 250, 252]).await;
    let fire = upload(&ann, "fire.jpg", [220, 20, 10]).await;
    test.run_jobs().await;
    assert_eq!(first(&ann, "green forest").await, forest);
    assert_eq!(first(&ann, "snow").await, snow);
    assert_eq!(first(&ann, "blood").await, fire);
    assert_eq!(embeddings::sweep(&test.app).await.unwrap(), 0, "nothing is left to do");

    // The service goes away; photos that come meanwhile are found once it is back.
    drop(models);
    let second = upload(&ann, "forest2.jpg", [0, 255, 0]).await;
    test.run_jobs().await;
    assert_eq!(embeddings::sweep(&test.app).await.unwrap(), 0, "nobody is there to be asked");
    let models = RealModels::start(cache.path()).unwrap();
    let mut settings = ann.get("/system-config").await.expect(200);
    settings["machineLearning"]["urls"] = json!(["http://127.0.0.1:9", models.url]);
    ann.put("/system-config", settings).await.expect(200);
    assert_eq!(embeddings::sweep(&test.app).await.unwrap(), 1);
    test.run_jobs().await;
    assert_eq!(first(&ann, "green").await, second, "the greenest of all");
}
