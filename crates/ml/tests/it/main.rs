//! The service as a program, asked over HTTP, with models made here: as small as they can be, with the inputs and
//! outputs of the real ones. Needs ONNX Runtime (`ORT_DYLIB_PATH`, as `cargo xtask test` sets it); without it the tests
//! say so and pass.
#![allow(clippy::unwrap_used, clippy::allow_attributes, reason = "a test that cannot go on fails")]

mod download;
mod faces;
mod hub;
mod lifecycle;
mod parity;
mod people;
mod protocol;
mod robustness;
mod service;
mod smart_search;
mod text;

use stand_ins::{self, onnx};
