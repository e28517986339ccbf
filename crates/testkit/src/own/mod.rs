//! What a test does not share with others, because it kills or fills it.

mod disk;
mod postgres;
mod redis;

pub use disk::SmallDisk;
pub use postgres::OwnPostgres;
pub use redis::OwnRedis;

use std::time::Duration;

/// Starting a service on a busy machine, crash recovery included.
const START: Duration = Duration::from_secs(60);
