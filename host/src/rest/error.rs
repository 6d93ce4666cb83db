//! What a request is answered when it does not succeed; the only file with the status codes of errors
//! (Java's `ConnectExceptionMapper`).

use axum::http::StatusCode;
use axum::http::header::ALLOW;
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use super::json::JsonError;
use super::reply;
use crate::herder::HerderError;

/// `GET /health` while the worker starts.
pub(super) const STARTING: StatusCode = StatusCode::SERVICE_UNAVAILABLE;

/// `GET /health` when the herder does not answer.
pub(super) const UNHEALTHY: StatusCode = StatusCode::INTERNAL_SERVER_ERROR;

/// What HTTP calls a status.
pub(super) fn reason(status: u16) -> &'static str {
    StatusCode::from_u16(status).ok().and_then(|status| status.canonical_reason()).unwrap_or("Answer")
}

/// Why a request failed; `Display` is the `message` of the answer.
#[derive(Debug, thiserror::Error)]
pub(super) enum RestError {
    /// The herder's own answer.
    #[error(transparent)]
    Herder(#[from] HerderError),
    /// The body is not what the path takes.
    #[error(transparent)]
    Body(#[from] JsonError),
    /// Something else in the request is not understood.
    #[error("{0}")]
    BadRequest(String),
    /// No such path.
    #[error("HTTP 404 Not Found")]
    NoSuchPath,
    /// The path has other methods; they go into the `Allow` header.
    #[error("HTTP 405 Method Not Allowed")]
    MethodNotAllowed { allow: String },
    /// The client does not accept JSON.
    #[error("HTTP 406 Not Acceptable")]
    NotAcceptable,
    /// The body is longer than the server reads.
    #[error("HTTP 413 Request Entity Too Large: the body of a request may have {limit} bytes at most")]
    BodyTooLarge { limit: usize },
    /// The body is not declared to be JSON.
    #[error("HTTP 415 Unsupported Media Type")]
    UnsupportedMediaType,
    /// The herder did not answer within the request's time.
    #[error("Request timed out")]
    TimedOut,
    /// The herder is not ready yet.
    #[error("Worker is still starting up.")]
    Starting,
    /// A bug of ours; the log says more.
    #[error("HTTP 500 Internal Server Error")]
    Internal,
}

impl RestError {
    /// Whether the worker is to blame, so that its log should say so.
    pub(super) fn is_fault(&self) -> bool {
        self.status() == StatusCode::INTERNAL_SERVER_ERROR
    }

    fn status(&self) -> StatusCode {
        match self {
            Self::Herder(HerderError::BadRequest(_)) | Self::Body(_) | Self::BadRequest(_) => StatusCode::BAD_REQUEST,
            Self::Herder(HerderError::NotFound(_)) | Self::NoSuchPath => StatusCode::NOT_FOUND,
            Self::Herder(HerderError::Conflict(_) | HerderError::NotTarget { .. }) => StatusCode::CONFLICT,
            Self::Herder(HerderError::Forbidden(_)) => StatusCode::FORBIDDEN,
            Self::MethodNotAllowed { .. } => StatusCode::METHOD_NOT_ALLOWED,
            Self::NotAcceptable => StatusCode::NOT_ACCEPTABLE,
            Self::BodyTooLarge { .. } => StatusCode::PAYLOAD_TOO_LARGE,
            Self::UnsupportedMediaType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::Herder(HerderError::Unavailable(_)) | Self::Starting => StatusCode::SERVICE_UNAVAILABLE,
            Self::Herder(HerderError::Internal(_)) | Self::TimedOut | Self::Internal => {
                StatusCode::INTERNAL_SERVER_ERROR
            }
        }
    }
}

/// Java's entity `ErrorMessage`: exactly these fields, Java workers parse it strictly.
#[derive(Serialize)]
struct ErrorMessage {
    error_code: u16,
    message: String,
}

impl IntoResponse for RestError {
    fn into_response(self) -> Response {
        let status = self.status();
        let mut response =
            reply::json(status, &ErrorMessage { error_code: status.as_u16(), message: self.to_string() });
        if let Self::MethodNotAllowed { allow } = &self
            && let Ok(allow) = allow.parse()
        {
            response.headers_mut().insert(ALLOW, allow);
        }
        response
    }
}
