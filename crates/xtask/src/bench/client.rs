//! A client that costs little: on a small machine, whoever asks takes from the one who is measured.
//!
//! Connections are kept, as browsers keep them. Requests are bytes that are made beforehand.

use std::{
    sync::{Arc, Mutex},
    time::Instant,
};

use anyhow::{Context, Result, bail};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader},
    net::TcpStream,
    task::JoinSet,
};

pub const EMAIL: &str = "bench@example.com";
const PASSWORD: &str = "correct horse battery";
const BOUNDARY: &str = "ferrotype-bench-boundary";

/// A request as it goes over the wire.
pub type Request = Vec<u8>;

pub struct Answer {
    pub status: u16,
    pub body: Vec<u8>,
}

/// Where requests are made: somebody who is signed in.
pub struct Account {
    port: u16,
    token: String,
}

impl Account {
    /// The first person of a new server.
    pub async fn sign_up(port: u16) -> Result<Self> {
        let nobody = Self { port, token: String::new() };
        let person = json!({ "email": EMAIL, "name": "Bench", "password": PASSWORD });
        nobody.ask(&nobody.post("/auth/admin-sign-up", &person)).await.context("sign up")?;
        let login = nobody.ask(&nobody.post("/auth/login", &person)).await.context("sign in")?;
        let token = login["accessToken"].as_str().context("the sign-in came without a token")?;
        Ok(Self { port, token: token.to_owned() })
    }

    pub fn port(&self) -> u16 {
        self.port
    }

    pub fn get(&self, path: &str) -> Request {
        self.request("GET", path, "application/json", &[])
    }

    pub fn post(&self, path: &str, body: &Value) -> Request {
        self.request("POST", path, "application/json", body.to_string().as_bytes())
    }

    pub fn upload(&self, file_name: &str, date: &str, bytes: &[u8]) -> Request {
        let [created, modified] = ["fileCreatedAt", "fileModifiedAt"].map(|name| Part::field(name, date.as_bytes()));
        form(
            self.port,
            "/api/assets",
            &self.authorization(),
            &[created, modified, Part::file("assetData", file_name, bytes)],
        )
    }

    fn request(&self, method: &str, path: &str, content_type: &str, body: &[u8]) -> Request {
        self::request(self.port, &format!("{method} /api{path}"), &self.authorization(), content_type, body)
    }

    fn authorization(&self) -> String {
        format!("Authorization: Bearer {}\r\n", self.token)
    }

    pub async fn ask(&self, request: &Request) -> Result<Value> {
        ask(self.port, request).await
    }

    pub async fn load<R>(&self, connections: usize, requests: R) -> Result<Load>
    where
        R: Iterator<Item = Request> + Send + 'static,
    {
        load(self.port, connections, requests).await
    }
}

/// A part of a form.
pub struct Part<'a> {
    name: &'a str,
    file_name: Option<&'a str>,
    content: &'a [u8],
}

impl<'a> Part<'a> {
    pub fn field(name: &'a str, content: &'a [u8]) -> Self {
        Self { name, file_name: None, content }
    }

    /// A photo.
    pub fn file(name: &'a str, file_name: &'a str, content: &'a [u8]) -> Self {
        Self { name, file_name: Some(file_name), content }
    }
}

/// A form with these parts; `headers` are whole lines.
pub fn form(port: u16, path: &str, headers: &str, parts: &[Part<'_>]) -> Request {
    let mut body = Vec::new();
    for Part { name, file_name, content } in parts {
        let about_file = file_name.map(|file| format!("; filename=\"{file}\"\r\nContent-Type: image/jpeg"));
        let about_file = about_file.unwrap_or_default();
        let head = format!("--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{name}\"{about_file}\r\n\r\n");
        body.extend_from_slice(head.as_bytes());
        body.extend_from_slice(content);
        body.extend_from_slice(b"\r\n");
    }
    body.extend_from_slice(format!("--{BOUNDARY}--\r\n").as_bytes());
    request(port, &format!("POST {path}"), headers, &format!("multipart/form-data; boundary={BOUNDARY}"), &body)
}

fn request(port: u16, what: &str, headers: &str, content_type: &str, body: &[u8]) -> Request {
    let head = format!(
        "{what} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n{headers}Content-Type: {content_type}\r\n\
         Content-Length: {}\r\n\r\n",
        body.len()
    );
    [head.as_bytes(), body].concat()
}

/// One question on a connection of its own; anything but a success is an error.
pub async fn ask(port: u16, request: &Request) -> Result<Value> {
    let answer = Connection::open(port).await?.send(request).await?;
    answer.json()
}

/// Sends them all over so many kept connections, each its next as soon as it has its last answer, which must be a success.
pub async fn load<R>(port: u16, connections: usize, requests: R) -> Result<Load>
where
    R: Iterator<Item = Request> + Send + 'static,
{
    let requests = Arc::new(Mutex::new(requests));
    let mut clients = JoinSet::new();
    let start = Instant::now();
    for _ in 0..connections {
        let requests = requests.clone();
        let mut connection = Connection::open(port).await?;
        clients.spawn(async move {
            let mut load = Load::default();
            let next = || requests.lock().expect("nothing panics while it holds this lock").next();
            while let Some(request) = next() {
                let sent = Instant::now();
                let answer = connection.send(&request).await?;
                load.milliseconds.push(sent.elapsed().as_secs_f64() * 1000.0);
                load.bytes += answer.success()?.len();
            }
            anyhow::Ok(load)
        });
    }
    let mut all = Load::default();
    while let Some(load) = clients.join_next().await {
        let load = load.context("a client of the benchmark failed")??;
        all.milliseconds.extend(load.milliseconds);
        all.bytes += load.bytes;
    }
    all.seconds = start.elapsed().as_secs_f64();
    Ok(all)
}

/// What came of many requests.
#[derive(Default)]
pub struct Load {
    pub seconds: f64,
    /// How long each of them took.
    pub milliseconds: Vec<f64>,
    /// Of the answers' bodies.
    pub bytes: usize,
}

impl Load {
    pub fn per_second(&self) -> f64 {
        self.milliseconds.len() as f64 / self.seconds
    }
}

impl Answer {
    fn success(self) -> Result<Vec<u8>> {
        if !(200..300).contains(&self.status) {
            bail!("the server answered {}: {}", self.status, String::from_utf8_lossy(&self.body));
        }
        Ok(self.body)
    }

    fn json(self) -> Result<Value> {
        let body = self.success()?;
        if body.is_empty() { Ok(Value::Null) } else { serde_json::from_slice(&body).context("read the answer") }
    }
}

/// A connection that is kept.
pub struct Connection(BufReader<TcpStream>);

impl Connection {
    pub async fn open(port: u16) -> Result<Self> {
        let stream = TcpStream::connect(("127.0.0.1", port)).await.context("reach the server")?;
        stream.set_nodelay(true)?;
        Ok(Self(BufReader::new(stream)))
    }

    pub async fn send(&mut self, request: &Request) -> Result<Answer> {
        self.0.write_all(request).await.context("send a request")?;
        let first = self.line().await?;
        let status = first.split(' ').nth(1).and_then(|word| word.parse().ok());
        let status = status.with_context(|| format!("no answer of HTTP: {first:?}"))?;
        let (mut length, mut is_chunked) = (0, false);
        loop {
            let line = self.line().await?;
            let Some((name, value)) = line.split_once(':') else { break };
            match name.to_ascii_lowercase().as_str() {
                "content-length" => length = value.trim().parse().context("an odd Content-Length")?,
                "transfer-encoding" => is_chunked = true,
                _ => {}
            }
        }
        let mut body = Vec::new();
        if is_chunked {
            while self.chunk(&mut body).await? {}
        } else {
            self.exactly(length, &mut body).await?;
        }
        Ok(Answer { status, body })
    }

    /// Whether more come.
    async fn chunk(&mut self, body: &mut Vec<u8>) -> Result<bool> {
        let line = self.line().await?;
        let length = usize::from_str_radix(line.trim(), 16).context("an odd chunk")?;
        self.exactly(length, body).await?;
        self.line().await?;
        Ok(length > 0)
    }

    async fn exactly(&mut self, length: usize, body: &mut Vec<u8>) -> Result<()> {
        let start = body.len();
        body.resize(start + length, 0);
        self.0.read_exact(&mut body[start..]).await.context("read an answer")?;
        Ok(())
    }

    /// Without its end; empty for the line that ends a head.
    async fn line(&mut self) -> Result<String> {
        let mut line = String::new();
        if self.0.read_line(&mut line).await.context("read an answer")? == 0 {
            bail!("the server closed the connection");
        }
        Ok(line.trim_end().to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::net::TcpListener;

    /// Answers every request of one connection with the next of these.
    async fn server(answers: &'static [&'static str]) -> u16 {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        tokio::spawn(async move {
            let mut stream = listener.accept().await.unwrap().0;
            for answer in answers {
                assert!(stream.read(&mut [0; 1024]).await.unwrap() > 0);
                stream.write_all(answer.as_bytes()).await.unwrap();
            }
        });
        port
    }

    #[tokio::test]
    async fn a_kept_connection_reads_every_answer_to_its_end() {
        let port = server(&[
            "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}",
            "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\n[1,\r\n2\r\n2]\r\n0\r\n\r\n",
            "HTTP/1.1 204 No Content\r\n\r\n",
            "HTTP/1.1 404 Not Found\r\nContent-Length: 4\r\n\r\ngone",
        ])
        .await;
        let account = Account { port, token: "t".to_owned() };
        let mut connection = Connection::open(port).await.unwrap();
        let mut ask = async || connection.send(&account.get("/x")).await.unwrap().json();
        assert_eq!(ask().await.unwrap(), json!({}));
        assert_eq!(ask().await.unwrap(), json!([1, 2]));
        assert_eq!(ask().await.unwrap(), Value::Null);
        assert!(ask().await.unwrap_err().to_string().contains("404: gone"));
    }

    #[tokio::test]
    async fn a_failure_among_many_requests_is_an_error() {
        const OK: &str = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
        let port = server(&[OK, OK, "HTTP/1.1 500 Oh\r\nContent-Length: 2\r\n\r\nno"]).await;
        let account = Account { port, token: "t".to_owned() };
        let request = account.get("/x");
        let error = account.load(1, std::iter::repeat_n(request, 3)).await.err().unwrap();
        assert!(error.to_string().contains("500: no"), "{error}");
    }
}
