//! A large library out of nothing, for measuring. Only the command line does this.

use crate::{
    app::App,
    error::{Error, Result},
};
use chrono::TimeDelta;
use db::seed::Batch;

const SECONDS_PER_YEAR: f64 = 365.25 * 24.0 * 60.0 * 60.0;
/// Rows that are written together: large enough to be quick, small enough to show progress.
const BATCH: u32 = 5_000;

/// Gives an account that many made-up assets of the last `years`; `progress` hears how many there are.
pub async fn fill(app: &App, email: &str, count: u32, years: f64, progress: impl Fn(u32)) -> Result<()> {
    let user = db::users::find_by_email(&mut *app.db.acquire().await?, &email.to_lowercase()).await?;
    let Some(user) = user else { return Err(Error::bad_request("User not found")) };
    let now = app.clock.now();
    // People take more pictures every year, and bring them in as they take them.
    let moment = |made: u32| {
        let age = (1.0 - f64::from(made) / f64::from(count)).powf(1.4) * years * SECONDS_PER_YEAR;
        now - TimeDelta::seconds(age as i64)
    };
    let mut made = 0;
    while made < count {
        let rows = BATCH.min(count - made);
        let (from, to) = (moment(made), moment(made + rows));
        let batch = Batch { owner: user.id, count: i32::try_from(rows).map_err(Error::internal)?, from, to };
        let mut tx = app.db.begin().await?;
        db::seed::insert_assets(&mut tx, batch).await?;
        tx.commit().await?;
        made += rows;
        progress(made);
    }
    Ok(db::seed::analyze(&mut *app.db.acquire().await?).await?)
}
