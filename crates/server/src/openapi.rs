//! The OpenAPI document: what the handlers declare, under a title, with the three ways to sign in.

use axum::{Router, http::header::CONTENT_TYPE, routing::get};
use bytes::Bytes;
use std::future::ready;
use utoipa::openapi::{
    ContactBuilder, InfoBuilder, LicenseBuilder, OpenApi, Server,
    security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityScheme},
};
use utoipa_swagger_ui::SwaggerUi;

/// The whole document, as `openapi/ferrotype.json` has it.
pub fn document() -> OpenApi {
    complete(crate::routes::api().split_for_parts().1)
}

/// Adds what no single handler knows.
pub fn complete(mut document: OpenApi) -> OpenApi {
    document.info = InfoBuilder::new()
        .title("Ferrotype")
        .description(Some("Photos and videos of a household. Compatible with clients of the Immich API."))
        .version(env!("CARGO_PKG_VERSION"))
        .contact(Some(ContactBuilder::new().name(Some("Ferrotype")).build()))
        .license(Some(LicenseBuilder::new().name("AGPL-3.0-only").build()))
        .build();
    document.servers = Some(vec![Server::new("/api")]);
    let components = document.components.get_or_insert_default();
    let bearer = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).build();
    components.add_security_scheme("bearer", SecurityScheme::Http(bearer));
    let cookie = ApiKey::Cookie(ApiKeyValue::new(crate::auth::cookies::ACCESS_TOKEN));
    components.add_security_scheme("cookie", SecurityScheme::ApiKey(cookie));
    let header = ApiKey::Header(ApiKeyValue::new("x-api-key"));
    components.add_security_scheme("api_key", SecurityScheme::ApiKey(header));
    document
}

/// Swagger UI at `/doc`, the document at `/api/spec.json` and `/api/spec.yaml`.
///
/// Both are written once: as a tree the document would take megabytes, for ever.
pub fn pages(document: &OpenApi) -> anyhow::Result<Router> {
    let json = Bytes::from(document.to_json()?);
    let yaml = Bytes::from(document.to_yaml()?);
    Ok(Router::new()
        .route("/api/spec.json", get(move || ready(([(CONTENT_TYPE, "application/json")], json.clone()))))
        .route("/api/spec.yaml", get(move || ready(([(CONTENT_TYPE, "application/yaml")], yaml.clone()))))
        .merge(SwaggerUi::new("/doc").config(utoipa_swagger_ui::Config::from("/api/spec.json"))))
}
