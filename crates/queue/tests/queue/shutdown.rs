//! A worker that is told to stop: what runs may end, what does not is given back, nothing is lost.

use crate::{redis_server::RedisServer, work::*};
use model::queue::QueueName;
use queue::{JobError, JobResult, Workers, WorkersOptions};
use std::{
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::sync::Notify;

const LONG: Duration = Duration::from_secs(30);

#[tokio::test]
async fn an_idle_worker_stops_at_once() {
    let redis = RedisServer::start().await;
    let queue = redis.queue().await;
    let notes = Notes::default();
    let options = WorkersOptions { queues: QueueName::ALL.iter().map(|&name| (name, 2)).collect() };
    let workers = Workers::start(&queue, options, &noting(&notes));
    queue.push(&Plain(1)).await.unwrap();
    eventually("it to run", || async { notes.len() == 1 }).await;
    let stopped = Instant::now();
    workers.stop(LONG).await;
    assert!(stopped.elapsed() < Duration::from_secs(1), "{:?}", stopped.elapsed());
}

#[tokio::test]
async fn a_stopping_worker_finishes_what_runs_and_takes_nothing_more() {
    let redis = RedisServer::start().await;
    let queue = redis.queue().await;
    let notes = Notes::default();
    let (seen, gate) = (notes.clone(), Arc::new(Notify::new()));
    let opened = gate.clone();
    let workers = start(
        &queue,
        1,
        handler(move |context| {
            let (seen, opened) = (seen.clone(), opened.clone());
            async move {
                opened.notified().await;
                seen.add(&context);
                Ok(JobResult::Done)
            }
        }),
    );
    queue.push_many(&[Plain(1), Plain(2)]).await.unwrap();
    eventually("the first to run", || async { counts(&queue).await.active == 1 }).await;
    let stopping = tokio::spawn(workers.stop(LONG));
    eventually("the worker to be told", || async { !stopping.is_finished() }).await;
    tokio::time::sleep(Duration::from_millis(100)).await;
    gate.notify_one();
    stopping.await.unwrap();
    assert_eq!(notes.numbers(), [1]);
    let after = counts(&queue).await;
    assert_eq!((after.active, after.waiting, after.failed), (0, 1, 0));
}

#[tokio::test]
async fn what_is_not_done_in_time_is_given_back_and_the_attempt_does_not_count() {
    let redis = RedisServer::start().await;
    let queue = redis.queue().await;
    // One heeds the token and complains, one heeds nothing.
    let workers = start(
        &queue,
        2,
        handler(|context| async move {
            if context.data == 1 {
                context.cancelled.cancelled().await;
                return Err(JobError::Fail(anyhow::anyhow!("interrupted")));
            }
            std::future::pending().await
        }),
    );
    queue.push_many(&[Unique(1), Unique(2)]).await.unwrap();
    eventually("both to run", || async { counts(&queue).await.active == 2 }).await;
    workers.stop(Duration::from_millis(100)).await;
    let after = counts(&queue).await;
    assert_eq!((after.active, after.waiting, after.failed), (0, 2, 0));

    let notes = Notes::default();
    let pushed = Instant::now();
    let next = start(&queue, 2, noting(&notes));
    all_done(&queue).await;
    assert!(pushed.elapsed() < Duration::from_secs(2), "nobody waits for a lock: {:?}", pushed.elapsed());
    assert_eq!(notes.attempts(), [1, 1]);
    next.stop(Duration::ZERO).await;
}

#[tokio::test]
async fn another_worker_takes_over_at_once() {
    let redis = RedisServer::start().await;
    let queue = redis.queue().await;
    let notes = Notes::default();
    for round in 1..=5 {
        let leaving = start(&queue, 1, noting(&notes));
        let staying = start(&queue, 1, noting(&notes));
        queue.push(&Plain(0)).await.unwrap();
        all_done(&queue).await;
        let job = Plain(round);
        let ((), pushed) = tokio::join!(leaving.stop(LONG), queue.push(&job));
        pushed.unwrap();
        let waited = Instant::now();
        all_done(&queue).await;
        assert!(waited.elapsed() < Duration::from_secs(3), "round {round} took {:?}", waited.elapsed());
        staying.stop(LONG).await;
    }
    assert_eq!(notes.len(), 10);
}
