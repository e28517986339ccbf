//! People whom a user knows in their pictures.

use crate::{request::present, time::Timestamp};
use chrono::NaiveDate;
use model::{
    ids::{AssetId, PersonId},
    people::{PeopleView, Person, PersonChanges},
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = PersonResponseDto)]
pub struct PersonResponse {
    #[schema(required)]
    pub birth_date: Option<NaiveDate>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub color: Option<String>,
    pub id: PersonId,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub is_favorite: Option<bool>,
    pub is_hidden: bool,
    pub name: String,
    pub thumbnail_path: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub updated_at: Option<Timestamp>,
}

#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = PeopleResponseDto)]
pub struct PeopleResponse {
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub has_next_page: Option<bool>,
    pub hidden: i64,
    pub people: Vec<PersonResponse>,
    pub total: i64,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PersonStatisticsResponseDto)]
pub struct PersonStatisticsResponse {
    pub assets: i64,
}

impl From<&Person> for PersonResponse {
    fn from(person: &Person) -> Self {
        Self {
            birth_date: person.birth_date,
            color: person.color.clone(),
            id: person.id,
            is_favorite: Some(person.is_favorite),
            is_hidden: person.is_hidden,
            name: person.name.clone(),
            thumbnail_path: person.thumbnail_path.clone(),
            updated_at: Some(person.updated_at.into()),
        }
    }
}

impl From<PeopleView> for PeopleResponse {
    fn from(view: PeopleView) -> Self {
        Self {
            has_next_page: Some(view.has_next_page),
            hidden: view.counts.hidden,
            people: view.people.iter().map(Into::into).collect(),
            total: view.counts.total,
        }
    }
}

/// Which people are listed.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(rename_all = "camelCase")]
#[into_params(parameter_in = Query)]
pub struct PeopleQuery {
    #[param(inline, nullable = false)]
    pub closest_asset_id: Option<AssetId>,
    #[param(inline, nullable = false)]
    pub closest_person_id: Option<PersonId>,
    #[serde(default = "first_page")]
    #[param(default = 1, minimum = 1, maximum = 9_007_199_254_740_991_i64)]
    pub page: i64,
    #[serde(default = "usual_size")]
    #[param(default = 500, minimum = 1, maximum = 1000)]
    pub size: i64,
    #[param(nullable = false)]
    pub with_hidden: Option<bool>,
}

fn first_page() -> i64 {
    1
}

fn usual_size() -> i64 {
    500
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = PersonUpdateDto)]
pub struct UpdatePerson {
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<NaiveDate>)]
    pub birth_date: Option<Option<NaiveDate>>,
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>, pattern = "^#?([0-9A-Fa-f]{3}|[0-9A-Fa-f]{4}|[0-9A-Fa-f]{6}|[0-9A-Fa-f]{8})$")]
    pub color: Option<Option<String>>,
    /// The person is shown by their face in this asset.
    #[schema(nullable = false)]
    pub feature_face_asset_id: Option<AssetId>,
    #[schema(nullable = false)]
    pub is_favorite: Option<bool>,
    #[schema(nullable = false)]
    pub is_hidden: Option<bool>,
    #[schema(nullable = false)]
    pub name: Option<String>,
}

impl From<UpdatePerson> for PersonChanges {
    fn from(request: UpdatePerson) -> Self {
        Self {
            name: request.name,
            birth_date: request.birth_date,
            is_hidden: request.is_hidden,
            is_favorite: request.is_favorite,
            color: request.color.map(|color| color.map(with_hash)),
            feature_face_asset_id: request.feature_face_asset_id,
        }
    }
}

fn with_hash(color: String) -> String {
    if color.starts_with('#') { color } else { format!("#{color}") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::request::from_json;

    #[test]
    fn colours_are_hexadecimal() {
        let color = |text: &str| {
            let body = serde_json::json!({ "color": text }).to_string();
            from_json::<UpdatePerson>(body.as_bytes()).ok().and_then(|update| PersonChanges::from(update).color?)
        };
        assert_eq!(color("#aBc"), Some("#aBc".to_owned()));
        assert_eq!(color("11223344"), Some("#11223344".to_owned()));
        for wrong in ["", "#", "red", "#12345", "#1234567", "##abc", "#abcg"] {
            assert_eq!(color(wrong), None, "{wrong:?}");
        }
    }

    #[test]
    fn dates_of_birth_can_be_cleared() {
        let changes = |body: &str| from_json::<UpdatePerson>(body.as_bytes()).map(PersonChanges::from);
        assert_eq!(changes(r#"{"birthDate": null, "color": null}"#).unwrap().birth_date, Some(None));
        assert_eq!(changes("{}").unwrap().birth_date, None);
        let born = changes(r#"{"birthDate": "1990-02-03"}"#).unwrap().birth_date;
        assert_eq!(born, Some(NaiveDate::from_ymd_opt(1990, 2, 3)));
        assert!(changes(r#"{"birthDate": "1990-02-30"}"#).is_err());
    }
}
