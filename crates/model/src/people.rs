//! People: whom an owner knows in their pictures.

use crate::ids::{FaceId, PersonId, UserId};
use chrono::{DateTime, NaiveDate, Utc};

/// A person's row.
#[derive(Debug, Clone)]
pub struct Person {
    pub id: PersonId,
    pub owner_id: UserId,
    /// Empty: nobody has said it yet.
    pub name: String,
    pub birth_date: Option<NaiveDate>,
    pub is_hidden: bool,
    pub is_favorite: bool,
    pub color: Option<String>,
    /// The face by which the person is shown.
    pub face_id: Option<FaceId>,
    /// Empty while there is no picture of the face.
    pub thumbnail_path: String,
    pub updated_at: DateTime<Utc>,
}

/// Which people are listed, a page of them.
#[derive(Debug, Clone, Copy)]
pub struct PeopleFilter {
    pub with_hidden: bool,
    /// Of whom nobody has named only those with so many faces are listed.
    pub minimum_faces: i64,
    pub offset: i64,
    pub limit: i64,
}

/// How many people an owner has.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct PeopleCounts {
    pub total: i64,
    /// Among them.
    pub hidden: i64,
}

/// A page of people.
#[derive(Debug, Clone)]
pub struct PeopleView {
    pub people: Vec<Person>,
    pub counts: PeopleCounts,
    pub has_next_page: bool,
}

/// Changes to a person; `None` leaves a field as it is, `Some(None)` clears it.
#[derive(Debug, Clone, Default)]
pub struct PersonChanges {
    pub name: Option<String>,
    pub birth_date: Option<Option<NaiveDate>>,
    pub is_hidden: Option<bool>,
    pub is_favorite: Option<bool>,
    pub color: Option<Option<String>>,
    /// A face of the person in this asset becomes the one by which the person is shown.
    pub feature_face_asset_id: Option<crate::ids::AssetId>,
}
