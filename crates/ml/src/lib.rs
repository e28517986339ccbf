//! The model service: stands alone, knows pictures and text, not the product.
//!
//! A request takes a permit, its image is decoded and prepared on threads beside the models, and then waits in the queue
//! of a model's session, where what waits together runs together. What must stay true: nothing queues without bound,
//! work whose client has gone is not done, a fault of the caller is a 4xx that says why and a model that fails is a 5xx
//! that names it.

pub mod settings;

mod answer;
mod http;
mod openapi;
mod predict;
mod request;
mod serve;
mod service;
pub use http::router;
pub use serve::serve;
pub use service::Service;

mod models;
mod pictures;
mod runtime;
pub use runtime::keep_while_busy;

mod error;
mod measure;
