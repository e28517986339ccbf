//! Messages to all processes, fleeting: who does not listen at the moment misses them.

use crate::{
    connection::{Queue, within},
    error::Result,
    keys,
};
use futures::{Stream, StreamExt};
use std::time::Duration;
use tokio::sync::mpsc;

/// A listener that is this far behind loses messages.
const BUFFER: usize = 1024;
const RECONNECT_EVERY: Duration = Duration::from_millis(500);

#[derive(Clone)]
pub struct Events(Queue);

impl Events {
    pub(crate) fn new(queue: Queue) -> Self {
        Self(queue)
    }

    pub async fn publish(&self, message: &[u8]) -> Result<()> {
        let mut redis = self.0.redis().await?;
        let channel = keys::events(self.0.prefix());
        within(async { Ok(redis::cmd("PUBLISH").arg(channel).arg(message).query_async(&mut redis).await?) }).await
    }

    /// What is published from now on, by this process too. Ends never; comes back by itself when Redis was away.
    pub fn subscribe(&self) -> impl Stream<Item = Vec<u8>> + Send + Unpin + 'static {
        let heard = listen(&self.0, keys::events(self.0.prefix()));
        Box::pin(heard.filter_map(|heard| async {
            match heard {
                Heard::Message(message) => Some(message),
                Heard::Connected => None,
            }
        }))
    }
}

/// What a listener hears.
pub(crate) enum Heard {
    /// From here on nothing is missed; what was published before may have been.
    Connected,
    Message(Vec<u8>),
}

pub(crate) fn listen(queue: &Queue, channel: String) -> impl Stream<Item = Heard> + Send + Unpin + 'static {
    let (sender, receiver) = mpsc::channel(BUFFER);
    let client = queue.client().clone();
    tokio::spawn(async move {
        while !sender.is_closed() {
            if let Err(error) = listen_once(&client, &channel, &sender).await {
                tracing::debug!(%channel, "listening was interrupted: {error}");
            }
            tokio::time::sleep(RECONNECT_EVERY).await;
        }
    });
    Box::pin(futures::stream::unfold(receiver, |mut receiver| async { Some((receiver.recv().await?, receiver)) }))
}

/// Hands messages on until the connection breaks or nobody wants them any more.
async fn listen_once(client: &redis::Client, channel: &str, sender: &mpsc::Sender<Heard>) -> Result<()> {
    let mut messages = within(async {
        let mut pubsub = client.get_async_pubsub().await?;
        pubsub.subscribe(channel).await?;
        Ok(pubsub.into_on_message())
    })
    .await?;
    hand_on(sender, channel, Heard::Connected);
    loop {
        tokio::select! {
            message = messages.next() => {
                let Some(message) = message else { return Ok(()) };
                hand_on(sender, channel, Heard::Message(message.get_payload_bytes().to_vec()));
            }
            () = sender.closed() => return Ok(()),
        }
    }
}

fn hand_on(sender: &mpsc::Sender<Heard>, channel: &str, heard: Heard) {
    if let Err(mpsc::error::TrySendError::Full(_)) = sender.try_send(heard) {
        tracing::warn!(channel, "a message was lost: its listener is too slow");
    }
}
