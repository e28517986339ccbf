//! Live updates: events of all processes, turned into what existing clients listen for.
//!
//! Every server hears every event over Redis and tells the sockets that it holds itself, so that any number of servers
//! can run side by side without knowing of each other.

use crate::auth;
use contract::{assets::AssetResponse, socket as message};
use domain::{App, events::Event};
use futures::StreamExt;
use model::ids::{AssetId, SessionId, UserId};
use serde::Serialize;
use socketioxide::{
    SocketIo, TransportType,
    extract::{SocketRef, State},
    layer::SocketIoLayer,
};

/// The socket at `/api/socket.io`.
pub fn layer(app: &App) -> (SocketIoLayer, SocketIo) {
    let (layer, io) = SocketIo::builder()
        .req_path("/api/socket.io")
        .transports([TransportType::Websocket])
        .with_state(app.clone())
        .build_layer();
    io.ns("/", on_connect);
    (layer, io)
}

fn user_room(user: UserId) -> String {
    format!("user:{user}")
}

fn session_room(session: SessionId) -> String {
    format!("session:{session}")
}

/// Only who is signed in may listen; rooms are the user and the session.
async fn on_connect(socket: SocketRef, State(app): State<App>) {
    let parts = socket.req_parts();
    let identity = match auth::credential(parts) {
        Some(credential) => domain::auth::authenticate(&app, &credential, &auth::device(&parts.headers)).await.ok(),
        None => None,
    };
    let Some(identity) = identity else {
        let _ = socket.emit("error", "unauthorized");
        let _ = socket.clone().disconnect();
        return;
    };
    socket.join(user_room(identity.user.id));
    let caller = identity.allow_any();
    if let Some(session) = caller.session_id() {
        socket.join(session_room(session));
    }
    let _ = socket.emit("on_server_version", &contract::server_info::VersionResponse::current());
}

/// Forwards events to sockets until the process ends.
pub async fn forward_events(app: App, io: SocketIo) {
    let events = app.events.subscribe();
    futures::pin_mut!(events);
    while let Some(event) = events.next().await {
        forward(&app, &io, event).await;
    }
}

async fn forward(app: &App, io: &SocketIo, event: Event) {
    match event {
        Event::AssetReady { asset, owner } => {
            if let Some(view) = asset_view(app, asset).await {
                emit(io, user_room(owner), "on_upload_success", &AssetResponse::for_owner(&view)).await;
                emit(io, user_room(owner), "AssetUploadReadyV2", &message::AssetUploadReady::from(&view)).await;
            }
        }
        Event::AssetUpdated { asset, owner } => {
            if let Some(view) = asset_view(app, asset).await {
                emit(io, user_room(owner), "on_asset_update", &AssetResponse::for_owner(&view)).await;
            }
        }
        Event::AssetHidden { asset, owner } => emit(io, user_room(owner), "on_asset_hidden", &asset).await,
        Event::AssetDeleted { asset, owner } => emit(io, user_room(owner), "on_asset_delete", &asset).await,
        Event::AssetsTrashed { assets, owner } => emit(io, user_room(owner), "on_asset_trash", &[assets]).await,
        Event::AssetsRestored { assets, owner } => emit(io, user_room(owner), "on_asset_restore", &[assets]).await,
        Event::AlbumUpdated { album, members } => {
            for member in members {
                emit(io, user_room(member), "on_album_update", &album).await;
            }
        }
        Event::PersonThumbnail { person, owner } => {
            emit(io, user_room(owner), "on_person_thumbnail", &person).await;
        }
        Event::SessionDeleted { session } => {
            // Whoever was signed out on another server is refused here too.
            app.callers.forget_all();
            emit(io, session_room(session), "on_session_delete", &session).await;
            let _ = io.to(session_room(session)).disconnect().await;
        }
        Event::UserDeleted { user } => {
            let _ = io.emit("on_user_delete", &user).await;
        }
        Event::ConfigUpdated => {
            let _ = io.emit("on_config_update", &()).await;
        }
    }
}

async fn asset_view(app: &App, asset: AssetId) -> Option<model::assets::AssetView> {
    match domain::assets::view_for_events(app, asset).await {
        Ok(view) => view,
        Err(error) => {
            tracing::warn!(asset.id = %asset, "read an asset for its live update: {error:#}");
            None
        }
    }
}

/// A socket that is gone is no error.
async fn emit<T: Serialize + ?Sized>(io: &SocketIo, room: String, event: &'static str, data: &T) {
    if let Err(error) = io.to(room).emit(event, data).await {
        tracing::debug!(event, "emit: {error}");
    }
}
