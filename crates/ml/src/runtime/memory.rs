//! Giving memory back to the system. ONNX Runtime allocates with the C library, which keeps what was freed until asked.
#![expect(unsafe_code, reason = "the C library and the allocator offer it as plain C functions")]

/// After something large was dropped.
pub fn give_back() {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    // SAFETY: takes no pointer and may be called at any time by any thread.
    unsafe {
        libc::malloc_trim(0);
    }
}
