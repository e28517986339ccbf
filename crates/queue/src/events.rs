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
        subscribe(&self.0, keys::events(self.0.prefix()))
    }
}

pub(crate) fn subscribe(queue: &Queue, channel: String) -> impl Stream<Item = Vec<u8>> + Send + Unpin + 'static {
    let (sender, receiver) = mpsc::channel(BUFFER);
    let client = queue.client().clone();
    tokio::spawn(async move {
        while !sender.is_closed() {
            if let Err(error) = listen(&client, &channel, &sender).await {
                tracing::debug!(%channel, "listening was interrupted: {error}");
            }
            tokio::time::sleep(RECONNECT_EVERY).await;
        }
    });
    Box::pin(futures::stream::unfold(receiver, |mut receiver| async { Some((receiver.recv().await?, receiver)) }))
}

/// Hands messages on until the connection breaks or nobody wants them any more.
async fn listen(client: &redis::Client, channel: &str, sender: &mpsc::Sender<Vec<u8>>) -> redis::RedisResult<()> {
    let mut pubsub = client.get_async_pubsub().await?;
    pubsub.subscribe(channel).await?;
    let mut messages = pubsub.into_on_message();
    loop {
        tokio::select! {
            message = messages.next() => {
                let Some(message) = message else { return Ok(()) };
                if sender.try_send(message.get_payload_bytes().to_vec()).is_err() {
                    tracing::warn!(channel, "a message was lost: its listener is too slow");
                }
            }
            () = sender.closed() => return Ok(()),
        }
    }
}
