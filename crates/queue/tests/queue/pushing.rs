//! What may be said when a job is put in, and when a push is refused.

use crate::{redis_server::RedisServer, work::*};
use queue::{Error, JobError, JobResult, PushOptions};
use std::time::{Duration, Instant};

#[tokio::test]
async fn smaller_priorities_run_sooner_and_jobs_without_one_first() {
    let redis = RedisServer::start().await;
    let queue = redis.queue().await;
    for (number, priority) in [(50, Some(5)), (10, Some(1)), (1, None), (51, Some(5)), (2, None)] {
        queue.push_with(&Plain(number), PushOptions { priority, ..PushOptions::default() }).await.unwrap();
    }
    assert_eq!(counts(&queue).await.waiting, 5, "jobs with a priority wait too");
    let notes = Notes::default();
    let workers = start(&queue, 1, noting(&notes));
    all_done(&queue).await;
    assert_eq!(notes.numbers(), [1, 2, 10, 50, 51]);
    workers.stop(Duration::ZERO).await;
}

#[tokio::test]
async fn a_delayed_job_runs_when_its_time_has_come() {
    const DELAY: Duration = Duration::from_millis(700);
    let redis = RedisServer::start().await;
    let queue = redis.queue().await;
    let notes = Notes::default();
    let workers = start(&queue, 1, noting(&notes));
    let pushed = Instant::now();
    queue.push_with(&Plain(1), PushOptions { delay: Some(DELAY), ..PushOptions::default() }).await.unwrap();
    assert_eq!(counts(&queue).await.delayed, 1);
    eventually("the delayed job", || async { notes.len() == 1 }).await;
    assert!(pushed.elapsed() >= DELAY, "it ran {:?} after it was pushed", pushed.elapsed());
    assert!(pushed.elapsed() < DELAY * 3, "it ran {:?} after it was pushed", pushed.elapsed());
    workers.stop(Duration::ZERO).await;
}

#[tokio::test]
async fn an_idle_worker_wakes_at_once() {
    let redis = RedisServer::start().await;
    let queue = redis.queue().await;
    let notes = Notes::default();
    let workers = start(&queue, 1, noting(&notes));
    for round in 1..=20 {
        let pushed = Instant::now();
        queue.push(&Plain(round)).await.unwrap();
        eventually("the job", || async { notes.len() == round as usize }).await;
        assert!(pushed.elapsed() < Duration::from_secs(2), "round {round} took {:?}", pushed.elapsed());
    }
    workers.stop(Duration::ZERO).await;
}

#[tokio::test]
async fn a_job_whose_id_waits_or_runs_is_not_put_in_twice() {
    let redis = RedisServer::start().await;
    let queue = redis.queue().await;
    queue.push(&Unique(1)).await.unwrap();
    queue.push(&Unique(1)).await.unwrap();
    queue.push_many(&[Unique(1), Unique(2), Unique(2)]).await.unwrap();
    assert_eq!(counts(&queue).await.waiting, 2);

    let notes = Notes::default();
    let (seen, gate) = (notes.clone(), std::sync::Arc::new(tokio::sync::Semaphore::new(0)));
    let opened = gate.clone();
    let workers = start(
        &queue,
        2,
        handler(move |context| {
            seen.add(&context);
            let opened = opened.clone();
            async move {
                opened.acquire().await.unwrap().forget();
                Ok(JobResult::Done)
            }
        }),
    );
    eventually("both to run", || async { notes.len() == 2 }).await;
    queue.push(&Unique(1)).await.unwrap();
    assert_eq!(counts(&queue).await.waiting, 0, "it runs already");
    gate.add_permits(10);
    all_done(&queue).await;
    queue.push(&Unique(1)).await.unwrap();
    eventually("it to run again after it was done", || async { notes.len() == 3 }).await;
    all_done(&queue).await;
    workers.stop(Duration::ZERO).await;
}

#[tokio::test]
async fn a_failed_job_is_revived_by_a_push_but_not_by_a_sweep() {
    let redis = RedisServer::start().await;
    let queue = redis.queue().await;
    let notes = Notes::default();
    let seen = notes.clone();
    let workers = start(
        &queue,
        1,
        handler(move |context| {
            seen.add(&context);
            async { Err(JobError::Fail(anyhow::anyhow!("hopeless"))) }
        }),
    );
    queue.push(&Unique(1)).await.unwrap();
    eventually("it to fail", || async { counts(&queue).await.failed == 1 }).await;
    queue.push_many(&[Unique(1)]).await.unwrap();
    assert_eq!(counts(&queue).await.waiting, 0, "a sweep leaves what failed alone");
    queue.push(&Unique(1)).await.unwrap();
    eventually("it to be tried again", || async { notes.len() == 2 }).await;
    eventually("it to fail", || async { counts(&queue).await.failed == 1 }).await;
    queue.push_many_again(&[Unique(1)]).await.unwrap();
    eventually("it to be tried a third time", || async { notes.len() == 3 }).await;
    all_done(&queue).await;
    workers.stop(Duration::ZERO).await;
}

#[tokio::test]
async fn a_full_queue_refuses_and_takes_jobs_again_when_there_is_room() {
    let redis = RedisServer::start().await;
    let queue = redis.queue().await;
    queue.set_max_waiting(3);
    queue.push_many(&[Plain(1), Plain(2)]).await.unwrap();
    let refused = queue.push_many(&[Plain(3), Plain(4)]).await;
    assert!(matches!(refused, Err(Error::Full(_))), "{refused:?}");
    queue.push_with(&Plain(3), PushOptions { priority: Some(1), ..PushOptions::default() }).await.unwrap();
    assert!(matches!(queue.push(&Plain(4)).await, Err(Error::Full(_))));
    assert_eq!(counts(&queue).await.waiting, 3);
    queue.empty(QUEUE).await.unwrap();
    queue.push(&Plain(4)).await.unwrap();
}

#[tokio::test]
async fn many_jobs_are_each_run_once() {
    const MANY: u32 = 2_300;
    let redis = RedisServer::start().await;
    let queue = redis.queue().await;
    let jobs: Vec<Plain> = (0..MANY).map(Plain).collect();
    queue.push_many(&jobs).await.unwrap();
    assert_eq!(counts(&queue).await.waiting, u64::from(MANY));
    let notes = Notes::default();
    let workers = start(&queue, 8, noting(&notes));
    all_done(&queue).await;
    let mut numbers = notes.numbers();
    numbers.sort_unstable();
    assert_eq!(numbers, (0..u64::from(MANY)).collect::<Vec<_>>());
    workers.stop(Duration::ZERO).await;
}
