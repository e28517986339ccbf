//! One line per noun. The URLs of a noun are on top of its file.

use domain::App;
use utoipa_axum::router::OpenApiRouter;

pub mod albums;
pub mod sessions;

/// Everything under `/api`, with the document that describes it.
pub fn api() -> OpenApiRouter<App> {
    OpenApiRouter::new().merge(albums::routes()).merge(sessions::routes())
}
