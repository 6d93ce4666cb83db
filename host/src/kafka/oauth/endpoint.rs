//! Asks an OAuth provider for a token (Java's `HttpJwtRetriever` with client credentials, RFC 6749 section 4.4).

use std::fmt::Display;
use std::time::SystemTime;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http_body_util::{BodyExt, Full, Limited};
use hyper::client::conn::http1;
use hyper::header::{ACCEPT, AUTHORIZATION, CACHE_CONTROL, CONTENT_TYPE, HOST};
use hyper::{Request, StatusCode};
use hyper_util::rt::TokioIo;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Deserialize;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::{OAuthSettings, Token};
use crate::kafka::ports::KafkaError;
use crate::kafka::wire::TlsConnector;

/// The most bytes of an answer: tokens are a few KiB.
const MAX_ANSWER: usize = 1024 * 1024;
/// The most characters of a provider's own words that are told.
const MAX_WORDS: usize = 200;

/// What a provider answers that refuses (RFC 6749 section 5.2).
#[derive(Default, Deserialize)]
struct Refusal {
    #[serde(default)]
    error: String,
    #[serde(default)]
    error_description: String,
}

/// Asks once.
pub(super) async fn fetch(settings: &OAuthSettings) -> Result<Token, KafkaError> {
    let asked = async {
        let connected = timeout(settings.connect_timeout, TcpStream::connect(address(settings)));
        let tcp = connected.await.map_err(|_| lost("connecting took too long"))?.map_err(lost)?;
        timeout(settings.read_timeout, ask(settings, tcp)).await.map_err(|_| lost("the answer took too long"))?
    };
    asked.await.map_err(|error| KafkaError {
        message: format!("failed to get an OAuth token from {}: {}", settings.endpoint, error.message),
        ..error
    })
}

fn lost(what: impl Display) -> KafkaError {
    KafkaError { retriable: true, message: what.to_string() }
}

fn refused(what: impl Display) -> KafkaError {
    KafkaError { retriable: false, message: what.to_string() }
}

fn is_https(settings: &OAuthSettings) -> bool {
    settings.endpoint.scheme_str() == Some("https")
}

fn host(settings: &OAuthSettings) -> &str {
    settings.endpoint.host().unwrap_or_default().trim_start_matches('[').trim_end_matches(']')
}

fn address(settings: &OAuthSettings) -> (&str, u16) {
    let default = if is_https(settings) { 443 } else { 80 };
    (host(settings), settings.endpoint.port_u16().unwrap_or(default))
}

async fn ask(settings: &OAuthSettings, tcp: TcpStream) -> Result<Token, KafkaError> {
    let request = request(settings).map_err(refused)?;
    let (status, body) = if is_https(settings) {
        let tls = TlsConnector::new(|key| settings.tls.get(key).map(String::as_str))?;
        exchange(tls.connect(host(settings), tcp).await?, request).await?
    } else {
        exchange(tcp, request).await?
    };
    if status != StatusCode::OK {
        let Refusal { error, error_description } = serde_json::from_slice(&body).unwrap_or_default();
        let words: String = format!("{error} {error_description}").trim().chars().take(MAX_WORDS).collect();
        let message = format!("it answered {status} {}", words.escape_debug());
        // Java's list of what will not pass, as far as it is the client's fault.
        let may_pass = status.is_server_error() || matches!(status.as_u16(), 408 | 425 | 429);
        return Err(KafkaError { retriable: may_pass, message });
    }
    Token::parse(&body, SystemTime::now()).map_err(|what| refused(format_args!("its answer cannot be used: {what}")))
}

fn request(settings: &OAuthSettings) -> Result<Request<Full<Bytes>>, hyper::http::Error> {
    let encode = |text: &str| utf8_percent_encode(text, NON_ALPHANUMERIC).to_string();
    let (id, secret) = (&settings.client_id, &settings.client_secret);
    let credentials = match settings.encode_credentials {
        true => format!("{}:{}", encode(id), encode(secret)),
        false => format!("{id}:{secret}"),
    };
    let mut body = "grant_type=client_credentials".to_owned();
    if let Some(scope) = &settings.scope {
        body.push_str(&format!("&scope={}", encode(scope)));
    }
    let endpoint = &settings.endpoint;
    Request::post(endpoint.path_and_query().map_or("/", |path| path.as_str()))
        .header(HOST, endpoint.authority().map_or("", |authority| authority.as_str()))
        .header(ACCEPT, "application/json")
        .header(CACHE_CONTROL, "no-cache")
        .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
        .header(AUTHORIZATION, format!("Basic {}", STANDARD.encode(credentials)))
        .body(Full::from(body))
}

async fn exchange(
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    request: Request<Full<Bytes>>,
) -> Result<(StatusCode, Bytes), KafkaError> {
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await.map_err(lost)?;
    let exchange = async {
        let (head, body) = sender.send_request(request).await.map_err(lost)?.into_parts();
        let body = Limited::new(body, MAX_ANSWER).collect().await.map_err(lost)?.to_bytes();
        Ok((head.status, body))
    };
    tokio::pin!(exchange);
    tokio::select! {
        answered = &mut exchange => answered,
        // It may end with the answer already read.
        _ = connection => exchange.await,
    }
}
