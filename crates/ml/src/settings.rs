//! The operator's settings, under the names that existing compose files use.

use clap::Parser;
use std::net::{AddrParseError, IpAddr, Ipv6Addr};
use tracing_subscriber::EnvFilter;

/// The model service of Ferrotype
#[derive(Debug, Parser)]
#[command(name = "ml", version)]
pub struct Settings {
    /// Address to listen on
    #[arg(long, env = "IMMICH_HOST", default_value = "[::]", value_parser = host)]
    pub host: IpAddr,
    /// Port to listen on
    #[arg(long, env = "IMMICH_PORT", default_value_t = ml_api::DEFAULT_PORT, value_parser = port)]
    pub port: u16,
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

/// With or without the brackets of a URL; a variable that is set to nothing means the default, here and below.
fn host(text: &str) -> Result<IpAddr, AddrParseError> {
    match text.trim_start_matches('[').trim_end_matches(']') {
        "" => Ok(Ipv6Addr::UNSPECIFIED.into()),
        address => address.parse(),
    }
}

fn port(text: &str) -> Result<u16, std::num::ParseIntError> {
    if text.is_empty() { Ok(ml_api::DEFAULT_PORT) } else { text.parse() }
}

impl Settings {
    /// Starts logging as the other programs do.
    pub fn log(&self) -> anyhow::Result<()> {
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
        assert_eq!((port("").unwrap(), port("8080").unwrap()), (3003, 8080));
        assert!(port("70000").is_err());
    }
}
