//! `/assets`: photos and videos.

mod crud;
mod media;
mod metadata;
mod stream;

use domain::App;
use utoipa_axum::router::OpenApiRouter;

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().merge(crud::routes()).merge(media::routes()).merge(metadata::routes()).merge(stream::routes())
}
