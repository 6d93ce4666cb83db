//! Connections of the REST server: so many at a time, and none that is silent for ever.

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum::extract::connect_info::Connected;
use axum::serve::{IncomingStream, Listener};
use openssl::error::ErrorStack;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, Sleep};
use tokio_openssl::SslStream;

use super::tls::Tls;

/// Accepts connections while `permits` has room; further ones wait in the backlog of the system.
pub(super) struct BoundedListener {
    pub listener: TcpListener,
    pub permits: Arc<Semaphore>,
    /// None: plain HTTP.
    pub tls: Option<Arc<Tls>>,
    /// How long a connection may neither send nor take a byte.
    pub idle_timeout: Duration,
}

impl Listener for BoundedListener {
    type Io = Connection;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Connection, SocketAddr) {
        // Never closed, so there is always a permit at some time.
        let permit = Arc::clone(&self.permits).acquire_owned().await.ok();
        loop {
            let (stream, peer) = Listener::accept(&mut self.listener).await;
            // Answers are small: waiting to fill a packet would only delay them.
            let _ = stream.set_nodelay(true);
            match Stream::new(stream, self.tls.as_deref()) {
                Ok(stream) => {
                    let idle = Box::pin(tokio::time::sleep(self.idle_timeout));
                    return (Connection { stream, idle, idle_timeout: self.idle_timeout, _permit: permit }, peer);
                }
                Err(error) => tracing::error!("cannot begin TLS with {peer}: {error}"),
            }
        }
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }
}

/// The other end of a connection.
#[derive(Clone, Copy, Debug)]
pub(super) struct Peer(pub SocketAddr);

impl Connected<IncomingStream<'_, BoundedListener>> for Peer {
    fn connect_info(stream: IncomingStream<'_, BoundedListener>) -> Self {
        Self(*stream.remote_addr())
    }
}

/// The bytes of a connection. A handshake takes place with the first of them, so that a slow client delays only itself.
enum Stream {
    Plain(TcpStream),
    Tls(Box<SslStream<TcpStream>>),
}

impl Stream {
    fn new(stream: TcpStream, tls: Option<&Tls>) -> Result<Self, ErrorStack> {
        match tls {
            None => Ok(Self::Plain(stream)),
            Some(tls) => Ok(Self::Tls(Box::new(SslStream::new(tls.accept()?, stream)?))),
        }
    }
}

/// Calls a method of whichever stream it is.
macro_rules! either {
    ($self:ident, $method:ident($($arg:expr),*)) => {
        match $self.get_mut() {
            Stream::Plain(stream) => Pin::new(stream).$method($($arg),*),
            Stream::Tls(stream) => Pin::new(&mut **stream).$method($($arg),*),
        }
    };
}

impl AsyncRead for Stream {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        either!(self, poll_read(cx, buf))
    }
}

impl AsyncWrite for Stream {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        either!(self, poll_write(cx, buf))
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        either!(self, poll_write_vectored(cx, bufs))
    }

    fn is_write_vectored(&self) -> bool {
        matches!(self, Self::Plain(_))
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        either!(self, poll_flush(cx))
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        either!(self, poll_shutdown(cx))
    }
}

/// A connection that fails with `TimedOut` when nothing moves on it for the idle timeout.
pub(super) struct Connection {
    stream: Stream,
    idle: Pin<Box<Sleep>>,
    idle_timeout: Duration,
    _permit: Option<OwnedSemaphorePermit>,
}

impl Connection {
    /// Passes on what `poll` says of the stream and counts as movement whatever is not pending.
    fn watch<T>(
        &mut self,
        cx: &mut Context<'_>,
        poll: impl FnOnce(Pin<&mut Stream>, &mut Context<'_>) -> Poll<io::Result<T>>,
    ) -> Poll<io::Result<T>> {
        let progress = poll(Pin::new(&mut self.stream), cx);
        if progress.is_ready() {
            self.idle.as_mut().reset(Instant::now() + self.idle_timeout);
            return progress;
        }
        ready!(self.idle.as_mut().poll(cx));
        Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
    }
}

impl AsyncRead for Connection {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        self.watch(cx, |stream, cx| stream.poll_read(cx, buf))
    }
}

impl AsyncWrite for Connection {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        self.watch(cx, |stream, cx| stream.poll_write(cx, buf))
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.watch(cx, |stream, cx| stream.poll_write_vectored(cx, bufs))
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.watch(cx, AsyncWrite::poll_shutdown)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    use super::*;

    async fn listener(connections: usize, idle_timeout: Duration) -> BoundedListener {
        BoundedListener {
            listener: TcpListener::bind("127.0.0.1:0").await.unwrap(),
            permits: Arc::new(Semaphore::new(connections)),
            tls: None,
            idle_timeout,
        }
    }

    #[tokio::test]
    async fn a_silent_connection_fails_and_one_that_speaks_does_not() {
        let mut listener = listener(2, Duration::from_millis(300)).await;
        let mut client = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
        let (mut connection, _) = listener.accept().await;
        let begun = Instant::now();
        for byte in 0..4 {
            tokio::time::sleep(Duration::from_millis(100)).await;
            client.write_all(&[byte]).await.unwrap();
            assert_eq!(connection.read_u8().await.unwrap(), byte);
        }
        assert_eq!(connection.read_u8().await.unwrap_err().kind(), io::ErrorKind::TimedOut);
        assert!(begun.elapsed() >= Duration::from_millis(700));
    }

    #[tokio::test]
    async fn a_connection_too_many_waits_for_another_to_end() {
        let mut listener = listener(1, Duration::from_secs(60)).await;
        let address = listener.local_addr().unwrap();
        let _clients = (TcpStream::connect(address).await.unwrap(), TcpStream::connect(address).await.unwrap());
        let first = listener.accept().await;
        let second = tokio::time::timeout(Duration::from_millis(50), listener.accept()).await;
        assert!(second.is_err());
        drop(first);
        listener.accept().await;
    }
}
