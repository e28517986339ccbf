//! The promises of the queue, each against a Redis of its own that the test starts, stops and empties.

#![expect(clippy::unwrap_used, reason = "a test says by panicking what went wrong")]

mod clock;
mod control;
mod death;
mod events;
mod outages;
mod outcomes;
mod pushing;
mod redis_server;
mod shutdown;
mod work;
