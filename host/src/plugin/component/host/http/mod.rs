//! `wasi:http` for outgoing requests: the worker dials, does TLS and speaks HTTP/1.1, to what the instance was granted.
//!
//! Nothing is done unasked: no proxy of the environment, no redirect, no cookie, no retry of a request that may have arrived. A guest
//! that follows a redirect makes a new request, which is checked like any other.

mod body;
mod connection;
mod tls;

use std::io;
use std::sync::Arc;
use std::time::Duration;

use http_body_util::BodyExt;
use hyper::{Method, Request, Response, Uri};
use tokio::sync::Semaphore;
use wasmtime::component::Linker;
use wasmtime_wasi_http::p2::bindings::http::types::ErrorCode;
use wasmtime_wasi_http::{Error, RequestOptions, WasiBody, WasiHttpCtx, WasiHttpCtxView, WasiHttpHooks, WasiHttpView};

pub use self::tls::{Tls, TlsError};

use self::body::ResponseBody;
use self::connection::{Connection, Idle, Target};
use super::network::{Network, Unreachable};
use crate::plugin::component::state::State;

/// Requests of one instance at a time, until their answers were read, where its limits do not say less.
const MAX_IN_FLIGHT: usize = 32;
/// What a guest may write of a body at once, and twice of which is kept for each request.
const BODY_CHUNK_BYTES: usize = 64 * 1024;

/// Bytes of the headers that a guest makes for one request; it may hold many.
const MAX_REQUEST_HEADER_BYTES: usize = 32 * 1024;

/// The requests of one instance.
pub struct Http {
    context: WasiHttpCtx,
    client: Client,
}

/// What a request needs while the guest does other things.
#[derive(Clone)]
struct Client {
    network: Arc<Network>,
    tls: Arc<Tls>,
    idle: Arc<Idle>,
    in_flight: Arc<Semaphore>,
    /// The longest that any of a request's waits may be.
    timeout: Duration,
}

/// The answer, and what the guest's runtime keeps alive beside it, which is nothing: a connection drives itself.
type Answered = (Response<WasiBody>, Box<dyn Future<Output = Result<(), Error>> + Send>);

/// Adds the interfaces; those of `wasi:io` must be there already.
pub fn add_to_linker(linker: &mut Linker<State>) -> wasmtime::Result<()> {
    wasmtime_wasi_http::p2::add_only_http_to_linker_async(linker)
}

impl Http {
    /// `timeout`: the longest that any wait of a request may be, whatever the guest asks for; `max`: requests at a time.
    pub fn new(network: Arc<Network>, tls: Arc<Tls>, timeout: Duration, max: usize) -> Self {
        let in_flight = Arc::new(Semaphore::new(MAX_IN_FLIGHT.min(max)));
        let client = Client { network, tls, idle: Arc::default(), in_flight, timeout };
        let mut context = WasiHttpCtx::new();
        context.set_field_size_limit(MAX_REQUEST_HEADER_BYTES);
        Self { context, client }
    }
}

impl WasiHttpView for State {
    fn http(&mut self) -> WasiHttpCtxView<'_> {
        WasiHttpCtxView { ctx: &mut self.http.context, table: &mut self.table, hooks: &mut self.http.client }
    }
}

impl WasiHttpHooks for Client {
    fn send_request(
        &mut self,
        request: Request<WasiBody>,
        options: Option<RequestOptions>,
        _: Box<dyn Future<Output = Result<(), Error>> + Send>,
    ) -> Box<dyn Future<Output = Result<Answered, Error>> + Send> {
        let client = self.clone();
        Box::new(async move {
            let response = client.send(request, options.unwrap_or_default()).await?;
            Ok((response, Box::new(async { Ok(()) }) as Box<_>))
        })
    }

    fn p2_outgoing_body_chunk_size(&mut self) -> usize {
        BODY_CHUNK_BYTES
    }

    fn p2_error_from_hyper(&mut self, error: &hyper::Error) -> ErrorCode {
        if error.is_parse_too_large() {
            ErrorCode::HttpResponseHeaderSectionSize(None)
        } else if error.is_incomplete_message() || error.is_closed() || error.is_canceled() {
            ErrorCode::ConnectionTerminated
        } else {
            ErrorCode::HttpProtocolError
        }
    }

    fn p2_error_from_connect(&mut self, error: &io::Error) -> ErrorCode {
        match error.kind() {
            io::ErrorKind::ConnectionRefused => ErrorCode::ConnectionRefused,
            io::ErrorKind::TimedOut => ErrorCode::ConnectionTimeout,
            io::ErrorKind::HostUnreachable | io::ErrorKind::NetworkUnreachable => ErrorCode::DestinationIpUnroutable,
            _ => ErrorCode::ConnectionTerminated,
        }
    }

    fn p2_error_from_tls(&mut self, _: &io::Error) -> ErrorCode {
        ErrorCode::TlsProtocolError
    }
}

impl Client {
    async fn send(self, mut request: Request<WasiBody>, options: RequestOptions) -> Result<Response<WasiBody>, Error> {
        let permit = self.in_flight.clone().try_acquire_owned().map_err(|_| Error::ConnectionLimitReached)?;
        // A tunnel would carry what nobody checks.
        if request.method() == Method::CONNECT {
            return Err(Error::HttpRequestMethodInvalid);
        }
        let target = Target::of(request.uri()).ok_or(Error::HttpRequestUriInvalid)?;
        // The name is in the header `host`; with it in the request line too a server would take itself for a proxy.
        *request.uri_mut() = request.uri().path_and_query().cloned().map_or_else(Uri::default, Uri::from);
        let within = |asked: Option<Duration>| asked.unwrap_or(self.timeout).min(self.timeout);
        loop {
            let (mut connection, is_reused) = match self.idle.take(&target).await {
                Some(connection) => (connection, true),
                None => (self.connect(target.clone(), within(options.connect_timeout)).await?, false),
            };
            let sending = connection.sender.try_send_request(request);
            let sent = tokio::time::timeout(within(options.first_byte_timeout), sending).await;
            match sent.map_err(|_| Error::ConnectionReadTimeout)? {
                Ok(response) => {
                    let between_bytes = within(options.between_bytes_timeout);
                    return Ok(response.map(|incoming| {
                        ResponseBody::new(incoming, between_bytes, connection, self.idle, permit).boxed_unsync()
                    }));
                }
                // A server may close a waiting connection at any moment.
                Err(mut error) => match error.take_message() {
                    Some(unsent) if is_reused => request = unsent,
                    _ => return Err(error.into_error().into()),
                },
            }
        }
    }

    async fn connect(&self, target: Target, timeout: Duration) -> Result<Connection, Error> {
        let connect = async {
            let stream = self.network.dial(&target.host, target.port, timeout).await.map_err(error_of)?;
            stream.set_nodelay(true).map_err(Error::Connect)?;
            if !target.tls {
                return Connection::open(target, stream).await;
            }
            let secret = self.tls.connect(&target.server_name(), stream).await;
            let stream = secret.map_err(|error| {
                self.network.denials.warn(format_args!("https://{}:{}: {error}", target.host, target.port));
                match error {
                    TlsError::Certificate(_) => Error::TlsCertificateError,
                    TlsError::Handshake(_) => Error::TlsProtocolError,
                    _ => Error::ConfigurationError,
                }
            })?;
            Connection::open(target, stream).await
        };
        tokio::time::timeout(timeout, connect).await.map_err(|_| Error::ConnectionTimeout)?
    }
}

fn error_of(reason: Unreachable) -> Error {
    match reason {
        Unreachable::NotGranted => Error::HttpRequestDenied,
        Unreachable::Prohibited => Error::DestinationIpProhibited,
        Unreachable::Busy => Error::ConnectionLimitReached,
        Unreachable::Unresolved(_) => Error::DnsError { rcode: None, info_code: None },
        Unreachable::Connect(error) => Error::Connect(error),
        Unreachable::TimedOut => Error::ConnectionTimeout,
    }
}

#[cfg(test)]
mod tests;
