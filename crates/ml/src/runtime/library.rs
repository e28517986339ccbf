//! ONNX Runtime itself: a library that is found at the start and loaded with the first model, since a service that was
//! never asked should cost nothing.

use super::{
    Cores,
    providers::{self, Provider},
};
use crate::settings;
use anyhow::{Context, anyhow, bail};
use ort::{environment::Environment, session::builder::SessionBuilder};
use std::{
    panic,
    path::{Path, PathBuf},
    sync::{Arc, OnceLock},
};

#[cfg(target_os = "macos")]
const FILE: &str = "libonnxruntime.dylib";
#[cfg(not(target_os = "macos"))]
const FILE: &str = "libonnxruntime.so";

/// Beside the program, or where an image or a package manager puts it.
const SYSTEM_FOLDERS: &[&str] = &[
    "/usr/local/lib",
    "/usr/lib/x86_64-linux-gnu",
    "/usr/lib/aarch64-linux-gnu",
    "/usr/lib64",
    "/usr/lib",
    "/opt/onnxruntime/lib",
    "/opt/homebrew/lib",
];

pub struct Library {
    file: PathBuf,
    settings: settings::Runtime,
    /// What runs on the processor and what is done beside it share them.
    pub cores: Cores,
    loaded: OnceLock<Result<Loaded, String>>,
}

struct Loaded {
    environment: Environment,
    provider: Provider,
}

impl Library {
    /// Looks for the library without loading it.
    pub fn find(settings: &settings::Runtime, cores: Cores) -> anyhow::Result<Arc<Self>> {
        let beside = std::env::current_exe().ok().and_then(|program| Some(program.parent()?.to_owned()));
        let file = locate(&settings.library, beside.as_deref())?;
        // A word that is wrong is told at the start and not to the first caller.
        providers::check(&settings.provider)?;
        tracing::info!(library = %file.display(), "ONNX Runtime was found");
        Ok(Arc::new(Self { file, settings: settings.clone(), cores, loaded: OnceLock::new() }))
    }

    /// Everything a session is made with, but its model. Its threads spin while a run has nothing for them; where others
    /// want the cores, they stop as soon as it is done.
    pub fn session_builder(&self, shares_cores: bool) -> anyhow::Result<SessionBuilder> {
        let loaded = self.loaded()?;
        let (settings, wrong) = (&self.settings, |error: ort::Error<SessionBuilder>| anyhow!("{error}"));
        let builder = SessionBuilder::new(&loaded.environment)?
            .with_intra_threads(settings.intra_op_threads())
            .map_err(wrong)?
            .with_inter_threads(settings.model_inter_op_threads.max(1))
            .map_err(wrong)?
            .with_parallel_execution(settings.model_inter_op_threads > 1)
            .map_err(wrong)?
            .with_memory_pattern(settings.model_arena)
            .map_err(wrong)?
            .with_config_entry("session.force_spinning_stop", if shares_cores { "1" } else { "0" })
            .map_err(wrong)?;
        let registered = builder.with_execution_providers(loaded.provider.dispatches(settings)).map_err(wrong);
        registered.with_context(|| {
            format!("run on {}: MACHINE_LEARNING_PROVIDER=cpu would run on the processor", loaded.provider.name())
        })
    }

    /// Cores that a run keeps busy; none if it runs elsewhere.
    pub fn cores_of_a_run(&self) -> anyhow::Result<usize> {
        Ok(if self.loaded()?.provider == Provider::Cpu { self.settings.intra_op_threads() } else { 0 })
    }

    fn loaded(&self) -> anyhow::Result<&Loaded> {
        let loaded = self.loaded.get_or_init(|| self.load().map_err(|error| format!("{error:#}")));
        loaded.as_ref().map_err(|error| anyhow!("{error}"))
    }

    fn load(&self) -> anyhow::Result<Loaded> {
        let file = self.file.clone();
        // A library that lacks what every version has makes the binding panic.
        let built = panic::catch_unwind(move || -> anyhow::Result<Environment> {
            Ok(ort::init_from(file)?.with_name("ferrotype").with_telemetry(false).build()?)
        });
        let environment = built
            .unwrap_or_else(|_| bail!("it is no ONNX Runtime that can be used"))
            .with_context(|| format!("load {}", self.file.display()))?;
        let provider = Provider::choose(&self.settings.provider)?;
        tracing::info!(
            provider = provider.name(),
            threads = self.settings.intra_op_threads(),
            "ONNX Runtime was loaded; models run on {}",
            provider.name()
        );
        Ok(Loaded { environment, provider })
    }
}

fn locate(named: &Path, beside: Option<&Path>) -> anyhow::Result<PathBuf> {
    if !named.as_os_str().is_empty() {
        if named.is_file() {
            return Ok(named.to_owned());
        }
        bail!("ORT_DYLIB_PATH names {}, which is no file", named.display());
    }
    let folders: Vec<&Path> = beside.into_iter().chain(SYSTEM_FOLDERS.iter().map(Path::new)).collect();
    if let Some(file) = folders.iter().find_map(|folder| in_folder(folder)) {
        return Ok(file);
    }
    let places: Vec<String> = folders.iter().map(|folder| folder.display().to_string()).collect();
    bail!(
        "{FILE} of ONNX Runtime 1.24 or newer was found nowhere: set ORT_DYLIB_PATH to it, or put it into one of {}",
        places.join(", ")
    )
}

/// The plain name, or the newest of those that end with a version.
fn in_folder(folder: &Path) -> Option<PathBuf> {
    let plain = folder.join(FILE);
    if plain.is_file() {
        return Some(plain);
    }
    let entries = std::fs::read_dir(folder).ok()?.filter_map(Result::ok);
    let named = entries.filter_map(|entry| {
        let name = entry.file_name().into_string().ok()?;
        let version = name.strip_prefix(FILE)?.strip_prefix('.')?;
        let version: Vec<u32> = version.split('.').map(|part| part.parse().unwrap_or(0)).collect();
        Some((version, entry.path()))
    });
    named.max().map(|(_, path)| path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_library_is_where_it_is_said_to_be_or_beside_the_program() {
        let folder = tempfile::tempdir().unwrap();
        for version in ["1.9.0", "1.26.0"] {
            std::fs::write(folder.path().join(format!("{FILE}.{version}")), "").unwrap();
        }
        let newest = folder.path().join(format!("{FILE}.1.26.0"));
        assert_eq!(locate(Path::new(""), Some(folder.path())).unwrap(), newest);
        let named = folder.path().join(format!("{FILE}.1.9.0"));
        assert_eq!(locate(&named, Some(folder.path())).unwrap(), named);
        let missing = locate(&folder.path().join("nothing"), Some(folder.path())).unwrap_err().to_string();
        assert!(missing.contains("ORT_DYLIB_PATH"), "{missing}");
    }
}
