//! The processor's cores, handed out in turn. A run of a model keeps several busy that wait for each other all the time:
//! a decoder on one of them would make the others spin. So the two take turns, and what was decoded meanwhile runs
//! together.

use std::sync::Arc;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

#[derive(Clone)]
pub struct Cores {
    /// First come, first served, whether one core is wanted or all.
    free: Arc<Semaphore>,
    count: u32,
}

/// Given back when dropped.
pub struct Held(#[expect(dead_code, reason = "its drop is what it is for")] Option<OwnedSemaphorePermit>);

impl Cores {
    pub fn new(count: usize) -> Self {
        let count = u32::try_from(count).unwrap_or(u32::MAX).max(1);
        Self { free: Arc::new(Semaphore::new(count as usize)), count }
    }

    /// Waits until so many are free, or all if there are not as many.
    pub async fn take(&self, count: usize) -> Held {
        let count = u32::try_from(count).unwrap_or(u32::MAX).min(self.count);
        // Nobody closes it.
        Held(self.free.clone().acquire_many_owned(count).await.ok())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures::FutureExt;

    #[test]
    fn who_wants_all_is_not_overtaken() {
        let cores = Cores::new(2);
        let decoding = cores.take(1).now_or_never().unwrap();
        let mut run = Box::pin(cores.take(99));
        assert!(run.as_mut().now_or_never().is_none());
        let mut next = Box::pin(cores.take(1));
        assert!(next.as_mut().now_or_never().is_none(), "the second core waits for the run");
        drop(decoding);
        let running = run.now_or_never().unwrap();
        assert!(next.as_mut().now_or_never().is_none());
        drop(running);
        assert!(next.now_or_never().is_some());
    }
}
