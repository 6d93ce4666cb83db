//! `/admin/loggers` and what is below it (KIP-495, KIP-976).

use axum::response::Response;

use super::Call;
use crate::herder::{HerderError, LogLevel};
use crate::rest::entities::config_map;
use crate::rest::error::RestError;
use crate::rest::reply;

type Reply = Result<Response, RestError>;

/// The loggers with a level of their own.
pub(in crate::rest) async fn list(call: &Call) -> Reply {
    Ok(reply::ok(&call.herder.logger_levels()))
}

/// The level of one logger, its own or inherited.
pub(in crate::rest) async fn level(call: &Call, logger: &str) -> Reply {
    let unknown = || HerderError::NotFound(format!("Logger {logger} not found."));
    Ok(reply::ok(&call.herder.logger_level(logger).ok_or_else(unknown)?))
}

/// Sets the level of a logger and of those below it, on this worker or with `scope=cluster` on all.
pub(in crate::rest) async fn set_level(call: &Call, logger: &str) -> Reply {
    let level = config_map(call.body()?)?.swap_remove("level").flatten();
    let Some(level) = level else {
        let message = "Desired 'level' parameter was not specified in request.";
        return Err(RestError::BadRequest(message.to_owned()));
    };
    let unknown = || HerderError::NotFound(format!("invalid log level '{level}'."));
    let level = LogLevel::parse(&level).ok_or_else(unknown)?;
    let scope = call.parameters("scope").next().unwrap_or("worker");
    if scope.eq_ignore_ascii_case("cluster") {
        call.herder.set_cluster_logger_level(logger, level).await?;
        return Ok(reply::no_content());
    }
    if !scope.eq_ignore_ascii_case("worker") {
        tracing::warn!("Received invalid scope '{scope}' in request to adjust logging level; will default to worker");
    }
    Ok(reply::ok(&call.herder.set_worker_logger_level(logger, level)))
}
