//! Key and trust stores in Java's formats, read into OpenSSL's keys and certificates: PEM, JKS and PKCS12.

mod jks;
#[cfg(test)]
mod tests;

use std::fmt;
use std::fs::File;
use std::io::Read as _;
use std::path::PathBuf;

use openssl::error::ErrorStack;
use openssl::pkcs12::Pkcs12;
use openssl::pkey::{PKey, Private};
use openssl::ssl::SslContextBuilder;
use openssl::x509::X509;

/// No store is larger: even the certificates that systems trust are a few hundred KiB.
const MAX_FILE: u64 = 16 * 1024 * 1024;
const JCEKS_MAGIC: &[u8] = &[0xCE; 4];
/// DER of a sequence, which every PKCS12 store is.
const DER_SEQUENCE: u8 = 0x30;

/// What a store's type says about its format.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StoreType {
    Pem,
    /// JKS or PKCS12. Java reads either under both names (`keystore.type.compat`), as keytool has long written PKCS12 into files of
    /// any name.
    Java,
    /// Nothing was said: what the file begins with decides.
    Any,
}

/// A key or trust store that a configuration names.
#[derive(Clone, PartialEq, Eq)]
pub struct StoreFile {
    pub path: PathBuf,
    pub store_type: StoreType,
    /// None: a JKS store is not checked for changes, as in Java.
    pub password: Option<String>,
    /// Of the private key, if it has another than the store.
    pub key_password: Option<String>,
}

/// A private key with its certificate, and those between that and a root.
#[derive(Clone)]
pub struct Identity {
    pub key: PKey<Private>,
    /// Never empty; the first is the key's own.
    pub chain: Vec<X509>,
}

/// Why a store cannot be used. No password is ever part of it.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    #[error("failed to read the store {path}: {source}")]
    Read { path: PathBuf, source: std::io::Error },
    #[error("failed to load the store {path}: {reason}")]
    Load { path: PathBuf, reason: String },
}

/// What is in a store that is not PEM.
struct Entries {
    identity: Option<Identity>,
    trusted: Vec<X509>,
}

impl StoreType {
    /// The value of `ssl.keystore.type` or `ssl.truststore.type`, if it is given; the error says what can be had.
    pub fn parse(given: Option<&str>) -> Result<Self, &'static str> {
        match given.map(|given| given.trim().to_ascii_uppercase()).unwrap_or_default().as_str() {
            "" => Ok(Self::Any),
            "PEM" => Ok(Self::Pem),
            "JKS" | "PKCS12" | "P12" | "PFX" => Ok(Self::Java),
            _ => Err("only JKS, PKCS12 and PEM stores can be read"),
        }
    }
}

/// Passwords are not for logs.
impl fmt::Debug for StoreFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StoreFile")
            .field("path", &self.path)
            .field("store_type", &self.store_type)
            .finish_non_exhaustive()
    }
}

// === impl StoreFile

impl StoreFile {
    /// The first private key of the store, with its certificates.
    pub fn identity(&self) -> Result<Identity, StoreError> {
        let bytes = self.read()?;
        let identity = if self.is_pem(&bytes) {
            Identity::from_pem(&bytes, &bytes, self.key_password.as_deref())
        } else {
            self.entries(&bytes, true)
                .and_then(|entries| entries.identity.ok_or_else(|| "it has no private key".to_owned()))
        };
        identity.map_err(|reason| self.unusable(reason))
    }

    /// The certificates that the store says to trust. As in Java, the owner of a private key is one of them; unlike there, all that a
    /// PKCS12 store holds are, whatever it holds them for.
    pub fn trusted(&self) -> Result<Vec<X509>, StoreError> {
        let bytes = self.read()?;
        let trusted = if self.is_pem(&bytes) {
            certificates_from_pem(&bytes)
        } else {
            self.entries(&bytes, false).and_then(|entries| {
                // Java's text.
                let none = || "the trustAnchors parameter must be non-empty: it has no certificate".to_owned();
                (!entries.trusted.is_empty()).then_some(entries.trusted).ok_or_else(none)
            })
        };
        trusted.map_err(|reason| self.unusable(reason))
    }

    fn unusable(&self, reason: String) -> StoreError {
        StoreError::Load { path: self.path.clone(), reason }
    }

    fn read(&self) -> Result<Vec<u8>, StoreError> {
        let mut bytes = Vec::new();
        File::open(&self.path)
            .and_then(|file| file.take(MAX_FILE + 1).read_to_end(&mut bytes))
            .map_err(|source| StoreError::Read { path: self.path.clone(), source })?;
        if bytes.len() as u64 > MAX_FILE {
            return Err(self.unusable(format!("it is larger than {} MiB", MAX_FILE / (1024 * 1024))));
        }
        Ok(bytes)
    }

    fn is_pem(&self, bytes: &[u8]) -> bool {
        match self.store_type {
            StoreType::Pem => true,
            StoreType::Java => false,
            StoreType::Any => {
                !bytes.starts_with(jks::MAGIC) && bytes.windows(11).any(|window| window == b"-----BEGIN ")
            }
        }
    }

    /// What is in a JKS or PKCS12 store; the private key only if it is wanted, as it may need another password.
    fn entries(&self, bytes: &[u8], key_too: bool) -> Result<Entries, String> {
        match bytes.first() {
            _ if bytes.starts_with(jks::MAGIC) => {
                let key_password = self.key_password.as_deref().or(self.password.as_deref());
                jks::read(bytes, self.password.as_deref(), key_password.filter(|_| key_too))
            }
            _ if bytes.starts_with(JCEKS_MAGIC) => {
                Err("it is a JCEKS store; only JKS, PKCS12 and PEM can be read".to_owned())
            }
            Some(&DER_SEQUENCE) => pkcs12(bytes, self.password.as_deref().unwrap_or_default()),
            _ => Err("it is neither a JKS nor a PKCS12 store".to_owned()),
        }
    }
}

// === PEM

impl Identity {
    /// From PEM texts, which may be one and the same; the error says what is wrong.
    pub fn from_pem(chain: &[u8], key: &[u8], key_password: Option<&str>) -> Result<Self, String> {
        let chain = certificates_from_pem(chain)?;
        // Without a password OpenSSL would ask for one at the terminal.
        let key = PKey::private_key_from_pem_passphrase(key, key_password.unwrap_or_default().as_bytes()).map_err(
            |error| format!("the private key cannot be read, or ssl.key.password is not its password: {error}"),
        )?;
        Self::new(key, chain)
    }

    /// Lets connections show it.
    pub fn set(&self, builder: &mut SslContextBuilder) -> Result<(), ErrorStack> {
        let mut chain = self.chain.iter();
        if let Some(own) = chain.next() {
            builder.set_certificate(own)?;
        }
        chain.try_for_each(|issuer| builder.add_extra_chain_cert(issuer.clone()))?;
        builder.set_private_key(&self.key)
    }

    fn new(key: PKey<Private>, chain: Vec<X509>) -> Result<Self, String> {
        let own = chain.first().ok_or("the private key has no certificate")?;
        let fits = own.public_key().is_ok_and(|public| public.public_eq(&key));
        if fits { Ok(Self { key, chain }) } else { Err("the private key is not that of its certificate".to_owned()) }
    }
}

/// At least one; the error says what is wrong.
pub fn certificates_from_pem(pem: &[u8]) -> Result<Vec<X509>, String> {
    let certificates = X509::stack_from_pem(pem).map_err(|error| format!("a certificate cannot be read: {error}"))?;
    if certificates.is_empty() {
        return Err("there is no certificate in PEM".to_owned());
    }
    Ok(certificates)
}

// === PKCS12

fn pkcs12(bytes: &[u8], password: &str) -> Result<Entries, String> {
    let store = Pkcs12::from_der(bytes).map_err(|error| format!("it is no PKCS12 store, or not all of it: {error}"))?;
    let parsed = store.parse2(password).map_err(|error| {
        let text = error.to_string();
        if text.contains("mac verify") {
            // Java's text.
            "keystore password was incorrect".to_owned()
        } else if text.contains("unsupported") {
            // RC2 with 40 bits is no protection, and not in our OpenSSL.
            "it is encrypted as JDKs before 16 did; write it anew with that of a newer one \
             (keytool -importkeystore -deststoretype PKCS12)"
                .to_owned()
        } else {
            format!("it cannot be read: {text}")
        }
    })?;
    let chain: Vec<X509> = parsed.cert.into_iter().chain(parsed.ca.into_iter().flatten()).collect();
    let identity = parsed.pkey.map(|key| Identity::new(key, chain.clone())).transpose()?;
    Ok(Entries { identity, trusted: chain })
}
