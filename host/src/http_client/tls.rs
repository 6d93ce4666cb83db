//! TLS of the worker's own HTTP connections: whom it trusts, and who it says it is.

use openssl::error::ErrorStack;
use openssl::ssl::{SslConnector, SslContextBuilder, SslMethod};
use openssl::x509::X509;
use openssl::x509::store::X509StoreBuilder;

use crate::config::worker_config::{Identity, Trusted};
use crate::key_store::{self, StoreError};
use crate::system_trust::trust_the_system;

/// Why keys or certificates cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    #[error("cannot use {key}: {source}")]
    Store { key: &'static str, source: StoreError },
    /// A key or certificates that are given as texts.
    #[error("cannot use {key}: {reason}")]
    Text { key: &'static str, reason: String },
    #[error("cannot use {what}: {source}")]
    Use { what: &'static str, source: ErrorStack },
}

/// Makes the TLS side of connections.
pub(crate) fn connector(identity: Option<&Identity>, trusted: Option<&Trusted>) -> Result<SslConnector, TlsError> {
    let used = |source| TlsError::Use { what: "OpenSSL", source };
    let mut builder = SslConnector::builder(SslMethod::tls_client()).map_err(used)?;
    if let Some(identity) = identity {
        set_identity(&mut builder, identity)?;
    }
    let used = |source| TlsError::Use { what: "the trusted certificates", source };
    match trusted {
        None => trust_the_system(&mut builder).map_err(used)?,
        Some(trusted) => {
            let mut store = X509StoreBuilder::new().map_err(used)?;
            for certificate in certificates(trusted)? {
                store.add_cert(certificate).map_err(used)?;
            }
            builder.set_cert_store(store.build());
        }
    }
    Ok(builder.build())
}

/// Shows a certificate, and has its key.
pub(crate) fn set_identity(builder: &mut SslContextBuilder, identity: &Identity) -> Result<(), TlsError> {
    let own = match identity {
        Identity::Pem { chain, key, key_password } => {
            key_store::Identity::from_pem(chain.as_bytes(), key.as_bytes(), key_password.as_deref())
                .map_err(|reason| TlsError::Text { key: "ssl.keystore.key", reason })?
        }
        Identity::Store(store) => {
            store.identity().map_err(|source| TlsError::Store { key: "ssl.keystore.location", source })?
        }
    };
    own.set(builder).map_err(|source| TlsError::Use { what: "the private key with its certificate", source })
}

/// The certificates to trust.
pub(crate) fn certificates(trusted: &Trusted) -> Result<Vec<X509>, TlsError> {
    match trusted {
        Trusted::Pem(pem) => key_store::certificates_from_pem(pem.as_bytes())
            .map_err(|reason| TlsError::Text { key: "ssl.truststore.certificates", reason }),
        Trusted::Store(store) => {
            store.trusted().map_err(|source| TlsError::Store { key: "ssl.truststore.location", source })
        }
    }
}
