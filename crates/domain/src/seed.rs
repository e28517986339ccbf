//! A large library out of nothing, for measuring. Only the command line does this.

use crate::{
    app::App,
    error::{Error, Result},
};

/// Rows that are written together: large enough to be quick, small enough to show progress.
const BATCH: u32 = 20_000;

/// Gives an account that many made-up assets of the last `years`; `progress` hears how many there are.
pub async fn fill(app: &App, email: &str, count: u32, years: f64, progress: impl Fn(u32)) -> Result<()> {
    let user = db::users::find_by_email(&mut *app.db.acquire().await?, &email.to_lowercase()).await?;
    let Some(user) = user else { return Err(Error::bad_request("User not found")) };
    let mut made = 0;
    while made < count {
        let batch = BATCH.min(count - made);
        let rows = i32::try_from(batch).map_err(Error::internal)?;
        let mut tx = app.db.begin().await?;
        db::seed::insert_assets(&mut tx, user.id, rows, app.clock.now(), years).await?;
        tx.commit().await?;
        made += batch;
        progress(made);
    }
    Ok(db::seed::analyze(&mut *app.db.acquire().await?).await?)
}
