//! What searches look for: conditions on the fields of assets, and what a search by meaning is about.

mod condition;

pub use condition::{
    BoolFilter, Condition, DateFilter, DateFilterNullable, EnumFilterAssetType, EnumFilterAssetVisibility, IdFilter,
    IdFilterNullable, IdsFilter, Kind, NumberFilter, NumberFilterNullable, StringFilter, StringFilterNullable,
    StringPatternFilter, StringSimilarityFilter, Test,
};

use crate::{assets::Visibility, ids::AssetId};
use serde::Deserialize;
use utoipa::ToSchema;
use uuid::Uuid;

/// Assets whose content is near to something.
#[derive(Debug, Clone, PartialEq)]
pub struct SmartSearch {
    pub like: Like,
    pub scope: SearchScope,
    pub with_exif: bool,
    /// The first is 1.
    pub page: u32,
    pub size: u32,
}

/// What the assets that are looked for are like.
#[derive(Debug, Clone, PartialEq)]
pub enum Like {
    /// What somebody wrote, and the language in which.
    Text {
        text: String,
        language: Option<String>,
    },
    Asset(AssetId),
}

/// Among which assets is searched.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct SearchScope {
    pub filter: SearchFilter,
    /// What lies in the trash, too.
    pub with_trashed: bool,
}

impl SearchScope {
    fn branches(&self) -> impl Iterator<Item = &SearchConditions> {
        std::iter::once(&self.filter.all).chain(&self.filter.or)
    }

    /// Without such a condition only what timelines show is searched.
    pub fn names_visibility(&self) -> bool {
        self.branches().any(|conditions| conditions.visibility.is_some())
    }

    /// Whether the locked folder is asked for by name: no other way leads into it.
    pub fn wants_locked(&self) -> bool {
        self.branches().filter_map(|conditions| conditions.visibility.as_ref()).any(|visibility| {
            visibility.tests().iter().any(|test| match test {
                Test::Is(wanted) => *wanted == Some(Visibility::Locked),
                Test::IsOneOf(wanted) => wanted.contains(&Visibility::Locked),
                _ => false,
            })
        })
    }

    pub fn wants_trashed(&self) -> bool {
        self.with_trashed || self.branches().any(|conditions| conditions.trashed_at.is_some())
    }

    /// Albums that decide what is found.
    pub fn album_ids(&self) -> Vec<Uuid> {
        let filters = self.branches().filter_map(|conditions| conditions.album_ids.as_ref());
        filters.flat_map(|ids| [&ids.all, &ids.any, &ids.none]).flatten().flatten().copied().collect()
    }
}

/// The published conditions, and a second time with `or` beside them: a struct in a struct would refuse no unknown key.
macro_rules! conditions {
    ($($(#[$doc:meta])* $field:ident: $type:ty,)*) => {
        /// All of them must hold. Those that are left out hold; unknown ones are refused, since to leave one out would
        /// find too much.
        #[derive(Debug, Clone, Default, PartialEq, Deserialize, ToSchema)]
        #[serde(rename_all = "camelCase", deny_unknown_fields)]
        #[schema(as = SearchFilterBranch)]
        pub struct SearchConditions {
            $($(#[$doc])* #[schema(nullable = false)] pub $field: Option<$type>,)*
        }

        #[derive(Debug, Clone, Default, Deserialize, ToSchema)]
        #[serde(rename_all = "camelCase", deny_unknown_fields)]
        #[schema(as = SearchFilter)]
        struct PublishedFilter {
            $($(#[$doc])* #[schema(nullable = false)] $field: Option<$type>,)*
            #[schema(nullable = false)]
            or: Option<Vec<SearchConditions>>,
        }

        impl From<PublishedFilter> for SearchFilter {
            fn from(filter: PublishedFilter) -> Self {
                let all = SearchConditions { $($field: filter.$field,)* };
                Self { all, or: filter.or.unwrap_or_default() }
            }
        }
    };
}

/// Conditions that must all hold and, if there are any, branches of which one must hold.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(from = "PublishedFilter")]
pub struct SearchFilter {
    pub all: SearchConditions,
    pub or: Vec<SearchConditions>,
}

impl utoipa::PartialSchema for SearchFilter {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::Schema> {
        PublishedFilter::schema()
    }
}

impl ToSchema for SearchFilter {
    fn schemas(schemas: &mut Vec<(String, utoipa::openapi::RefOr<utoipa::openapi::Schema>)>) {
        PublishedFilter::schemas(schemas);
    }
}

conditions! {
    album_ids: IdsFilter,
    /// SHA-1, as base64 or in hexadecimal digits.
    checksum: StringFilter,
    city: StringFilterNullable,
    country: StringFilterNullable,
    created_at: DateFilter,
    description: StringPatternFilter,
    encoded_video_path: StringFilter,
    file_size_in_bytes: NumberFilter,
    has_albums: BoolFilter,
    has_people: BoolFilter,
    has_tags: BoolFilter,
    id: IdFilter,
    /// Whether there is a transcoded video.
    is_encoded: BoolFilter,
    is_favorite: BoolFilter,
    /// Whether it is a live photo.
    is_motion: BoolFilter,
    is_offline: BoolFilter,
    lens_model: StringFilterNullable,
    library_id: IdFilterNullable,
    make: StringFilterNullable,
    model: StringFilterNullable,
    ocr: StringSimilarityFilter,
    original_file_name: StringPatternFilter,
    original_path: StringPatternFilter,
    person_ids: IdsFilter,
    rating: NumberFilterNullable,
    state: StringFilterNullable,
    tag_ids: IdsFilter,
    taken_at: DateFilter,
    trashed_at: DateFilterNullable,
    #[serde(rename = "type")]
    asset_type: EnumFilterAssetType,
    updated_at: DateFilter,
    visibility: EnumFilterAssetVisibility,
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn filter(json: serde_json::Value) -> SearchFilter {
        serde_json::from_value(json).unwrap()
    }

    #[test]
    fn a_filter_has_conditions_and_branches() {
        let filter = filter(json!({
            "city": { "in": ["Rome", "Oslo"] },
            "type": { "eq": "IMAGE" },
            "or": [{ "isFavorite": { "eq": true } }, { "rating": { "gte": 4 } }],
        }));
        assert_eq!(filter.all.city.unwrap().tests(), [Test::IsOneOf(vec!["Rome".to_owned(), "Oslo".to_owned()])]);
        assert!(filter.all.asset_type.is_some());
        assert_eq!(filter.or.len(), 2);
        assert_eq!(filter.or[1].rating.as_ref().unwrap().tests(), [Test::IsAtLeast(4.0)]);
    }

    #[test]
    fn what_is_unknown_is_refused_and_not_left_out() {
        for wrong in [
            json!({ "town": { "eq": "Rome" } }),
            json!({ "city": { "is": "Rome" } }),
            json!({ "city": { "gt": "Rome" } }),
            json!({ "make": { "eq": 7 } }),
            json!({ "createdAt": { "eq": null } }),
            json!({ "takenAt": { "gt": "yesterday" } }),
            json!({ "or": [{ "or": [] }] }),
        ] {
            assert!(serde_json::from_value::<SearchFilter>(wrong.clone()).is_err(), "{wrong}");
        }
    }

    #[test]
    fn the_locked_folder_is_only_found_by_its_name() {
        let scope = |json| SearchScope { filter: filter(json), with_trashed: false };
        assert!(scope(json!({ "visibility": { "eq": "locked" } })).wants_locked());
        assert!(scope(json!({ "or": [{ "visibility": { "in": ["archive", "locked"] } }] })).wants_locked());
        let others = scope(json!({ "visibility": { "ne": "timeline" } }));
        assert!(!others.wants_locked() && others.names_visibility());
        assert!(!scope(json!({})).names_visibility());
    }
}
