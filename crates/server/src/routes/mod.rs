//! One line per noun. The URLs of a noun are on top of its file.

use domain::App;
use utoipa_axum::router::OpenApiRouter;

pub mod albums;
pub mod api_keys;
pub mod assets;
pub mod auth;
pub mod calendar_heatmap;
pub mod faces;
pub mod licenses;
pub mod people;
pub mod profile_images;
pub mod public_config;
pub mod queues;
pub mod search;
pub mod server_info;
pub mod sessions;
pub mod system_config;
pub mod system_metadata;
pub mod timeline;
pub mod trash;
pub mod users;

/// Everything under `/api`, with the document that describes it.
pub fn api() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .merge(albums::routes())
        .merge(api_keys::routes())
        .merge(assets::routes())
        .merge(auth::routes())
        .merge(calendar_heatmap::routes())
        .merge(faces::routes())
        .merge(licenses::routes())
        .merge(people::routes())
        .merge(profile_images::routes())
        .merge(public_config::routes())
        .merge(queues::routes())
        .merge(search::routes())
        .merge(server_info::routes())
        .merge(sessions::routes())
        .merge(system_config::routes())
        .merge(system_metadata::routes())
        .merge(timeline::routes())
        .merge(trash::routes())
        .merge(users::routes())
}
