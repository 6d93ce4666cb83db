//! The worker's own HTTP requests: to other workers, and to schema registries.

/// Keys and certificates.
mod tls;

use std::pin::Pin;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt, Full, Limited};
use hyper::client::conn::http1;
use hyper::header::HOST;
use hyper::http::uri::{PathAndQuery, Scheme};
use hyper::{HeaderMap, Method, Request, StatusCode, Uri};
use hyper_util::rt::TokioIo;
use openssl::ssl::SslConnector;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_openssl::SslStream;

pub use self::tls::TlsError;
pub(crate) use self::tls::{certificates, set_identity};
use crate::config::worker_config::{Identity, Trusted};

/// Sends requests; one connection a request, as there are few.
pub(crate) struct HttpClient {
    tls: SslConnector,
    verify_hostname: bool,
    /// For the connection, and for its TLS.
    connect_timeout: Duration,
    /// The longest answer that is read, in bytes.
    max_answer: usize,
}

/// What a client is made of.
pub(crate) struct HttpClientOptions<'a> {
    /// None: it shows no certificate.
    pub identity: Option<&'a Identity>,
    /// None: whom the system trusts.
    pub trusted: Option<&'a Trusted>,
    pub verify_hostname: bool,
    pub connect_timeout: Duration,
    pub max_answer: usize,
}

/// What is asked.
pub(crate) struct Asked {
    pub method: Method,
    /// Scheme, host and port; a path is not used.
    pub url: String,
    /// With a `/` in front.
    pub path_and_query: String,
    pub headers: HeaderMap,
    pub body: Bytes,
}

/// What was answered.
pub(crate) struct Answered {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Bytes,
}

/// The other side was not reached, or its answer could not be read.
#[derive(Debug, thiserror::Error)]
pub(crate) enum HttpError {
    #[error("{0}")]
    Io(String),
    /// The request cannot be made at all.
    #[error("{0}")]
    Request(String),
}

fn io(error: impl std::fmt::Display) -> HttpError {
    HttpError::Io(error.to_string())
}

fn request(error: impl std::fmt::Display) -> HttpError {
    HttpError::Request(error.to_string())
}

impl HttpClient {
    pub(crate) fn new(options: HttpClientOptions<'_>) -> Result<Self, TlsError> {
        let HttpClientOptions { identity, trusted, verify_hostname, connect_timeout, max_answer } = options;
        Ok(Self { tls: tls::connector(identity, trusted)?, verify_hostname, connect_timeout, max_answer })
    }

    /// How long a connection may take, and its TLS once more.
    pub(crate) fn connect_timeout(&self) -> Duration {
        self.connect_timeout
    }

    /// Asks once; whoever asks sets a deadline for the answer.
    pub(crate) async fn ask(&self, asked: Asked) -> Result<Answered, HttpError> {
        let uri: Uri = asked.url.parse().map_err(request)?;
        let authority = uri.authority().ok_or_else(|| request(format_args!("'{}' names no host", asked.url)))?;
        let host = authority.host().trim_start_matches('[').trim_end_matches(']');
        let is_https = uri.scheme() == Some(&Scheme::HTTPS);
        let port = authority.port_u16().unwrap_or(if is_https { 443 } else { 80 });
        let mut http = Request::new(Full::new(asked.body));
        *http.method_mut() = asked.method;
        *http.uri_mut() = asked.path_and_query.parse::<PathAndQuery>().map_err(request)?.into();
        *http.headers_mut() = asked.headers;
        // A user before an `@` is not for the header.
        let named = authority.as_str().rsplit('@').next().unwrap_or_default();
        http.headers_mut().insert(HOST, named.parse().map_err(request)?);

        let late = |_| io(format_args!("no connection within {} ms", self.connect_timeout.as_millis()));
        let connecting = timeout(self.connect_timeout, TcpStream::connect((host, port)));
        let tcp = connecting.await.map_err(late)?.map_err(io)?;
        if !is_https {
            return self.exchange(tcp, http).await;
        }
        let ssl = self.tls.configure().and_then(|mut configuration| {
            configuration.set_verify_hostname(self.verify_hostname);
            configuration.into_ssl(host)
        });
        let mut stream = SslStream::new(ssl.map_err(request)?, tcp).map_err(request)?;
        timeout(self.connect_timeout, Pin::new(&mut stream).connect()).await.map_err(late)?.map_err(io)?;
        self.exchange(stream, http).await
    }

    async fn exchange(
        &self,
        stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
        request: Request<Full<Bytes>>,
    ) -> Result<Answered, HttpError> {
        let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await.map_err(io)?;
        let exchange = async {
            let (head, body) = sender.send_request(request).await.map_err(io)?.into_parts();
            let body = Limited::new(body, self.max_answer).collect().await.map_err(io)?.to_bytes();
            Ok(Answered { status: head.status, headers: head.headers, body })
        };
        tokio::pin!(exchange);
        tokio::select! {
            answered = &mut exchange => answered,
            // It may end with the answer already read.
            _ = connection => exchange.await,
        }
    }
}
