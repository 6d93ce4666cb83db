//! A server with an in-memory herder, and requests to it as bytes over TCP.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use super::in_memory_herder::InMemoryHerder;
use crate::rest::{Place, RestOptions, RestServer};

/// Longer than anything in a test takes.
pub(super) const PATIENCE: Duration = Duration::from_secs(20);

/// A server that runs until it is dropped or stopped.
pub(super) struct TestServer {
    pub address: SocketAddr,
    pub herder: Arc<InMemoryHerder>,
    pub stop: oneshot::Sender<()>,
    pub serving: JoinHandle<()>,
}

/// An answer, taken apart.
#[derive(Debug)]
pub(super) struct Answer {
    pub status: u16,
    headers: Vec<(String, String)>,
    pub body: String,
}

// === impl TestServer ===

impl TestServer {
    /// With Java's times.
    pub(super) async fn start() -> Self {
        Self::start_with(|_| {}).await
    }

    /// With other options.
    pub(super) async fn start_with(change: impl FnOnce(&mut RestOptions)) -> Self {
        let server = RestServer::bind(&[Place::http("127.0.0.1", 0)]).await.unwrap();
        let address = server.addresses()[0];
        let mut options = RestOptions::new("http://worker.example:8083/");
        change(&mut options);
        let herder = Arc::new(InMemoryHerder::default());
        let (stop, stopped) = oneshot::channel();
        let told = async move {
            let _ = stopped.await;
        };
        let serving = tokio::spawn(server.serve(Arc::clone(&herder) as _, options, told));
        Self { address, herder, stop, serving }
    }

    pub(super) fn set_starting(&self, starting: bool) {
        self.herder.starting.store(starting, Ordering::Relaxed);
    }

    /// A request as curl would send it with `Content-Type: application/json`.
    pub(super) async fn request(&self, method: &str, path: &str, body: &str) -> Answer {
        self.request_with(method, path, "Content-Type: application/json\r\n", body).await
    }

    /// A request with these further header lines.
    pub(super) async fn request_with(&self, method: &str, path: &str, headers: &str, body: &str) -> Answer {
        let length = body.len();
        self.send(&format!(
            "{method} {path} HTTP/1.1\r\nHost: connect.example:28083\r\nConnection: close\r\nContent-Length: {length}\r\n\
             {headers}\r\n{body}"
        ))
        .await
    }

    /// The answer to a request as it is written.
    pub(super) async fn send(&self, request: &str) -> Answer {
        let exchange = async {
            let mut connection = TcpStream::connect(self.address).await.unwrap();
            // The server may answer and close before it has read all of it.
            let _ = connection.write_all(request.as_bytes()).await;
            read_answer(&mut connection).await
        };
        tokio::time::timeout(PATIENCE, exchange).await.unwrap()
    }

    /// Checks status and body of a request with a JSON body, or an empty one.
    pub(super) async fn check(&self, method: &str, path: &str, body: &str, status: u16, expected: &str) {
        let answer = self.request(method, path, body).await;
        assert_eq!((answer.status, answer.body.as_str()), (status, expected), "{method} {path} {body}");
        if !expected.is_empty() {
            assert_eq!(answer.header("content-type"), Some("application/json"), "{method} {path} {body}");
        }
    }

    /// Creates the connector `name`.
    pub(super) async fn create(&self, name: &str) {
        let body = format!(r#"{{"name":"{name}","config":{{"connector.class":"X"}}}}"#);
        assert_eq!(self.request("POST", "/connectors", &body).await.status, 201);
    }
}

// === impl Answer ===

impl Answer {
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(header, _)| header.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }
}

/// Reads until the server closes.
pub(super) async fn read_answer(connection: &mut TcpStream) -> Answer {
    let mut bytes = Vec::new();
    let mut chunk = [0; 4096];
    while let Ok(read @ 1..) = connection.read(&mut chunk).await {
        bytes.extend_from_slice(&chunk[..read]);
    }
    let text = String::from_utf8(bytes).unwrap();
    let (head, body) = text.split_once("\r\n\r\n").unwrap_or_else(|| panic!("no answer: '{text}'"));
    let mut lines = head.lines();
    let status = lines.next().unwrap().split(' ').nth(1).unwrap().parse().unwrap();
    let headers = lines.filter_map(|line| line.split_once(": ")).map(|(k, v)| (k.to_owned(), v.to_owned())).collect();
    Answer { status, headers, body: body.to_owned() }
}
