//! Workers that die without a word, and several that work beside each other.

use crate::{
    redis_server::{PATIENCE, RedisServer, settings_of},
    work::*,
};
use model::queue::QueueJobStatus;
use queue::{JobResult, Queue};
use std::{
    collections::HashSet,
    process::{Child, Command, Stdio},
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

/// Set for the worker processes that a test starts: the port of its Redis.
const PORT: &str = "QUEUE_TEST_CHILD_PORT";

/// This test program once more, running the test of the given name, which then is a worker only.
fn start_child(test: &str, redis: &RedisServer) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args([&format!("death::{test}"), "--exact", "--nocapture"])
        .env(PORT, redis.port().to_string())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

/// The queue of the test that started this process, if one did.
async fn as_child() -> Option<Queue> {
    let port = std::env::var(PORT).ok()?.parse().unwrap();
    Some(Queue::connect(&settings_of(port)).await.unwrap())
}

#[tokio::test]
async fn the_job_of_a_killed_worker_runs_again_within_seconds() {
    if let Some(queue) = as_child().await {
        let _workers = start(&queue, 1, handler(|_| std::future::pending()));
        std::future::pending::<()>().await;
    }
    let redis = RedisServer::start().await;
    let queue = redis.queue().await;
    let mut child = start_child("the_job_of_a_killed_worker_runs_again_within_seconds", &redis);
    queue.push(&Plain(1)).await.unwrap();
    eventually("the child to run it", || async { counts(&queue).await.active == 1 }).await;

    let notes = Notes::default();
    let workers = start(&queue, 1, noting(&notes));
    child.kill().unwrap();
    child.wait().unwrap();
    let killed = Instant::now();
    eventually("it to run again", || async { notes.len() == 1 }).await;
    println!("ran again {:?} after its worker was killed", killed.elapsed());
    assert!(killed.elapsed() < Duration::from_secs(12), "{:?}", killed.elapsed());
    all_done(&queue).await;
    assert_eq!(counts(&queue).await.failed, 0);
    workers.stop(Duration::ZERO).await;
}

#[tokio::test]
async fn a_job_that_kills_its_worker_every_time_ends_as_failed() {
    if let Some(queue) = as_child().await {
        let _workers = start(&queue, 1, handler(|_| async { std::process::abort() }));
        std::future::pending::<()>().await;
    }
    let redis = RedisServer::start().await;
    let queue = redis.queue().await;
    queue.push(&Plain(1)).await.unwrap();
    let started = Instant::now();
    let mut deaths = 0;
    let mut child = start_child("a_job_that_kills_its_worker_every_time_ends_as_failed", &redis);
    while counts(&queue).await.failed == 0 {
        assert!(started.elapsed() < PATIENCE * 2, "it went on for ever: {deaths} deaths");
        if child.try_wait().unwrap().is_some() {
            deaths += 1;
            child = start_child("a_job_that_kills_its_worker_every_time_ends_as_failed", &redis);
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    child.kill().unwrap();
    child.wait().unwrap();
    // Once as one of many, and then in its own turns.
    assert_eq!(deaths, 4);
    let failed = queue.jobs(QUEUE, &[QueueJobStatus::Failed], 0, 10).await.unwrap();
    let reason = failed[0].failed_reason.as_deref().unwrap();
    assert!(reason.contains("worker died"), "{reason}");
}

#[tokio::test]
async fn jobs_beside_one_that_kills_its_worker_do_not_fail_for_it() {
    const TEST: &str = "jobs_beside_one_that_kills_its_worker_do_not_fail_for_it";
    const KILLER: u64 = 13;
    const BESIDE: u32 = 4;
    if let Some(queue) = as_child().await {
        // Together they all start before the killer strikes, and none is done by then.
        let running = Arc::new(tokio::sync::Semaphore::new(0));
        let body = handler(move |context| {
            let running = Arc::clone(&running);
            async move {
                running.add_permits(1);
                if context.data == KILLER {
                    // Not before all others run, the first time; later they are no longer all there.
                    let all = running.acquire_many(BESIDE + 1);
                    let _ = tokio::time::timeout(Duration::from_secs(1), all).await;
                    std::process::abort();
                }
                tokio::time::sleep(Duration::from_millis(200)).await;
                Ok(JobResult::Done)
            }
        });
        let _workers = start(&queue, BESIDE as usize + 1, body);
        std::future::pending::<()>().await;
    }
    let redis = RedisServer::start().await;
    let queue = redis.queue().await;
    queue.push(&Plain(KILLER as u32)).await.unwrap();
    queue.push_many(&(0..BESIDE).map(Plain).collect::<Vec<_>>()).await.unwrap();
    let started = Instant::now();
    let mut child = start_child(TEST, &redis);
    while counts(&queue).await.failed == 0 {
        assert!(started.elapsed() < PATIENCE * 2, "it went on for ever");
        if child.try_wait().unwrap().is_some() {
            child = start_child(TEST, &redis);
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    all_done(&queue).await;
    child.kill().unwrap();
    child.wait().unwrap();
    let failed = queue.jobs(QUEUE, &[QueueJobStatus::Failed], 0, 10).await.unwrap();
    assert_eq!(failed.iter().map(|job| job.data.clone()).collect::<Vec<_>>(), [KILLER]);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_workers_never_run_a_job_twice() {
    let redis = RedisServer::start().await;
    let queue = redis.queue().await;
    let (notes, running) = (Notes::default(), Arc::new(Mutex::new(HashSet::new())));
    let (seen, inside) = (notes.clone(), running.clone());
    let body = handler(move |context| {
        let (seen, inside) = (seen.clone(), inside.clone());
        async move {
            assert!(inside.lock().unwrap().insert(context.id.clone()), "it runs already");
            tokio::task::yield_now().await;
            seen.add(&context);
            inside.lock().unwrap().remove(&context.id);
            Ok(JobResult::Done)
        }
    });
    let other = redis.queue().await;
    let workers = [start(&queue, 4, body.clone()), start(&other, 4, body)];
    let jobs: Vec<Unique> = (0..1_000).map(Unique).collect();
    queue.push_many(&jobs).await.unwrap();
    all_done(&queue).await;
    assert_eq!(counts(&queue).await.failed, 0);
    let mut numbers = notes.numbers();
    numbers.sort_unstable();
    assert_eq!(numbers, (0..1_000).collect::<Vec<_>>());
    for workers in workers {
        workers.stop(Duration::ZERO).await;
    }
}
