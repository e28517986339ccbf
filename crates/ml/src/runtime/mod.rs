//! What runs models and keeps them: the library, sessions with their queues, the cache in memory and on disk.

mod cores;
pub use cores::Cores;
mod library;
pub use library::Library;
mod memory;
pub use memory::{give_back, keep_while_busy};
mod providers;
mod session;
pub use session::{Batching, Runs, Session};
mod tensor;
pub use tensor::{Element, Tensor};

mod shelf;
pub use shelf::{Model, Shelf};
mod store;
pub use store::Store;
mod folder;
pub use folder::{Folder, ModelKey};
mod download;
mod hub;

/// Files of a model that cannot be what they should be; another copy may be better.
#[derive(Debug)]
pub struct Damaged;

impl std::fmt::Display for Damaged {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("the model's files are damaged")
    }
}
