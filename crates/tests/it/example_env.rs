//! `example.env` names every key that the programs read, with its true default; `docker-compose.yml` asks for no other.

use crate::generated::root;
use config::env::KEYS;
use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
};

/// Read by Docker Compose or the images' entry point, not by the programs.
const OUTSIDE: &[&str] = &[
    "BACKUP_LOCATION",
    "DATABASE_IMAGE",
    "DB_DATA_LOCATION",
    "ENCODED_VIDEO_LOCATION",
    "HWACCEL_TRANSCODING",
    "IMMICH_VERSION",
    "PGID",
    "PROFILE_LOCATION",
    "PUID",
    "REDIS_IMAGE",
    "RENDER_GID",
    "THUMB_LOCATION",
    "TZ",
    "UPLOAD_LOCATION",
];

/// Keys with the value that they have, or would have without the `# `.
fn example() -> BTreeMap<String, String> {
    let text = fs::read_to_string(root().join("example.env")).unwrap();
    let line = |line: &str| {
        let (key, value) = line.trim_start_matches("# ").split_once('=')?;
        key.bytes()
            .all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_')
            .then(|| (key.to_owned(), value.to_owned()))
    };
    text.lines().filter_map(line).collect()
}

#[test]
fn every_key_is_in_the_example_with_its_default() {
    let example = example();
    for (key, default, _) in KEYS {
        let value = example.get(*key).unwrap_or_else(|| panic!("example.env does not name {key}"));
        assert_eq!(value, default, "{key} in example.env");
    }
}

#[test]
fn the_example_names_nothing_unknown() {
    let known: BTreeSet<&str> = KEYS.iter().map(|(key, ..)| *key).chain(OUTSIDE.iter().copied()).collect();
    // The model service stands alone, so that its source is asked.
    let models = fs::read_to_string(root().join("crates/ml/src/settings.rs")).unwrap();
    for key in example().keys() {
        let is_of_models = models.contains(&format!("env = \"{key}\""));
        assert!(is_of_models || known.contains(key.as_str()), "example.env names {key}, which nobody reads");
    }
}

#[test]
fn the_compose_files_ask_for_nothing_that_the_example_does_not_name() {
    let example = example();
    for file in ["docker-compose.yml", "hwaccel.transcoding.yml"] {
        let text = fs::read_to_string(root().join(file)).unwrap();
        let mut asked = BTreeSet::new();
        for part in text.split("${").skip(1) {
            asked.insert(part.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').next().unwrap().to_owned());
        }
        for key in asked {
            assert!(example.contains_key(&key), "{file} asks for {key}, which example.env does not name");
        }
    }
}
