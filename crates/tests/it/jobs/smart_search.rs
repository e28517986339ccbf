//! Every photo gets its embedding sooner or later, from the model of the settings.

use domain::{embeddings, jobs::SmartSearch};
use model::{ids::AssetId, queue::QueueName};
use serde_json::{Value, json};
use std::time::Duration;
use testkit::{Client, ModelService, Picture, RealStack, TestApp, TestDatabase, TestRedis, Video, eventually};

async fn found(client: &Client, text: &str) -> usize {
    let found = client.post("/search/smart", json!({ "query": text })).await.expect(200);
    found["assets"]["items"].as_array().unwrap().len()
}

async fn failed(test: &TestApp) -> u64 {
    test.app.queue.state(QueueName::SmartSearch).await.unwrap().counts.failed
}

async fn use_model(client: &Client, name: &str) {
    let mut settings = client.get("/system-config").await.expect(200);
    settings["machineLearning"]["clip"]["modelName"] = json!(name);
    client.put("/system-config", settings).await.expect(200);
}

async fn start(client: &Client, force: bool) {
    client.put("/jobs/smartSearch", json!({ "command": "start", "force": force })).await.expect(200);
}

fn green() -> Vec<u8> {
    Picture::random().plain([10, 200, 10]).jpeg()
}

#[tokio::test(flavor = "multi_thread")]
async fn photos_and_films_get_their_embedding_once() {
    let models = ModelService::start().await;
    let test = TestApp::start_with(&models.settings()).await;
    let ann = test.ann().await;
    let photo = ann.upload_file("a.jpg", green()).await;
    ann.upload_file("b.mp4", Video::new().make("mp4")).await;
    test.run_jobs().await;
    assert_eq!((found(&ann, "forest").await, failed(&test).await), (2, 0));
    let asked = models.asked();
    // Nothing is missing; who forces it gets all.
    start(&ann, false).await;
    test.run_jobs().await;
    assert_eq!(models.asked(), asked);
    start(&ann, true).await;
    test.run_jobs().await;
    assert_eq!(models.asked(), asked + 2);
    // A job may come twice, and too late.
    test.app.queue.push(&SmartSearch { id: photo }).await.unwrap();
    test.app.queue.push(&SmartSearch { id: AssetId::random() }).await.unwrap();
    test.run_jobs().await;
    assert_eq!((found(&ann, "forest").await, failed(&test).await), (2, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_uploaded_while_no_service_answered_is_found_later() {
    let models = ModelService::start().await;
    let test = TestApp::start_with(&models.settings()).await;
    let ann = test.ann().await;
    models.fail_with(503);
    ann.upload_file("a.jpg", green()).await;
    test.run_jobs().await;
    assert_eq!(failed(&test).await, 1, "it is to be seen that something is wrong");
    models.recover();
    assert_eq!(found(&ann, "forest").await, 0);
    assert_eq!(embeddings::sweep(&test.app).await.unwrap(), 1);
    test.run_jobs().await;
    assert_eq!((found(&ann, "forest").await, failed(&test).await), (1, 0));
    assert_eq!(embeddings::sweep(&test.app).await.unwrap(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sweep_asks_nobody_who_does_not_answer() {
    let models = ModelService::start().await;
    let test = TestApp::start_with(&models.settings()).await;
    let ann = test.ann().await;
    ann.upload_file("a.jpg", green()).await;
    models.fail_with(503);
    test.run_jobs().await;
    drop(models);
    // Its port may take a moment to close.
    eventually("nobody to answer", Duration::from_secs(10), || async {
        !domain::models::are_reachable(&test.app).await.unwrap()
    })
    .await;
    assert_eq!(embeddings::sweep(&test.app).await.unwrap(), 0);
    assert_eq!(test.app.queue.state(QueueName::SmartSearch).await.unwrap().counts.waiting, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_model_refuses_is_told_and_not_asked_again() {
    let models = ModelService::start().await;
    let test = TestApp::start_with(&models.settings()).await;
    let ann = test.ann().await;
    models.fail_with(400);
    ann.upload_file("a.jpg", green()).await;
    test.run_jobs().await;
    assert_eq!((failed(&test).await, models.asked()), (1, 1), "it would refuse a second time");
    let jobs: Value = ann.get("/queues/smartSearch/jobs?status=failed").await.expect(200);
    assert_eq!(jobs.as_array().unwrap().len(), 1, "{jobs}");
    models.recover();
    assert_eq!(embeddings::sweep(&test.app).await.unwrap(), 0);
    start(&ann, true).await;
    test.run_jobs().await;
    assert_eq!(found(&ann, "forest").await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn another_model_sees_everything_anew() {
    let models = ModelService::start().await;
    let test = TestApp::start_with(&models.settings()).await;
    let ann = test.ann().await;
    for _ in 0..3 {
        ann.upload_file("a.jpg", green()).await;
    }
    test.run_jobs().await;
    assert_eq!(found(&ann, "forest").await, 3);
    // Same size, then another one, then back.
    for name in ["ViT-B-16__openai", "ViT-L-14__openai", "ViT-B-32__openai"] {
        use_model(&ann, name).await;
        assert_eq!(found(&ann, "forest").await, 0, "what the other model said cannot be compared");
        test.run_jobs().await;
        assert_eq!((found(&ann, "forest").await, failed(&test).await), (3, 0), "{name}");
    }
}

/// Server and worker are processes of their own: the worker learns of the change by itself, long before its next sweep.
#[tokio::test(flavor = "multi_thread")]
async fn a_running_worker_follows_the_model_of_the_settings() {
    let models = ModelService::start().await;
    let stack = RealStack::start_with(TestDatabase::migrated().await, TestRedis::new(), &models.settings()).await;
    let ann = stack.ann().await;
    ann.upload_file("a.jpg", green()).await;
    for name in [None, Some("ViT-L-14__openai"), Some("ViT-B-32__openai")] {
        if let Some(name) = name {
            use_model(&ann, name).await;
        }
        eventually("the photo to be found", Duration::from_secs(90), || async { found(&ann, "forest").await == 1 })
            .await;
    }
}

/// A worker that has not heard of the change must neither mix models nor undo it.
#[tokio::test(flavor = "multi_thread")]
async fn a_late_worker_does_not_bring_the_old_model_back() {
    let models = ModelService::start().await;
    let test = TestApp::start_with(&models.settings()).await;
    let ann = test.ann().await;
    let id = ann.upload_file("a.jpg", green()).await;
    test.run_jobs().await;
    use_model(&ann, "ViT-L-14__openai").await;
    test.run_jobs().await;
    let late = embeddings::record(&test.app, id, "ViT-B-32__openai", vec![1.0, 0.0, 0.0]).await;
    assert!(matches!(late, Err(domain::Error::Unavailable(_))), "{late:?}");
    assert_eq!(found(&ann, "forest").await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn without_smart_search_nobody_is_asked() {
    let models = ModelService::start().await;
    let [_, url] = models.settings();
    let test = TestApp::start_with(&[url]).await;
    let ann = test.ann().await;
    ann.upload_file("a.jpg", green()).await;
    test.run_jobs().await;
    assert_eq!(embeddings::sweep(&test.app).await.unwrap(), 0);
    assert_eq!((models.asked(), failed(&test).await), (0, 0));
}
