//! The timeline: months and what they hold.

use crate::{
    access::{refused, require_albums, require_people},
    app::App,
    assets::require_elevated,
    caller::Caller,
    error::{Error, Result},
};
use chrono::NaiveDate;
use model::{
    assets::Visibility,
    ids::{PersonId, UserId},
    permission::Permission,
    timeline::{TimeBucket, TimelineAsset, TimelineFilter},
};
use uuid::Uuid;

/// What a client asked to see.
#[derive(Debug, Clone, Default)]
pub struct TimelineRequest {
    /// Somebody else's; one's own when `None` and no album is named.
    pub user: Option<UserId>,
    pub with_partners: bool,
    pub person: Option<PersonId>,
    pub tag: Option<Uuid>,
    pub filter: TimelineFilter,
}

/// Months with their counts.
pub async fn buckets(app: &App, caller: &Caller, request: TimelineRequest) -> Result<Vec<TimeBucket>> {
    let filter = allowed(app, caller, request).await?;
    Ok(db::timeline::buckets(&mut *app.db.acquire().await?, &filter).await?)
}

/// The assets of one month.
pub async fn bucket(
    app: &App,
    caller: &Caller,
    request: TimelineRequest,
    month: NaiveDate,
) -> Result<Vec<TimelineAsset>> {
    let filter = allowed(app, caller, request).await?;
    Ok(db::timeline::bucket(&mut *app.db.acquire().await?, &filter, month).await?)
}

/// What of the request the caller may see.
async fn allowed(app: &App, caller: &Caller, request: TimelineRequest) -> Result<TimelineFilter> {
    let mut filter = request.filter;
    let me = caller.user_id()?;
    if let Some(person) = request.person {
        require_people(&mut *app.db.acquire().await?, caller, Permission::PersonRead, &[person]).await?;
        filter.person_id = Some(person);
    }
    // Nobody has tags yet, so none that is asked for is the caller's.
    if request.tag.is_some() {
        return Err(refused(Permission::TagRead));
    }
    if request.with_partners && !shows_partners(&filter) {
        return Err(Error::bad_request(
            "withPartners is only supported for non-archived, non-trashed, non-favorited, non-locked assets",
        ));
    }
    if filter.visibility == Some(Visibility::Locked) {
        if request.user.is_some_and(|user| user != me) {
            return Err(Error::bad_request("You may not access another user's locked timeline"));
        }
        require_elevated(app, caller)?;
    }
    match (filter.album_id, request.user) {
        (Some(album), _) => {
            require_albums(&mut *app.db.acquire().await?, caller, Permission::AlbumRead, &[album]).await?;
            // Of what others threw away nobody sees anything.
            filter.owners = if filter.is_trashed == Some(true) { vec![me] } else { Vec::new() };
        }
        (None, Some(user)) if user != me => return Err(refused(Permission::TimelineRead)),
        // Nobody has partners yet, so one's own assets are all there is.
        (None, _) => filter.owners = vec![me],
    }
    Ok(filter)
}

fn shows_partners(filter: &TimelineFilter) -> bool {
    filter.visibility == Some(Visibility::Timeline) && filter.is_trashed != Some(true) && filter.is_favorite.is_none()
}
