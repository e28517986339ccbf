//! How jobs end: well, skipped, badly with or without another attempt, in a panic.

use crate::{redis_server::RedisServer, work::*};
use model::queue::QueueJobStatus;
use queue::{JobError, JobResult};
use std::time::{Duration, Instant};

#[tokio::test]
async fn a_job_that_may_be_retried_is_tried_as_often_as_it_says_with_growing_pauses() {
    let redis = RedisServer::start().await;
    let queue = redis.queue().await;
    let notes = Notes::default();
    let seen = notes.clone();
    let workers = start(
        &queue,
        1,
        handler(move |context| {
            seen.add(&context);
            let attempt = context.attempt;
            async move { Err(JobError::Retry(anyhow::anyhow!("attempt {attempt}").context("read the file"))) }
        }),
    );
    let pushed = Instant::now();
    queue.push(&Stubborn(1)).await.unwrap();
    eventually("it to fail", || async { counts(&queue).await.failed == 1 }).await;
    assert_eq!(notes.attempts(), [1, 2, 3]);
    // 100 ms, then 200 ms, each an eighth less at most.
    assert!(pushed.elapsed() > Duration::from_millis(260), "{:?}", pushed.elapsed());
    let failed = queue.jobs(QUEUE, &[QueueJobStatus::Failed], 0, 10).await.unwrap();
    assert_eq!(failed[0].failed_reason.as_deref(), Some("read the file: attempt 3"));
    assert_eq!(failed[0].attempts, 3);
    workers.stop(Duration::ZERO).await;
}

#[tokio::test]
async fn a_hopeless_job_is_not_tried_again() {
    let redis = RedisServer::start().await;
    let queue = redis.queue().await;
    let notes = Notes::default();
    let seen = notes.clone();
    let workers = start(
        &queue,
        1,
        handler(move |context| {
            seen.add(&context);
            async { Err(JobError::Fail(anyhow::anyhow!("not a picture"))) }
        }),
    );
    queue.push(&Stubborn(1)).await.unwrap();
    eventually("it to fail", || async { counts(&queue).await.failed == 1 }).await;
    all_done(&queue).await;
    assert_eq!(notes.attempts(), [1]);
    workers.stop(Duration::ZERO).await;
}

#[tokio::test]
async fn what_ended_well_leaves_nothing_behind() {
    let redis = RedisServer::start().await;
    let queue = redis.queue().await;
    let workers = start(
        &queue,
        2,
        handler(|context| async move {
            match context.data.as_u64() {
                Some(1) => Ok(JobResult::Done),
                _ => Ok(JobResult::Skipped("the asset is gone".to_owned())),
            }
        }),
    );
    queue.push_many(&[Unique(1), Unique(2)]).await.unwrap();
    all_done(&queue).await;
    assert_eq!(counts(&queue).await, Default::default());
    let left = redis.command(&["KEYS", "queue_test:*:unique-*"]).await;
    assert_eq!(left, redis::Value::Array(Vec::new()));
    workers.stop(Duration::ZERO).await;
}

#[tokio::test]
async fn a_panic_is_a_failed_attempt_and_the_worker_goes_on() {
    let redis = RedisServer::start().await;
    let queue = redis.queue().await;
    let notes = Notes::default();
    let seen = notes.clone();
    let workers = start(
        &queue,
        1,
        handler(move |context| {
            seen.add(&context);
            assert!(context.data != 1, "a picture of 0 pixels");
            async move {
                assert!(context.data != 2, "a video of 0 seconds");
                Ok(JobResult::Done)
            }
        }),
    );
    queue.push(&Plain(1)).await.unwrap();
    queue.push(&Plain(2)).await.unwrap();
    queue.push(&Plain(3)).await.unwrap();
    all_done(&queue).await;
    assert_eq!(notes.numbers(), [1, 2, 3]);
    let failed = queue.jobs(QUEUE, &[QueueJobStatus::Failed], 0, 10).await.unwrap();
    let reasons: Vec<_> = failed.into_iter().filter_map(|job| job.failed_reason).collect();
    assert_eq!(reasons, ["the job panicked: a video of 0 seconds", "the job panicked: a picture of 0 pixels"]);
    workers.stop(Duration::ZERO).await;
}

#[tokio::test]
async fn only_the_last_thousand_failed_jobs_are_kept() {
    let redis = RedisServer::start().await;
    let queue = redis.queue().await;
    let workers = start(&queue, 8, handler(|_| async { Err(JobError::Fail(anyhow::anyhow!("no"))) }));
    queue.push_many(&(0..1_050).map(Plain).collect::<Vec<_>>()).await.unwrap();
    all_done(&queue).await;
    assert_eq!(counts(&queue).await.failed, 1000);
    workers.stop(Duration::ZERO).await;
}

#[tokio::test]
async fn progress_is_shown_and_does_not_delay_the_end() {
    let redis = RedisServer::start().await;
    let queue = redis.queue().await;
    let gate = std::sync::Arc::new(tokio::sync::Notify::new());
    let opened = gate.clone();
    let workers = start(
        &queue,
        1,
        handler(move |context| {
            let opened = opened.clone();
            async move {
                context.set_progress(0.42);
                opened.notified().await;
                Ok(JobResult::Done)
            }
        }),
    );
    queue.push(&Unique(1)).await.unwrap();
    let key = format!("queue_test:{QUEUE}:unique-1");
    eventually("the progress", || async {
        redis.command(&["HGET", &key, "progress"]).await == redis::Value::BulkString(b"42.0".to_vec())
    })
    .await;
    let opened = Instant::now();
    gate.notify_one();
    all_done(&queue).await;
    assert!(opened.elapsed() < Duration::from_millis(400), "{:?}", opened.elapsed());
    workers.stop(Duration::ZERO).await;
}
