//! The operator's settings, under the names that existing compose files use.

use clap::{Args, Parser};
use std::{
    net::{AddrParseError, IpAddr, Ipv6Addr},
    path::PathBuf,
    str::FromStr,
    time::Duration,
};
use tracing_subscriber::EnvFilter;

/// The model service of Ferrotype
#[derive(Debug, Parser)]
#[command(name = "ml", version)]
pub struct Settings {
    /// Address to listen on
    #[arg(long, env = "IMMICH_HOST", default_value = "[::]", value_parser = host)]
    pub host: IpAddr,
    /// Port to listen on
    #[arg(long, env = "IMMICH_PORT", default_value = "", value_parser = or(ml_api::DEFAULT_PORT))]
    pub port: u16,
    #[command(flatten)]
    pub log: Log,
    #[command(flatten)]
    pub limits: Limits,
    #[command(flatten)]
    pub cache: Cache,
    #[command(flatten)]
    pub runtime: Runtime,
    #[command(flatten)]
    pub preload: Preload,
    #[command(flatten)]
    pub foreign: Foreign,
}

/// How it speaks to the operator.
#[derive(Debug, Args)]
pub struct Log {
    /// verbose, debug, log, warn, error or fatal
    #[arg(long, env = "IMMICH_LOG_LEVEL", default_value = "log")]
    log_level: String,
    /// console or json
    #[arg(long, env = "IMMICH_LOG_FORMAT", default_value = "console")]
    log_format: String,
    /// Any value: no colours in the log
    #[arg(long, env = "NO_COLOR", default_value = "")]
    no_color: String,
}

/// What one request, and all of them together, may ask for.
#[derive(Debug, Clone, Args)]
pub struct Limits {
    /// Requests under way; further ones are told to come back (429)
    #[arg(long, env = "MACHINE_LEARNING_MAX_REQUESTS", default_value = "", value_parser = or(256_usize))]
    pub max_requests: usize,
    /// Images that are decoded and prepared at once; 0: one for each core
    #[arg(long, env = "MACHINE_LEARNING_REQUEST_THREADS", default_value = "", value_parser = or(0_usize))]
    pub request_threads: usize,
    /// The largest file of an image, in megabytes
    #[arg(long, env = "MACHINE_LEARNING_MAX_IMAGE_MB", default_value = "", value_parser = or(100_usize))]
    pub max_image_mb: usize,
    /// The largest image, in millions of pixels; all that are open at once have no more, either
    #[arg(long, env = "MACHINE_LEARNING_MAX_IMAGE_MEGAPIXELS", default_value = "", value_parser = or(100_u32))]
    pub max_image_megapixels: u32,
    /// Images or texts in one request
    #[arg(long, env = "MACHINE_LEARNING_MAX_INPUTS", default_value = "", value_parser = or(64_usize))]
    pub max_inputs: usize,
    /// Bodies of all requests under way, in megabytes; who would exceed it is told to come back (429)
    #[arg(long, env = "MACHINE_LEARNING_MAX_BODIES_MB", default_value = "", value_parser = or(512_usize))]
    pub max_bodies_mb: usize,
}

impl Limits {
    pub fn request_threads(&self) -> usize {
        if self.request_threads > 0 { self.request_threads } else { cores() }
    }
}

/// Where models are kept on disk and in memory, and where they come from.
#[derive(Debug, Clone, Args)]
pub struct Cache {
    /// Folder of the models' files
    #[arg(long = "cache-folder", env = "MACHINE_LEARNING_CACHE_FOLDER", default_value = "", value_parser = or(PathBuf::from("/cache")))]
    pub folder: PathBuf,
    /// Seconds for which an unused model stays in memory; 0: for ever
    #[arg(long = "model-ttl", env = "MACHINE_LEARNING_MODEL_TTL", default_value = "", value_parser = or(300_u64))]
    ttl_s: u64,
    /// Seconds between two looks for unused models
    #[arg(long = "model-ttl-poll-s", env = "MACHINE_LEARNING_MODEL_TTL_POLL_S", default_value = "", value_parser = or(10_u64))]
    ttl_poll_s: u64,
    /// Where the models of pictures, texts and faces are fetched from
    #[arg(long = "model-hub", env = "MACHINE_LEARNING_MODEL_HUB", default_value = "", value_parser = or("https://huggingface.co".to_owned()))]
    pub hub: String,
    /// Where the models that read writing are fetched from
    #[arg(long = "ocr-model-hub", env = "MACHINE_LEARNING_OCR_MODEL_HUB", default_value = "", value_parser = or("https://www.modelscope.cn".to_owned()))]
    pub ocr_hub: String,
}

impl Cache {
    pub fn ttl(&self) -> Option<Duration> {
        (self.ttl_s > 0).then(|| Duration::from_secs(self.ttl_s))
    }

    pub fn ttl_poll(&self) -> Duration {
        Duration::from_secs(self.ttl_poll_s.max(1))
    }
}

/// How models are run.
#[derive(Debug, Clone, Args)]
pub struct Runtime {
    /// The library of ONNX Runtime; looked for beside this program and where systems keep libraries if not named
    #[arg(long, env = "ORT_DYLIB_PATH", default_value = "", value_parser = or(PathBuf::new()))]
    pub library: PathBuf,
    /// auto, cpu, cuda, tensorrt, openvino, migraphx, rocm or coreml; auto: the first of cuda, migraphx, openvino, coreml
    /// that the library was built with, else cpu
    #[arg(long, env = "MACHINE_LEARNING_PROVIDER", default_value = "", value_parser = or("auto".to_owned()))]
    pub provider: String,
    /// Which graphics card, by number; the first of several counts
    #[arg(long, env = "MACHINE_LEARNING_DEVICE_IDS", default_value = "", value_parser = or("0".to_owned()))]
    pub device_ids: String,
    /// Cores that a run of a model keeps busy; 0: all. While it has all of them no picture is decoded, and none of the time
    /// is lost to decoders and runs that get into each other's way
    #[arg(long, env = "MACHINE_LEARNING_MODEL_INTRA_OP_THREADS", default_value = "", value_parser = or(0_usize))]
    pub model_intra_op_threads: usize,
    /// Operations of a model that run at once; 0: one
    #[arg(long, env = "MACHINE_LEARNING_MODEL_INTER_OP_THREADS", default_value = "", value_parser = or(0_usize))]
    pub model_inter_op_threads: usize,
    /// Whether a model keeps the memory of its last run for the next one
    #[arg(long, env = "MACHINE_LEARNING_MODEL_ARENA", default_value = "", value_parser = switch)]
    pub model_arena: bool,
    /// FP16, FP32 or ACCURACY
    #[arg(long, env = "MACHINE_LEARNING_OPENVINO_PRECISION", default_value = "", value_parser = or("FP32".to_owned()))]
    pub openvino_precision: String,
    /// FP16 or FP32, for MIGraphX
    #[arg(long, env = "MACHINE_LEARNING_ROCM_PRECISION", default_value = "", value_parser = or("FP32".to_owned()))]
    pub rocm_precision: String,
    /// Images or texts that run at once, where the model takes several
    #[arg(long, env = "MACHINE_LEARNING_MAX_BATCH_SIZE__CLIP", default_value = "", value_parser = or(16_usize))]
    pub max_batch_size_clip: usize,
    /// Faces that run at once, where the model takes several; 0: all of a request
    #[arg(long, env = "MACHINE_LEARNING_MAX_BATCH_SIZE__FACIAL_RECOGNITION", default_value = "", value_parser = or(0_usize))]
    pub max_batch_size_faces: usize,
    /// Lines of text that run at once
    #[arg(long, env = "MACHINE_LEARNING_MAX_BATCH_SIZE__OCR", default_value = "", value_parser = or(6_usize))]
    pub max_batch_size_ocr: usize,
}

impl Runtime {
    pub fn intra_op_threads(&self) -> usize {
        if self.model_intra_op_threads > 0 { self.model_intra_op_threads } else { cores() }
    }
}

/// Models that are loaded at the start and stay: comma-separated names.
#[derive(Debug, Clone, Args)]
pub struct Preload {
    #[arg(long, env = "MACHINE_LEARNING_PRELOAD__CLIP__TEXTUAL", default_value = "")]
    pub preload_clip_textual: String,
    #[arg(long, env = "MACHINE_LEARNING_PRELOAD__CLIP__VISUAL", default_value = "")]
    pub preload_clip_visual: String,
    #[arg(long, env = "MACHINE_LEARNING_PRELOAD__FACIAL_RECOGNITION__DETECTION", default_value = "")]
    pub preload_faces_detection: String,
    #[arg(long, env = "MACHINE_LEARNING_PRELOAD__FACIAL_RECOGNITION__RECOGNITION", default_value = "")]
    pub preload_faces_recognition: String,
    #[arg(long, env = "MACHINE_LEARNING_PRELOAD__OCR__DETECTION", default_value = "")]
    pub preload_ocr_detection: String,
    #[arg(long, env = "MACHINE_LEARNING_PRELOAD__OCR__RECOGNITION", default_value = "")]
    pub preload_ocr_recognition: String,
}

/// Settings of other services that have no meaning here. Whoever sets one should know.
#[derive(Debug, Clone, Args)]
pub struct Foreign {
    #[arg(long, env = "MACHINE_LEARNING_WORKERS", default_value = "", hide = true)]
    workers: String,
    #[arg(long, env = "MACHINE_LEARNING_ANN", default_value = "", hide = true)]
    ann: String,
    #[arg(long, env = "MACHINE_LEARNING_RKNN", default_value = "", hide = true)]
    rknn: String,
}

impl Foreign {
    /// What the operator should be told, if anything.
    pub fn without_effect(&self) -> Vec<String> {
        let settings = [
            ("MACHINE_LEARNING_WORKERS", &self.workers, "1", "one process serves all requests and shares its models"),
            ("MACHINE_LEARNING_ANN", &self.ann, "false", "ARM NN is not supported"),
            ("MACHINE_LEARNING_RKNN", &self.rknn, "false", "Rockchip's NPU is not supported"),
        ];
        let set =
            settings.iter().filter(|(_, value, usual, _)| !value.is_empty() && !value.eq_ignore_ascii_case(usual));
        set.map(|(key, value, _, why)| format!("{key}={value} has no effect: {why}")).collect()
    }
}

/// With or without the brackets of a URL; a variable that is set to nothing means the default, here and below.
fn host(text: &str) -> Result<IpAddr, AddrParseError> {
    match text.trim_start_matches('[').trim_end_matches(']') {
        "" => Ok(Ipv6Addr::UNSPECIFIED.into()),
        address => address.parse(),
    }
}

fn or<T: FromStr + Clone>(default: T) -> impl Fn(&str) -> Result<T, T::Err> + Clone {
    move |text| if text.is_empty() { Ok(default.clone()) } else { text.parse() }
}

fn switch(text: &str) -> Result<bool, String> {
    match text.to_ascii_lowercase().as_str() {
        "" | "true" | "1" | "yes" | "on" => Ok(true),
        "false" | "0" | "no" | "off" => Ok(false),
        other => Err(format!("{other:?} is neither true nor false")),
    }
}

/// Those that this process may use: a container's share counts.
pub fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

impl Log {
    /// Starts logging as the other programs do.
    pub fn start(&self) -> anyhow::Result<()> {
        let subscriber = tracing_subscriber::fmt().with_env_filter(EnvFilter::new(filter_for(&self.log_level)));
        match self.log_format.as_str() {
            "json" => subscriber.json().flatten_event(true).init(),
            "console" | "" => subscriber.with_ansi(self.no_color.is_empty()).init(),
            other => anyhow::bail!("IMMICH_LOG_FORMAT={other:?} is neither console nor json"),
        }
        Ok(())
    }
}

/// Our word for each of the operator's.
fn filter_for(level: &str) -> &'static str {
    match level {
        "verbose" => "trace,hyper=info",
        "debug" => "debug,hyper=info",
        "warn" => "warn",
        "error" | "fatal" => "error",
        _ => "info",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_come_as_compose_files_write_them() {
        assert_eq!(host("[::]").unwrap(), host("").unwrap());
        assert_eq!(host("127.0.0.1").unwrap(), IpAddr::from([127, 0, 0, 1]));
        assert!(host("everywhere").is_err());
    }

    #[test]
    fn a_variable_that_is_set_to_nothing_means_the_default() {
        let port = or(3003_u16);
        assert_eq!((port("").unwrap(), port("8080").unwrap()), (3003, 8080));
        assert!(port("70000").is_err());
        assert!(switch("").unwrap() && !switch("False").unwrap() && switch("perhaps").is_err());
        let settings = Settings::try_parse_from(["ml"]).unwrap();
        assert_eq!(settings.cache.ttl(), Some(Duration::from_secs(300)));
        assert!(settings.limits.request_threads() > 0 && settings.runtime.intra_op_threads() > 0);
    }

    #[test]
    fn settings_of_other_services_are_told() {
        let told = |args: &[&str]| Settings::try_parse_from([&["ml"], args].concat()).unwrap().foreign.without_effect();
        assert!(told(&["--workers", "1", "--ann", "False"]).is_empty());
        let told = told(&["--workers", "4", "--rknn", "true"]);
        assert!(told.len() == 2 && told[0].contains("MACHINE_LEARNING_WORKERS=4"), "{told:?}");
    }
}
