//! `GET /` and `GET /openapi.json`.

use axum::response::Response;

use super::Call;
use crate::rest::error::RestError;
use crate::rest::openapi;
use crate::rest::reply;

/// The Connect version that is spoken, and the Kafka cluster.
pub(in crate::rest) async fn server_info(call: &Call) -> Result<Response, RestError> {
    if !call.herder.is_ready() {
        return Err(RestError::Starting);
    }
    Ok(reply::ok(&call.herder.server_info().await?))
}

/// The API's description of itself.
pub(in crate::rest) fn openapi() -> Response {
    reply::ok(&*openapi::DOCUMENT)
}
