//! Just enough of HTTP and Redis to ask a program on this machine how it is.

use std::time::Duration;

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    time::timeout,
};

const PATIENCE: Duration = Duration::from_secs(2);

/// The answer to a GET if it was a 200.
pub async fn get(port: u16, path: &str) -> Option<String> {
    let request = format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    let answer = exchange(port, &request, |_| false).await?;
    let (head, body) = answer.split_once("\r\n\r\n")?;
    head.starts_with("HTTP/1.1 200").then(|| body.to_owned())
}

/// Whether the server takes requests: the one answer its clients accept, too.
pub async fn server_is_up(port: u16) -> bool {
    get(port, "/api/server/ping").await.is_some_and(|body| body == r#"{"res":"pong"}"#)
}

/// Whether Redis has loaded its data and accepts the password.
pub async fn redis_is_up(port: u16, password: Option<&str>) -> bool {
    let greeting = password.map(|word| format!("AUTH {word}\r\n")).unwrap_or_default();
    let done = |answer: &str| answer.contains("PONG") || answer.contains("-LOADING") || answer.contains("-NOAUTH");
    let answer = exchange(port, &format!("{greeting}PING\r\n"), done).await;
    answer.is_some_and(|answer| answer.contains("+PONG"))
}

/// Sends a request and reads until the other side closes or `done` with what came. `None` when it does not answer.
async fn exchange(port: u16, request: &str, done: impl Fn(&str) -> bool) -> Option<String> {
    let talk = async {
        let mut stream = TcpStream::connect(("127.0.0.1", port)).await.ok()?;
        stream.write_all(request.as_bytes()).await.ok()?;
        let mut answer = Vec::new();
        while stream.read_buf(&mut answer).await.ok()? > 0 {
            if done(&String::from_utf8_lossy(&answer)) {
                break;
            }
        }
        Some(String::from_utf8_lossy(&answer).into_owned())
    };
    timeout(PATIENCE, talk).await.ok().flatten()
}
