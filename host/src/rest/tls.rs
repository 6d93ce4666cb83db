//! TLS of the REST API's listeners; a listener's certificates are read again when their files change,
//! without a restart.

use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use openssl::error::ErrorStack;
use openssl::ssl::{Ssl, SslContext, SslContextBuilder, SslMethod, SslVerifyMode, SslVersion};
use openssl::x509::store::X509StoreBuilder;

use crate::config::worker_config::{ClientAuth, HttpsConfig, Identity, Trusted};
pub use crate::http_client::TlsError;
use crate::http_client::{certificates, set_identity};

/// How often the files are looked at, at most: once for all connections of that time.
const LOOK_AGAIN: Duration = Duration::from_secs(1);

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
        Identity::Store(store) => Some(&store.path),
    };
    let trusted = match &config.trusted {
        Some(Trusted::Store(store)) => Some(&store.path),
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

fn set_client_auth(builder: &mut SslContextBuilder, config: &HttpsConfig) -> Result<(), TlsError> {
    let used = |source| TlsError::Use { what: "the trusted certificates", source };
    match config.trusted.as_ref().map(certificates).transpose()? {
        None => builder.set_default_verify_paths().map_err(used)?,
        Some(certificates) => {
            let mut store = X509StoreBuilder::new().map_err(used)?;
            for certificate in certificates {
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
