//! The certificates that the system trusts, for the TLS of everything that the worker connects to.

use std::path::Path;

use openssl::error::ErrorStack;
use openssl::ssl::SslContextBuilder;

/// Where systems keep the certificates that they trust, all in one file: Debian, Red Hat, SUSE, Alpine. Our OpenSSL is not the
/// system's and does not know.
const FILES: &[&str] = &[
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/ssl/cert.pem",
];
/// OpenSSL's own variables, which count before those.
const VARIABLES: &[&str] = &["SSL_CERT_FILE", "SSL_CERT_DIR"];

/// Lets connections trust what the system trusts.
pub fn trust_the_system(builder: &mut SslContextBuilder) -> Result<(), ErrorStack> {
    let told = VARIABLES.iter().any(|variable| std::env::var_os(variable).is_some());
    match FILES.iter().map(Path::new).find(|file| !told && file.exists()) {
        Some(file) => builder.set_ca_file(file),
        None => builder.set_default_verify_paths(),
    }
}
