//! The rules that keep the tree simple, as far as a program can check them.
//!
//! An exception is a line in one of the tables here, with its reason beside it.

use crate::generated::root;
use serde_json::Value;
use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
    process::Command,
};

/// Who may use whom of ours. Calls go down, values come up.
const MAY_USE: &[(&str, &[&str])] = &[
    ("model", &[]),
    ("config", &["model"]),
    ("db", &["model", "config"]),
    ("queue", &["model", "config"]),
    ("files", &["model", "config"]),
    // Bytes in, values out: tested and fuzzed without the codecs.
    ("metadata", &[]),
    ("media", &["model", "config", "metadata"]),
    ("fuzz", &["metadata"]),
    // A crate of its own: its table of 4 MB is compiled into the programs once, not at every edit of what is around it.
    ("places", &[]),
    ("ml-api", &[]),
    ("domain", &["model", "config", "db", "queue", "files", "ml-api", "places"]),
    ("contract", &["model", "config"]),
    // Of `media` the server has only the way to its child process: live streams.
    ("server", &["model", "config", "contract", "domain", "files", "media", "queue"]),
    ("worker", &["model", "config", "domain", "media", "metadata", "queue", "files", "ml-api"]),
    ("ml", &["ml-api"]),
    ("cli", &["model", "config", "domain"]),
    ("stand-ins", &[]),
    // Its product under test searches by stand-ins for models.
    ("xtask", &["model", "config", "db", "places", "stand-ins"]),
];

/// Third-party crates with one owner each: whoever else wants the thing asks the owner.
const OWNED: &[(&str, &[&str])] = &[
    // `model` derives the SQL spelling of its enums.
    ("sqlx", &["db", "model"]),
    ("pgvector", &["db"]),
    ("redis", &["queue"]),
    ("bullmq-official", &["queue"]),
    // The worker stacks its layers around a job with apalis' types.
    ("apalis", &["queue", "worker"]),
    ("apalis-core", &["queue"]),
    ("axum", &["server", "ml"]),
    ("socketioxide", &["server"]),
    ("ffmpeg-next", &["media"]),
    // The model service stands alone, and decodes in Rust only.
    ("image", &["media", "ml"]),
    ("kamadak-exif", &["metadata"]),
    ("libheif-rs", &["media"]),
    ("turbojpeg", &["media"]),
    ("ort", &["ml"]),
    ("country-boundaries", &["places"]),
    ("tokenizers", &["ml"]),
    // In `ml-api` only for its client, behind a feature; in `ml` for fetching models.
    ("reqwest", &["ml-api", "ml", "xtask"]),
];

/// What a source may only say in these places (a prefix of its path below crates/).
const SAID_ONLY_IN: &[(&str, &[&str])] = &[
    ("query!(", &["db/"]),
    ("query_as!(", &["db/"]),
    ("env::var", &["config/", "xtask/"]),
    // The worker starts itself again for what decodes files from strangers.
    ("Command::new", &["media/src/", "worker/src/", "xtask/"]),
    ("process::exit", &["xtask/", "worker/src/main.rs"]),
    ("Utc::now()", &["model/src/time.rs", "xtask/"]),
];

/// Names that say nothing and so attract everything.
const NOT_A_NAME: &[&str] = &["common", "core", "helpers", "misc", "shared", "util", "utils"];

/// Routes without a module of their own name in a layer.
const PART_OF_ANOTHER: &[(&str, &str)] = &[
    // What everybody may know of the settings.
    ("public_config", "domain"),
    ("public_config", "contract"),
    // Onboarding and the like: single values, whose rules are those of the server.
    ("system_metadata", "domain"),
];

const MAX_FILE_LINES: usize = 600;
const MAX_FUNCTION_LINES: usize = 60;
const MAX_HANDLER_LINES: usize = 15;

/// Packages that exist for tests: they reach everywhere on purpose.
fn is_for_tests(package: &str) -> bool {
    matches!(package, "testkit" | "tests")
}

#[test]
fn calls_go_down_only() {
    let ours: BTreeMap<&str, &[&str]> = MAY_USE.iter().copied().collect();
    for (package, dependencies) in packages() {
        if is_for_tests(&package) {
            continue;
        }
        let allowed = ours.get(package.as_str()).unwrap_or_else(|| panic!("{package} is missing in MAY_USE"));
        for dependency in dependencies.iter().filter(|name| ours.contains_key(name.as_str()) || is_for_tests(name)) {
            assert!(allowed.contains(&dependency.as_str()), "{package} must not use {dependency}");
        }
    }
}

#[test]
fn every_outside_thing_has_one_owner() {
    for (package, dependencies) in packages() {
        for (thing, owners) in OWNED {
            let uses = dependencies.contains(*thing);
            assert!(
                !uses || owners.contains(&package.as_str()) || is_for_tests(&package),
                "{package} must not use {thing}: ask {}",
                owners[0]
            );
        }
    }
}

#[test]
fn every_dependency_is_declared_once_in_the_workspace() {
    for (package, path) in manifests() {
        let text = fs::read_to_string(&path).unwrap();
        let mut is_in_dependencies = false;
        for line in text.lines() {
            if line.starts_with('[') {
                is_in_dependencies = line.contains("dependencies");
            } else if is_in_dependencies && line.contains('=') && !line.starts_with('#') {
                let says_so = line.contains("workspace = true") || line.contains(".workspace=true");
                assert!(says_so, "{package}: {line:?} belongs into the workspace's table");
            }
        }
    }
}

#[test]
fn things_are_said_where_they_belong() {
    let mut faults = Vec::new();
    for source in sources() {
        for (words, places) in SAID_ONLY_IN {
            if places.iter().any(|place| source.name.starts_with(place)) || source.is_for_tests() {
                continue;
            }
            for (number, line) in source.code().filter(|(_, line)| line.contains(words)) {
                faults.push(format!(
                    "crates/{}:{number} says `{words}`, which belongs into {places:?}: {line}",
                    source.name
                ));
            }
        }
    }
    none(&faults);
}

#[test]
fn handlers_hold_no_rules() {
    let mut faults = Vec::new();
    for source in sources().iter().filter(|source| source.name.starts_with("server/src/routes/")) {
        for (number, line) in source.code().filter(|(_, line)| line.contains("db::")) {
            faults.push(format!("crates/{}:{number} reaches past the rules: {line}", source.name));
        }
        for Function { starts_at, body_lines, is_handler } in source.functions() {
            if is_handler && body_lines > MAX_HANDLER_LINES {
                faults.push(format!("crates/{}:{starts_at} is a handler of {body_lines} lines", source.name));
            }
        }
    }
    none(&faults);
}

#[test]
fn files_and_functions_are_small() {
    let mut faults = Vec::new();
    for source in sources() {
        let lines = source.text.lines().count();
        if lines > MAX_FILE_LINES {
            faults.push(format!("crates/{} has {lines} lines: make it a folder", source.name));
        }
        for Function { starts_at, body_lines, .. } in source.functions() {
            if body_lines > MAX_FUNCTION_LINES {
                faults.push(format!("crates/{}:{starts_at} is a function of {body_lines} lines", source.name));
            }
        }
    }
    none(&faults);
}

#[test]
fn every_file_says_what_it_is_for() {
    let silent = sources()
        .into_iter()
        .filter(|source| !source.text.starts_with("//! ") && !source.text.starts_with("#![doc = "));
    none(&silent.map(|source| format!("crates/{} does not open with `//!`", source.name)).collect::<Vec<_>>());
}

#[test]
fn names_say_something() {
    let mut faults = Vec::new();
    for source in sources() {
        for part in source.name.split('/').filter(|part| NOT_A_NAME.contains(&part.trim_end_matches(".rs"))) {
            faults.push(format!("crates/{}: {part:?} is no name", source.name));
        }
    }
    none(&faults);
}

#[test]
fn nothing_is_left_to_do_in_the_code() {
    // In two parts, so that this file does not find itself.
    let words = [concat!("to", "do!("), concat!("unim", "plemented!("), concat!("dbg", "!("), concat!("#[ig", "nore")];
    let mut faults = Vec::new();
    for source in sources() {
        for (number, line) in source.code().filter(|(_, line)| words.iter().any(|word| line.contains(word))) {
            faults.push(format!("crates/{}:{number}: {line}", source.name));
        }
    }
    none(&faults);
}

/// Every layer spells a noun the same way: a route has its rules and its JSON under its own name.
#[test]
fn one_noun_has_one_name() {
    let mut faults = Vec::new();
    let crates = root().join("crates");
    let has = |layer: &str, noun: &str| {
        let base = crates.join(layer).join("src").join(noun);
        base.with_extension("rs").exists() || base.is_dir()
    };
    for source in sources() {
        let Some(noun) = source.name.strip_prefix("server/src/routes/") else { continue };
        let noun = noun.split('/').next().unwrap().trim_end_matches(".rs");
        for layer in ["domain", "contract"] {
            if noun != "mod" && !has(layer, noun) && !PART_OF_ANOTHER.contains(&(noun, layer)) {
                faults.push(format!("crates/{} has no {noun} in {layer}", source.name));
            }
        }
    }
    none(&faults);
}

fn none(faults: &[String]) {
    assert!(faults.is_empty(), "{} faults:\n{}", faults.len(), faults.join("\n"));
}

// How the tree is read ------------------------------------------------------------------------------------------

struct Source {
    /// Below crates/.
    name: String,
    text: String,
}

struct Function {
    starts_at: usize,
    body_lines: usize,
    is_handler: bool,
}

impl Source {
    fn is_for_tests(&self) -> bool {
        self.name.split('/').next().is_some_and(is_for_tests) || self.name.contains("/tests/")
    }

    /// Numbered lines without comments and without the unit tests, which stand at the end of a file.
    fn code(&self) -> impl Iterator<Item = (usize, &str)> {
        let lines = self.text.lines().enumerate().map(|(index, line)| (index + 1, line));
        lines.take_while(|(_, line)| *line != "#[cfg(test)]").filter(|(_, line)| !line.trim_start().starts_with("//"))
    }

    /// rustfmt puts a function's closing brace under its first word.
    fn functions(&self) -> Vec<Function> {
        let lines: Vec<(usize, &str)> = self.code().collect();
        let mut functions = Vec::new();
        let mut is_handler = false;
        for (index, &(number, line)) in lines.iter().enumerate() {
            let word = line.trim_start();
            is_handler |= word.starts_with("#[utoipa::path");
            if !is_function(word) {
                continue;
            }
            let close = format!("{}}}", &line[..line.len() - word.len()]);
            let rest = &lines[index..];
            // Parameters and conditions end with a comma, a declaration without a body with a semicolon.
            let signature = rest.iter().position(|(_, line)| line.ends_with(['{', '}', ';']));
            let body = signature.filter(|&last| rest[last].1.ends_with('{'));
            let end = rest.iter().position(|(_, line)| *line == close);
            if let (Some(body), Some(end)) = (body, end) {
                let body_lines = rest[end].0 - rest[body].0 - 1;
                functions.push(Function { starts_at: number, body_lines, is_handler });
            }
            is_handler = false;
        }
        functions
    }
}

fn is_function(word: &str) -> bool {
    let word = word.trim_start_matches("pub(crate) ").trim_start_matches("pub(super) ").trim_start_matches("pub ");
    let word = word.trim_start_matches("const ").trim_start_matches("async ").trim_start_matches("unsafe ");
    word.starts_with("fn ")
}

fn sources() -> Vec<Source> {
    let crates = root().join("crates");
    let mut files = Vec::new();
    collect(&crates, &mut files);
    let mut sources: Vec<Source> = files
        .into_iter()
        .map(|path| Source {
            name: path.strip_prefix(&crates).unwrap().to_str().unwrap().to_owned(),
            text: fs::read_to_string(&path).unwrap(),
        })
        .collect();
    sources.sort_by(|a, b| a.name.cmp(&b.name));
    assert!(sources.len() > 50, "the sources were not found");
    sources
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            if !path.ends_with("node_modules") && !path.ends_with("target") {
                collect(&path, files);
            }
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
}

fn manifests() -> BTreeMap<String, PathBuf> {
    let packages = metadata()["packages"].as_array().unwrap().clone();
    let manifest = |package: &Value| {
        (package["name"].as_str().unwrap().to_owned(), PathBuf::from(package["manifest_path"].as_str().unwrap()))
    };
    packages.iter().map(manifest).collect()
}

/// Each package of the workspace with what it uses, build and test dependencies left out.
fn packages() -> BTreeMap<String, BTreeSet<String>> {
    let packages = metadata()["packages"].as_array().unwrap().clone();
    let uses = |package: &Value| {
        let dependencies = package["dependencies"].as_array().unwrap().iter();
        let normal = dependencies.filter(|dependency| dependency["kind"].is_null());
        let names = normal.map(|dependency| dependency["name"].as_str().unwrap().to_owned()).collect();
        (package["name"].as_str().unwrap().to_owned(), names)
    };
    packages.iter().map(uses).collect()
}

fn metadata() -> Value {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let arguments = ["metadata", "--no-deps", "--format-version", "1", "--offline"];
    let output = Command::new(cargo).args(arguments).current_dir(root()).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}
