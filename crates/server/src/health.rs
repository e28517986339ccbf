//! `server --healthcheck`: asks the running server whether it is well, for containers that have no HTTP client.

use anyhow::{Context, ensure};
use config::env::ServerEnv;
use std::{
    io::{Read, Write},
    net::{IpAddr, Ipv4Addr, SocketAddr, TcpStream},
    time::Duration,
};

const TIMEOUT: Duration = Duration::from_secs(2);

pub fn check(server: &ServerEnv) -> anyhow::Result<()> {
    let host = server.host.filter(|host| !host.is_unspecified()).unwrap_or(IpAddr::V4(Ipv4Addr::LOCALHOST));
    let address = SocketAddr::new(host, server.port);
    let mut stream = TcpStream::connect_timeout(&address, TIMEOUT).with_context(|| format!("connect to {address}"))?;
    stream.set_read_timeout(Some(TIMEOUT))?;
    stream.set_write_timeout(Some(TIMEOUT))?;
    write!(stream, "GET /api/server/ping HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n")?;
    let mut answer = String::new();
    stream.take(16 * 1024).read_to_string(&mut answer)?;
    ensure!(answer.ends_with(r#"{"res":"pong"}"#), "the server at {address} does not answer as it should");
    Ok(())
}
