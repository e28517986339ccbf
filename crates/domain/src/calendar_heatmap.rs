//! How much happened on each day.

use crate::{
    app::App,
    caller::Caller,
    error::{Error, Result},
};
use chrono::{Months, NaiveDate};
use model::calendar_heatmap::{Activity, CalendarHeatmap, DayCount};

/// A calendar shows a year when nobody says what it shall show.
const SHOWN: Months = Months::new(12);
/// More than a lifetime: beyond it the days without anything would be all there is.
const MAX_DAYS: i64 = 150 * 366;

/// The caller's own, up to today unless another day is named.
pub async fn get(
    app: &App,
    caller: &Caller,
    activity: Activity,
    from: Option<NaiveDate>,
    to: Option<NaiveDate>,
) -> Result<CalendarHeatmap> {
    let to = to.unwrap_or_else(|| app.clock.now().date_naive());
    let from = from.or_else(|| to.checked_sub_months(SHOWN)).unwrap_or(to);
    if from > to {
        return Err(Error::bad_request("The first day must not come after the last"));
    }
    if (to - from).num_days() > MAX_DAYS {
        return Err(Error::bad_request("The calendar is too long"));
    }
    let mut conn = app.db.acquire().await?;
    let counted = db::calendar_heatmap::count_days(&mut conn, caller.user_id()?, activity, from, to).await?;
    Ok(CalendarHeatmap { from, to, days: with_empty_days(from, to, &counted) })
}

/// `counted` in the order of the days.
fn with_empty_days(from: NaiveDate, to: NaiveDate, counted: &[DayCount]) -> Vec<DayCount> {
    let mut counted = counted.iter().peekable();
    let days = from.iter_days().take_while(|&day| day <= to);
    days.map(|day| counted.next_if(|counted| counted.day == day).copied().unwrap_or(DayCount { day, count: 0 }))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_without_anything_are_days_too() {
        let day = |day| NaiveDate::from_ymd_opt(2024, 2, day).unwrap();
        let counted = [DayCount { day: day(27), count: 2 }, DayCount { day: day(29), count: 5 }];
        let march = NaiveDate::from_ymd_opt(2024, 3, 1).unwrap();
        let counts: Vec<i64> = with_empty_days(day(26), march, &counted).iter().map(|day| day.count).collect();
        assert_eq!(counts, [0, 2, 0, 5, 0]);
    }
}
