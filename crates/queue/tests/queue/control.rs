//! Looking at queues and switching them while workers run.

use crate::{redis_server::RedisServer, work::*};
use model::queue::{QueueJobStatus, QueueName};
use queue::{JobError, JobResult};
use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};
use tokio::sync::Semaphore;

#[tokio::test]
async fn a_paused_queue_keeps_its_jobs_until_it_is_resumed() {
    let redis = RedisServer::start().await;
    let queue = redis.queue().await;
    let notes = Notes::default();
    let workers = start(&queue, 1, noting(&notes));
    queue.push(&Plain(0)).await.unwrap();
    all_done(&queue).await;
    queue.pause(QUEUE).await.unwrap();
    queue.push(&Plain(1)).await.unwrap();
    queue.push_many(&[Plain(2)]).await.unwrap();

    let state = queue.state(QUEUE).await.unwrap();
    assert!(state.is_paused && !state.is_active);
    assert_eq!((state.counts.waiting, state.counts.paused), (0, 2));
    let paused = queue.jobs(QUEUE, &[QueueJobStatus::Paused], 0, 10).await.unwrap();
    assert_eq!(paused.len(), 2, "they are listed under the state that they are counted in");
    assert!(queue.jobs(QUEUE, &[QueueJobStatus::Waiting], 0, 10).await.unwrap().is_empty());
    assert_eq!(notes.numbers(), [0]);

    queue.resume(QUEUE).await.unwrap();
    all_done(&queue).await;
    assert_eq!(notes.numbers(), [0, 1, 2]);
    assert!(!queue.state(QUEUE).await.unwrap().is_paused);
    workers.stop(Duration::ZERO).await;
}

#[tokio::test]
async fn emptying_throws_away_what_waits_and_what_is_delayed() {
    let redis = RedisServer::start().await;
    let queue = redis.queue().await;
    let delayed = queue::PushOptions { delay: Some(Duration::from_secs(3600)), ..Default::default() };
    let first = queue::PushOptions { priority: Some(1), ..Default::default() };
    queue.push(&Unique(1)).await.unwrap();
    queue.push_with(&Plain(2), delayed).await.unwrap();
    queue.push_with(&Plain(3), first).await.unwrap();
    let before = counts(&queue).await;
    assert_eq!((before.waiting, before.delayed), (2, 1));
    queue.empty(QUEUE).await.unwrap();
    assert_eq!(counts(&queue).await, Default::default());
    queue.push(&Unique(1)).await.unwrap();
    assert_eq!(counts(&queue).await.waiting, 1, "an id that was thrown away is free again");
}

#[tokio::test]
async fn jobs_are_listed_with_what_they_carry_and_failed_ones_can_be_cleared() {
    let redis = RedisServer::start().await;
    let queue = redis.queue().await;
    let workers = start(&queue, 1, handler(|_| async { Err(JobError::Fail(anyhow::anyhow!("no such file"))) }));
    queue.push(&Unique(7)).await.unwrap();
    eventually("it to fail", || async { counts(&queue).await.failed == 1 }).await;
    let failed = queue.jobs(QUEUE, &[QueueJobStatus::Failed], 0, 10).await.unwrap();
    assert_eq!(failed.len(), 1);
    assert_eq!((failed[0].id.as_str(), failed[0].name.as_str()), ("unique-7", "Unique"));
    assert_eq!(failed[0].data, 7);
    assert_eq!(failed[0].failed_reason.as_deref(), Some("no such file"));
    assert_eq!(failed[0].attempts, 1);
    assert!(failed[0].timestamp_ms > 1_700_000_000_000);
    assert!(queue.jobs(QUEUE, &[], 0, 10).await.unwrap().is_empty(), "no states are not all states");

    queue.clear_failed(QUEUE).await.unwrap();
    assert_eq!(counts(&queue).await, Default::default());
    workers.stop(Duration::ZERO).await;
}

#[tokio::test]
async fn every_queue_is_counted_by_itself() {
    let redis = RedisServer::start().await;
    let queue = redis.queue().await;
    queue.push(&Plain(1)).await.unwrap();
    let states = queue.states().await.unwrap();
    assert_eq!(states.iter().map(|(name, _)| *name).collect::<Vec<_>>(), QueueName::ALL);
    for (name, state) in states {
        assert_eq!(state.counts.waiting, u64::from(name == QUEUE), "{name}");
    }
}

#[tokio::test]
async fn concurrency_changes_while_workers_run() {
    let redis = RedisServer::start().await;
    let queue = redis.queue().await;
    let running = Arc::new(AtomicUsize::new(0));
    let gate = Arc::new(Semaphore::new(0));
    let (inside, opened) = (running.clone(), gate.clone());
    let body = handler(move |_| {
        let (inside, opened) = (inside.clone(), opened.clone());
        async move {
            inside.fetch_add(1, Ordering::SeqCst);
            opened.acquire().await.unwrap().forget();
            inside.fetch_sub(1, Ordering::SeqCst);
            Ok(JobResult::Done)
        }
    });
    let workers = start(&queue, 1, body.clone());
    queue.push_many(&(0..30).map(Plain).collect::<Vec<_>>()).await.unwrap();
    let runs = |jobs: usize| {
        let running = running.clone();
        async move { eventually("as many jobs", || async { running.load(Ordering::SeqCst) == jobs }).await }
    };
    runs(1).await;
    // Another process says so.
    redis.queue().await.set_concurrency(QUEUE, 4).await.unwrap();
    runs(4).await;
    queue.set_concurrency(QUEUE, 2).await.unwrap();
    eventually("fewer jobs at once", || async {
        gate.add_permits(1);
        tokio::time::sleep(Duration::from_millis(50)).await;
        running.load(Ordering::SeqCst) <= 2
    })
    .await;
    let second = start(&queue, 1, body);
    runs(4).await; // two workers, two jobs each: the new one knows of the change
    gate.add_permits(100);
    all_done(&queue).await;
    workers.stop(Duration::ZERO).await;
    second.stop(Duration::ZERO).await;
}
