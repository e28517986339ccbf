//! The operator's settings: environment variables with the names that existing compose files use.
//!
//! Every key that may hold a secret is also read from `<KEY>_FILE`, as Docker secrets want it.

use crate::media::MediaLimits;
use std::{collections::HashMap, ffi::OsString, fmt, net::IpAddr, path::PathBuf, str::FromStr, time::Duration};

/// One field per key; [`KEYS`] lists them with what they mean.
#[derive(Debug, Clone)]
pub struct Env {
    pub server: ServerEnv,
    pub library: LibraryEnv,
    pub media: MediaLimits,
    pub database: DatabaseEnv,
    pub redis: RedisEnv,
    pub log: LogEnv,
    pub metrics: MetricsEnv,
    pub machine_learning: MachineLearningEnv,
    pub build: BuildEnv,
}

#[derive(Debug, Clone)]
pub struct ServerEnv {
    /// `None` listens on all interfaces.
    pub host: Option<IpAddr>,
    pub port: u16,
    /// Networks whose `X-Forwarded-*` headers are believed, beside loopback.
    pub trusted_proxies: Vec<String>,
    pub allow_setup: bool,
    /// The built web app.
    pub web_root: Option<PathBuf>,
    /// Settings as a file; makes the admin API read-only.
    pub config_file: Option<PathBuf>,
}

#[derive(Debug, Clone)]
pub struct LibraryEnv {
    pub media_location: PathBuf,
    pub ignore_mount_check_errors: bool,
    /// What live streams may keep on disk.
    pub stream_cache_mb: u64,
}

impl LibraryEnv {
    pub fn stream_cache_bytes(&self) -> u64 {
        self.stream_cache_mb.saturating_mul(1_000_000)
    }
}

#[derive(Clone)]
pub struct DatabaseEnv {
    pub url: Option<Secret>,
    pub host: String,
    pub port: u16,
    pub username: String,
    pub password: Secret,
    pub name: String,
    pub ssl_mode: Option<String>,
    pub skip_migrations: bool,
    pub pool_size: u32,
}

#[derive(Debug, Clone)]
pub struct RedisEnv {
    pub url: Option<Secret>,
    pub host: String,
    pub port: u16,
    pub db_index: i64,
    pub username: Option<String>,
    pub password: Option<Secret>,
    pub socket: Option<PathBuf>,
    /// First part of every key of the queues, so that several stacks can share one Redis.
    pub prefix: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    Console,
    Json,
}

#[derive(Debug, Clone)]
pub struct LogEnv {
    /// Overrides the administrator's setting.
    pub level: Option<String>,
    pub format: LogFormat,
    pub color: bool,
}

#[derive(Debug, Clone)]
pub struct MetricsEnv {
    pub enabled: bool,
    pub api_port: u16,
    pub worker_port: u16,
}

#[derive(Debug, Clone)]
pub struct MachineLearningEnv {
    pub enabled: bool,
    pub url: Option<String>,
}

/// What `/server/about` shows of the build, all optional.
#[derive(Debug, Clone, Default)]
pub struct BuildEnv {
    pub build: Option<String>,
    pub build_url: Option<String>,
    pub build_image: Option<String>,
    pub build_image_url: Option<String>,
    pub repository: Option<String>,
    pub repository_url: Option<String>,
    pub source_ref: Option<String>,
    pub source_commit: Option<String>,
    pub source_url: Option<String>,
}

/// A value that must not reach a log.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(pub String);

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("•••")
    }
}

impl fmt::Debug for DatabaseEnv {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DatabaseEnv({}@{}:{}/{})", self.username, self.host, self.port, self.name)
    }
}

#[derive(Debug, thiserror::Error)]
pub enum EnvError {
    #[error("{key}={value:?} is not {expected}: correct it or leave it out")]
    Invalid { key: &'static str, value: String, expected: &'static str },
    #[error("read {path} named by {key}: {source}")]
    SecretFile { key: String, path: String, source: std::io::Error },
}

/// Every key that is read, with its default and meaning; `example.env` is tested against this list.
pub const KEYS: &[(&str, &str, &str)] = &[
    ("IMMICH_HOST", "", "address the server listens on; all interfaces when empty"),
    ("IMMICH_PORT", "2283", "port of the API and the web page"),
    ("IMMICH_TRUSTED_PROXIES", "", "networks (CIDR, comma separated) whose X-Forwarded-* headers are believed"),
    ("IMMICH_ALLOW_SETUP", "true", "whether the first administrator may be created over the web"),
    ("IMMICH_CONFIG_FILE", "", "settings as a JSON file; makes them read-only in the admin pages"),
    ("FERROTYPE_WEB_ROOT", "", "folder of the built web page"),
    ("IMMICH_MEDIA_LOCATION", "/data", "root of the library"),
    ("IMMICH_IGNORE_MOUNT_CHECK_ERRORS", "false", "start although a folder of the library lost its marker"),
    ("FERROTYPE_STREAM_CACHE_MB", "2000", "how much of videos that are streamed live is kept on disk, in megabytes"),
    ("FERROTYPE_MEDIA_MEGAPIXELS", "300", "largest picture that is decoded as a whole"),
    ("FERROTYPE_MEDIA_STREAMED_MEGAPIXELS", "1000", "largest picture that is read row by row"),
    ("FERROTYPE_MEDIA_PICTURE_MB", "600", "largest file that is decoded as a whole, in megabytes"),
    ("FERROTYPE_MEDIA_FRAME_MEGAPIXELS", "67", "largest frame of a video"),
    ("FERROTYPE_MEDIA_FRAMES", "200", "frames of a video that are looked at in search of a thumbnail"),
    ("FERROTYPE_MEDIA_METADATA_SECONDS", "60", "longest time for the metadata of a file"),
    ("FERROTYPE_MEDIA_PICTURE_SECONDS", "180", "longest time for the pictures of a file"),
    ("FERROTYPE_MEDIA_MEMORY_MB", "3200", "most memory for reading one file, in megabytes"),
    ("DB_URL", "", "postgres://… instead of the five keys below"),
    ("DB_HOSTNAME", "database", "host of Postgres"),
    ("DB_PORT", "5432", "port of Postgres"),
    ("DB_USERNAME", "postgres", "user of Postgres"),
    ("DB_PASSWORD", "postgres", "password of Postgres"),
    ("DB_DATABASE_NAME", "immich", "database"),
    ("DB_SSL_MODE", "", "disable, allow, prefer, require or verify-full"),
    ("DB_SKIP_MIGRATIONS", "false", "do not bring the schema up to date at start"),
    ("DB_POOL_SIZE", "10", "connections per process"),
    ("REDIS_URL", "", "redis://… instead of the keys below"),
    ("REDIS_HOSTNAME", "redis", "host of Redis"),
    ("REDIS_PORT", "6379", "port of Redis"),
    ("REDIS_DBINDEX", "0", "database number in Redis"),
    ("REDIS_USERNAME", "", "user of Redis"),
    ("REDIS_PASSWORD", "", "password of Redis"),
    ("REDIS_SOCKET", "", "path of a unix socket of Redis"),
    ("FERROTYPE_QUEUE_PREFIX", "immich_bull", "first part of the queues' keys in Redis"),
    ("IMMICH_LOG_LEVEL", "", "verbose, debug, log, warn, error or fatal; overrides the admin setting"),
    ("IMMICH_LOG_FORMAT", "console", "console or json"),
    ("NO_COLOR", "", "any value: no colours in the log"),
    ("IMMICH_TELEMETRY_INCLUDE", "", "any value: Prometheus metrics on the two ports below"),
    ("IMMICH_API_METRICS_PORT", "8081", "metrics of the server"),
    ("IMMICH_MICROSERVICES_METRICS_PORT", "8082", "metrics of the worker"),
    ("IMMICH_MACHINE_LEARNING_ENABLED", "true", "whether the model service is used"),
    ("IMMICH_MACHINE_LEARNING_URL", "", "address of the model service; overrides the admin default"),
    ("IMMICH_BUILD", "", "shown on the about page"),
    ("IMMICH_BUILD_URL", "", "shown on the about page"),
    ("IMMICH_BUILD_IMAGE", "", "shown on the about page"),
    ("IMMICH_BUILD_IMAGE_URL", "", "shown on the about page"),
    ("IMMICH_REPOSITORY", "", "shown on the about page"),
    ("IMMICH_REPOSITORY_URL", "", "shown on the about page"),
    ("IMMICH_SOURCE_REF", "", "shown on the about page"),
    ("IMMICH_SOURCE_COMMIT", "", "shown on the about page"),
    ("IMMICH_SOURCE_URL", "", "shown on the about page"),
];

/// Where drivers of graphics cards look, and for what. They are not ours: they are passed on as they are, to the process
/// that uses a card.
const DRIVER_KEYS: [&str; 3] = ["LIBVA_DRIVER_NAME", "LIBVA_DRIVERS_PATH", "CUDA_VISIBLE_DEVICES"];

/// Those that are set.
pub fn of_drivers() -> Vec<(&'static str, OsString)> {
    DRIVER_KEYS.into_iter().filter_map(|key| Some((key, std::env::var_os(key)?))).collect()
}

impl Env {
    /// Reads the process's environment.
    pub fn from_process() -> Result<Self, EnvError> {
        Self::from_map(&std::env::vars().collect())
    }

    /// Reads a given environment: what tests use.
    pub fn from_map(vars: &HashMap<String, String>) -> Result<Self, EnvError> {
        let vars = Vars(vars);
        Ok(Self {
            server: ServerEnv {
                host: vars.parsed("IMMICH_HOST", "an IP address")?,
                port: vars.parsed_or_default("IMMICH_PORT", "a port")?,
                trusted_proxies: vars.list("IMMICH_TRUSTED_PROXIES"),
                allow_setup: vars.flag("IMMICH_ALLOW_SETUP")?,
                web_root: vars.get("FERROTYPE_WEB_ROOT").map(PathBuf::from),
                config_file: vars.get("IMMICH_CONFIG_FILE").map(PathBuf::from),
            },
            library: LibraryEnv {
                media_location: PathBuf::from(vars.or_default("IMMICH_MEDIA_LOCATION")),
                ignore_mount_check_errors: vars.flag("IMMICH_IGNORE_MOUNT_CHECK_ERRORS")?,
                stream_cache_mb: vars.parsed_or_default("FERROTYPE_STREAM_CACHE_MB", "a number of megabytes")?,
            },
            media: media(&vars)?,
            database: database(&vars)?,
            redis: redis(&vars)?,
            log: LogEnv {
                level: vars.get("IMMICH_LOG_LEVEL"),
                format: match vars.or_default("IMMICH_LOG_FORMAT").as_str() {
                    "console" => LogFormat::Console,
                    "json" => LogFormat::Json,
                    other => return Err(invalid("IMMICH_LOG_FORMAT", other, "console or json")),
                },
                color: vars.get("NO_COLOR").is_none(),
            },
            metrics: MetricsEnv {
                enabled: vars.get("IMMICH_TELEMETRY_INCLUDE").is_some(),
                api_port: vars.parsed_or_default("IMMICH_API_METRICS_PORT", "a port")?,
                worker_port: vars.parsed_or_default("IMMICH_MICROSERVICES_METRICS_PORT", "a port")?,
            },
            machine_learning: MachineLearningEnv {
                enabled: vars.flag("IMMICH_MACHINE_LEARNING_ENABLED")?,
                url: vars.get("IMMICH_MACHINE_LEARNING_URL"),
            },
            build: build(&vars),
        })
    }
}

fn media(vars: &Vars<'_>) -> Result<MediaLimits, EnvError> {
    let millions = |key| Ok(vars.parsed_or_default::<u64>(key, "a number of millions")?.saturating_mul(1_000_000));
    let seconds = |key| Ok(Duration::from_secs(vars.parsed_or_default(key, "a number of seconds")?));
    Ok(MediaLimits {
        pixels: millions("FERROTYPE_MEDIA_MEGAPIXELS")?,
        streamed_pixels: millions("FERROTYPE_MEDIA_STREAMED_MEGAPIXELS")?,
        picture_bytes: millions("FERROTYPE_MEDIA_PICTURE_MB")?,
        frame_pixels: millions("FERROTYPE_MEDIA_FRAME_MEGAPIXELS")?,
        frames: vars.parsed_or_default("FERROTYPE_MEDIA_FRAMES", "a number of frames")?,
        metadata_time: seconds("FERROTYPE_MEDIA_METADATA_SECONDS")?,
        picture_time: seconds("FERROTYPE_MEDIA_PICTURE_SECONDS")?,
        memory_bytes: millions("FERROTYPE_MEDIA_MEMORY_MB")?,
    })
}

fn database(vars: &Vars<'_>) -> Result<DatabaseEnv, EnvError> {
    Ok(DatabaseEnv {
        url: vars.secret("DB_URL")?,
        host: vars.secret("DB_HOSTNAME")?.map_or_else(|| default_of("DB_HOSTNAME"), |secret| secret.0),
        port: vars.parsed_or_default("DB_PORT", "a port")?,
        username: vars.secret("DB_USERNAME")?.map_or_else(|| default_of("DB_USERNAME"), |secret| secret.0),
        password: vars.secret("DB_PASSWORD")?.unwrap_or_else(|| Secret(default_of("DB_PASSWORD"))),
        name: vars.secret("DB_DATABASE_NAME")?.map_or_else(|| default_of("DB_DATABASE_NAME"), |secret| secret.0),
        ssl_mode: vars.get("DB_SSL_MODE"),
        skip_migrations: vars.flag("DB_SKIP_MIGRATIONS")?,
        pool_size: vars.parsed_or_default("DB_POOL_SIZE", "a number")?,
    })
}

fn redis(vars: &Vars<'_>) -> Result<RedisEnv, EnvError> {
    Ok(RedisEnv {
        url: vars.secret("REDIS_URL")?,
        host: vars.or_default("REDIS_HOSTNAME"),
        port: vars.parsed_or_default("REDIS_PORT", "a port")?,
        db_index: vars.parsed_or_default("REDIS_DBINDEX", "a number")?,
        username: vars.get("REDIS_USERNAME"),
        password: vars.secret("REDIS_PASSWORD")?,
        socket: vars.get("REDIS_SOCKET").map(PathBuf::from),
        prefix: vars.or_default("FERROTYPE_QUEUE_PREFIX"),
    })
}

/// Shown on the about page.
fn build(vars: &Vars<'_>) -> BuildEnv {
    BuildEnv {
        build: vars.get("IMMICH_BUILD"),
        build_url: vars.get("IMMICH_BUILD_URL"),
        build_image: vars.get("IMMICH_BUILD_IMAGE"),
        build_image_url: vars.get("IMMICH_BUILD_IMAGE_URL"),
        repository: vars.get("IMMICH_REPOSITORY"),
        repository_url: vars.get("IMMICH_REPOSITORY_URL"),
        source_ref: vars.get("IMMICH_SOURCE_REF"),
        source_commit: vars.get("IMMICH_SOURCE_COMMIT"),
        source_url: vars.get("IMMICH_SOURCE_URL"),
    }
}

struct Vars<'a>(&'a HashMap<String, String>);

impl Vars<'_> {
    /// An empty variable counts as absent: compose files pass `KEY=` for what is not set.
    fn get(&self, key: &'static str) -> Option<String> {
        debug_assert!(KEYS.iter().any(|known| known.0 == key), "{key} is missing in KEYS");
        self.0.get(key).filter(|value| !value.is_empty()).cloned()
    }

    fn or_default(&self, key: &'static str) -> String {
        self.get(key).unwrap_or_else(|| default_of(key))
    }

    fn parsed<T: FromStr>(&self, key: &'static str, expected: &'static str) -> Result<Option<T>, EnvError> {
        self.get(key).map(|value| value.parse().map_err(|_| invalid(key, &value, expected))).transpose()
    }

    fn parsed_or_default<T: FromStr>(&self, key: &'static str, expected: &'static str) -> Result<T, EnvError> {
        let value = self.or_default(key);
        value.parse().map_err(|_| invalid(key, &value, expected))
    }

    fn flag(&self, key: &'static str) -> Result<bool, EnvError> {
        self.parsed_or_default(key, "true or false")
    }

    fn list(&self, key: &'static str) -> Vec<String> {
        let text = self.get(key).unwrap_or_default();
        text.split(',').map(str::trim).filter(|item| !item.is_empty()).map(str::to_owned).collect()
    }

    fn secret(&self, key: &'static str) -> Result<Option<Secret>, EnvError> {
        if let Some(value) = self.get(key) {
            return Ok(Some(Secret(value)));
        }
        let file_key = format!("{key}_FILE");
        let Some(path) = self.0.get(&file_key).filter(|path| !path.is_empty()) else { return Ok(None) };
        match std::fs::read_to_string(path) {
            Ok(text) => Ok(Some(Secret(text.trim_end().to_owned()))),
            Err(source) => Err(EnvError::SecretFile { key: file_key, path: path.clone(), source }),
        }
    }
}

fn default_of(key: &str) -> String {
    KEYS.iter().find(|known| known.0 == key).map(|known| known.1.to_owned()).unwrap_or_default()
}

fn invalid(key: &'static str, value: &str, expected: &'static str) -> EnvError {
    EnvError::Invalid { key, value: value.to_owned(), expected }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn env(pairs: &[(&str, &str)]) -> Result<Env, EnvError> {
        Env::from_map(&pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect())
    }

    #[test]
    fn defaults_need_nothing_and_empty_means_default() {
        let defaults = env(&[("IMMICH_PORT", "")]).unwrap();
        assert_eq!(defaults.server.port, 2283);
        assert_eq!(defaults.library.media_location, PathBuf::from("/data"));
        assert!(defaults.server.allow_setup);
        assert_eq!(defaults.media, MediaLimits::default());
    }

    #[test]
    fn a_bad_value_names_its_key() {
        assert!(env(&[("DB_PORT", "x")]).unwrap_err().to_string().starts_with("DB_PORT=\"x\" is not a port"));
    }

    #[test]
    fn secrets_come_from_files_and_stay_out_of_logs() {
        let file = std::env::temp_dir().join(format!("ferrotype-secret-{}", std::process::id()));
        std::fs::write(&file, "hush\n").unwrap();
        let env = env(&[("DB_PASSWORD_FILE", file.to_str().unwrap())]).unwrap();
        std::fs::remove_file(&file).unwrap();
        assert_eq!(env.database.password, Secret("hush".to_owned()));
        assert!(!format!("{env:?}").contains("hush"));
    }
}
