//! Listens, serves until told to stop, and lets requests under way finish.

use std::future::Future;
use std::io;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;

use super::answer_headers::AnswerHeaders;
use super::connection::{BoundedListener, Peer};
use super::router::{Service, Surface, router};
use super::tls::{Tls, TlsError};
use super::worker_client::WorkerClient;
use crate::config::worker_config::{CrossOrigin, HeaderRule, HttpsConfig};
use crate::connect::caps::{MAX_REST_CONNECTIONS, REST_IDLE_TIMEOUT, REST_REQUEST_TIMEOUT, REST_SHUTDOWN_TIMEOUT};
use crate::herder::Herder;

/// Why a listener could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum BindError {
    /// Another process, or another listener of ours, has the port.
    #[error("cannot listen on {listener}: port {port} is in use, set another one in 'listeners'")]
    PortInUse { listener: String, port: u16 },
    /// Ports below 1024 need a privilege, for example.
    #[error("cannot listen on {listener}: {source}")]
    Io { listener: String, source: io::Error },
    /// A worker without an address cannot be reached.
    #[error("cannot listen: there are no listeners")]
    NoListeners,
}

/// How to serve.
#[derive(Clone)]
pub struct RestOptions {
    /// The worker's own URL (`http://host:port`), for clients that do not name the host they ask.
    pub advertised_url: String,
    /// The longest that a request takes before it is answered 500.
    pub request_timeout: Duration,
    /// The longest that a stop waits for requests under way.
    pub shutdown_timeout: Duration,
    /// Which pages of other origins may use the API; none: none.
    pub cross_origin: Option<CrossOrigin>,
    /// Headers of all answers.
    pub response_headers: Vec<HeaderRule>,
    /// Asks other workers what this one cannot answer; none: there are no others.
    pub peers: Option<Arc<WorkerClient>>,
}

/// Where to listen.
#[derive(Clone)]
pub struct Place {
    host: String,
    port: u16,
    tls: Option<Arc<Tls>>,
}

struct Opened {
    listener: TcpListener,
    tls: Option<Arc<Tls>>,
}

/// Open listeners; connections wait in their backlogs until [`serve`](Self::serve) runs.
pub struct RestServer {
    listeners: Vec<Opened>,
    addresses: Vec<SocketAddr>,
    /// None: the admin endpoints are served with the others.
    admin: Option<Vec<Opened>>,
    admin_addresses: Vec<SocketAddr>,
}

// === impl RestOptions ===

impl RestOptions {
    /// Java's times, and the given advertised URL.
    pub fn new(advertised_url: impl Into<String>) -> Self {
        Self {
            advertised_url: advertised_url.into(),
            request_timeout: REST_REQUEST_TIMEOUT,
            shutdown_timeout: REST_SHUTDOWN_TIMEOUT,
            cross_origin: None,
            response_headers: Vec::new(),
            peers: None,
        }
    }
}

// === impl Place ===

impl Place {
    /// Plain HTTP. An empty host means all interfaces, port 0 any free one.
    pub fn http(host: impl Into<String>, port: u16) -> Self {
        Self { host: host.into(), port, tls: None }
    }

    /// HTTP over TLS. Reads the certificates, so that what is wrong with them shows at the start.
    pub fn https(host: impl Into<String>, port: u16, config: HttpsConfig) -> Result<Self, TlsError> {
        Ok(Self { host: host.into(), port, tls: Some(Arc::new(Tls::new(config)?)) })
    }
}

// === impl RestServer ===

impl RestServer {
    /// Opens a listener at each place.
    pub async fn bind(listeners: &[Place]) -> Result<Self, BindError> {
        if listeners.is_empty() {
            return Err(BindError::NoListeners);
        }
        let (listeners, addresses) = open_all(listeners).await?;
        Ok(Self { listeners, addresses, admin: None, admin_addresses: Vec::new() })
    }

    /// Serves the admin endpoints on these only; without any, nowhere.
    pub async fn bind_admin(&mut self, listeners: &[Place]) -> Result<(), BindError> {
        let (listeners, addresses) = open_all(listeners).await?;
        (self.admin, self.admin_addresses) = (Some(listeners), addresses);
        Ok(())
    }

    /// The addresses that are listened on, in the order of the listeners given.
    pub fn addresses(&self) -> &[SocketAddr] {
        &self.addresses
    }

    /// The addresses that only the admin endpoints have.
    pub fn admin_addresses(&self) -> &[SocketAddr] {
        &self.admin_addresses
    }

    /// Answers requests until `shutdown` completes; then takes no new ones and waits for those under way, up to the
    /// options' limit.
    pub async fn serve(
        self,
        herder: Arc<dyn Herder>,
        options: RestOptions,
        shutdown: impl Future<Output = ()> + Send + 'static,
    ) {
        let RestOptions { advertised_url, request_timeout, shutdown_timeout, cross_origin, response_headers, peers } =
            options;
        tracing::info!("REST server listening at {:?}, advertised URL {advertised_url}", self.addresses);
        if self.admin.is_some() {
            tracing::info!("REST admin endpoints at {:?}", self.admin_addresses);
        }
        let app = |surface| {
            let headers = AnswerHeaders { cross_origin: cross_origin.clone(), rules: response_headers.clone() };
            let (herder, advertised_url) = (Arc::clone(&herder), advertised_url.clone());
            let service = Service { herder, advertised_url, request_timeout, surface, headers, peers: peers.clone() };
            router(service).into_make_service_with_connect_info::<Peer>()
        };
        let main = app(if self.admin.is_some() { Surface::AllButAdmin } else { Surface::All });
        let admin = app(Surface::Admin);
        let listeners = self.listeners.into_iter().map(|listener| (listener, main.clone()));
        let listeners = listeners.chain(self.admin.into_iter().flatten().map(|listener| (listener, admin.clone())));
        let permits = Arc::new(Semaphore::new(MAX_REST_CONNECTIONS));
        let (stop, stopping) = watch::channel(false);

        let mut servers = JoinSet::new();
        for (Opened { listener, tls }, app) in listeners {
            let permits = Arc::clone(&permits);
            let listener = BoundedListener { listener, permits, tls, idle_timeout: REST_IDLE_TIMEOUT };
            let mut stopping = stopping.clone();
            let told = async move {
                // An error means that the sender is gone: stop as well.
                let _ = stopping.wait_for(|stop| *stop).await;
            };
            servers.spawn(axum::serve(listener, app).with_graceful_shutdown(told).into_future());
        }

        shutdown.await;
        tracing::info!("stopping the REST server");
        stop.send_replace(true);
        let finished = async { while servers.join_next().await.is_some() {} };
        if tokio::time::timeout(shutdown_timeout, finished).await.is_err() {
            tracing::warn!("REST requests were still under way {shutdown_timeout:?} after the REST server was stopped");
        }
    }
}

/// A listener for each host and port, and the address that it got.
async fn open_all(places: &[Place]) -> Result<(Vec<Opened>, Vec<SocketAddr>), BindError> {
    let (mut opened, mut addresses) = (Vec::new(), Vec::new());
    for Place { host, port, tls } in places {
        let bound = open(host, *port).await.and_then(|listener| Ok((listener.local_addr()?, listener)));
        let (address, listener) = bound.map_err(|source| bind_error(host, *port, source))?;
        addresses.push(address);
        opened.push(Opened { listener, tls: tls.clone() });
    }
    Ok((opened, addresses))
}

async fn open(host: &str, port: u16) -> io::Result<TcpListener> {
    if !host.is_empty() {
        return TcpListener::bind((host, port)).await;
    }
    // Both families in one socket, as Java does; hosts without IPv6 have the other only.
    match TcpListener::bind((Ipv6Addr::UNSPECIFIED, port)).await {
        Err(error) if error.kind() != io::ErrorKind::AddrInUse => {
            TcpListener::bind((Ipv4Addr::UNSPECIFIED, port)).await
        }
        opened => opened,
    }
}

fn bind_error(host: &str, port: u16, source: io::Error) -> BindError {
    let host = if host.is_empty() { "*" } else { host };
    let listener = if host.contains(':') { format!("[{host}]:{port}") } else { format!("{host}:{port}") };
    match source.kind() {
        io::ErrorKind::AddrInUse => BindError::PortInUse { listener, port },
        _ => BindError::Io { listener, source },
    }
}
