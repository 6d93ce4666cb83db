//! How the server starts, waits and stops.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

use super::client::{PATIENCE, TestServer, read_answer};
use super::in_memory_herder::InMemoryHerder;
use crate::rest::{BindError, Place, RestOptions, RestServer};

#[tokio::test]
async fn a_worker_that_starts_says_so() {
    let server = TestServer::start().await;
    server.set_starting(true);
    let starting = r#"{"status":"starting","message":"Worker is still starting up."}"#;
    server.check("GET", "/health", "", 503, starting).await;
    let starting = r#"{"error_code":503,"message":"Worker is still starting up."}"#;
    server.check("GET", "/", "", 503, starting).await;

    server.set_starting(false);
    let healthy = r#"{"status":"healthy","message":"Worker has completed startup and is ready to handle requests."}"#;
    server.check("GET", "/health", "", 200, healthy).await;
}

#[tokio::test]
async fn a_request_without_an_answer_times_out() {
    let server = TestServer::start_with(|options| options.request_timeout = Duration::from_millis(200)).await;
    let timed_out = r#"{"error_code":500,"message":"Request timed out"}"#;
    server.check("GET", "/connectors/slow/config", "", 500, timed_out).await;

    // A body that does not come counts as well.
    let half =
        "PUT /connectors/a/config HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n{";
    let answer = server.send(half).await;
    assert_eq!((answer.status, answer.body.as_str()), (500, timed_out));
}

#[tokio::test]
async fn a_bug_in_the_herder_ends_one_request_only() {
    let server = TestServer::start().await;
    let broken = r#"{"error_code":500,"message":"HTTP 500 Internal Server Error"}"#;
    server.check("GET", "/connectors/broken/config", "", 500, broken).await;
    server.check("GET", "/connectors", "", 200, "[]").await;
}

#[tokio::test]
async fn a_port_in_use_is_named() {
    let server = TestServer::start().await;
    let port = server.address.port();
    let error = RestServer::bind(&[Place::http("127.0.0.1", port)]).await.err().unwrap();
    assert!(matches!(error, BindError::PortInUse { .. }));
    let expected = format!("cannot listen on 127.0.0.1:{port}: port {port} is in use, set another one in 'listeners'");
    assert_eq!(error.to_string(), expected);
    let everywhere = RestServer::bind(&[Place::http("", port)]).await.err().unwrap();
    assert!(matches!(everywhere, BindError::PortInUse { .. }), "{everywhere}");
    assert!(matches!(RestServer::bind(&[]).await, Err(BindError::NoListeners)));
}

#[tokio::test]
async fn several_listeners_have_addresses_of_their_own() {
    let listeners = [Place::http("", 0), Place::http("127.0.0.1", 0), Place::http("localhost", 0)];
    let server = RestServer::bind(&listeners).await.unwrap();
    let addresses = server.addresses();
    assert_eq!(addresses.len(), 3);
    assert!(addresses[0].ip().is_unspecified() && addresses[1].ip().is_loopback());
    assert!(addresses.iter().all(|address| address.port() != 0));
}

#[tokio::test]
async fn a_stop_lets_requests_under_way_finish_and_takes_no_new_ones() {
    let server = TestServer::start().await;
    let mut begun = TcpStream::connect(server.address).await.unwrap();
    let body = r#"{"name":"a","config":{}}"#;
    let head = "POST /connectors HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nExpect: 100-continue\r\n";
    begun.write_all(format!("{head}Content-Length: {}\r\n\r\n", body.len()).as_bytes()).await.unwrap();
    // The server asks for the body: the request is under way.
    let mut go_on = [0; 25];
    tokio::io::AsyncReadExt::read_exact(&mut begun, &mut go_on).await.unwrap();
    assert_eq!(&go_on, b"HTTP/1.1 100 Continue\r\n\r\n");
    let idle = TcpStream::connect(server.address).await.unwrap();

    server.stop.send(()).unwrap();
    let refused = async { while TcpStream::connect(server.address).await.is_ok() {} };
    tokio::time::timeout(PATIENCE, refused).await.unwrap();
    begun.write_all(body.as_bytes()).await.unwrap();
    let answer = tokio::time::timeout(PATIENCE, read_answer(&mut begun)).await.unwrap();
    assert_eq!(answer.status, 201);
    tokio::time::timeout(PATIENCE, server.serving).await.unwrap().unwrap();
    drop(idle);
}

#[tokio::test]
async fn a_stop_does_not_wait_for_ever() {
    let server = TestServer::start_with(|options| options.shutdown_timeout = Duration::from_millis(100)).await;
    let mut stuck = TcpStream::connect(server.address).await.unwrap();
    stuck.write_all(b"GET /connectors/slow/config HTTP/1.1\r\nHost: a\r\n\r\n").await.unwrap();
    // Another answer on the same server: the first request has been taken by then, or is refused, which ends it as well.
    server.check("GET", "/connectors", "", 200, "[]").await;
    assert!(!server.herder.starting.load(Ordering::Relaxed));
    server.stop.send(()).unwrap();
    tokio::time::timeout(PATIENCE, server.serving).await.unwrap().unwrap();
}

#[tokio::test]
async fn admin_endpoints_are_where_they_are_configured() {
    let here = || Place::http("127.0.0.1", 0);
    let statuses = async |admin: Option<usize>| {
        let mut server = RestServer::bind(&[here()]).await.unwrap();
        if let Some(listeners) = admin {
            server.bind_admin(&vec![here(); listeners]).await.unwrap();
        }
        let addresses: Vec<_> = server.addresses().iter().chain(server.admin_addresses()).copied().collect();
        let options = RestOptions::new("http://worker.example:8083");
        tokio::spawn(server.serve(Arc::new(InMemoryHerder::default()), options, std::future::pending()));
        let mut statuses = Vec::new();
        for address in addresses {
            for path in ["/connectors", "/admin/loggers"] {
                let mut connection = TcpStream::connect(address).await.unwrap();
                let request = format!("GET {path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
                connection.write_all(request.as_bytes()).await.unwrap();
                statuses.push(read_answer(&mut connection).await.status);
            }
        }
        statuses
    };
    assert_eq!(statuses(None).await, [200, 200]);
    assert_eq!(statuses(Some(0)).await, [200, 404]);
    assert_eq!(statuses(Some(2)).await, [200, 404, 404, 200, 404, 200]);
}
