//! Workers that ask each other.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use super::client::TestServer;
use super::https;
use crate::config::worker_config::{HttpsConfig, Identity, Trusted};
use crate::connect::{Config, MacAlgorithm, SessionKey};
use crate::herder::Herder as _;
use crate::herder::peers::Peers;
use crate::rest::WorkerClient;

fn client() -> WorkerClient {
    WorkerClient::new(None, MacAlgorithm::HmacSha256).unwrap()
}

/// A worker that sends who asks for `elsewhere` to that URL.
async fn follower(of: Option<String>) -> TestServer {
    let server = TestServer::start_with(|options| options.peers = Some(Arc::new(client()))).await;
    *server.herder.elsewhere.lock().unwrap() = of;
    server
}

async fn leader() -> TestServer {
    let server = follower(None).await;
    server.herder.is_here.store(true, Ordering::Relaxed);
    server
}

fn url(server: &TestServer) -> Option<String> {
    Some(format!("http://{}/", server.address))
}

const CREATE: &str = r#"{"name":"elsewhere","config":{"connector.class":"X"}}"#;

#[tokio::test]
async fn a_request_is_answered_by_the_worker_that_can() {
    let leader = leader().await;
    let follower = follower(url(&leader)).await;
    let answer = follower.request("POST", "/connectors", CREATE).await;
    assert_eq!(
        (answer.status, answer.header("location")),
        (201, Some("http://connect.example:28083/connectors/elsewhere"))
    );
    assert!(answer.body.contains(r#""name":"elsewhere""#), "{}", answer.body);
    assert_eq!(leader.herder.connectors().await.unwrap(), ["elsewhere"]);
    // Errors are the other one's, too.
    let conflict = r#"{"error_code":409,"message":"Connector elsewhere already exists"}"#;
    follower.check("POST", "/connectors", CREATE, 409, conflict).await;
}

#[tokio::test]
async fn a_request_makes_two_hops_and_no_more() {
    let leader = leader().await;
    let second = follower(url(&leader)).await;
    let first = follower(url(&second)).await;
    assert_eq!(first.request("POST", "/connectors", CREATE).await.status, 201);
    let zeroth = follower(url(&first)).await;
    let conflict = r#"{"error_code":409,"message":"Cannot complete request because of a conflicting operation (e.g. worker rebalance)"}"#;
    zeroth.check("POST", "/connectors", CREATE, 409, conflict).await;
}

#[tokio::test]
async fn a_leader_that_nobody_knows_or_reaches_is_told() {
    let lost = follower(None).await;
    let conflict = r#"{"error_code":409,"message":"Cannot complete request momentarily due to no known leader URL, likely because a rebalance was underway."}"#;
    lost.check("PUT", "/connectors/elsewhere/config", "{}", 409, conflict).await;

    let nobody = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let lonely = follower(Some(format!("http://{nobody}/"))).await;
    let answer = lonely.request("PUT", "/connectors/elsewhere/config", "{}").await;
    assert_eq!(answer.status, 500);
    assert!(answer.body.contains("IO Error trying to forward REST request: "), "{}", answer.body);
}

#[tokio::test]
async fn task_configurations_are_taken_from_who_has_the_session_key() {
    let server = TestServer::start().await;
    server.create("c").await;
    let url = url(&server).unwrap();
    let configs = [Config::from([("a".to_owned(), "é".to_owned())])];
    let key = |key: &[u8]| SessionKey { key: key.to_vec(), algorithm: "HmacSHA256".into(), creation_timestamp: 0 };
    let put = async |name: &str, key: Option<&SessionKey>| client().put_task_configs(&url, name, &configs, key).await;
    put("c", Some(&key(b"secret"))).await.unwrap();
    assert_eq!(server.herder.connector_config("c").await.unwrap(), configs[0]);

    let status = |error: crate::herder::peers::PeerError| (error.status, error.message);
    assert_eq!(
        status(put("c", Some(&key(b"guess"))).await.unwrap_err()),
        (Some(403), "Internal request contained invalid signature.".to_owned())
    );
    assert_eq!(
        status(put("c", None).await.unwrap_err()),
        (Some(400), "Internal request missing required signature".to_owned())
    );
    assert_eq!(
        status(put("a/b", Some(&key(b"secret"))).await.unwrap_err()),
        (Some(404), "Connector a/b not found".to_owned())
    );
    assert_eq!(client().connector_classes(&url).await.unwrap().into_iter().collect::<Vec<_>>(), ["a.Sink"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn workers_with_https_trust_each_other_as_they_are_told() {
    let own = https::certificate("w");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    let both = text(https::pem(&own));
    let mut config = https::config(Identity::Pem { chain: both.clone(), key: both, key_password: None });
    let address = https::serve(config.clone()).await;
    let url = format!("https://{address}/");
    let ask = async |config: HttpsConfig| {
        let client = WorkerClient::new(Some(&config), MacAlgorithm::HmacSha256).unwrap();
        client.connector_classes(&url).await
    };
    let refused = ask(config.clone()).await.unwrap_err().message;
    assert!(refused.contains("certificate"), "{refused}");
    config.trusted = Some(Trusted::Pem(text(own.0.to_pem().unwrap())));
    assert_eq!(ask(config).await.unwrap().len(), 1);
}
