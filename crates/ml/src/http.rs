//! The routes, as existing servers ask them.

use axum::{Json, Router, routing::get};
use serde::Serialize;

pub fn router() -> Router {
    Router::new().route("/", get(hello)).route("/ping", get(ping))
}

#[derive(Serialize)]
struct Hello {
    message: &'static str,
}

/// Who is there, for a person with a browser.
async fn hello() -> Json<Hello> {
    Json(Hello { message: "Immich ML" })
}

/// That the service is well, as text.
async fn ping() -> &'static str {
    ml_api::PONG
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::{
        io::{AsyncReadExt, AsyncWriteExt},
        net::{TcpListener, TcpStream},
    };

    async fn serve() -> String {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        tokio::spawn(async move { axum::serve(listener, router()).await.unwrap() });
        address
    }

    async fn get(address: &str, path: &str) -> String {
        let mut stream = TcpStream::connect(address).await.unwrap();
        let request = format!("GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        answer
    }

    #[tokio::test]
    async fn existing_servers_find_it_well() {
        let address = serve().await;
        let ping = get(&address, "/ping").await;
        assert!(ping.starts_with("HTTP/1.1 200 OK") && ping.contains("content-type: text/plain"), "{ping}");
        assert!(ping.ends_with("\r\n\r\npong"), "{ping}");
        let hello = get(&address, "/").await;
        assert!(hello.contains("content-type: application/json"), "{hello}");
        assert!(hello.ends_with(r#"{"message":"Immich ML"}"#), "{hello}");
        assert!(get(&address, "/predict").await.starts_with("HTTP/1.1 404"));
    }

    #[tokio::test]
    async fn our_own_client_finds_it_well() {
        let client = ml_api::Client::new(&[format!("http://{}", serve().await)]).unwrap();
        assert_eq!(client.check().await, 1);
    }
}
