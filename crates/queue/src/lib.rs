//! Jobs that survive (durable) and events that may be lost (fleeting), between processes, over Redis.
//!
//! Jobs lie in Redis in BullMQ's own format, written by BullMQ's own scripts, so that tools made for it (Bull-Board) can
//! look at them: it owns locks, retries, recovery of jobs whose worker died, priorities, delays and counts. Running a
//! job goes through apalis, which owns the tower of layers around it. Nothing else in the product knows either, nor
//! Redis; and this crate knows no job.
//!
//! Redis may be away, restarted or emptied at any time: calls fail with [`Error::Unavailable`] after a short time and
//! work again when it is back, workers wait for it.

mod bridge;
mod connection;
mod control;
mod error;
mod events;
mod job;
pub mod keys;
mod push;
mod schedule;
mod suspects;
mod workers;

pub use bridge::Handler;
pub use connection::{Queue, RedisSettings};
pub use error::{Error, Result};
pub use events::Events;
pub use job::{Job, JobContext, JobError, JobOutcome, JobResult};
pub use push::PushOptions;
pub use schedule::{Cron, Schedule};
pub use workers::{Workers, WorkersOptions};
