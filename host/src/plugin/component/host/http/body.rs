//! The body of an answer on its way to the guest.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use hyper::body::{Body, Frame, Incoming, SizeHint};
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::Sleep;
use wasmtime_wasi_http::Error;

use super::connection::{Connection, Idle};

/// A body that must go on coming, and after whose end the connection serves again. It is read as fast as the guest reads.
pub struct ResponseBody {
    incoming: Incoming,
    ended: bool,
    between_bytes: Duration,
    /// While somebody waits for bytes.
    deadline: Option<Pin<Box<Sleep>>>,
    connection: Option<Connection>,
    idle: Arc<Idle>,
    /// The request's place among those of the instance.
    _permit: OwnedSemaphorePermit,
}

impl ResponseBody {
    pub fn new(
        incoming: Incoming,
        between_bytes: Duration,
        connection: Connection,
        idle: Arc<Idle>,
        permit: OwnedSemaphorePermit,
    ) -> Self {
        let ended = incoming.is_end_stream();
        Self { incoming, ended, between_bytes, deadline: None, connection: Some(connection), idle, _permit: permit }
    }
}

impl Body for ResponseBody {
    type Data = Bytes;
    type Error = Error;

    fn poll_frame(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Error>>> {
        let this = self.get_mut();
        match Pin::new(&mut this.incoming).poll_frame(cx) {
            Poll::Ready(frame) => {
                this.ended = frame.is_none() || this.incoming.is_end_stream();
                this.deadline = None;
                Poll::Ready(frame.map(|frame| frame.map_err(Error::from)))
            }
            Poll::Pending => {
                // From here on and not earlier: a guest may do something else for long before it reads.
                let wait = || Box::pin(tokio::time::sleep(this.between_bytes));
                ready!(this.deadline.get_or_insert_with(wait).as_mut().poll(cx));
                Poll::Ready(Some(Err(Error::ConnectionReadTimeout)))
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        self.incoming.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.incoming.size_hint()
    }
}

impl Drop for ResponseBody {
    /// A connection whose answer was not read to its end is closed.
    fn drop(&mut self) {
        if let Some(connection) = self.connection.take().filter(|_| self.ended) {
            self.idle.put(connection);
        }
    }
}
