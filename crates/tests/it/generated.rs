//! Files in git that a test writes (`UPDATE=1`) and otherwise compares.

use std::{
    fs,
    path::{Path, PathBuf},
};

/// The root of the repository.
pub fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.ancestors().nth(2).expect("this package is at crates/tests").to_owned()
}

/// Writes the file, or fails when it is not what it should be.
pub fn compare_or_write(path: &str, content: &str) {
    let file = root().join(path);
    if std::env::var_os("UPDATE").is_some() {
        fs::create_dir_all(file.parent().expect("a file is in a folder")).expect("make the folder");
        fs::write(&file, content).expect("write the file");
        return;
    }
    let present = fs::read_to_string(&file).unwrap_or_default();
    if present != content {
        let line = present.lines().zip(content.lines()).take_while(|(old, new)| old == new).count();
        panic!(
            "{path} is stale from line {} on: is      {:?}\nshould be {:?}\nwrite it with UPDATE=1 cargo xtask test rust",
            line + 1,
            present.lines().nth(line).unwrap_or_default(),
            content.lines().nth(line).unwrap_or_default(),
        );
    }
}
