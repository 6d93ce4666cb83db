//! What each path does: one file a resource, one function a method.

pub(super) mod connector_plugins;
pub(super) mod connectors;
pub(super) mod health;
pub(super) mod internal;
pub(super) mod loggers;
pub(super) mod root;

use std::str::FromStr;
use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::Query;
use axum::http::header::{HOST, USER_AGENT};
use axum::http::request::Parts;
use axum::http::uri::Authority;
use axum::http::{HeaderMap, Uri};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use super::error::RestError;
use super::negotiation;
use super::signature;
use crate::herder::{Herder, InternalRequest};

/// What a path segment may hold as it is (RFC 3986, `pchar`).
pub(super) const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~')
    .remove(b'!')
    .remove(b'$')
    .remove(b'&')
    .remove(b'\'')
    .remove(b'(')
    .remove(b')')
    .remove(b'*')
    .remove(b'+')
    .remove(b',')
    .remove(b';')
    .remove(b'=')
    .remove(b':')
    .remove(b'@');

/// A request that passed the router; the path's names are given beside it.
pub(super) struct Call {
    pub herder: Arc<dyn Herder>,
    query: Vec<(String, String)>,
    /// Scheme, host and port under which the client sees us.
    pub base_url: String,
    body: Bytes,
    declares_json: bool,
    headers: HeaderMap,
}

impl Call {
    /// The call that `head` and `body` make of `herder`; `advertised_url` is used if the client names no host.
    pub(super) fn new(herder: Arc<dyn Herder>, head: &Parts, body: Bytes, advertised_url: &str) -> Self {
        Self {
            herder,
            query: Query::try_from_uri(&head.uri).map(|Query(query)| query).unwrap_or_default(),
            base_url: base_url(head).unwrap_or_else(|| advertised_url.trim_end_matches('/').to_owned()),
            body,
            declares_json: negotiation::sends_json(&head.headers) == Some(true),
            headers: head.headers.clone(),
        }
    }

    /// The body of a method that takes one.
    fn body(&self) -> Result<&[u8], RestError> {
        if !self.body.is_empty() && !self.declares_json {
            return Err(RestError::UnsupportedMediaType);
        }
        Ok(&self.body)
    }

    /// What proves that another worker asks.
    fn internal(&self) -> Result<InternalRequest, RestError> {
        Ok(InternalRequest { signature: signature::of(&self.headers)?, body: self.body.to_vec() })
    }

    /// Whether a client asked a Java worker, which asks us in its place.
    fn is_forwarded_by_java(&self) -> bool {
        let agent = self.headers.get(USER_AGENT).and_then(|agent| agent.to_str().ok());
        self.parameters("forward").next().is_some() && agent == Some("kafka-connect")
    }

    /// The values of a repeatable query parameter.
    fn parameters<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.query.iter().filter(move |(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// A boolean query parameter; as for Java's `Boolean.valueOf`, what is not `true` is false.
    fn flag(&self, name: &str, default: bool) -> bool {
        self.parameters(name).next().map_or(default, |value| value.eq_ignore_ascii_case("true"))
    }

    /// The absolute URL of the connector `name`.
    fn connector_url(&self, name: &str) -> String {
        format!("{}/connectors/{}", self.base_url, utf8_percent_encode(name, SEGMENT))
    }
}

fn base_url(head: &Parts) -> Option<String> {
    let requested = Uri::authority(&head.uri).cloned();
    let authority = requested.or_else(|| Authority::from_str(head.headers.get(HOST)?.to_str().ok()?).ok())?;
    Some(format!("http://{authority}"))
}
