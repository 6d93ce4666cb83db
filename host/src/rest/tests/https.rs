//! TLS of the REST API against OpenSSL's client.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::time::Duration;

use openssl::asn1::Asn1Time;
use openssl::bn::BigNum;
use openssl::ec::{EcGroup, EcKey};
use openssl::hash::MessageDigest;
use openssl::nid::Nid;
use openssl::pkcs12::Pkcs12;
use openssl::pkey::{PKey, Private};
use openssl::ssl::{SslConnector, SslMethod, SslVerifyMode};
use openssl::x509::extension::SubjectAlternativeName;
use openssl::x509::{X509, X509Builder, X509NameBuilder};

use super::in_memory_herder::InMemoryHerder;
use crate::config::worker_config::{ClientAuth, HttpsConfig, Identity, Trusted};
use crate::connect::MacAlgorithm;
use crate::herder::peers::Peers as _;
use crate::key_store::{StoreFile, StoreType};
use crate::rest::{Place, RestOptions, RestServer, WorkerClient};

/// A certificate for 127.0.0.1 that trusts itself, and its key.
pub(super) fn certificate(name: &str) -> (X509, PKey<Private>) {
    let group = EcGroup::from_curve_name(Nid::X9_62_PRIME256V1).unwrap();
    let key = PKey::from_ec_key(EcKey::generate(&group).unwrap()).unwrap();
    let mut subject = X509NameBuilder::new().unwrap();
    subject.append_entry_by_nid(Nid::COMMONNAME, name).unwrap();
    let subject = subject.build();
    let mut builder = X509Builder::new().unwrap();
    builder.set_version(2).unwrap();
    builder.set_serial_number(&BigNum::from_u32(1).unwrap().to_asn1_integer().unwrap()).unwrap();
    builder.set_subject_name(&subject).unwrap();
    builder.set_issuer_name(&subject).unwrap();
    builder.set_not_before(&Asn1Time::days_from_now(0).unwrap()).unwrap();
    builder.set_not_after(&Asn1Time::days_from_now(2).unwrap()).unwrap();
    builder.set_pubkey(&key).unwrap();
    let names = SubjectAlternativeName::new().ip("127.0.0.1").build(&builder.x509v3_context(None, None)).unwrap();
    builder.append_extension(names).unwrap();
    builder.sign(&key, MessageDigest::sha256()).unwrap();
    (builder.build(), key)
}

pub(super) fn pem((certificate, key): &(X509, PKey<Private>)) -> Vec<u8> {
    [certificate.to_pem().unwrap(), key.private_key_to_pem_pkcs8().unwrap()].concat()
}

fn scratch(name: &str) -> PathBuf {
    std::env::temp_dir().join(format!("wasm-connect-https-{}-{name}", std::process::id()))
}

pub(super) fn config(identity: Identity) -> HttpsConfig {
    let (trusted, client_auth) = (None, ClientAuth::None);
    HttpsConfig {
        identity,
        trusted,
        client_auth,
        tls_1_2: true,
        tls_1_3: true,
        cipher_suites: Vec::new(),
        verify_hostname: true,
    }
}

fn store(path: &Path, password: &str) -> StoreFile {
    let (store_type, password, key_password) = (StoreType::Any, Some(password.to_owned()), None);
    StoreFile { path: path.to_owned(), store_type, password, key_password }
}

fn pem_file(path: &Path) -> Identity {
    Identity::Store(StoreFile { password: None, ..store(path, "") })
}

pub(super) async fn serve(config: HttpsConfig) -> SocketAddr {
    let place = Place::https("127.0.0.1", 0, config).unwrap();
    let server = RestServer::bind(&[place]).await.unwrap();
    let address = server.addresses()[0];
    let options = RestOptions::new(format!("https://{address}"));
    tokio::spawn(server.serve(std::sync::Arc::new(InMemoryHerder::default()), options, std::future::pending()));
    address
}

/// The status line of `GET /` from a client that trusts `trusted` only, and shows `identity` if it has one.
async fn get(at: SocketAddr, trusted: &X509, identity: Option<(X509, PKey<Private>)>) -> Result<String, String> {
    let trusted = trusted.clone();
    let ask = move || {
        let mut connector = SslConnector::builder(SslMethod::tls_client()).map_err(|e| e.to_string())?;
        connector.set_verify(SslVerifyMode::PEER);
        connector.cert_store_mut().add_cert(trusted).map_err(|e| e.to_string())?;
        if let Some((certificate, key)) = identity {
            connector.set_certificate(&certificate).map_err(|e| e.to_string())?;
            connector.set_private_key(&key).map_err(|e| e.to_string())?;
        }
        let stream = TcpStream::connect(at).map_err(|e| e.to_string())?;
        let mut stream = connector.build().connect("127.0.0.1", stream).map_err(|e| e.to_string())?;
        write!(stream, "GET / HTTP/1.1\r\nHost: {at}\r\nConnection: close\r\n\r\n").map_err(|e| e.to_string())?;
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).map_err(|e| e.to_string())?;
        Ok(String::from_utf8_lossy(&answer).lines().next().unwrap_or_default().to_owned())
    };
    tokio::task::spawn_blocking(ask).await.unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn changed_certificates_are_served_without_a_restart() {
    let (old, new, path) = (certificate("old"), certificate("new"), scratch("reload.pem"));
    std::fs::write(&path, pem(&old)).unwrap();
    let address = serve(config(pem_file(&path))).await;
    assert_eq!(get(address, &old.0, None).await.unwrap(), "HTTP/1.1 200 OK");
    assert!(get(address, &new.0, None).await.is_err());

    std::fs::write(&path, "no certificate").unwrap();
    tokio::time::sleep(Duration::from_millis(1_100)).await;
    assert_eq!(get(address, &old.0, None).await.unwrap(), "HTTP/1.1 200 OK");

    std::fs::write(&path, pem(&new)).unwrap();
    tokio::time::timeout(Duration::from_secs(20), async {
        while get(address, &new.0, None).await.is_err() {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    })
    .await
    .unwrap();
    std::fs::remove_file(path).unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_without_the_certificate_that_is_required_is_refused() {
    let (server, client, stranger, path) =
        (certificate("s"), certificate("c"), certificate("x"), scratch("server.p12"));
    let pkcs12 = Pkcs12::builder().name("s").pkey(&server.1).cert(&server.0).build2("secret").unwrap();
    std::fs::write(&path, pkcs12.to_der().unwrap()).unwrap();
    let mut config = config(Identity::Store(store(&path, "secret")));
    config.trusted = Some(Trusted::Pem(String::from_utf8(client.0.to_pem().unwrap()).unwrap()));
    config.client_auth = ClientAuth::Required;
    let address = serve(config).await;
    std::fs::remove_file(path).unwrap();
    assert_eq!(get(address, &server.0, Some(client)).await.unwrap(), "HTTP/1.1 200 OK");
    assert!(get(address, &server.0, Some(stranger)).await.is_err());
    assert!(get(address, &server.0, None).await.is_err());
}

#[test]
fn what_cannot_be_used_is_named_at_the_start() {
    let check = |identity, part: &str| {
        let error = Place::https("127.0.0.1", 0, config(identity)).err().unwrap().to_string();
        assert!(error.contains(part), "{error}");
    };
    check(pem_file(Path::new("/no/such.pem")), "/no/such.pem");
    let ((chain, _), (_, other_key)) = (certificate("a"), certificate("b"));
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    let (chain, key) = (text(chain.to_pem().unwrap()), text(other_key.private_key_to_pem_pkcs8().unwrap()));
    check(
        Identity::Pem { chain: chain.clone(), key, key_password: None },
        "the private key is not that of its certificate",
    );
    check(Identity::Pem { chain: String::new(), key: String::new(), key_password: None }, "certificate");
}

/// A worker with stores that keytool wrote, and a client with the same certificate: a worker of the same cluster.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn java_stores_serve_and_let_in_who_they_trust() {
    let vector = |name: &str| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("src/key_store/vectors").join(name);
    let jks =
        StoreFile { key_password: Some("key-secret".to_owned()), ..store(&vector("key.jks"), "store-Größe€") };
    for (own, trusted) in [
        (jks, store(&vector("trust.jks"), "store-secret")),
        (store(&vector("key.p12"), "store-secret"), store(&vector("trust.p12"), "store-secret")),
    ] {
        let mut config = config(Identity::Store(own));
        config.trusted = Some(Trusted::Store(trusted));
        config.client_auth = ClientAuth::Required;
        // The certificates are for nobody in particular.
        config.verify_hostname = false;
        let address = serve(config.clone()).await;
        let url = format!("https://{address}/");
        let client = WorkerClient::new(Some(&config), MacAlgorithm::HmacSha256).unwrap();
        assert_eq!(client.connector_classes(&url).await.unwrap().len(), 1);
        config.identity = pem_identity(&certificate("stranger"));
        let stranger = WorkerClient::new(Some(&config), MacAlgorithm::HmacSha256).unwrap();
        assert!(stranger.connector_classes(&url).await.is_err());
    }
}

fn pem_identity(own: &(X509, PKey<Private>)) -> Identity {
    let both = String::from_utf8(pem(own)).unwrap();
    Identity::Pem { chain: both.clone(), key: both, key_password: None }
}
