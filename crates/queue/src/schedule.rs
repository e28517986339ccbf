//! Jobs by the clock: every tick runs once, however many workers there are.

use crate::{
    connection::{Queue, within},
    error::{Error, Result},
    keys,
};
use chrono::{DateTime, Local};
use std::time::{Duration, Instant};

/// How long it is known that a tick was taken: longer than clocks differ and outages last.
const TICK_EXPIRES_S: u64 = 24 * 60 * 60;

/// Five fields of cron in local time; a sixth before them counts seconds.
#[derive(Debug, Clone)]
pub struct Cron(croner::Cron);

impl std::str::FromStr for Cron {
    type Err = Error;
    fn from_str(text: &str) -> Result<Self> {
        text.parse().map(Self).map_err(|_| Error::BadSchedule(text.to_owned()))
    }
}

impl Cron {
    pub fn next_after(&self, time: DateTime<Local>) -> Option<DateTime<Local>> {
        self.0.find_next_occurrence(&time, false).ok()
    }
}

/// Looks at the clock at least this often: it may be set, or the machine may sleep.
const LONGEST_SLEEP: Duration = Duration::from_secs(60);
/// A tick that falls into an outage of Redis is asked for again, for a while.
const RETRY_FOR: Duration = Duration::from_secs(300);
const RETRY_EVERY: Duration = Duration::from_secs(2);

/// A named schedule.
#[derive(Debug, Clone)]
pub struct Schedule {
    pub name: &'static str,
    pub cron: Cron,
}

impl Schedule {
    /// Waits for the next tick that this process is the one to serve. `None` when there never is another.
    pub async fn tick(&self, queue: &Queue) -> Option<DateTime<Local>> {
        let mut after = Local::now();
        loop {
            let at = self.cron.next_after(after)?;
            while let Ok(wait) = (at - Local::now()).to_std()
                && !wait.is_zero()
            {
                tokio::time::sleep(wait.min(LONGEST_SLEEP)).await;
            }
            after = at;
            if self.take_patiently(queue, at).await {
                return Some(at);
            }
        }
    }

    async fn take_patiently(&self, queue: &Queue, at: DateTime<Local>) -> bool {
        let asked = Instant::now();
        loop {
            match self.take(queue, at).await {
                Ok(taken) => return taken,
                Err(error) if asked.elapsed() > RETRY_FOR => {
                    tracing::warn!(schedule = self.name, "a tick was missed: {error}");
                    return false;
                }
                Err(_) => tokio::time::sleep(RETRY_EVERY).await,
            }
        }
    }

    async fn take(&self, queue: &Queue, at: DateTime<Local>) -> Result<bool> {
        let mut redis = queue.redis().await?;
        let key = keys::tick(queue.prefix(), self.name, at.timestamp());
        within(async {
            let taken: Option<String> = redis::cmd("SET")
                .arg(key)
                .arg(1)
                .arg("NX")
                .arg("EX")
                .arg(TICK_EXPIRES_S)
                .query_async(&mut redis)
                .await?;
            Ok(taken.is_some())
        })
        .await
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::TimeZone;

    #[test]
    fn ticks_come_in_local_time() {
        let cron: Cron = "30 2 * * *".parse().unwrap();
        let noon = Local.with_ymd_and_hms(2026, 11, 21, 12, 0, 0).unwrap();
        assert_eq!(cron.next_after(noon), Some(Local.with_ymd_and_hms(2026, 11, 22, 2, 30, 0).unwrap()));
        assert!("every day".parse::<Cron>().is_err());
    }
}
