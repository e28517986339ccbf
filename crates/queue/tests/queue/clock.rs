//! Schedules.

use crate::{redis_server::RedisServer, work::eventually};
use queue::{Queue, Schedule};
use std::{
    collections::HashSet,
    sync::{Arc, Mutex},
};

fn every_second(name: &'static str) -> Schedule {
    Schedule { name, cron: "* * * * * *".parse().unwrap() }
}

#[tokio::test(flavor = "multi_thread")]
async fn each_tick_is_served_once_by_two_workers() {
    let redis = RedisServer::start().await;
    let served = Arc::new(Mutex::new(Vec::new()));
    for _ in 0..2 {
        let (queue, served) = (redis.queue().await, served.clone());
        tokio::spawn(async move {
            while let Some(at) = every_second("test").tick(&queue).await {
                served.lock().unwrap().push(at);
            }
        });
    }
    eventually("four ticks", || async { served.lock().unwrap().len() >= 4 }).await;
    let served = served.lock().unwrap().clone();
    let distinct: HashSet<_> = served.iter().collect();
    assert_eq!(distinct.len(), served.len(), "{served:?}");
    let (first, last) = (served.iter().min().unwrap(), served.iter().max().unwrap());
    assert_eq!((*last - *first).num_seconds() as usize, served.len() - 1, "none was left out: {served:?}");
}

#[tokio::test]
async fn a_tick_during_an_outage_is_served_when_redis_is_back() {
    let mut redis = RedisServer::start().await;
    redis.kill();
    let queue: Queue = redis.queue().await;
    let ticking = tokio::spawn(async move { every_second("late").tick(&queue).await });
    let asked = chrono::Local::now();
    eventually("the tick to pass", || async { chrono::Local::now() > asked + chrono::TimeDelta::seconds(2) }).await;
    redis.start_again().await;
    let at = ticking.await.unwrap().unwrap();
    assert!(at <= asked + chrono::TimeDelta::seconds(2), "asked at {asked}, served {at}");
}
