//! Settings: the operator's (environment, read once at start) and the administrator's (stored, editable at run time).
//!
//! Nothing else in the product reads the environment.

pub mod env;
pub mod log;
pub mod media;
pub mod memory;
pub mod system;

pub use env::Env;
pub use media::MediaLimits;
pub use system::SystemConfig;
