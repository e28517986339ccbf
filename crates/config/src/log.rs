//! Where log lines go, the same for every program: console or JSON, levels by the names that operators know.

use crate::env::{LogEnv, LogFormat};
use tracing_subscriber::{
    EnvFilter,
    fmt::{self, time::ChronoLocal},
    layer::SubscriberExt,
    util::SubscriberInitExt,
};

/// Our word for each of the operator's: they know more levels than `tracing` has.
pub fn filter_for(level: &str) -> &'static str {
    match level.trim().to_ascii_lowercase().as_str() {
        "verbose" => "trace,h2=info,hyper=info,sqlx=debug,tower=info,engineioxide=info,socketioxide=info",
        "debug" => "debug,h2=info,hyper=info,sqlx=info,tower=info,engineioxide=info,socketioxide=info",
        "warn" => "warn",
        "error" | "fatal" => "error",
        _ => "info,sqlx::query=error,engineioxide=warn,socketioxide=warn",
    }
}

/// Starts logging; call once, first thing in `main`.
pub fn init(env: &LogEnv) {
    let filter = EnvFilter::new(filter_for(env.level.as_deref().unwrap_or("log")));
    let registry = tracing_subscriber::registry().with(filter);
    match env.format {
        LogFormat::Json => {
            registry.with(fmt::layer().json().flatten_event(true).with_current_span(true).with_span_list(false)).init();
        }
        LogFormat::Console => {
            let time = ChronoLocal::new("%Y-%m-%d %H:%M:%S%.3f".to_owned());
            registry.with(fmt::layer().with_ansi(env.color).with_timer(time).with_target(true)).init();
        }
    }
}
