//! A client as people have them: cookies from the login, or an API key; JSON and uploads.

use model::ids::{AssetId, UserId};
use reqwest::{
    Method, RequestBuilder,
    header::{HeaderMap, HeaderValue},
    multipart::{Form, Part},
};
use serde_json::{Value, json};
use std::time::Duration;

/// A worker on a busy machine gets this long.
const JOBS: Duration = Duration::from_secs(90);

/// Somebody who talks to a server.
#[derive(Clone)]
pub struct Client {
    http: reqwest::Client,
    base_url: String,
    user_id: Option<UserId>,
    access_token: String,
}

/// What the server said, read to its end.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: HeaderMap,
    pub body: Vec<u8>,
}

/// A file on its way up.
#[derive(Debug, Clone)]
pub struct Upload {
    pub file_name: String,
    pub bytes: Vec<u8>,
    pub fields: Vec<(String, String)>,
    pub checksum: Option<String>,
}

impl Client {
    /// Nobody in particular.
    pub fn anonymous(base_url: &str) -> Self {
        Self::with_headers(base_url, HeaderMap::new())
    }

    pub async fn login(base_url: &str, email: &str, password: &str) -> Self {
        let mut client = Self::anonymous(base_url);
        let login = client.post("/auth/login", json!({ "email": email, "password": password })).await.expect(201);
        client.user_id = Some(id_in(&login["userId"]));
        client.access_token = login["accessToken"].as_str().expect("a login answers with a token").to_owned();
        client
    }

    /// The same person by way of an API key with these permissions.
    pub async fn with_api_key(&self, permissions: &[&str]) -> Self {
        let created = self.post("/api-keys", json!({ "name": "test", "permissions": permissions })).await.expect(201);
        let secret = created["secret"].as_str().expect("a new key comes with its secret");
        let headers = HeaderMap::from_iter([(
            "x-api-key".parse().expect("a header name"),
            HeaderValue::from_str(secret).expect("secrets are plain text"),
        )]);
        Self { user_id: self.user_id, access_token: secret.to_owned(), ..Self::with_headers(&self.base_url, headers) }
    }

    fn with_headers(base_url: &str, headers: HeaderMap) -> Self {
        let http = reqwest::Client::builder()
            .cookie_store(true)
            .default_headers(headers)
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .build()
            .expect("build an HTTP client");
        Self { http, base_url: base_url.to_owned(), user_id: None, access_token: String::new() }
    }

    pub fn user_id(&self) -> UserId {
        self.user_id.expect("an anonymous client is no user")
    }

    /// The session's token, or the key's secret.
    pub fn access_token(&self) -> &str {
        &self.access_token
    }

    pub fn base_url(&self) -> &str {
        &self.base_url
    }

    /// The same session on another server.
    pub fn on(&self, base_url: &str) -> Self {
        let bearer = format!("Bearer {}", self.access_token);
        let headers = HeaderMap::from_iter([(
            reqwest::header::AUTHORIZATION,
            HeaderValue::from_str(&bearer).expect("tokens are plain text"),
        )]);
        Self { user_id: self.user_id, access_token: self.access_token.clone(), ..Self::with_headers(base_url, headers) }
    }

    /// A request below `/api`, for what the shorter ways do not offer.
    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.http.request(method, format!("{}/api{path}", self.base_url))
    }

    pub async fn get(&self, path: &str) -> Answer {
        send(self.request(Method::GET, path)).await
    }

    pub async fn post(&self, path: &str, body: Value) -> Answer {
        send(self.request(Method::POST, path).json(&body)).await
    }

    pub async fn put(&self, path: &str, body: Value) -> Answer {
        send(self.request(Method::PUT, path).json(&body)).await
    }

    pub async fn patch(&self, path: &str, body: Value) -> Answer {
        send(self.request(Method::PATCH, path).json(&body)).await
    }

    pub async fn delete(&self, path: &str) -> Answer {
        send(self.request(Method::DELETE, path)).await
    }

    pub async fn delete_with(&self, path: &str, body: Value) -> Answer {
        send(self.request(Method::DELETE, path).json(&body)).await
    }

    /// Uploads and says how the server answered.
    pub async fn upload(&self, upload: Upload) -> Answer {
        send(self.upload_request(upload)).await
    }

    /// The request of an upload, for tests that break it off.
    pub fn upload_request(&self, upload: Upload) -> RequestBuilder {
        let mut form = Form::new();
        for (name, value) in upload.fields {
            form = form.text(name, value);
        }
        let form = form.part("assetData", Part::bytes(upload.bytes).file_name(upload.file_name));
        let request = self.request(Method::POST, "/assets").multipart(form);
        match upload.checksum {
            Some(checksum) => request.header("x-immich-checksum", checksum),
            None => request,
        }
    }

    /// Uploads what is new to the server.
    pub async fn upload_file(&self, file_name: &str, bytes: Vec<u8>) -> AssetId {
        id_in(&self.upload(Upload::new(file_name, bytes)).await.expect(201)["id"])
    }

    /// Waits until a worker has made the thumbnail, and answers with it.
    pub async fn thumbnail(&self, id: AssetId) -> Answer {
        let path = format!("/assets/{id}/thumbnail");
        let what = format!("the thumbnail of {id}");
        crate::wait_for(&what, JOBS, || async {
            let answer = self.get(&path).await;
            (answer.status == 200).then_some(answer)
        })
        .await
    }

    /// Waits until no queue has anything to do. Only administrators see that.
    pub async fn wait_for_idle_queues(&self) {
        crate::eventually("the queues to empty", JOBS, || async {
            let queues = self.get("/queues").await.expect(200);
            let busy = |queue: &Value| {
                let counts = &queue["statistics"];
                ["active", "waiting", "delayed"].iter().any(|state| counts[state] != 0)
            };
            !queues.as_array().expect("a list of queues").iter().any(busy)
        })
        .await;
    }

    /// How many jobs of a queue are in a state.
    pub async fn count_jobs(&self, queue: &str, state: &str) -> u64 {
        let queue = self.get(&format!("/queues/{queue}")).await.expect(200);
        queue["statistics"][state].as_u64().expect("a count")
    }

    /// Uploads a fresh small photo.
    pub async fn upload_jpeg(&self, file_name: &str) -> AssetId {
        self.upload_file(file_name, crate::Picture::random().jpeg()).await
    }
}

/// Sends and reads the answer to its end.
pub(crate) async fn send(request: RequestBuilder) -> Answer {
    let response = request.send().await.expect("the server answers");
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    let body = response.bytes().await.expect("the answer comes to its end").to_vec();
    Answer { status, headers, body }
}

fn id_in<T: std::str::FromStr<Err = uuid::Error>>(value: &Value) -> T {
    value.as_str().and_then(|text| text.parse().ok()).unwrap_or_else(|| panic!("{value} is not an id"))
}

impl Answer {
    /// The JSON of an answer with this status; anything else fails the test and shows what came instead.
    #[track_caller]
    pub fn expect(&self, status: u16) -> Value {
        assert_eq!(self.status, status, "the server answered {}", self.text());
        if self.body.is_empty() { Value::Null } else { self.json() }
    }

    /// The bytes of a file.
    #[track_caller]
    pub fn expect_file(&self) -> &[u8] {
        assert_eq!(self.status, 200, "the server answered {}", self.text());
        &self.body
    }

    /// A refusal with this status and this very message.
    #[track_caller]
    pub fn expect_refusal(&self, status: u16, message: &str) {
        let body = self.expect(status);
        assert_eq!(body["message"], message);
    }

    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error} in {}", self.text()))
    }

    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// Empty when it is absent.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }
}

impl Upload {
    /// With the two dates that every upload must have.
    pub fn new(file_name: &str, bytes: Vec<u8>) -> Self {
        let fields = [("fileCreatedAt", "2024-05-01T10:00:00.000Z"), ("fileModifiedAt", "2024-05-01T10:00:00.000Z")];
        Self {
            file_name: file_name.to_owned(),
            bytes,
            fields: fields.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec(),
            checksum: None,
        }
    }

    /// Sets a field, in place of what it was.
    pub fn field(mut self, name: &str, value: &str) -> Self {
        self.fields.retain(|(known, _)| known != name);
        self.fields.push((name.to_owned(), value.to_owned()));
        self
    }

    pub fn without(mut self, name: &str) -> Self {
        self.fields.retain(|(known, _)| known != name);
        self
    }

    /// Sent ahead of the body, so that a duplicate need not be sent at all.
    pub fn checksum(mut self, checksum: &str) -> Self {
        self.checksum = Some(checksum.to_owned());
        self
    }
}
