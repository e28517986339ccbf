//! Searches: what is looked for, in the old words and in the new ones, and what is found.

use crate::{
    albums::AlbumResponse,
    assets::{AssetResponse, asset_response},
    error::Issue,
    request::present,
};
use chrono::{DateTime, Utc};
use model::{
    assets::{AssetType, AssetView, Visibility},
    ids::{AssetId, UserId},
    search::{
        BoolFilter, Condition, IdsFilter, Kind, Like, SearchConditions, SearchFilter, SearchScope, SmartSearch,
        StringSimilarityFilter, Test,
    },
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

const DEFAULT_SIZE: u32 = 100;

/// Everything but what is looked for, how it is answered and `filter` is of the old words.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = SmartSearchDto)]
pub struct SmartSearchRequest {
    #[schema(nullable = false)]
    pub album_ids: Option<Vec<Uuid>>,
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>)]
    pub city: Option<Option<String>>,
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>)]
    pub country: Option<Option<String>>,
    #[schema(value_type = Option<String>, format = DateTime, nullable = false)]
    pub created_after: Option<DateTime<Utc>>,
    #[schema(value_type = Option<String>, format = DateTime, nullable = false)]
    pub created_before: Option<DateTime<Utc>>,
    #[schema(nullable = false)]
    pub filter: Option<SearchFilter>,
    #[schema(nullable = false)]
    pub is_encoded: Option<bool>,
    #[schema(nullable = false)]
    pub is_favorite: Option<bool>,
    #[schema(nullable = false)]
    pub is_motion: Option<bool>,
    #[schema(nullable = false)]
    pub is_not_in_album: Option<bool>,
    #[schema(nullable = false)]
    pub is_offline: Option<bool>,
    #[schema(nullable = false)]
    pub language: Option<String>,
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>)]
    pub lens_model: Option<Option<String>>,
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<Uuid>)]
    pub library_id: Option<Option<Uuid>>,
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>)]
    pub make: Option<Option<String>>,
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>)]
    pub model: Option<Option<String>>,
    #[schema(nullable = false)]
    pub ocr: Option<String>,
    #[schema(nullable = false, minimum = 1)]
    pub page: Option<u32>,
    #[schema(nullable = false)]
    pub person_ids: Option<Vec<Uuid>>,
    #[schema(nullable = false)]
    pub query: Option<String>,
    #[schema(nullable = false)]
    pub query_asset_id: Option<AssetId>,
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<i32>, minimum = 1, maximum = 5)]
    pub rating: Option<Option<i32>>,
    #[schema(nullable = false, minimum = 1, maximum = 1000)]
    pub size: Option<u32>,
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>)]
    pub state: Option<Option<String>>,
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<Vec<Uuid>>)]
    pub tag_ids: Option<Option<Vec<Uuid>>>,
    #[schema(value_type = Option<String>, format = DateTime, nullable = false)]
    pub taken_after: Option<DateTime<Utc>>,
    #[schema(value_type = Option<String>, format = DateTime, nullable = false)]
    pub taken_before: Option<DateTime<Utc>>,
    #[schema(value_type = Option<String>, format = DateTime, nullable = false)]
    pub trashed_after: Option<DateTime<Utc>>,
    #[schema(value_type = Option<String>, format = DateTime, nullable = false)]
    pub trashed_before: Option<DateTime<Utc>>,
    #[serde(rename = "type")]
    #[schema(nullable = false)]
    pub asset_type: Option<AssetType>,
    #[schema(value_type = Option<String>, format = DateTime, nullable = false)]
    pub updated_after: Option<DateTime<Utc>>,
    #[schema(value_type = Option<String>, format = DateTime, nullable = false)]
    pub updated_before: Option<DateTime<Utc>>,
    #[schema(nullable = false)]
    pub visibility: Option<Visibility>,
    #[schema(nullable = false)]
    pub with_deleted: Option<bool>,
    #[schema(nullable = false)]
    pub with_exif: Option<bool>,
}

impl SmartSearchRequest {
    /// What is looked for; `None` when the request does not say it.
    pub fn into_search(self) -> Result<Option<SmartSearch>, Issue> {
        let text = self.query.as_deref().map(str::trim).filter(|text| !text.is_empty());
        let like = match (text, self.query_asset_id) {
            (Some(text), _) => Like::Text { text: text.to_owned(), language: self.language.clone() },
            (None, Some(id)) => Like::Asset(id),
            (None, None) => return Ok(None),
        };
        let (page, size) = (self.page.unwrap_or(1), self.size.unwrap_or(DEFAULT_SIZE));
        let with_exif = self.with_exif.unwrap_or_default();
        Ok(Some(SmartSearch { like, with_exif, page, size, scope: self.into_scope()? }))
    }

    fn into_scope(mut self) -> Result<SearchScope, Issue> {
        let Some(filter) = self.filter.take() else {
            let with_trashed = self.with_deleted.unwrap_or_default();
            return Ok(SearchScope { filter: SearchFilter { all: self.conditions(), or: Vec::new() }, with_trashed });
        };
        match self.first_old_word() {
            Some(field) => {
                Err(Issue::custom(field, format!("Deprecated field {field} cannot be combined with filter")))
            }
            None => Ok(SearchScope { filter, with_trashed: false }),
        }
    }

    fn first_old_word(&self) -> Option<&'static str> {
        let words = [
            ("albumIds", self.album_ids.is_some()),
            ("city", self.city.is_some()),
            ("country", self.country.is_some()),
            ("createdAfter", self.created_after.is_some()),
            ("createdBefore", self.created_before.is_some()),
            ("isEncoded", self.is_encoded.is_some()),
            ("isFavorite", self.is_favorite.is_some()),
            ("isMotion", self.is_motion.is_some()),
            ("isNotInAlbum", self.is_not_in_album.is_some()),
            ("isOffline", self.is_offline.is_some()),
            ("lensModel", self.lens_model.is_some()),
            ("libraryId", self.library_id.is_some()),
            ("make", self.make.is_some()),
            ("model", self.model.is_some()),
            ("ocr", self.ocr.is_some()),
            ("personIds", self.person_ids.is_some()),
            ("rating", self.rating.is_some()),
            ("state", self.state.is_some()),
            ("tagIds", self.tag_ids.is_some()),
            ("takenAfter", self.taken_after.is_some()),
            ("takenBefore", self.taken_before.is_some()),
            ("trashedAfter", self.trashed_after.is_some()),
            ("trashedBefore", self.trashed_before.is_some()),
            ("type", self.asset_type.is_some()),
            ("updatedAfter", self.updated_after.is_some()),
            ("updatedBefore", self.updated_before.is_some()),
            ("visibility", self.visibility.is_some()),
            ("withDeleted", self.with_deleted.is_some()),
        ];
        words.into_iter().find_map(|(word, is_given)| is_given.then_some(word))
    }

    /// The old words in the new ones.
    fn conditions(self) -> SearchConditions {
        SearchConditions {
            album_ids: all_of(self.album_ids),
            city: self.city.map(is),
            country: self.country.map(is),
            created_at: between(self.created_after, self.created_before),
            has_albums: self.is_not_in_album.filter(|is_not| *is_not).map(|_| BoolFilter { eq: false }),
            has_tags: self.tag_ids.as_ref().filter(|tags| tags.is_none()).map(|_| BoolFilter { eq: false }),
            is_encoded: self.is_encoded.map(|eq| BoolFilter { eq }),
            is_favorite: self.is_favorite.map(|eq| BoolFilter { eq }),
            is_motion: self.is_motion.map(|eq| BoolFilter { eq }),
            is_offline: self.is_offline.map(|eq| BoolFilter { eq }),
            lens_model: self.lens_model.map(is),
            library_id: self.library_id.map(is),
            make: self.make.map(is),
            model: self.model.map(is),
            ocr: self.ocr.filter(|text| !text.is_empty()).map(|matches| StringSimilarityFilter { matches }),
            person_ids: all_of(self.person_ids),
            rating: self.rating.map(|stars| is(stars.map(f64::from))),
            state: self.state.map(is),
            tag_ids: all_of(self.tag_ids.flatten()),
            taken_at: between(self.taken_after, self.taken_before),
            trashed_at: between(self.trashed_after, self.trashed_before),
            asset_type: self.asset_type.map(|of| is(Some(of))),
            updated_at: between(self.updated_after, self.updated_before),
            visibility: self.visibility.map(|of| is(Some(of))),
            ..SearchConditions::default()
        }
    }
}

fn is<K: Kind>(value: Option<K::Value>) -> Condition<K> {
    Condition::new(vec![Test::Is(value)])
}

/// Both ends included.
fn between<K: Kind<Value = DateTime<Utc>>>(
    after: Option<DateTime<Utc>>,
    before: Option<DateTime<Utc>>,
) -> Option<Condition<K>> {
    let tests: Vec<_> = after.map(Test::IsAtLeast).into_iter().chain(before.map(Test::IsAtMost)).collect();
    (!tests.is_empty()).then(|| Condition::new(tests))
}

/// An empty list asks for nothing.
fn all_of(ids: Option<Vec<Uuid>>) -> Option<IdsFilter> {
    ids.filter(|ids| !ids.is_empty()).map(|all| IdsFilter { all: Some(all), ..IdsFilter::default() })
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = SearchResponseDto)]
pub struct SearchResponse {
    pub albums: SearchAlbumsResponse,
    pub assets: SearchAssetsResponse,
}

/// Searches find assets only; clients expect this beside them.
#[derive(Debug, Default, Serialize, ToSchema)]
#[schema(as = SearchAlbumResponseDto)]
pub struct SearchAlbumsResponse {
    pub count: u32,
    pub facets: Vec<SearchFacetResponse>,
    pub items: Vec<AlbumResponse>,
    pub total: u32,
}

#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = SearchAssetResponseDto)]
pub struct SearchAssetsResponse {
    pub count: usize,
    pub facets: Vec<SearchFacetResponse>,
    pub items: Vec<AssetResponse>,
    #[schema(required)]
    pub next_cursor: Option<String>,
    #[schema(required)]
    pub next_page: Option<String>,
    /// As many as there are items: nobody counts all.
    pub total: usize,
}

#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = SearchFacetResponseDto)]
pub struct SearchFacetResponse {
    pub counts: Vec<SearchFacetCountResponse>,
    pub field_name: String,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = SearchFacetCountResponseDto)]
pub struct SearchFacetCountResponse {
    pub count: u32,
    pub value: String,
}

impl SearchResponse {
    /// A page of what `reader` has found.
    pub fn new(assets: &[AssetView], next_page: Option<u32>, reader: Option<UserId>) -> Self {
        let items: Vec<_> = assets.iter().map(|asset| asset_response(asset, reader)).collect();
        Self {
            albums: SearchAlbumsResponse::default(),
            assets: SearchAssetsResponse {
                count: items.len(),
                facets: Vec::new(),
                total: items.len(),
                items,
                next_cursor: None,
                next_page: next_page.map(|page| page.to_string()),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::request::{Invalid, from_json};
    use serde_json::{Value, json};

    fn search(json: &Value) -> SmartSearch {
        let request: SmartSearchRequest = from_json(json.to_string().as_bytes()).unwrap();
        request.into_search().unwrap().unwrap()
    }

    fn refusal(json: &Value) -> String {
        match from_json::<SmartSearchRequest>(json.to_string().as_bytes()) {
            Err(Invalid::Issues(issues)) => issues[0].message.clone(),
            Err(Invalid::Malformed(text)) => panic!("{text}"),
            Ok(request) => request.into_search().unwrap_err().message,
        }
    }

    #[test]
    fn old_words_say_the_same_as_new_ones() {
        let old = search(&json!({
            "query": "snow", "city": null, "make": "Fairphone", "type": "IMAGE", "takenAfter": "2024-01-01T00:00:00+01:00",
            "isNotInAlbum": true, "rating": 5, "tagIds": null,
        }));
        let new = search(&json!({ "query": "snow", "filter": {
            "city": { "eq": null }, "make": { "eq": "Fairphone" }, "type": { "eq": "IMAGE" },
            "takenAt": { "gte": "2023-12-31T23:00:00Z" }, "hasAlbums": { "eq": false }, "rating": { "eq": 5 },
            "hasTags": { "eq": false },
        } }));
        assert_eq!(old, new);
        assert_eq!((old.page, old.size), (1, 100));
    }

    #[test]
    fn a_search_is_for_a_text_or_for_what_is_like_an_asset() {
        let id = AssetId::random();
        assert_eq!(search(&json!({ "queryAssetId": id })).like, Like::Asset(id));
        let text = search(&json!({ "query": " snow ", "language": "de", "queryAssetId": id })).like;
        assert_eq!(text, Like::Text { text: "snow".to_owned(), language: Some("de".to_owned()) });
        let request: SmartSearchRequest = from_json(br#"{ "query": "  " }"#).unwrap();
        assert!(request.into_search().unwrap().is_none());
    }

    #[test]
    fn what_cannot_be_asked_is_refused() {
        let both = json!({ "query": "snow", "isFavorite": true, "filter": {} });
        assert_eq!(refusal(&both), "Deprecated field isFavorite cannot be combined with filter");
        assert!(refusal(&json!({ "query": "snow", "filter": { "town": { "eq": "Rome" } } })).contains("town"));
        assert!(refusal(&json!({ "query": "snow", "filter": { "city": { "gt": "Rome" } } })).contains("gt"));
        assert!(refusal(&json!({ "query": "snow", "size": 1001 })).contains("1000"));
        assert!(refusal(&json!({ "query": "snow", "page": 0 })).contains("1"));
        assert!(refusal(&json!({ "query": 7 })).contains("string"));
    }
}
