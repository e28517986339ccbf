//! Giving memory back to the system. This program allocates as ONNX Runtime does, with the C library, which keeps what
//! was freed unless told otherwise.
#![expect(unsafe_code, reason = "the C library offers it as plain C functions")]

/// From this size on an allocation is the system's own, and returned as soon as it is freed: pictures, and answers of
/// models. Left to itself the library raises it to 32 MB with the first large one that is freed.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
const LARGE_BYTES: libc::c_int = 1 << 20;

/// To be called before there are threads.
pub fn return_large_allocations() {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    // SAFETY: takes no pointer; no other thread is there to be disturbed.
    unsafe {
        libc::mallopt(libc::M_MMAP_THRESHOLD, LARGE_BYTES);
    }
}

/// After something large was dropped.
pub fn give_back() {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    // SAFETY: takes no pointer and may be called at any time by any thread.
    unsafe {
        libc::malloc_trim(0);
    }
}
