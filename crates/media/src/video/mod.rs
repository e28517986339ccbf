//! Videos: what is in a file, whether it must be transcoded, how, and doing it.
//!
//! Reading order: `probe` says what a file holds (`VideoInfo`), `policy` whether the settings ask for another version
//! (`Decision`), `plan` how that version is made (`TranscodePlan`), `transcode` makes it; `frame` takes one picture out; `hls`
//! makes streams.
//!
//! What must stay true:
//! * `policy` and `plan` are pure: they open no file and call no codec, so tables can test them.
//! * Everything here is synchronous and starts no process. Files come from strangers and the decoders are C: callers run
//!   these functions in a child process with limits.
//! * All unsafe code is in `libav` and `device`, and every file is opened through it: only known containers, only local files.
//! * A finished file appears under its name at once and complete, or not at all.

pub mod error;
pub mod frame;
pub mod hls;
pub mod hwaccel;
pub mod plan;
pub mod policy;
pub mod probe;
pub mod time_limit;
pub mod transcode;
pub mod types;

mod chain;
mod codecs;
mod decoding;
mod device;
mod libav;
mod mux;
mod reading;
mod tracks;
