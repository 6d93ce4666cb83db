//! TLS of the REST API, of its listeners and between workers; a listener's certificates are read again when their files change,
//! without a restart.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use openssl::error::ErrorStack;
use openssl::pkcs12::Pkcs12;
use openssl::pkey::PKey;
use openssl::ssl::{Ssl, SslConnector, SslContext, SslContextBuilder, SslMethod, SslVerifyMode, SslVersion};
use openssl::x509::X509;
use openssl::x509::store::X509StoreBuilder;

use crate::config::worker_config::{ClientAuth, HttpsConfig, Identity, Trusted};
use crate::system_trust::trust_the_system;

/// How often the files are looked at, at most: once for all connections of that time.
const LOOK_AGAIN: Duration = Duration::from_secs(1);

/// Why a listener with https cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    #[error("cannot read '{path}': {source}")]
    Read { path: PathBuf, source: std::io::Error },
    #[error("cannot use {what}: {source}")]
    Use { what: &'static str, source: ErrorStack },
    #[error("there is no {what}")]
    Missing { what: &'static str },
}

/// Makes the TLS side of each connection.
pub(super) struct Tls {
    config: HttpsConfig,
    current: Mutex<Current>,
}

struct Current {
    context: SslContext,
    stamps: Vec<Option<SystemTime>>,
    looked: Instant,
}

// === impl Tls

impl Tls {
    /// Reads everything, so that what is wrong shows at the start.
    pub(super) fn new(config: HttpsConfig) -> Result<Self, TlsError> {
        let current = Current { context: context(&config)?, stamps: stamps(&config), looked: Instant::now() };
        Ok(Self { config, current: Mutex::new(current) })
    }

    /// The state of a new connection, on the side of the server.
    pub(super) fn accept(&self) -> Result<Ssl, ErrorStack> {
        let mut current = self.current.lock().unwrap_or_else(PoisonError::into_inner);
        if current.looked.elapsed() >= LOOK_AGAIN {
            current.looked = Instant::now();
            self.follow(&mut current);
        }
        let mut ssl = Ssl::new(&current.context)?;
        ssl.set_accept_state();
        Ok(ssl)
    }

    /// Reads changed files again; what cannot be used is logged, and the old certificates stay until the files change again.
    fn follow(&self, current: &mut Current) {
        let stamps = stamps(&self.config);
        if stamps == current.stamps {
            return;
        }
        current.stamps = stamps;
        match context(&self.config) {
            Ok(context) => {
                tracing::info!("the certificates of the REST API changed and were read again");
                current.context = context;
            }
            Err(error) => tracing::error!("the certificates of the REST API changed, but the old ones stay: {error}"),
        }
    }
}

/// When the files were changed last; none: it cannot be told.
fn stamps(config: &HttpsConfig) -> Vec<Option<SystemTime>> {
    let identity = match &config.identity {
        Identity::Pem { .. } => None,
        Identity::PemFile { path, .. } | Identity::Pkcs12File { path, .. } => Some(path),
    };
    let trusted = match &config.trusted {
        Some(Trusted::PemFile(path)) => Some(path),
        _ => None,
    };
    let stamp = |path: &PathBuf| std::fs::metadata(path).and_then(|metadata| metadata.modified()).ok();
    identity.into_iter().chain(trusted).map(stamp).collect()
}

fn context(config: &HttpsConfig) -> Result<SslContext, TlsError> {
    let failed = |what| move |source| TlsError::Use { what, source };
    let mut builder = SslContext::builder(SslMethod::tls_server()).map_err(failed("OpenSSL"))?;
    let least = if config.tls_1_2 { SslVersion::TLS1_2 } else { SslVersion::TLS1_3 };
    builder.set_min_proto_version(Some(least)).map_err(failed("ssl.enabled.protocols"))?;
    let most = if config.tls_1_3 { SslVersion::TLS1_3 } else { SslVersion::TLS1_2 };
    builder.set_max_proto_version(Some(most)).map_err(failed("ssl.enabled.protocols"))?;
    set_cipher_suites(&mut builder, &config.cipher_suites).map_err(failed("ssl.cipher.suites"))?;
    set_identity(&mut builder, &config.identity)?;
    builder.check_private_key().map_err(failed("the private key with its certificate"))?;
    set_client_auth(&mut builder, config)?;
    Ok(builder.build())
}

fn set_cipher_suites(builder: &mut SslContextBuilder, suites: &[String]) -> Result<(), ErrorStack> {
    let (new, old): (Vec<&str>, Vec<&str>) = suites
        .iter()
        .map(String::as_str)
        .partition(|suite| suite.starts_with("TLS_AES") || suite.starts_with("TLS_CHACHA"));
    if !new.is_empty() {
        builder.set_ciphersuites(&new.join(":"))?;
    }
    if !old.is_empty() {
        builder.set_cipher_list(&old.join(":"))?;
    }
    Ok(())
}

fn set_identity(builder: &mut SslContextBuilder, identity: &Identity) -> Result<(), TlsError> {
    match identity {
        Identity::Pem { chain, key, key_password } => {
            set_pem(builder, chain.as_bytes(), key.as_bytes(), key_password.as_deref())
        }
        Identity::PemFile { path, key_password } => {
            let both = read(path)?;
            set_pem(builder, &both, &both, key_password.as_deref())
        }
        Identity::Pkcs12File { path, password } => set_pkcs12(builder, &read(path)?, password),
    }
}

fn set_pem(builder: &mut SslContextBuilder, chain: &[u8], key: &[u8], password: Option<&str>) -> Result<(), TlsError> {
    let used = |source| TlsError::Use { what: "the certificate chain", source };
    let mut chain = X509::stack_from_pem(chain).map_err(used)?.into_iter();
    let own = chain.next().ok_or(TlsError::Missing { what: "certificate in the key store" })?;
    builder.set_certificate(&own).map_err(used)?;
    chain.try_for_each(|issuer| builder.add_extra_chain_cert(issuer)).map_err(used)?;
    let used = |source| TlsError::Use { what: "the private key", source };
    let key = match password {
        Some(password) => PKey::private_key_from_pem_passphrase(key, password.as_bytes()),
        // Without a password an encrypted key must fail and not ask at a terminal.
        None => PKey::private_key_from_pem_callback(key, |_| Ok(0)),
    };
    let key = key.map_err(used)?;
    builder.set_private_key(&key).map_err(used)
}

fn set_pkcs12(builder: &mut SslContextBuilder, bytes: &[u8], password: &str) -> Result<(), TlsError> {
    let used = |source| TlsError::Use { what: "the key store", source };
    let store = Pkcs12::from_der(bytes).and_then(|store| store.parse2(password)).map_err(used)?;
    let own = store.cert.ok_or(TlsError::Missing { what: "certificate in the key store" })?;
    let key = store.pkey.ok_or(TlsError::Missing { what: "private key in the key store" })?;
    builder.set_certificate(&own).map_err(used)?;
    for issuer in store.ca.into_iter().flatten() {
        builder.add_extra_chain_cert(issuer).map_err(used)?;
    }
    builder.set_private_key(&key).map_err(used)
}

/// For the connections that this worker makes to others, which have the same settings; none: it has no https itself.
pub(super) fn connector(config: Option<&HttpsConfig>) -> Result<SslConnector, TlsError> {
    let used = |source| TlsError::Use { what: "OpenSSL", source };
    let mut builder = SslConnector::builder(SslMethod::tls_client()).map_err(used)?;
    if let Some(config) = config {
        set_identity(&mut builder, &config.identity)?;
    }
    let used = |source| TlsError::Use { what: "the trusted certificates", source };
    match config.and_then(|config| config.trusted.as_ref()) {
        None => trust_the_system(&mut builder).map_err(used)?,
        Some(trusted) => {
            let mut store = X509StoreBuilder::new().map_err(used)?;
            for certificate in X509::stack_from_pem(&trusted_pem(trusted)?).map_err(used)? {
                store.add_cert(certificate).map_err(used)?;
            }
            builder.set_cert_store(store.build());
        }
    }
    Ok(builder.build())
}

fn trusted_pem(trusted: &Trusted) -> Result<Vec<u8>, TlsError> {
    match trusted {
        Trusted::Pem(pem) => Ok(pem.clone().into_bytes()),
        Trusted::PemFile(path) => read(path),
    }
}

fn set_client_auth(builder: &mut SslContextBuilder, config: &HttpsConfig) -> Result<(), TlsError> {
    let used = |source| TlsError::Use { what: "the trusted certificates", source };
    match config.trusted.as_ref().map(trusted_pem).transpose()? {
        None => builder.set_default_verify_paths().map_err(used)?,
        Some(pem) => {
            let mut store = X509StoreBuilder::new().map_err(used)?;
            for certificate in X509::stack_from_pem(&pem).map_err(used)? {
                builder.add_client_ca(&certificate).map_err(used)?;
                store.add_cert(certificate).map_err(used)?;
            }
            builder.set_verify_cert_store(store.build()).map_err(used)?;
        }
    }
    builder.set_verify(match config.client_auth {
        ClientAuth::None => SslVerifyMode::NONE,
        ClientAuth::Requested => SslVerifyMode::PEER,
        ClientAuth::Required => SslVerifyMode::PEER | SslVerifyMode::FAIL_IF_NO_PEER_CERT,
    });
    // Sessions of clients with certificates are resumed in a context of this name only.
    builder.set_session_id_context(b"wasm-connect").map_err(used)
}

fn read(path: &Path) -> Result<Vec<u8>, TlsError> {
    std::fs::read(path).map_err(|source| TlsError::Read { path: path.to_owned(), source })
}
