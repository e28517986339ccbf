//! Waiting for what happens elsewhere: always with a deadline, never with a fixed sleep.

use std::{
    future::Future,
    time::{Duration, Instant},
};

const STEP: Duration = Duration::from_millis(40);

/// Asks until there is an answer; panics with `what` when the deadline passes.
pub async fn wait_for<T, F: Future<Output = Option<T>>>(
    what: &str,
    deadline: Duration,
    mut ask: impl FnMut() -> F,
) -> T {
    let started = Instant::now();
    loop {
        if let Some(answer) = ask().await {
            return answer;
        }
        assert!(started.elapsed() < deadline, "waited {deadline:?} in vain for {what}");
        tokio::time::sleep(STEP).await;
    }
}

/// The same for a condition.
pub async fn eventually<F: Future<Output = bool>>(what: &str, deadline: Duration, mut holds: impl FnMut() -> F) {
    wait_for(what, deadline, || {
        let holds = holds();
        async move { holds.await.then_some(()) }
    })
    .await;
}
