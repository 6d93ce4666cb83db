//! A request that this worker cannot answer goes to the one that can (Java's `HerderRequestHandler`).
//!
//! The first worker that a client asks may be wrong about who can, and so may the second; after two hops it is given up, since the
//! group is about to share its work anew.

use axum::body::{Body, Bytes};
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE, LOCATION};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, StatusCode, Uri};
use axum::response::Response;

use super::error::RestError;
use super::signature;
use super::worker_client::WorkerClient;
use crate::herder::HerderError;
use crate::http_client::{Answered, Asked};

/// How often a request may still be forwarded, as the parameter `forward` of its query says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Hops {
    /// A client's own request.
    Two,
    One,
    None,
}

impl Hops {
    fn of(uri: &Uri) -> Self {
        let parameters = uri.query().unwrap_or_default().split('&');
        match parameters.filter_map(|parameter| parameter.strip_prefix("forward=")).next() {
            None => Self::Two,
            Some(value) if value.eq_ignore_ascii_case("true") => Self::One,
            Some(_) => Self::None,
        }
    }
}

/// Asks the worker at `target` in the client's place. `base_url` is where the client sees this worker.
pub(super) async fn forward(
    client: &WorkerClient,
    head: &Parts,
    body: &Bytes,
    target: Option<String>,
    base_url: &str,
) -> Result<Response, RestError> {
    let conflict = |message: &str| RestError::Herder(HerderError::Conflict(message.to_owned()));
    let recursive = match Hops::of(&head.uri) {
        Hops::Two => true,
        Hops::One => false,
        Hops::None => {
            tracing::error!(
                "Request '{} {}' failed because it couldn't find the target Connect worker within two hops (between workers).",
                head.method,
                head.uri.path()
            );
            return Err(conflict("Cannot complete request because of a conflicting operation (e.g. worker rebalance)"));
        }
    };
    let url = target.ok_or_else(|| {
        conflict(
            "Cannot complete request momentarily due to no known leader URL, likely because a rebalance was underway.",
        )
    })?;
    let path_and_query = path_and_query(&head.uri, recursive);
    tracing::debug!("Forwarding request {} {path_and_query} to {url}", head.method);
    let answered = client
        .ask(Asked {
            method: head.method.clone(),
            url: url.clone(),
            path_and_query,
            headers: kept(&head.headers),
            body: body.clone(),
        })
        .await;
    match answered {
        Ok(answered) => Ok(relay(answered, base_url)),
        Err(error) => {
            tracing::error!("could not forward a request to {url}: {error}");
            Err(RestError::Herder(HerderError::Internal(error.to_string())))
        }
    }
}

fn path_and_query(uri: &Uri, recursive: bool) -> String {
    let mut text = format!("{}?forward={recursive}", uri.path());
    let parameters = uri.query().unwrap_or_default().split('&');
    for parameter in parameters.filter(|parameter| !parameter.is_empty() && !parameter.starts_with("forward=")) {
        text.push('&');
        text.push_str(parameter);
    }
    text
}

/// Who asks, and what proves that it is a worker.
fn kept(headers: &HeaderMap) -> HeaderMap {
    let names = signature::HEADERS.into_iter().chain([AUTHORIZATION]);
    names.filter_map(|name| headers.get(&name).cloned().map(|value| (name, value))).collect()
}

/// The other worker's answer as this one's own.
fn relay(answered: Answered, base_url: &str) -> Response {
    let mut response = Response::new(Body::from(answered.body));
    // As Java: who redirects is no worker.
    *response.status_mut() =
        if answered.status.is_redirection() { StatusCode::INTERNAL_SERVER_ERROR } else { answered.status };
    if let Some(media_type) = answered.headers.get(CONTENT_TYPE) {
        response.headers_mut().insert(CONTENT_TYPE, media_type.clone());
    }
    // What was created can be found at this worker too.
    let created = answered.headers.get(LOCATION).and_then(|location| location.to_str().ok()?.parse::<Uri>().ok());
    if let Some(location) = created.and_then(|uri| HeaderValue::from_str(&format!("{base_url}{}", uri.path())).ok()) {
        response.headers_mut().insert(LOCATION, location);
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_has_two_hops_and_keeps_its_query() {
        let check = |uri: &str, hops: Hops, forwarded: &str| {
            let uri: Uri = uri.parse().unwrap();
            assert_eq!((Hops::of(&uri), path_and_query(&uri, hops == Hops::Two)), (hops, forwarded.to_owned()));
        };
        check(
            "/connectors/a%2Fb/restart?onlyFailed=true",
            Hops::Two,
            "/connectors/a%2Fb/restart?forward=true&onlyFailed=true",
        );
        check("/connectors?forward=true", Hops::One, "/connectors?forward=false");
        check("/connectors?x=1&forward=false", Hops::None, "/connectors?forward=false&x=1");
    }
}
