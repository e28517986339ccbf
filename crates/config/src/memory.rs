//! What a program that waits most of its life does not hold.

/// Takes memory from the system in small pages. In huge ones the allocator's first few objects take 18 MB. Children
/// start with it and may want otherwise.
pub fn stay_small() {
    // A kernel without huge pages has nothing to refuse.
    let _ = rustix::thread::disable_transparent_huge_pages(true);
}
