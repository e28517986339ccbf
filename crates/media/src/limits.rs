//! The limits of this process, named by its parent before the first file is opened.

use config::MediaLimits;
use std::sync::OnceLock;

static LIMITS: OnceLock<MediaLimits> = OnceLock::new();

/// Once, before anything is read; later calls change nothing.
pub(crate) fn set(limits: MediaLimits) {
    let _ = LIMITS.set(limits);
}

/// The defaults where nobody set any: tests call the functions of this crate without a process around them.
pub(crate) fn get() -> &'static MediaLimits {
    LIMITS.get_or_init(MediaLimits::default)
}
