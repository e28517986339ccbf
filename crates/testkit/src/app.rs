//! The server inside the test: the same router, rules and SQL as in the program, with everything outside to itself.

use crate::{client::Client, database::TestDatabase, people, redis::TestRedis, stack};
use config::Env;
use domain::App;
use std::{collections::HashMap, path::Path};
use tempfile::TempDir;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

/// A running server. Everything it made goes with it.
pub struct TestApp {
    /// What the rules see; a test may look at it from inside.
    pub app: App,
    base_url: String,
    tasks: Vec<JoinHandle<()>>,
    media: TempDir,
    // Dropped last: the tasks above use them.
    _redis: TestRedis,
    database: TestDatabase,
}

impl TestApp {
    pub async fn start() -> Self {
        Self::start_with(&[]).await
    }

    /// With further settings, as an operator would write them into the environment.
    pub async fn start_with(settings: &[(&str, &str)]) -> Self {
        let (database, redis) = (TestDatabase::migrated().await, TestRedis::new());
        let media = tempfile::tempdir().expect("make a folder for the library");
        let mut vars = HashMap::from([
            ("DB_URL".to_owned(), database.url()),
            ("REDIS_URL".to_owned(), redis.url().to_owned()),
            ("FERROTYPE_QUEUE_PREFIX".to_owned(), redis.prefix().to_owned()),
            ("IMMICH_MEDIA_LOCATION".to_owned(), media.path().display().to_string()),
            ("IMMICH_MACHINE_LEARNING_ENABLED".to_owned(), "false".to_owned()),
        ]);
        vars.extend(settings.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())));
        let env = Env::from_map(&vars).expect("the test's settings are valid");
        let app = App::connect(env).await.expect("connect the app");
        server::start::prepare(&app).await.expect("prepare the server");
        let (base_url, tasks) = serve(&app).await;
        Self { app, base_url, tasks, media, _redis: redis, database }
    }

    pub fn base_url(&self) -> &str {
        &self.base_url
    }

    /// The root of the library.
    pub fn media(&self) -> &Path {
        self.media.path()
    }

    pub fn database(&self) -> &TestDatabase {
        &self.database
    }

    pub fn anonymous(&self) -> Client {
        Client::anonymous(&self.base_url)
    }

    /// The administrator.
    pub async fn ann(&self) -> Client {
        people::ann(&self.base_url).await
    }

    /// A user without special rights.
    pub async fn bob(&self) -> Client {
        self.user("Bob").await
    }

    /// Another one.
    pub async fn user(&self, name: &str) -> Client {
        people::user(&self.base_url, &self.database, name).await
    }

    /// Runs a worker inside the test until no queue has anything to do. Files are read by the built program.
    pub async fn run_jobs(&self) {
        worker::drain(&self.app, runner()).await;
    }

    /// Another server over the same database, Redis and library; it ends with this app.
    pub async fn another_server(&mut self) -> String {
        let app = App::connect((*self.app.env).clone()).await.expect("connect another app");
        server::start::prepare(&app).await.expect("prepare another server");
        let (base_url, tasks) = serve(&app).await;
        self.tasks.extend(tasks);
        base_url
    }
}

impl Drop for TestApp {
    fn drop(&mut self) {
        self.tasks.iter().for_each(JoinHandle::abort);
    }
}

/// Files are read by the built programs.
pub fn runner() -> media::Runner {
    let runner = media::Runner::new(stack::bin_dir(), config::MediaLimits::default());
    assert_eq!(runner.missing_program(), None, "build it with `cargo build -p media`");
    runner
}

async fn serve(app: &App) -> (String, Vec<JoinHandle<()>>) {
    let (router, io) = server::router(app, runner()).expect("the document can be written");
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("listen on a free port");
    let base_url = format!("http://{}", listener.local_addr().expect("a listener has an address"));
    let events = tokio::spawn(server::socket::forward_events(app.clone(), io));
    let serving = tokio::spawn(async move {
        // Never told to stop: it ends with its task.
        server::serve::serve(listener, router, CancellationToken::new()).await;
    });
    (base_url, vec![events, serving])
}
