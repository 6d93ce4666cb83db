//! Requests to the REST API of other workers (Java's `RestClient`).

use std::collections::BTreeSet;
use std::time::Duration;

use async_trait::async_trait;
use axum::body::Bytes;
use axum::http::header::{ACCEPT, CONTENT_TYPE, USER_AGENT};
use axum::http::{HeaderMap, HeaderValue, Method};
use percent_encoding::utf8_percent_encode;
use serde::Deserialize;
use tokio::time::timeout;

use super::resources::SEGMENT;
use super::signature;
use crate::config::worker_config::HttpsConfig;
use crate::connect::caps::{MAX_REST_ANSWER, PEER_PLUGINS_TIMEOUT, REST_REQUEST_TIMEOUT};
use crate::connect::{Config, MacAlgorithm, SessionKey};
use crate::herder::peers::{PeerError, Peers};
use crate::http_client::{Answered, Asked, HttpClient, HttpClientOptions, HttpError, TlsError};

const JSON: HeaderValue = HeaderValue::from_static("application/json");
/// Not Java's `kafka-connect`: who asks us under that name gets only what it can read.
const AGENT: HeaderValue = HeaderValue::from_static("wasm-connect");

/// Asks other workers; one connection a request, as there are few.
pub struct WorkerClient {
    http: HttpClient,
    signature_algorithm: MacAlgorithm,
}

/// The other worker was not reached, or its answer could not be read.
#[derive(Debug, thiserror::Error)]
pub(super) enum ClientError {
    #[error("IO Error trying to forward REST request: {0}")]
    Io(String),
    #[error("Error trying to forward REST request: {0}")]
    Other(String),
}

fn io(error: impl std::fmt::Display) -> ClientError {
    ClientError::Io(error.to_string())
}

// === impl WorkerClient ===

impl WorkerClient {
    /// `https` are the settings of this worker's own listeners, if one of them is https.
    pub fn new(https: Option<&HttpsConfig>, signature_algorithm: MacAlgorithm) -> Result<Self, TlsError> {
        let http = HttpClient::new(HttpClientOptions {
            identity: https.map(|https| &https.identity),
            trusted: https.and_then(|https| https.trusted.as_ref()),
            verify_hostname: https.is_none_or(|https| https.verify_hostname),
            connect_timeout: REST_REQUEST_TIMEOUT,
            max_answer: MAX_REST_ANSWER,
        })?;
        Ok(Self { http, signature_algorithm })
    }

    /// Asks once; whoever asks sets a deadline.
    pub(super) async fn ask(&self, mut asked: Asked) -> Result<Answered, ClientError> {
        asked.headers.insert(ACCEPT, JSON);
        asked.headers.insert(USER_AGENT, AGENT);
        if !asked.body.is_empty() {
            asked.headers.insert(CONTENT_TYPE, JSON);
        }
        self.http.ask(asked).await.map_err(|error| match error {
            HttpError::Io(message) => ClientError::Io(message),
            HttpError::Request(message) => ClientError::Other(message),
        })
    }

    async fn ask_within(&self, limit: Duration, asked: Asked) -> Result<Answered, PeerError> {
        let answered = timeout(limit, self.ask(asked)).await;
        let answered = answered.unwrap_or_else(|_| Err(io(format_args!("no answer within {} ms", limit.as_millis()))));
        let answered = answered.map_err(|error| PeerError { status: None, message: error.to_string() })?;
        if answered.status.is_success() {
            return Ok(answered);
        }
        let status = answered.status.as_u16();
        let message = serde_json::from_slice(&answered.body).map_or_else(
            |_| format!("Unexpected status code when handling forwarded request: {status}"),
            |ErrorMessage { message }| message,
        );
        Err(PeerError { status: Some(status), message })
    }
}

#[derive(Deserialize)]
struct ErrorMessage {
    message: String,
}

#[derive(Deserialize)]
struct Plugin {
    class: String,
}

#[async_trait]
impl Peers for WorkerClient {
    async fn put_task_configs(
        &self,
        leader_url: &str,
        connector: &str,
        configs: &[Config],
        key: Option<&SessionKey>,
    ) -> Result<(), PeerError> {
        let unsent = |message: String| PeerError { status: None, message };
        let body = serde_json::to_vec(configs).map_err(|error| unsent(error.to_string()))?;
        let mut headers = HeaderMap::new();
        if let Some(key) = key {
            let signed = signature::sign(&mut headers, key, self.signature_algorithm, &body);
            signed.map_err(|error| unsent(format!("a request could not be signed: {error}")))?;
        }
        let asked = Asked {
            method: Method::POST,
            url: leader_url.to_owned(),
            path_and_query: format!("/connectors/{}/tasks", utf8_percent_encode(connector, SEGMENT)),
            headers,
            body: body.into(),
        };
        self.ask_within(REST_REQUEST_TIMEOUT, asked).await.map(drop)
    }

    async fn connector_classes(&self, url: &str) -> Result<BTreeSet<String>, PeerError> {
        let asked = Asked {
            method: Method::GET,
            url: url.to_owned(),
            path_and_query: "/connector-plugins".to_owned(),
            headers: HeaderMap::new(),
            body: Bytes::new(),
        };
        let answered = self.ask_within(PEER_PLUGINS_TIMEOUT, asked).await?;
        let plugins: Vec<Plugin> = serde_json::from_slice(&answered.body).map_err(|error| PeerError {
            status: Some(answered.status.as_u16()),
            message: format!("the plugins of {url} could not be read: {error}"),
        })?;
        Ok(plugins.into_iter().map(|plugin| plugin.class).collect())
    }
}
