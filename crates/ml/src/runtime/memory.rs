//! Giving memory back to the system. This program allocates as ONNX Runtime does, with the C library, which keeps what
//! was freed unless told otherwise.
#![expect(unsafe_code, reason = "the C library offers it as plain C functions")]

/// Up to this size, the largest that the library takes, what is freed is kept for the next picture: getting as much from
/// the system costs a tenth of an answer's time.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
const LARGE_BYTES: libc::c_int = 32 << 20;
/// So much is kept; the rest goes back at once.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
const KEPT_BYTES: libc::c_int = 256 << 20;

/// From so many heaps threads take memory. With the usual eight for each core every one keeps the pages of a few small
/// things that outlive what was large, a hundred megabytes in all.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
const HEAPS: libc::c_int = 2;

/// To be called before there are threads. Whoever keeps must give back: see [`give_back`].
pub fn keep_while_busy() {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    // SAFETY: takes no pointer; no other thread is there to be disturbed.
    unsafe {
        libc::mallopt(libc::M_ARENA_MAX, HEAPS);
        libc::mallopt(libc::M_MMAP_THRESHOLD, LARGE_BYTES);
        libc::mallopt(libc::M_TRIM_THRESHOLD, KEPT_BYTES);
    }
}

/// After something large was dropped, and when there is nothing to do.
pub fn give_back() {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    // SAFETY: takes no pointer and may be called at any time by any thread.
    unsafe {
        libc::malloc_trim(0);
    }
}
