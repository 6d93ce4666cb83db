//! Requests against servers of this process, through the hook that guests' requests come by.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};

use bytes::Bytes;
use http_body_util::Full;
use openssl::asn1::Asn1Time;
use openssl::bn::BigNum;
use openssl::ec::{EcGroup, EcKey};
use openssl::hash::MessageDigest;
use openssl::nid::Nid;
use openssl::pkey::{PKey, Private};
use openssl::ssl::{Ssl, SslAcceptor, SslMethod};
use openssl::x509::extension::SubjectAlternativeName;
use openssl::x509::{X509, X509Builder, X509NameBuilder};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio_openssl::SslStream;

use super::super::denials::Denials;
use super::super::resolver::Resolver;
use super::*;
use crate::connect::Host;
use crate::plugin::sandbox::{ConnectGrant, Grants};

/// Longer than any honest answer takes here.
const TIMEOUT: Duration = Duration::from_secs(20);

/// A server that does what the path says.
struct Server {
    address: SocketAddr,
    connections: Arc<AtomicUsize>,
}

impl Server {
    async fn start(tls: Option<(X509, PKey<Private>)>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let connections = Arc::new(AtomicUsize::new(0));
        let accepted = connections.clone();
        let acceptor = tls.map(|(certificate, key)| {
            let mut acceptor = SslAcceptor::mozilla_intermediate_v5(SslMethod::tls_server()).unwrap();
            acceptor.set_certificate(&certificate).unwrap();
            acceptor.set_private_key(&key).unwrap();
            acceptor.build()
        });
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                accepted.fetch_add(1, Ordering::SeqCst);
                match &acceptor {
                    None => drop(tokio::spawn(serve(stream))),
                    Some(acceptor) => {
                        let mut stream = SslStream::new(Ssl::new(acceptor.context()).unwrap(), stream).unwrap();
                        tokio::spawn(async move {
                            // A client that refuses the certificate ends here.
                            if std::pin::Pin::new(&mut stream).accept().await.is_ok() {
                                serve(stream).await;
                            }
                        });
                    }
                }
            }
        });
        Self { address, connections }
    }

    fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }
}

async fn serve(mut stream: impl AsyncRead + AsyncWrite + Unpin) {
    let mut received = Vec::new();
    loop {
        while !received.windows(4).any(|end| end == b"\r\n\r\n") {
            match stream.read_buf(&mut received).await {
                Ok(1..) => {}
                _ => return,
            }
        }
        let head = String::from_utf8(std::mem::take(&mut received)).unwrap();
        let path = head.split(' ').nth(1).unwrap();
        let answer = match path {
            "/head" => {
                let body = head.replace("\r\n", "|");
                format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{body}", body.len())
            }
            "/stall" => "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf ".to_owned(),
            "/huge" => format!("HTTP/1.1 200 OK\r\nX: {}\r\n\r\n", "x".repeat(1 << 20)),
            "/silent" => String::new(),
            _ => "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok".to_owned(),
        };
        if stream.write_all(answer.as_bytes()).await.is_err() || stream.flush().await.is_err() {
            return;
        }
        if path == "/close" {
            return;
        }
    }
}

fn client(granted: &[(&str, u16)], truststore: Option<&std::path::Path>, timeout: Duration) -> Client {
    let grant =
        |(host, port): &(&str, u16)| ConnectGrant { host: Host::parse(host).unwrap(), port: *port, loopback: true };
    let grants = Grants { connect: granted.iter().map(grant).collect(), ..Grants::default() };
    let denials = Arc::new(Denials::new("c", Some(0)));
    let network = Arc::new(Network::new(&grants, Resolver::default(), denials));
    Http::new(network, Arc::new(Tls::new(truststore).unwrap()), timeout, MAX_IN_FLIGHT).client
}

/// A client that was granted that server, and nothing else.
fn client_of(server: &Server) -> Client {
    client(&[("127.0.0.1", server.address.port())], None, TIMEOUT)
}

fn request(uri: &str) -> Request<WasiBody> {
    let body = Full::new(Bytes::new()).map_err(|never| match never {}).boxed_unsync();
    Request::builder().uri(uri).header("host", "as.given").body(body).unwrap()
}

async fn get(client: &Client, uri: &str) -> Result<String, Error> {
    let response = client.clone().send(request(uri), RequestOptions::default()).await?;
    let body = response.into_body().collect().await?;
    Ok(String::from_utf8(body.to_bytes().into()).unwrap())
}

#[tokio::test]
async fn a_connection_serves_one_request_after_another() {
    let server = Server::start(None).await;
    let client = client_of(&server);
    let uri = format!("http://{}/ok", server.address);
    for _ in 0..5 {
        assert_eq!(get(&client, &uri).await.unwrap(), "ok");
    }
    assert_eq!(server.connections(), 1);
}

#[tokio::test]
async fn a_connection_that_the_server_closed_is_replaced() {
    let server = Server::start(None).await;
    let client = client_of(&server);
    let uri = format!("http://{}/close", server.address);
    for _ in 0..5 {
        assert_eq!(get(&client, &uri).await.unwrap(), "ok");
    }
    assert_eq!(server.connections(), 5);
}

#[tokio::test]
async fn the_request_line_has_the_path_and_the_header_is_the_callers() {
    let server = Server::start(None).await;
    let head = get(&client_of(&server), &format!("http://{}/head", server.address)).await.unwrap();
    assert!(head.starts_with("GET /head HTTP/1.1|host: as.given|"), "{head}");
}

#[tokio::test]
async fn what_is_not_granted_is_not_dialled() {
    let (server, other) = (Server::start(None).await, Server::start(None).await);
    let client = client_of(&server);
    for uri in [format!("http://{}/ok", other.address), format!("http://localhost:{}/", server.address.port())] {
        assert!(matches!(get(&client, &uri).await, Err(Error::HttpRequestDenied)), "{uri}");
    }
    assert_eq!(client.network.denials.count(), 2);
    assert_eq!((server.connections(), other.connections()), (0, 0));
}

#[tokio::test]
async fn every_wait_has_an_end() {
    let server = Server::start(None).await;
    let ask = async |client: &Client, path: &str, options: RequestOptions| {
        let response = client.clone().send(request(&format!("http://{}/{path}", server.address)), options).await?;
        response.into_body().collect().await.map(drop)
    };
    let (patient, short) = (client_of(&server), Some(Duration::from_millis(100)));
    let first_byte = RequestOptions { first_byte_timeout: short, ..RequestOptions::default() };
    assert!(matches!(ask(&patient, "silent", first_byte).await, Err(Error::ConnectionReadTimeout)));
    let between_bytes = RequestOptions { between_bytes_timeout: short, ..RequestOptions::default() };
    assert!(matches!(ask(&patient, "stall", between_bytes).await, Err(Error::ConnectionReadTimeout)));
    // What the guest asks for has a limit.
    let limited = client(&[("127.0.0.1", server.address.port())], None, Duration::from_secs(1));
    let hour = RequestOptions { first_byte_timeout: Some(Duration::from_secs(3600)), ..RequestOptions::default() };
    assert!(matches!(ask(&limited, "silent", hour).await, Err(Error::ConnectionReadTimeout)));
}

#[tokio::test]
async fn headers_without_an_end_are_refused() {
    let server = Server::start(None).await;
    let answer = get(&client_of(&server), &format!("http://{}/huge", server.address)).await;
    assert!(matches!(&answer, Err(Error::Hyper(error)) if error.is_parse_too_large()), "{answer:?}");
}

#[tokio::test]
async fn requests_at_a_time_are_bounded() {
    let server = Server::start(None).await;
    let client = client_of(&server);
    let uri = format!("http://{}/stall", server.address);
    let mut answers = Vec::new();
    for _ in 0..MAX_IN_FLIGHT {
        answers.push(client.clone().send(request(&uri), RequestOptions::default()).await.unwrap());
    }
    assert!(matches!(get(&client, &uri).await, Err(Error::ConnectionLimitReached)));
    drop(answers);
    assert_eq!(get(&client, &format!("http://{}/ok", server.address)).await.unwrap(), "ok");
}

#[tokio::test]
async fn tunnels_are_not_made() {
    let server = Server::start(None).await;
    let mut connect = request(&format!("http://{}", server.address));
    *connect.method_mut() = Method::CONNECT;
    let answer = client_of(&server).send(connect, RequestOptions::default()).await;
    assert!(matches!(answer, Err(Error::HttpRequestMethodInvalid)));
}

// === https

/// A certificate for `localhost` that trusts itself, and its key.
fn certificate() -> (X509, PKey<Private>) {
    let group = EcGroup::from_curve_name(Nid::X9_62_PRIME256V1).unwrap();
    let key = PKey::from_ec_key(EcKey::generate(&group).unwrap()).unwrap();
    let mut name = X509NameBuilder::new().unwrap();
    name.append_entry_by_nid(Nid::COMMONNAME, "test").unwrap();
    let name = name.build();
    let mut builder = X509Builder::new().unwrap();
    builder.set_version(2).unwrap();
    builder.set_serial_number(&BigNum::from_u32(1).unwrap().to_asn1_integer().unwrap()).unwrap();
    builder.set_subject_name(&name).unwrap();
    builder.set_issuer_name(&name).unwrap();
    builder.set_not_before(&Asn1Time::days_from_now(0).unwrap()).unwrap();
    builder.set_not_after(&Asn1Time::days_from_now(2).unwrap()).unwrap();
    builder.set_pubkey(&key).unwrap();
    let names = SubjectAlternativeName::new().dns("localhost").build(&builder.x509v3_context(None, None)).unwrap();
    builder.append_extension(names).unwrap();
    builder.sign(&key, MessageDigest::sha256()).unwrap();
    (builder.build(), key)
}

fn file(name: &str, content: &[u8]) -> PathBuf {
    let path = std::env::temp_dir().join(format!("wasm-connect-http-{}-{name}", std::process::id()));
    std::fs::write(&path, content).unwrap();
    path
}

#[tokio::test]
async fn a_server_must_show_a_trusted_certificate_for_its_name() {
    let identity = certificate();
    let truststore = file("trusted.pem", &identity.0.to_pem().unwrap());
    let server = Server::start(Some(identity)).await;
    let port = server.address.port();
    let granted = [("localhost", port), ("127.0.0.1", port)];
    let trusting = client(&granted, Some(&truststore), TIMEOUT);
    std::fs::remove_file(truststore).unwrap();
    let named = format!("https://localhost:{port}/ok");
    assert_eq!(get(&trusting, &named).await.unwrap(), "ok");
    assert_eq!(get(&trusting, &named).await.unwrap(), "ok");
    assert_eq!(server.connections(), 1);
    let by_address = get(&trusting, &format!("https://127.0.0.1:{port}/ok")).await;
    assert!(matches!(by_address, Err(Error::TlsCertificateError)), "{by_address:?}");
    let untrusted = get(&client(&granted, None, TIMEOUT), &named).await;
    assert!(matches!(untrusted, Err(Error::TlsCertificateError)), "{untrusted:?}");
}

#[tokio::test]
async fn a_server_without_tls_is_told_from_one_with_a_bad_certificate() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").await.unwrap();
    });
    let answer = get(&client(&[("127.0.0.1", port)], None, TIMEOUT), &format!("https://127.0.0.1:{port}/")).await;
    assert!(matches!(answer, Err(Error::TlsProtocolError)), "{answer:?}");
}

#[test]
fn a_truststore_that_is_none_is_told_at_the_start() {
    let told = |path: &std::path::Path| Tls::new(Some(path)).err().unwrap().to_string();
    assert!(told("/no/such.pem".as_ref()).contains("/no/such.pem"));
    let empty = file("empty.pem", b"no certificate");
    assert!(told(&empty).starts_with("there is no certificate in "));
    std::fs::remove_file(empty).unwrap();
}
