//! A model hub on this machine that can be told to misbehave.

use serde_json::json;
use sha2::{Digest, Sha256};
use std::{
    collections::BTreeMap,
    io::{BufRead, BufReader, Write},
    net::{TcpListener, TcpStream},
    sync::{Arc, Condvar, Mutex},
};

#[derive(Clone, Copy, PartialEq)]
pub enum Fault {
    /// Every answer ends after so many bytes, whatever its header says.
    BreaksOffAfter(usize),
    /// Says that files are shorter than they are.
    SaysLess,
    /// Announces hashes of something else.
    WrongHashes,
    /// Does not know how to go on in the middle, and breaks off once.
    CannotResume,
    /// Answers 503 the first two times.
    Busy,
    /// Sends no network before it is told to.
    Waits,
}

pub struct Hub {
    pub url: String,
    state: Arc<State>,
}

struct State {
    files: BTreeMap<String, Vec<u8>>,
    fault: Option<Fault>,
    requests: Mutex<Vec<String>>,
    may_send: (Mutex<bool>, Condvar),
}

impl Hub {
    /// With the files of one repository.
    pub fn start(repository: &str, files: &[(&str, Vec<u8>)], fault: Option<Fault>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let path = |file: &str| format!("/immich-app/{repository}/resolve/main/{file}");
        let mut paths: BTreeMap<String, Vec<u8>> =
            files.iter().map(|(file, content)| (path(file), content.clone())).collect();
        let listing: Vec<_> = files.iter().map(|(file, content)| listed(file, content, fault)).collect();
        let listing = serde_json::to_vec(&listing).unwrap();
        paths.insert(format!("/api/models/immich-app/{repository}/tree/main?recursive=true"), listing);
        let state = Arc::new(State { files: paths, fault, requests: Mutex::default(), may_send: Default::default() });
        let serving = state.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let state = serving.clone();
                std::thread::spawn(move || state.answer(stream));
            }
        });
        Self { url, state }
    }

    /// How often this file was asked for.
    pub fn asked(&self, file: &str) -> usize {
        self.state.requests.lock().unwrap().iter().filter(|path| path.ends_with(file)).count()
    }

    /// Lets one that waits send.
    pub fn send(&self) {
        let (may_send, changed) = &self.state.may_send;
        *may_send.lock().unwrap() = true;
        changed.notify_all();
    }
}

fn listed(path: &str, content: &[u8], fault: Option<Fault>) -> serde_json::Value {
    let hashed = if fault == Some(Fault::WrongHashes) { b"something else" } else { content };
    let sha256 = hex::encode(Sha256::digest(hashed));
    let size = if fault == Some(Fault::SaysLess) { content.len() / 2 } else { content.len() };
    if path.ends_with(".onnx") {
        return json!({"type": "file", "path": path, "oid": "0", "size": size, "lfs": {"oid": sha256, "size": size}});
    }
    let blob = sha1::Sha1::new().chain_update(format!("blob {}\0", hashed.len())).chain_update(hashed);
    json!({"type": "file", "path": path, "oid": hex::encode(blob.finalize()), "size": size})
}

impl State {
    /// One request on each connection.
    fn answer(&self, mut stream: TcpStream) {
        let mut lines = BufReader::new(stream.try_clone().unwrap()).lines().map_while(Result::ok);
        let Some(path) = lines.next().and_then(|line| Some(line.split(' ').nth(1)?.to_owned())) else { return };
        let mut start = 0;
        for line in lines.take_while(|line| !line.is_empty()) {
            let line = line.to_ascii_lowercase();
            if let Some(range) = line.strip_prefix("range: bytes=") {
                start = range.trim_end_matches('-').parse().unwrap();
            }
        }
        let earlier = {
            let mut requests = self.requests.lock().unwrap();
            requests.push(path.clone());
            requests.iter().filter(|other| **other == path).count() - 1
        };
        // The other end may hang up at any time.
        let _ = self.write(&mut stream, &path, start, earlier);
    }

    fn write(&self, stream: &mut TcpStream, path: &str, start: usize, earlier: usize) -> std::io::Result<()> {
        let Some(content) = self.files.get(path) else {
            return write!(stream, "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
        };
        if self.fault == Some(Fault::Busy) && earlier < 2 && path.ends_with(".onnx") {
            return write!(stream, "HTTP/1.1 503 Busy\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
        }
        if self.fault == Some(Fault::Waits) && path.ends_with(".onnx") {
            let (may_send, changed) = &self.may_send;
            drop(changed.wait_while(may_send.lock().unwrap(), |may_send| !*may_send).unwrap());
        }
        let start = if self.fault == Some(Fault::CannotResume) { 0 } else { start };
        let rest = &content[start.min(content.len())..];
        let is_file = path.contains("/resolve/");
        let sent = match self.fault {
            Some(Fault::BreaksOffAfter(count)) if is_file => &rest[..rest.len().min(count)],
            Some(Fault::CannotResume) if is_file && earlier == 0 => &rest[..rest.len() / 2],
            _ => rest,
        };
        if start > 0 {
            let (last, size) = (content.len() - 1, content.len());
            write!(stream, "HTTP/1.1 206 Partial Content\r\nContent-Range: bytes {start}-{last}/{size}\r\n")?;
        } else {
            write!(stream, "HTTP/1.1 200 OK\r\n")?;
        }
        write!(stream, "Content-Length: {}\r\nConnection: close\r\n\r\n", rest.len())?;
        stream.write_all(sent)
    }
}
