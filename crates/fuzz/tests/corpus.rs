//! Every input that ever mattered, run through its target once more.

use fuzz::TARGETS;
use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

fn corpus() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus")
}

#[test]
fn nothing_breaks_twice() {
    for target in TARGETS {
        let mut inputs = 0;
        for entry in fs::read_dir(corpus().join(target.name)).expect("a folder for each target") {
            let path = entry.expect("an entry").path();
            // Its name stands in the failure's output.
            eprintln!("{}", path.display());
            target.run(&fs::read(&path).expect("an input"));
            inputs += 1;
        }
        assert!(inputs > 0, "{} begins with nothing", target.name);
    }
}

#[test]
fn every_folder_has_a_target_and_all_is_small() {
    const MAX_BYTES: u64 = 300_000;
    let names: BTreeSet<&str> = TARGETS.iter().map(|target| target.name).collect();
    let mut bytes = 0;
    for folder in fs::read_dir(corpus()).expect("the corpus") {
        let folder = folder.expect("an entry");
        assert!(names.contains(folder.file_name().to_str().expect("a name")), "{}", folder.path().display());
        let sizes = fs::read_dir(folder.path()).expect("a folder").map(|file| file.expect("a file").metadata());
        bytes += sizes.map(|metadata| metadata.expect("a size").len()).sum::<u64>();
    }
    assert!(bytes <= MAX_BYTES, "{bytes} bytes");
}
