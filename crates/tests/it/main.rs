//! The promises of the product, as tests: one binary, one module per noun, rule or bad day.
//!
//! What is generated is written by its test when `UPDATE=1` is set, and compared otherwise.

mod generated;

mod auth_coverage;
mod openapi;
mod schema;
mod tidy;

mod routes {
    mod albums;
}
