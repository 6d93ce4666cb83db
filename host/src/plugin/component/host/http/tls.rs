//! TLS of outgoing requests: the worker checks the server's certificate and name; guests have no part in it.

use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::sync::OnceLock;

use openssl::error::ErrorStack;
use openssl::ssl::{SslConnector, SslConnectorBuilder, SslMethod, SslVersion};
use openssl::x509::store::X509StoreBuilder;
use openssl::x509::{X509, X509VerifyResult};
use tokio::net::TcpStream;
use tokio_openssl::SslStream;

use crate::system_trust::trust_the_system;

/// The only protocol that is spoken after the handshake (ALPN).
const PROTOCOLS: &[u8] = b"\x08http/1.1";

/// Why there is no TLS.
#[derive(Clone, Debug, thiserror::Error)]
pub enum TlsError {
    #[error("cannot read '{path}': {reason}")]
    Read { path: PathBuf, reason: String },
    #[error("there is no certificate in '{path}'")]
    Empty { path: PathBuf },
    #[error("cannot use {what}: {source}")]
    Use { what: String, source: ErrorStack },
    #[error("{0}")]
    Handshake(String),
    /// The server's certificate is not trusted or not for this name.
    #[error("the server's certificate was refused: {0}")]
    Certificate(String),
}

/// The TLS side of all instances' requests.
pub struct Tls(OnceLock<Result<SslConnector, TlsError>>);

impl Tls {
    /// Trusts what is in `truststore`, which is read now; none: what the system trusts, which is read at the first use.
    pub fn new(truststore: Option<&Path>) -> Result<Self, TlsError> {
        let connector = OnceLock::new();
        if let Some(path) = truststore {
            connector.get_or_init(|| trusting(path)).as_ref().map_err(Clone::clone)?;
        }
        Ok(Self(connector))
    }

    /// Makes a stream secret; `server`: the name or address that the certificate must be for.
    pub async fn connect(&self, server: &str, stream: TcpStream) -> Result<SslStream<TcpStream>, TlsError> {
        let used = |source| TlsError::Use { what: format!("TLS for {server}"), source };
        let connector = self.0.get_or_init(trusting_the_system).as_ref().map_err(Clone::clone)?;
        let ssl = connector.configure().and_then(|configuration| configuration.into_ssl(server)).map_err(used)?;
        let mut stream = SslStream::new(ssl, stream).map_err(used)?;
        match Pin::new(&mut stream).connect().await {
            Ok(()) => Ok(stream),
            Err(error) => Err(match stream.ssl().verify_result() {
                X509VerifyResult::OK => TlsError::Handshake(error.to_string()),
                refused => TlsError::Certificate(refused.error_string().to_owned()),
            }),
        }
    }
}

fn trusting(path: &Path) -> Result<SslConnector, TlsError> {
    let used = |source| TlsError::Use { what: format!("'{}'", path.display()), source };
    let pem =
        std::fs::read(path).map_err(|error| TlsError::Read { path: path.to_owned(), reason: error.to_string() })?;
    let certificates = X509::stack_from_pem(&pem).map_err(used)?;
    if certificates.is_empty() {
        return Err(TlsError::Empty { path: path.to_owned() });
    }
    let mut store = X509StoreBuilder::new().map_err(used)?;
    certificates.into_iter().try_for_each(|certificate| store.add_cert(certificate)).map_err(used)?;
    let mut builder = builder().map_err(used)?;
    builder.set_cert_store(store.build());
    Ok(builder.build())
}

fn trusting_the_system() -> Result<SslConnector, TlsError> {
    let used = |source| TlsError::Use { what: "the system's certificates".to_owned(), source };
    let mut builder = builder().map_err(used)?;
    trust_the_system(&mut builder).map_err(used)?;
    Ok(builder.build())
}

/// Checks certificates and names, as OpenSSL's connector does by itself, and takes the variables into account.
fn builder() -> Result<SslConnectorBuilder, ErrorStack> {
    let mut builder = SslConnector::builder(SslMethod::tls_client())?;
    builder.set_min_proto_version(Some(SslVersion::TLS1_2))?;
    builder.set_alpn_protos(PROTOCOLS)?;
    Ok(builder)
}
