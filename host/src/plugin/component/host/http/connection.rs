//! Connections to HTTP servers, and those that wait to serve again.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use hyper::Uri;
use hyper::client::conn::http1::{Builder, SendRequest};
use hyper::http::uri::Scheme;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::time::Instant;
use wasmtime_wasi::runtime::AbortOnDropJoinHandle;
use wasmtime_wasi_http::{Error, WasiBody};

use crate::config::net_pattern::split_port;
use crate::connect::Host;

/// The most bytes of an answer's status line and headers, and what is read ahead of a body.
const MAX_HEADER_BYTES: usize = 64 * 1024;
/// Connections of one instance that wait for a request; the one that waited longest is closed for a further one.
const MAX_IDLE: usize = 4;
/// How long a connection waits, at most: servers close theirs after a minute or so, and one that was just closed fails a request.
const IDLE_TIMEOUT: Duration = Duration::from_secs(30);
/// How long a connection may take to get ready after an answer: its other half has nothing to do but to see the end.
const READY_TIMEOUT: Duration = Duration::from_millis(20);

/// Where a request goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    pub tls: bool,
    pub host: Host,
    pub port: u16,
}

impl Target {
    /// Where the request of that URI goes; none: it says not, or not unambiguously.
    pub fn of(uri: &Uri) -> Option<Self> {
        let tls = match uri.scheme() {
            Some(scheme) if *scheme == Scheme::HTTP => false,
            Some(scheme) if *scheme == Scheme::HTTPS => true,
            _ => return None,
        };
        // An authority with a user before an `@` is no host here.
        let (host, port) = split_port(uri.authority()?.as_str())?;
        let port = match port {
            Some(port) => port.parse().ok().filter(|port| *port != 0)?,
            None if tls => 443,
            None => 80,
        };
        Some(Self { tls, host: Host::parse(host)?, port })
    }

    /// The name or address that the server's certificate must be for.
    pub fn server_name(&self) -> String {
        match &self.host {
            Host::Address(address) => address.to_string(),
            Host::Name(name) => name.clone(),
        }
    }
}

/// An open connection, closed on drop.
pub struct Connection {
    pub target: Target,
    pub sender: SendRequest<WasiBody>,
    /// Reads and writes.
    _driver: AbortOnDropJoinHandle<()>,
}

impl Connection {
    /// Begins to speak HTTP on a stream.
    pub async fn open<S>(target: Target, stream: S) -> Result<Self, Error>
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let mut http = Builder::new();
        http.max_buf_size(MAX_HEADER_BYTES);
        let (sender, driver) = http.handshake(TokioIo::new(stream)).await?;
        let driver = wasmtime_wasi::runtime::spawn(async move {
            // What goes wrong is told to the request.
            let _ = driver.await;
        });
        Ok(Self { target, sender, _driver: driver })
    }
}

/// The connections of one instance that wait for their next request.
#[derive(Default)]
pub struct Idle(Mutex<Vec<(Instant, Connection)>>);

impl Idle {
    /// One that is ready to take a request, the one that waited shortest.
    pub async fn take(&self, target: &Target) -> Option<Connection> {
        loop {
            let mut connection = {
                let mut waiting = self.waiting();
                waiting.retain(|(since, connection)| since.elapsed() < IDLE_TIMEOUT && !connection.sender.is_closed());
                let position = waiting.iter().rposition(|(_, connection)| connection.target == *target)?;
                waiting.remove(position).1
            };
            if let Ok(Ok(())) = tokio::time::timeout(READY_TIMEOUT, connection.sender.ready()).await {
                return Some(connection);
            }
        }
    }

    pub fn put(&self, connection: Connection) {
        let mut waiting = self.waiting();
        waiting.push((Instant::now(), connection));
        if waiting.len() > MAX_IDLE {
            waiting.remove(0);
        }
    }

    /// A panic while it was held leaves connections, each of which is whole.
    fn waiting(&self) -> MutexGuard<'_, Vec<(Instant, Connection)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_target_is_what_the_uri_says_and_nothing_else() {
        let target = |uri: &str| {
            let target = Target::of(&uri.parse().ok()?)?;
            Some(format!("{} {}:{}", target.tls, target.server_name(), target.port))
        };
        assert_eq!(target("http://DB.example.com/x").as_deref(), Some("false db.example.com:80"));
        assert_eq!(target("https://db").as_deref(), Some("true db:443"));
        assert_eq!(target("https://[::ffff:127.0.0.1]:8443/").as_deref(), Some("true 127.0.0.1:8443"));
        for uri in
            ["/x", "ftp://db/", "http://user@db/", "http://db:0/", "http://db:99999/", "http://127.1/", "http://db:/"]
        {
            assert_eq!(target(uri), None, "{uri}");
        }
    }
}
