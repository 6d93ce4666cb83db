//! Log lines with the connector's context: Java Connect's log4j2 pattern, or one JSON object a line.
//!
//! The context of a line is that of the innermost span made by [`context`], [`worker_context`] or [`offsets_context`]
//! in which it is logged (KIP-449). Lines of plugins have the target `plugin.<class>`.

mod context;
mod java_names;
mod json;
mod level_layer;
mod loggers;
mod pattern;
mod timestamp;

use std::fmt;
use std::str::FromStr;

use tracing::Subscriber;
use tracing_subscriber::filter::{EnvFilter, ParseError};
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::{SubscriberInitExt, TryInitError};

pub use context::{context, offsets_context, worker_context};
pub use loggers::{LogLevel, LoggerLevel, Loggers};

use level_layer::{LevelLayer, TargetLevels};

/// How lines look (`log.format`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LogFormat {
    /// `[2026-11-22 13:00:00,123] INFO [name|task-0] message (target)`, in local time.
    #[default]
    Text,
    /// One object a line.
    Json,
}

/// What is logged, and how.
#[derive(Clone, Debug, Default)]
pub struct LogOptions {
    pub format: LogFormat,
    /// `log.level`: a level (`info`), also by target (`info,wasm_connect::rest=debug`). The environment variable
    /// `RUST_LOG` comes before it; with neither, `info`.
    pub level: Option<String>,
}

/// Why logging could not be set up.
#[derive(Debug, thiserror::Error)]
pub enum LoggingError {
    /// A format that does not exist.
    #[error("invalid value '{0}' of log.format: it is text or json")]
    Format(String),
    /// A level that does not exist.
    #[error("invalid value '{value}' of {origin}: {source}")]
    Level { value: String, origin: &'static str, source: ParseError },
    /// It was set up before.
    #[error("cannot set up logging")]
    Init(#[from] TryInitError),
}

/// Logs to stdout from now on; the answer changes what is logged. Once a process.
pub fn init(options: &LogOptions) -> Result<Loggers, LoggingError> {
    let environment = std::env::var("RUST_LOG").ok();
    let (subscriber, loggers) = subscriber(options, environment, std::io::stdout)?;
    subscriber.try_init()?;
    Ok(loggers)
}

fn subscriber<W>(
    options: &LogOptions,
    environment: Option<String>,
    writer: W,
) -> Result<(Box<dyn Subscriber + Send + Sync>, Loggers), LoggingError>
where
    W: for<'w> MakeWriter<'w> + Send + Sync + 'static,
{
    let (base, directives) = filter(options.level.as_deref(), environment)?;
    let levels = TargetLevels::default();
    let loggers = Loggers::new(&directives, levels.clone());
    let registry = tracing_subscriber::registry().with(LevelLayer { base, levels }).with(context::ContextLayer);
    let lines = tracing_subscriber::fmt::layer().with_ansi(false).with_writer(writer);
    let subscriber: Box<dyn Subscriber + Send + Sync> = match options.format {
        LogFormat::Text => Box::new(registry.with(lines.event_format(pattern::Pattern))),
        LogFormat::Json => Box::new(registry.with(lines.event_format(json::Json))),
    };
    Ok((subscriber, loggers))
}

/// What guests can make a library say, at will and without end; a directive for it in the configuration comes after and counts.
const QUIET: &str = "wasmtime_wasi_http=error";

/// The filter of the start, and what it was made from.
fn filter(level: Option<&str>, environment: Option<String>) -> Result<(EnvFilter, String), LoggingError> {
    let (value, origin) = match (environment.filter(|value| !value.trim().is_empty()), level) {
        (Some(value), _) => (value, "RUST_LOG"),
        (None, Some(value)) => (value.trim().to_owned(), "log.level"),
        (None, None) => ("info".to_owned(), "log.level"),
    };
    match EnvFilter::try_new(format!("{QUIET},{value}")) {
        Ok(filter) => Ok((filter, value)),
        Err(source) => Err(LoggingError::Level { value, origin, source }),
    }
}

impl FromStr for LogFormat {
    type Err = LoggingError;

    fn from_str(text: &str) -> Result<Self, LoggingError> {
        match text.trim() {
            "text" => Ok(Self::Text),
            "json" => Ok(Self::Json),
            other => Err(LoggingError::Format(other.to_owned())),
        }
    }
}

impl fmt::Display for LogFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Text => "text",
            Self::Json => "json",
        })
    }
}

#[cfg(test)]
mod tests;
