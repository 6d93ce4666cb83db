//! TLS of connections to brokers, with the settings that the data clients have.

use std::pin::Pin;

use openssl::error::ErrorStack;
use openssl::ssl::{SslConnector, SslConnectorBuilder, SslMethod};
use openssl::x509::X509;
use openssl::x509::store::X509StoreBuilder;
use tokio::net::TcpStream;
use tokio_openssl::SslStream;

use super::{lost, refused};
use crate::kafka::ports::KafkaError;
use crate::key_store::Identity;
use crate::system_trust::trust_the_system;

/// Makes the TLS side of each connection.
pub(in crate::kafka) struct TlsConnector {
    connector: SslConnector,
    verify_hostname: bool,
}

impl TlsConnector {
    /// From librdkafka's properties, which Java's keys were translated to.
    pub(in crate::kafka) fn new<'a>(get: impl Fn(&str) -> Option<&'a str>) -> Result<Self, KafkaError> {
        let mut builder = SslConnector::builder(SslMethod::tls_client()).map_err(failed("OpenSSL"))?;
        trust(&mut builder, get("ssl.ca.pem"))?;
        if let (Some(key), Some(chain)) = (get("ssl.key.pem"), get("ssl.certificate.pem")) {
            let identity = Identity::from_pem(chain.as_bytes(), key.as_bytes(), None).map_err(refused)?;
            identity.set(&mut builder).map_err(failed("the client's key and certificates"))?;
        }
        let verify_hostname = get("ssl.endpoint.identification.algorithm") != Some("none");
        Ok(Self { connector: builder.build(), verify_hostname })
    }

    pub(in crate::kafka) async fn connect(
        &self,
        host: &str,
        tcp: TcpStream,
    ) -> Result<SslStream<TcpStream>, KafkaError> {
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

/// Whom these certificates have issued; none: whom the system trusts.
fn trust(builder: &mut SslConnectorBuilder, pem: Option<&str>) -> Result<(), KafkaError> {
    let failed = failed("the certificates to trust");
    let Some(pem) = pem else {
        return trust_the_system(builder).map_err(&failed);
    };
    let mut store = X509StoreBuilder::new().map_err(&failed)?;
    for certificate in X509::stack_from_pem(pem.as_bytes()).map_err(&failed)? {
        store.add_cert(certificate).map_err(&failed)?;
    }
    builder.set_cert_store(store.build());
    Ok(())
}
