//! The HTTP edge: a handler parses, calls one rule, answers. No rule and no SQL lives here.
//!
//! [`router`] is the whole server without its socket to the world: what `main` serves and tests drive.

pub mod auth;
pub mod error;
pub mod extract;
pub mod health;
pub mod layers;
pub mod openapi;
pub mod routes;
pub mod send_file;
pub mod serve;
pub mod socket;
pub mod start;
pub mod streams;
pub mod upload;
pub mod web_ui;

use axum::{Extension, Router};
use domain::App;
use media::Runner;
use socketioxide::SocketIo;
use streams::Streams;

/// Everything under one roof: API, socket, documentation, web page, with the middleware around it.
///
/// Beside it the handle through which [`socket::forward_events`] speaks to connected clients.
/// `media` starts the child processes that make live streams.
pub fn router(app: &App, media: Runner) -> anyhow::Result<(Router, SocketIo)> {
    let (api, document) = routes::api().split_for_parts();
    let streams = Streams::new(media, &app.files.streams(), app.env.library.stream_cache_bytes());
    let api = api.fallback(error::no_such_route).with_state(app.clone()).layer(Extension(streams));
    let (socket_layer, io) = socket::layer(app);
    let router = Router::new()
        .nest("/api", api)
        .merge(openapi::pages(&openapi::complete(document))?)
        .merge(web_ui::routes(app))
        .layer(socket_layer);
    Ok((layers::wrap(router), io))
}
