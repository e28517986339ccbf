//! Taking accounts away for good, when the time is over in which they could have come back.
//!
//! What the database knows of goes with the account: assets with their files, people, albums, sessions, keys. A file that it
//! does not know of stays.

use crate::{
    app::App,
    asset_jobs,
    error::{Error, Result},
    events::Event,
    jobs::UserDelete,
    people,
};
use chrono::{DateTime, TimeDelta, Utc};
use model::ids::UserId;
use std::path::Path;

/// How many assets are taken away between two looks at the database.
const PAGE: i64 = 200;

/// Queues the removal of every account whose time is over.
pub async fn check(app: &App) -> Result<()> {
    let due = db::user_deletion::list_due(&mut *app.db.acquire().await?, due_before(app)).await?;
    let jobs: Vec<_> = due.into_iter().map(|id| UserDelete { id }).collect();
    Ok(app.queue.push_many(&jobs).await?)
}

/// Removes an account with all that is its own. A crash leaves the row, and the next check begins where this ended; an
/// account that was brought back in time is left alone. Answers whether there was anything to do.
pub async fn delete(app: &App, id: UserId) -> Result<bool> {
    let begun = db::user_deletion::begin(&mut *app.db.acquire().await?, id, due_before(app)).await?;
    let Some(profile_image) = begun else { return Ok(false) };
    loop {
        let assets = db::user_deletion::doom_assets(&mut *app.db.acquire().await?, id, PAGE).await?;
        if assets.is_empty() {
            break;
        }
        // Originals of external libraries were there before the account and stay.
        for asset in assets {
            asset_jobs::delete(app, asset, false).await?;
        }
    }
    people::delete_all(app, id).await?;
    if !profile_image.is_empty() {
        app.files.remove_file(Path::new(&profile_image)).await?;
    }
    app.files.remove_empty_folders(id).await?;
    let mut tx = app.db.begin().await?;
    if !db::user_deletion::finish(&mut tx, id).await? {
        return Err(Error::Unavailable(anyhow::anyhow!("user {id} got another asset while being removed")));
    }
    tx.commit().await?;
    app.callers.forget_all();
    app.events.publish(&Event::UserDeleted { user: id }).await;
    Ok(true)
}

fn due_before(app: &App) -> DateTime<Utc> {
    app.clock.now() - TimeDelta::days(i64::from(app.system.get().user.delete_delay))
}
