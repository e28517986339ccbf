//! What tests stand on: the real server over a database, a Redis prefix and a library of its own for every test.
//!
//! A test needs a running Postgres and Redis, named by `FERROTYPE_TEST_DB_URL` and `FERROTYPE_TEST_REDIS_URL`; the
//! command `cargo xtask test` sets both. Whatever a test makes is gone when it ends, also when it panics, and what a
//! killed test left behind is swept away by the next.
//!
//! [`OwnPostgres`] and [`OwnRedis`] are for tests that kill them; all others share one of each.
//!
//! [`TestApp`] runs the server inside the test, which is quick; [`RealStack`] runs the built programs as processes,
//! for tests that kill them.

mod app;
mod client;
mod database;
mod model_service;
mod own;
mod people;
mod pictures;
mod proxy;
mod redis;
mod stack;
mod videos;
mod wait;

pub use crate::redis::TestRedis;
pub use app::{TestApp, runner};
pub use client::{Answer, Client, Upload};
pub use database::TestDatabase;
pub use model_service::ModelService;
pub use own::{OwnPostgres, OwnRedis, SmallDisk};
pub use pictures::{Picture, exif};
pub use proxy::Proxy;
pub use stack::{Process, Program, RealStack, bin_dir};
pub use videos::Video;
pub use wait::{eventually, wait_for};

/// The value of a key that tests cannot do without.
fn required(key: &str) -> String {
    std::env::var(key).unwrap_or_else(|_| {
        panic!(
            "{key} is not set: run the tests with `cargo xtask test rust`, \
             or start what they need with `cargo xtask services` and export what it prints"
        )
    })
}
