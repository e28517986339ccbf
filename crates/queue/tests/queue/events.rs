//! Messages to all processes.

use crate::{redis_server::RedisServer, work::eventually};
use futures::StreamExt;
use queue::{Events, Queue};
use std::sync::{Arc, Mutex};

/// What a listener has heard so far.
fn heard_by(queue: &Queue) -> Arc<Mutex<Vec<Vec<u8>>>> {
    let heard = Arc::new(Mutex::new(Vec::new()));
    let mut messages = queue.events().subscribe();
    let list = heard.clone();
    tokio::spawn(async move {
        while let Some(message) = messages.next().await {
            list.lock().unwrap().push(message);
        }
    });
    heard
}

/// Says it until everybody has heard it: who does not listen yet misses it.
async fn reaches_all(events: &Events, message: &[u8], listeners: &[Arc<Mutex<Vec<Vec<u8>>>>]) {
    eventually("everybody to hear it", || async {
        // Redis may be away.
        let _ = events.publish(message).await;
        listeners.iter().all(|heard| heard.lock().unwrap().iter().any(|heard| heard == message))
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_process_hears_what_any_says_also_after_redis_was_away() {
    let mut redis = RedisServer::start().await;
    let (one, other) = (redis.queue().await, redis.queue().await);
    let listeners = [heard_by(&one), heard_by(&other)];
    reaches_all(&one.events(), b"\x00not text\xff", &listeners).await;
    reaches_all(&other.events(), b"{\"from\":\"other\"}", &listeners).await;
    redis.kill();
    redis.start_again().await;
    reaches_all(&one.events(), b"after", &listeners).await;
}

#[tokio::test]
async fn another_stack_on_the_same_redis_hears_nothing() {
    let redis = RedisServer::start().await;
    let ours = redis.queue().await;
    let theirs = queue::RedisSettings { prefix: "another_stack".to_owned(), ..redis.settings() };
    let theirs = Queue::connect(&theirs).await.unwrap();
    let (heard, overheard) = (heard_by(&ours), heard_by(&theirs));
    reaches_all(&theirs.events(), b"theirs", std::slice::from_ref(&overheard)).await;
    reaches_all(&ours.events(), b"ours", std::slice::from_ref(&heard)).await;
    assert!(overheard.lock().unwrap().iter().all(|message| message == b"theirs"));
    assert!(heard.lock().unwrap().iter().all(|message| message == b"ours"));
}
