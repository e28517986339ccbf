//! How much memory a parser takes.

#![expect(unsafe_code, reason = "an allocator is unsafe by nature; this one only counts and asks the system's")]

use std::{
    alloc::{GlobalAlloc, Layout, System},
    cell::Cell,
};

/// What an answer may always take: an inflated text, and the room a vector makes for itself in advance.
const FIXED_BYTES: usize = 16 * 1024 * 1024;
/// Of the input: fields of EXIF may say the same bytes over again, each as a value of its own.
const TIMES: usize = 64;

struct Counting;

#[global_allocator]
static ALLOCATOR: Counting = Counting;

thread_local! {
    /// Held now and at most, since the count began.
    static HELD: Cell<(isize, isize)> = const { Cell::new((0, 0)) };
}

fn count(difference: isize) {
    // While a thread ends there is nothing to count in.
    let _ = HELD.try_with(|held| {
        let (now, most) = held.get();
        held.set((now + difference, most.max(now + difference)));
    });
}

// SAFETY: all of it is done by the system's allocator, with the arguments that came.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count(layout.size().cast_signed());
        // SAFETY: the caller's promises are those that the system's allocator asks for.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        count(-layout.size().cast_signed());
        // SAFETY: as above.
        unsafe { System.dealloc(pointer, layout) }
    }
}

/// Runs it, and panics if it held more than what an input of this length may cost.
pub fn bounded<T>(input_bytes: usize, run: impl FnOnce() -> T) -> T {
    HELD.set((0, 0));
    let answer = run();
    let (_, most) = HELD.get();
    let allowed = FIXED_BYTES + TIMES * input_bytes;
    assert!(most.unsigned_abs() <= allowed, "{most} bytes were held for an input of {input_bytes}");
    answer
}
