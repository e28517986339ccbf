//! Under `cargo xtask fuzz` this is libFuzzer, with the target that `--target=NAME` chooses. Built plainly it runs one
//! target on files, `fuzz NAME FILE...`, as a debugger wants it.

#![cfg_attr(fuzzing, no_main)]

use fuzz::Target;
use std::sync::LazyLock;

static TARGET: LazyLock<&Target> = LazyLock::new(|| {
    // Its own options begin with one dash; those with two it leaves to others.
    let chosen = std::env::args().nth(1).unwrap_or_default();
    Target::named(chosen.trim_start_matches("--target=")).expect("the first argument names a target")
});

#[cfg(fuzzing)]
libfuzzer_sys::fuzz_target!(|input: &[u8]| TARGET.run(input));

#[cfg(not(fuzzing))]
fn main() -> std::io::Result<()> {
    for file in std::env::args().skip(2) {
        TARGET.run(&std::fs::read(file)?);
    }
    Ok(())
}
