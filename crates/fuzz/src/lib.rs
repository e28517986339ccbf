//! Each parser of `metadata`, with what must hold whatever a stranger's bytes are: no panic, an end, memory and answers in
//! proportion to the input, and values that can be what they say they are.
//!
//! `cargo xtask fuzz` lets libFuzzer look for bytes that break it. What it finds goes into `corpus/`, which the ordinary
//! tests run through, so that nothing breaks twice.

mod memory;
mod promises;
mod sidecar;
mod targets;
mod tiff;

/// A parser, or a way into one.
pub struct Target {
    /// Also of its folder in `corpus/`.
    pub name: &'static str,
    run: fn(&[u8]),
}

pub const TARGETS: &[Target] = &[
    Target { name: "boxes", run: targets::boxes },
    Target { name: "dates", run: targets::dates },
    Target { name: "exif", run: targets::exif },
    Target { name: "film", run: targets::film },
    Target { name: "iptc", run: targets::iptc },
    Target { name: "maker_note", run: targets::maker_note },
    Target { name: "motion_photo", run: targets::motion_photo },
    Target { name: "png", run: targets::png },
    Target { name: "gif", run: targets::gif },
    Target { name: "sidecar", run: sidecar::edit },
    Target { name: "still", run: targets::still },
    Target { name: "xmp", run: targets::xmp },
];

impl Target {
    pub fn named(name: &str) -> Option<&'static Self> {
        TARGETS.iter().find(|target| target.name == name)
    }

    /// Panics if a promise is broken.
    pub fn run(&self, input: &[u8]) {
        (self.run)(input);
    }
}
