//! Requests to the REST API of other workers (Java's `RestClient`).

use std::collections::BTreeSet;
use std::pin::Pin;
use std::time::Duration;

use async_trait::async_trait;
use axum::body::Bytes;
use axum::http::header::{ACCEPT, CONTENT_TYPE, HOST, USER_AGENT};
use axum::http::uri::{PathAndQuery, Scheme};
use axum::http::{HeaderMap, HeaderValue, Method, Request, StatusCode, Uri};
use http_body_util::{BodyExt, Full, Limited};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use openssl::ssl::SslConnector;
use percent_encoding::utf8_percent_encode;
use serde::Deserialize;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_openssl::SslStream;

use super::resources::SEGMENT;
use super::signature;
use super::tls::{self, TlsError};
use crate::config::worker_config::HttpsConfig;
use crate::connect::caps::{MAX_REST_ANSWER, PEER_PLUGINS_TIMEOUT, REST_REQUEST_TIMEOUT};
use crate::connect::{Config, MacAlgorithm, SessionKey};
use crate::herder::peers::{PeerError, Peers};

const JSON: HeaderValue = HeaderValue::from_static("application/json");
/// Not Java's `kafka-connect`: who asks us under that name gets only what it can read.
const AGENT: HeaderValue = HeaderValue::from_static("wasm-connect");

/// Asks other workers; one connection a request, as there are few.
pub struct WorkerClient {
    tls: SslConnector,
    verify_hostname: bool,
    signature_algorithm: MacAlgorithm,
}

/// What another worker is asked.
pub(super) struct Asked {
    pub method: Method,
    /// Of the other worker's REST API.
    pub url: String,
    /// With a `/` in front.
    pub path_and_query: String,
    pub headers: HeaderMap,
    /// JSON; none: no body.
    pub body: Option<Bytes>,
}

/// What another worker answered.
pub(super) struct Answered {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Bytes,
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

fn other(error: impl std::fmt::Display) -> ClientError {
    ClientError::Other(error.to_string())
}

// === impl WorkerClient ===

impl WorkerClient {
    /// `https` are the settings of this worker's own listeners, if one of them is https.
    pub fn new(https: Option<&HttpsConfig>, signature_algorithm: MacAlgorithm) -> Result<Self, TlsError> {
        let verify_hostname = https.is_none_or(|https| https.verify_hostname);
        Ok(Self { tls: tls::connector(https)?, verify_hostname, signature_algorithm })
    }

    /// Asks once; whoever asks sets a deadline.
    pub(super) async fn ask(&self, asked: Asked) -> Result<Answered, ClientError> {
        let uri: Uri = asked.url.parse().map_err(other)?;
        let authority = uri.authority().ok_or_else(|| other(format_args!("'{}' names no host", asked.url)))?;
        let host = authority.host().trim_start_matches('[').trim_end_matches(']');
        let is_https = uri.scheme() == Some(&Scheme::HTTPS);
        let port = authority.port_u16().unwrap_or(if is_https { 443 } else { 80 });
        let mut request = Request::new(Full::new(asked.body.clone().unwrap_or_default()));
        *request.method_mut() = asked.method;
        *request.uri_mut() = asked.path_and_query.parse::<PathAndQuery>().map_err(other)?.into();
        let headers = request.headers_mut();
        *headers = asked.headers;
        headers.insert(HOST, HeaderValue::from_str(authority.as_str()).map_err(other)?);
        headers.insert(ACCEPT, JSON);
        headers.insert(USER_AGENT, AGENT);
        if asked.body.is_some() {
            headers.insert(CONTENT_TYPE, JSON);
        }

        let tcp = TcpStream::connect((host, port)).await.map_err(io)?;
        if !is_https {
            return exchange(tcp, request).await;
        }
        let ssl = self.tls.configure().and_then(|mut configuration| {
            configuration.set_verify_hostname(self.verify_hostname);
            configuration.into_ssl(host)
        });
        let mut stream = SslStream::new(ssl.map_err(other)?, tcp).map_err(other)?;
        Pin::new(&mut stream).connect().await.map_err(io)?;
        exchange(stream, request).await
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

async fn exchange(
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    request: Request<Full<Bytes>>,
) -> Result<Answered, ClientError> {
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await.map_err(io)?;
    let exchange = async {
        let (head, body) = sender.send_request(request).await.map_err(io)?.into_parts();
        let body = Limited::new(body, MAX_REST_ANSWER).collect().await.map_err(io)?.to_bytes();
        Ok(Answered { status: head.status, headers: head.headers, body })
    };
    tokio::pin!(exchange);
    tokio::select! {
        answered = &mut exchange => answered,
        // It may end with the answer already read.
        _ = connection => exchange.await,
    }
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
            body: Some(body.into()),
        };
        self.ask_within(REST_REQUEST_TIMEOUT, asked).await.map(drop)
    }

    async fn connector_classes(&self, url: &str) -> Result<BTreeSet<String>, PeerError> {
        let asked = Asked {
            method: Method::GET,
            url: url.to_owned(),
            path_and_query: "/connector-plugins".to_owned(),
            headers: HeaderMap::new(),
            body: None,
        };
        let answered = self.ask_within(PEER_PLUGINS_TIMEOUT, asked).await?;
        let plugins: Vec<Plugin> = serde_json::from_slice(&answered.body).map_err(|error| PeerError {
            status: Some(answered.status.as_u16()),
            message: format!("the plugins of {url} could not be read: {error}"),
        })?;
        Ok(plugins.into_iter().map(|plugin| plugin.class).collect())
    }
}
