//! TLS of connections to brokers, with the settings that the data clients have.

use std::pin::Pin;

use openssl::error::ErrorStack;
use openssl::pkcs12::Pkcs12;
use openssl::pkey::PKey;
use openssl::ssl::{SslConnector, SslConnectorBuilder, SslFiletype, SslMethod};
use openssl::x509::X509;
use openssl::x509::store::X509StoreBuilder;
use tokio::net::TcpStream;
use tokio_openssl::SslStream;

use super::{lost, refused};
use crate::kafka::client_config::Properties;
use crate::kafka::ports::KafkaError;
use crate::system_trust::trust_the_system;

/// Makes the TLS side of each connection.
pub(super) struct TlsConnector {
    connector: SslConnector,
    verify_hostname: bool,
}

impl TlsConnector {
    /// From librdkafka's properties, which Java's keys were translated to.
    pub(super) fn new(properties: &Properties) -> Result<Self, KafkaError> {
        let mut builder = SslConnector::builder(SslMethod::tls_client()).map_err(failed("OpenSSL"))?;
        trust(&mut builder, properties)?;
        identify(&mut builder, properties)?;
        let verify_hostname = properties.get("ssl.endpoint.identification.algorithm") != Some("none");
        Ok(Self { connector: builder.build(), verify_hostname })
    }

    pub(super) async fn connect(&self, host: &str, tcp: TcpStream) -> Result<SslStream<TcpStream>, KafkaError> {
        let ssl = self
            .connector
            .configure()
            .and_then(|configuration| configuration.verify_hostname(self.verify_hostname).into_ssl(host));
        let mut stream = SslStream::new(ssl.map_err(failed("OpenSSL"))?, tcp).map_err(failed("OpenSSL"))?;
        match Pin::new(&mut stream).connect().await {
            Ok(()) => Ok(stream),
            // An alert or a certificate that is not trusted; without one the connection was cut.
            Err(error) if error.ssl_error().is_some() => Err(refused(format!("the TLS handshake failed: {error}"))),
            Err(error) => Err(lost(format!("the TLS handshake was cut off: {error}"))),
        }
    }
}

fn failed(what: &'static str) -> impl Fn(ErrorStack) -> KafkaError {
    move |error| refused(format!("cannot use {what}: {error}"))
}

fn trust(builder: &mut SslConnectorBuilder, properties: &Properties) -> Result<(), KafkaError> {
    let failed = failed("the certificates to trust");
    if let Some(pem) = properties.get("ssl.ca.pem") {
        let mut store = X509StoreBuilder::new().map_err(&failed)?;
        for certificate in X509::stack_from_pem(pem.as_bytes()).map_err(&failed)? {
            store.add_cert(certificate).map_err(&failed)?;
        }
        builder.set_cert_store(store.build());
        return Ok(());
    }
    match properties.get("ssl.ca.location") {
        None | Some("probe") => trust_the_system(builder).map_err(&failed),
        Some(path) => builder.set_ca_file(path).map_err(&failed),
    }
}

fn identify(builder: &mut SslConnectorBuilder, properties: &Properties) -> Result<(), KafkaError> {
    let failed = failed("the client's key and certificates");
    let password = properties.get("ssl.key.password");
    let private_key = |pem: &[u8]| match password {
        Some(password) => PKey::private_key_from_pem_passphrase(pem, password.as_bytes()),
        None => PKey::private_key_from_pem(pem),
    };
    let read = |path: &str| {
        std::fs::read(path).map_err(|error| refused(format!("failed to read the key store {path}: {error}")))
    };
    if let (Some(key), Some(chain)) = (properties.get("ssl.key.pem"), properties.get("ssl.certificate.pem")) {
        builder.set_private_key(&*private_key(key.as_bytes()).map_err(&failed)?).map_err(&failed)?;
        return set_chain(builder, X509::stack_from_pem(chain.as_bytes()).map_err(&failed)?).map_err(&failed);
    }
    if let Some(path) = properties.get("ssl.key.location") {
        builder.set_private_key(&*private_key(&read(path)?).map_err(&failed)?).map_err(&failed)?;
    }
    if let Some(path) = properties.get("ssl.certificate.location") {
        builder.set_certificate_file(path, SslFiletype::PEM).map_err(&failed)?;
        return set_chain(builder, X509::stack_from_pem(&read(path)?).map_err(&failed)?).map_err(&failed);
    }
    if let Some(path) = properties.get("ssl.keystore.location") {
        let store = Pkcs12::from_der(&read(path)?).map_err(&failed)?;
        let store = store.parse2(properties.get("ssl.keystore.password").unwrap_or_default()).map_err(&failed)?;
        if let Some(key) = &store.pkey {
            builder.set_private_key(key).map_err(&failed)?;
        }
        let chain = store.cert.into_iter().chain(store.ca.into_iter().flatten());
        return set_chain(builder, chain.collect()).map_err(&failed);
    }
    Ok(())
}

/// The first is the client's own.
fn set_chain(builder: &mut SslConnectorBuilder, chain: Vec<X509>) -> Result<(), ErrorStack> {
    let mut chain = chain.into_iter();
    if let Some(own) = chain.next() {
        builder.set_certificate(&own)?;
    }
    chain.try_for_each(|certificate| builder.add_extra_chain_cert(certificate))
}
