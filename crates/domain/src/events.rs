//! What others may want to hear. Ids only: whoever hears it reads the state.
//!
//! Events are hints that may be lost; nothing that must happen depends on one.

use model::ids::{AlbumId, AssetId, PersonId, SessionId, UserId};
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "camelCase")]
pub enum Event {
    /// Thumbnails of a fresh upload are there.
    AssetReady {
        asset: AssetId,
        owner: UserId,
    },
    AssetUpdated {
        asset: AssetId,
        owner: UserId,
    },
    /// A video became the hidden part of a live photo.
    AssetHidden {
        asset: AssetId,
        owner: UserId,
    },
    AssetDeleted {
        asset: AssetId,
        owner: UserId,
    },
    AssetsTrashed {
        assets: Vec<AssetId>,
        owner: UserId,
    },
    AssetsRestored {
        assets: Vec<AssetId>,
        owner: UserId,
    },
    AlbumUpdated {
        album: AlbumId,
        members: Vec<UserId>,
    },
    /// There is a new picture of a person's face.
    PersonThumbnail {
        person: PersonId,
        owner: UserId,
    },
    SessionDeleted {
        session: SessionId,
    },
    UserDeleted {
        user: UserId,
    },
    /// The administrator changed the settings: every process reads them anew.
    ConfigUpdated,
}

/// Publishes and hears events of all processes, this one included.
#[derive(Clone)]
pub struct Events(queue::Events);

impl Events {
    pub fn new(events: queue::Events) -> Self {
        Self(events)
    }

    /// Tells everybody. An event that cannot be sent is logged and lost.
    pub async fn publish(&self, event: &Event) {
        let sent = match serde_json::to_vec(event) {
            Ok(bytes) => self.0.publish(&bytes).await.map_err(anyhow::Error::from),
            Err(error) => Err(error.into()),
        };
        if let Err(error) = sent {
            tracing::warn!(?event, "event was not published: {error:#}");
        }
    }

    /// What is published from now on; what this version does not know is left out.
    pub fn subscribe(&self) -> impl futures::Stream<Item = Event> + Send + 'static {
        use futures::StreamExt;
        self.0.subscribe().filter_map(|bytes| async move { serde_json::from_slice(&bytes).ok() })
    }
}
