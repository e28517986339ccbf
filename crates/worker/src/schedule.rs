//! Everything that runs by the clock, on one page. Several workers share a tick: one of them takes it.

use crate::context::Context;
use domain::{
    App,
    jobs::{
        AssetDeleteCheck, AssetEncodeVideoQueueAll, AssetExtractMetadataQueueAll, AssetGenerateThumbnailsQueueAll,
        AuditTableCleanup, PersonCleanup, SessionCleanup, UserDeleteCheck, UserSyncUsage,
    },
};
use queue::{Cron, Schedule};
use std::time::Duration;

/// A start time that cannot be read is looked at again after this long: somebody may correct it.
const RETRY: Duration = Duration::from_secs(300);

/// Every night at the time of the settings.
pub async fn run(context: Context) {
    loop {
        let start_time = context.app.system.get().nightly_tasks.start_time.clone();
        let Some(cron) = daily(&start_time) else {
            tracing::warn!(start_time, "the nightly tasks have no time: HH:MM is wanted");
            tokio::time::sleep(RETRY).await;
            continue;
        };
        let nightly = Schedule { name: "nightly", cron };
        let changed = async {
            while context.app.system.get().nightly_tasks.start_time == start_time {
                tokio::time::sleep(Duration::from_secs(60)).await;
            }
        };
        tokio::select! {
            tick = nightly.tick(&context.app.queue) => {
                if tick.is_none() {
                    return;
                }
                if let Err(error) = queue_nightly(&context.app).await {
                    tracing::error!("queue the nightly tasks: {error:#}");
                }
            }
            () = changed => {}
        }
    }
}

async fn queue_nightly(app: &App) -> domain::Result<()> {
    let tasks = app.system.get().nightly_tasks.clone();
    if tasks.database_cleanup {
        app.queue.push(&AssetDeleteCheck {}).await?;
        app.queue.push(&UserDeleteCheck {}).await?;
        app.queue.push(&PersonCleanup {}).await?;
        app.queue.push(&SessionCleanup {}).await?;
        app.queue.push(&AuditTableCleanup {}).await?;
    }
    if tasks.sync_quota_usage {
        app.queue.push(&UserSyncUsage {}).await?;
    }
    if tasks.missing_thumbnails {
        app.queue.push(&AssetExtractMetadataQueueAll { force: false }).await?;
        app.queue.push(&AssetGenerateThumbnailsQueueAll { force: false }).await?;
        app.queue.push(&AssetEncodeVideoQueueAll { force: false }).await?;
    }
    Ok(())
}

/// `HH:MM` as a schedule.
fn daily(start_time: &str) -> Option<Cron> {
    let (hour, minute) = start_time.split_once(':')?;
    let (hour, minute): (u8, u8) = (hour.parse().ok()?, minute.parse().ok()?);
    format!("{minute} {hour} * * *").parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_night_begins_when_the_settings_say() {
        assert!(daily("00:00").is_some() && daily("23:59").is_some());
        assert!(daily("24:00").is_none() && daily("noon").is_none() && daily("7").is_none());
    }
}
