//! Redis is emptied, killed and started again under servers that push and workers that wait.

use crate::{redis_server::RedisServer, work::*};
use queue::{Error, JobResult, Queue, RedisSettings};
use std::{
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::sync::Notify;

#[tokio::test]
async fn an_emptied_redis_takes_and_runs_jobs_at_once() {
    let redis = RedisServer::start().await;
    let queue = redis.queue().await;
    let notes = Notes::default();
    let workers = start(&queue, 2, noting(&notes));
    queue.push(&Unique(1)).await.unwrap();
    all_done(&queue).await;
    assert!(!queue.remembers().await.unwrap());
    queue.remember().await.unwrap();
    assert!(queue.remembers().await.unwrap());

    redis.command(&["FLUSHALL"]).await;
    redis.command(&["SCRIPT", "FLUSH"]).await;
    assert!(!queue.remembers().await.unwrap(), "a sweep is due");
    let pushed = Instant::now();
    queue.push(&Unique(1)).await.unwrap();
    queue.push_many(&[Unique(2)]).await.unwrap();
    eventually("jobs to run", || async { notes.len() == 3 }).await;
    assert!(pushed.elapsed() < Duration::from_secs(3), "{:?}", pushed.elapsed());
    workers.stop(Duration::ZERO).await;
}

#[tokio::test]
async fn a_job_that_runs_while_redis_is_emptied_hurts_nobody() {
    let redis = RedisServer::start().await;
    let queue = redis.queue().await;
    let (notes, gate) = (Notes::default(), Arc::new(Notify::new()));
    let (seen, opened) = (notes.clone(), gate.clone());
    let workers = start(
        &queue,
        1,
        handler(move |context| {
            seen.add(&context);
            let opened = opened.clone();
            async move {
                if context.data == 1 {
                    opened.notified().await;
                }
                Ok(JobResult::Done)
            }
        }),
    );
    queue.push(&Unique(1)).await.unwrap();
    eventually("it to run", || async { notes.len() == 1 }).await;
    redis.command(&["FLUSHALL"]).await;
    gate.notify_one();
    queue.push(&Unique(2)).await.unwrap();
    eventually("the next job to run", || async { notes.len() == 2 }).await;
    all_done(&queue).await;
    workers.stop(Duration::ZERO).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_redis_that_was_away_is_used_again_by_pushers_workers_and_listeners() {
    let mut redis = RedisServer::start().await;
    let queue = redis.queue().await;
    let notes = Notes::default();
    let workers = start(&queue, 2, noting(&notes));
    queue.push(&Plain(1)).await.unwrap();
    all_done(&queue).await;

    redis.kill();
    let asked = Instant::now();
    let refused = queue.push(&Plain(2)).await;
    assert!(matches!(refused, Err(Error::Unavailable(_))), "{refused:?}");
    assert!(matches!(queue.state(QUEUE).await, Err(Error::Unavailable(_))));
    assert!(asked.elapsed() < Duration::from_secs(12), "calls are bounded: {:?}", asked.elapsed());

    redis.start_again().await;
    let back = Instant::now();
    eventually("a push to succeed", || async { queue.push(&Plain(3)).await.is_ok() }).await;
    eventually("it to run", || async { notes.numbers().contains(&3) }).await;
    println!("ran {:?} after Redis was back", back.elapsed());
    assert!(back.elapsed() < Duration::from_secs(12), "{:?}", back.elapsed());
    workers.stop(Duration::ZERO).await;
}

#[tokio::test]
async fn workers_and_servers_start_before_redis() {
    let mut redis = RedisServer::start().await;
    redis.kill();
    let queue = redis.queue().await;
    let notes = Notes::default();
    let workers = start(&queue, 1, noting(&notes));
    assert!(queue.push(&Plain(1)).await.is_err());
    redis.start_again().await;
    eventually("a push to succeed", || async { queue.push(&Plain(2)).await.is_ok() }).await;
    eventually("it to run", || async { notes.len() == 1 }).await;
    workers.stop(Duration::ZERO).await;
}

#[tokio::test]
async fn sockets_urls_and_passwords_lead_to_the_same_redis() {
    let redis = RedisServer::start().await;
    redis.command(&["ACL", "SETUSER", "ann", "on", ">p@ss/w:rd", "~*", "&*", "+@all"]).await;
    let login = |settings: RedisSettings| RedisSettings {
        username: Some("ann".to_owned()),
        password: Some("p@ss/w:rd".to_owned()),
        ..settings
    };
    let socket = RedisSettings { socket: Some(redis.socket()), ..redis.settings() };
    let url = format!("redis://127.0.0.1:{}/0", redis.port());
    let ways = [
        login(redis.settings()),
        socket.clone(),
        login(socket),
        RedisSettings { url: Some(url), host: "unused.invalid".to_owned(), ..redis.settings() },
    ];
    let notes = Notes::default();
    for (number, settings) in (1..).zip(ways) {
        let queue = Queue::connect(&settings).await.unwrap();
        let workers = start(&queue, 1, noting(&notes));
        queue.push(&Plain(number)).await.unwrap();
        eventually("it to run", || async { notes.len() == number as usize }).await;
        workers.stop(Duration::ZERO).await;
    }
    let wrong = RedisSettings { password: Some("wrong".to_owned()), ..login(redis.settings()) };
    assert!(Queue::connect(&wrong).await.unwrap().push(&Plain(0)).await.is_err());
}
