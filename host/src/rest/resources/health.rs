//! `GET /health` (KIP-1017).

use axum::response::Response;

use super::Call;
use crate::connect::caps::HEALTH_CHECK_TIMEOUT;
use crate::rest::entities::WorkerStatus;
use crate::rest::error::{self, RestError};
use crate::rest::reply;

/// Healthy is a worker whose herder answers a question in time.
pub(in crate::rest) async fn health(call: &Call) -> Result<Response, RestError> {
    if !call.herder.is_ready() {
        return Ok(reply::json(error::STARTING, &WorkerStatus::STARTING));
    }
    match tokio::time::timeout(HEALTH_CHECK_TIMEOUT, call.herder.connectors()).await {
        Ok(answer) => answer.map(|_| reply::ok(&WorkerStatus::HEALTHY)).map_err(RestError::from),
        Err(_) => Ok(reply::json(error::UNHEALTHY, &WorkerStatus::UNHEALTHY)),
    }
}
