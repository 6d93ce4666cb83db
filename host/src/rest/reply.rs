//! Answers to requests that succeeded.

use axum::body::{Body, HttpBody};
use axum::http::header::{ALLOW, CONTENT_LENGTH, CONTENT_TYPE, LOCATION};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Serialize;

const JSON: HeaderValue = HeaderValue::from_static("application/json");
const TEXT: HeaderValue = HeaderValue::from_static("text/plain");

/// `entity` as JSON.
pub(super) fn json<T: Serialize>(status: StatusCode, entity: &T) -> Response {
    match serde_json::to_vec(entity) {
        Ok(body) => (status, [(CONTENT_TYPE, JSON)], body).into_response(),
        Err(error) => {
            tracing::error!("cannot write the answer to a request as JSON: {error}");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

/// 200 with `entity`.
pub(super) fn ok<T: Serialize>(entity: &T) -> Response {
    json(StatusCode::OK, entity)
}

/// 201 with `entity`, which can be found at the absolute URL `location`.
pub(super) fn created<T: Serialize>(entity: &T, location: &str) -> Response {
    let mut response = json(StatusCode::CREATED, entity);
    if let Ok(location) = HeaderValue::from_str(location) {
        response.headers_mut().insert(LOCATION, location);
    }
    response
}

/// 202 with `entity`: it will happen.
pub(super) fn accepted_with<T: Serialize>(entity: &T) -> Response {
    json(StatusCode::ACCEPTED, entity)
}

/// 202: it will happen.
pub(super) fn accepted() -> Response {
    StatusCode::ACCEPTED.into_response()
}

/// 204: done, and nothing to say.
pub(super) fn no_content() -> Response {
    StatusCode::NO_CONTENT.into_response()
}

/// The answer to `OPTIONS`, which lists the methods in the header and, as Java does for clients that take text, in the body.
pub(super) fn options(allow: &str, is_text: bool) -> Response {
    let mut response = if is_text {
        ([(CONTENT_TYPE, TEXT)], allow.replace(',', ", ")).into_response()
    } else {
        [(CONTENT_TYPE, JSON)].into_response()
    };
    if let Ok(allow) = HeaderValue::from_str(allow) {
        response.headers_mut().insert(ALLOW, allow);
    }
    response
}

/// The answer to `HEAD`: that to `GET`, its length included, without the body.
pub(super) fn without_body(response: Response) -> Response {
    let (mut head, body) = response.into_parts();
    if let Some(length) = body.size_hint().exact() {
        head.headers.insert(CONTENT_LENGTH, length.into());
    }
    Response::from_parts(head, Body::empty())
}
