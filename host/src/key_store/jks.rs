//! The format JKS of Java's key stores (`sun.security.provider.JavaKeyStore`): private keys with their chains and trusted
//! certificates, in a file whose digest needs the password.

use openssl::pkey::PKey;
use openssl::sha::Sha1;
use openssl::x509::X509;

use super::{Entries, Identity};

pub(super) const MAGIC: &[u8] = &0xFEED_FEED_u32.to_be_bytes();
const PRIVATE_KEY: u32 = 1;
const TRUSTED_CERTIFICATE: u32 = 2;
/// Between the password and the content, in the digest at the file's end.
const WHITENER: &[u8] = b"Mighty Aphrodite";
const DIGEST: usize = 20;
/// 1.3.6.1.4.1.42.2.17.1.1, "JavaSoft proprietary key-protection algorithm", in DER.
const KEY_PROTECTION: &[u8] = &[0x2b, 0x06, 0x01, 0x04, 0x01, 0x2a, 0x02, 0x11, 0x01, 0x01];
const SEQUENCE: u8 = 0x30;
const OBJECT_ID: u8 = 0x06;
const OCTETS: u8 = 0x04;

/// Reads a whole store; the private key, if there is a password for it, is the first. Without the store's password its digest is not
/// checked, as in Java.
pub(super) fn read(store: &[u8], password: Option<&str>, key_password: Option<&str>) -> Result<Entries, String> {
    let cut = || "it is cut off, or was changed".to_owned();
    let (content, digest) = store.split_at_checked(store.len().saturating_sub(DIGEST)).ok_or_else(cut)?;
    if let Some(password) = password
        && keyed_digest(password, &[WHITENER, content]) != digest
    {
        // Java's text.
        return Err("Keystore was tampered with, or password was incorrect".to_owned());
    }
    entries(content, key_password).ok_or_else(cut)?
}

/// None: the store ends too early.
fn entries(content: &[u8], key_password: Option<&str>) -> Option<Result<Entries, String>> {
    let mut rest = Bytes(content);
    rest.take(MAGIC.len())?;
    let version = rest.number()?;
    if !matches!(version, 1 | 2) {
        return Some(Err(format!("it is a JKS store of version {version}, which nobody knows")));
    }
    let mut entries = Entries { identity: None, trusted: Vec::new() };
    for _ in 0..rest.number()? {
        let kind = rest.number()?;
        let _alias = rest.text()?;
        let _created_at = rest.take(8)?;
        match kind {
            PRIVATE_KEY => {
                let length = rest.number()?;
                let protected = rest.take(usize::try_from(length).ok()?)?;
                let mut chain = Vec::new();
                for _ in 0..rest.number()? {
                    match rest.certificate(version)? {
                        Ok(certificate) => chain.push(certificate),
                        Err(reason) => return Some(Err(reason)),
                    }
                }
                entries.trusted.extend(chain.first().cloned());
                if let (None, Some(password)) = (&entries.identity, key_password) {
                    match private_key(protected, password).and_then(|key| Identity::new(key, chain)) {
                        Ok(identity) => entries.identity = Some(identity),
                        Err(reason) => return Some(Err(reason)),
                    }
                }
            }
            TRUSTED_CERTIFICATE => match rest.certificate(version)? {
                Ok(certificate) => entries.trusted.push(certificate),
                Err(reason) => return Some(Err(reason)),
            },
            other => return Some(Err(format!("it has an entry of kind {other}, which nobody knows"))),
        }
    }
    Some(Ok(entries))
}

/// Undoes Java's protection of a private key (`sun.security.provider.KeyProtector`): a salt, the key mixed with a chain of digests
/// of password and salt, and a digest of password and key.
fn private_key(protected: &[u8], password: &str) -> Result<PKey<openssl::pkey::Private>, String> {
    let unknown = || "its private key is not protected as JKS stores do".to_owned();
    let sealed = sealed_octets(protected).ok_or_else(unknown)?;
    let (salt, sealed) = sealed.split_at_checked(DIGEST).ok_or_else(unknown)?;
    let (sealed, check) = sealed.split_at_checked(sealed.len().saturating_sub(DIGEST)).ok_or_else(unknown)?;
    let mut key = Vec::with_capacity(sealed.len());
    let mut link = salt.to_vec();
    for block in sealed.chunks(DIGEST) {
        link = keyed_digest(password, &[&link]).to_vec();
        key.extend(block.iter().zip(&link).map(|(sealed, mask)| sealed ^ mask));
    }
    if keyed_digest(password, &[&key]) != check {
        // Java's text.
        return Err(
            "Cannot recover key: the password of its private key (ssl.key.password, or that of the store) is another"
                .to_owned(),
        );
    }
    PKey::private_key_from_der(&key).map_err(|error| format!("its private key cannot be read: {error}"))
}

/// The octets in `SEQUENCE { SEQUENCE { algorithm, NULL }, OCTET STRING }`, if the algorithm is ours.
fn sealed_octets(protected: &[u8]) -> Option<&[u8]> {
    let mut info = Bytes(Bytes(protected).der(SEQUENCE)?);
    let algorithm = Bytes(info.der(SEQUENCE)?).der(OBJECT_ID)?;
    (algorithm == KEY_PROTECTION).then_some(info.der(OCTETS)?)
}

/// SHA-1 over the password, as UTF-16, and these.
fn keyed_digest(password: &str, parts: &[&[u8]]) -> [u8; DIGEST] {
    let mut digest = Sha1::new();
    let password: Vec<u8> = password.encode_utf16().flat_map(u16::to_be_bytes).collect();
    digest.update(&password);
    parts.iter().for_each(|part| digest.update(part));
    digest.finish()
}

/// What is left to read; none: there is not as much.
struct Bytes<'a>(&'a [u8]);

impl<'a> Bytes<'a> {
    fn take(&mut self, length: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(taken)
    }

    fn number(&mut self) -> Option<u32> {
        Some(u32::from_be_bytes(self.take(4)?.try_into().ok()?))
    }

    /// As `DataInput.readUTF`, undecoded.
    fn text(&mut self) -> Option<&'a [u8]> {
        let length = u16::from_be_bytes(self.take(2)?.try_into().ok()?);
        self.take(usize::from(length))
    }

    fn certificate(&mut self, version: u32) -> Option<Result<X509, String>> {
        let kind = if version == 1 { b"X.509" } else { self.text()? };
        let length = usize::try_from(self.number()?).ok()?;
        let der = self.take(length)?;
        if !matches!(kind, b"X.509" | b"X509") {
            return Some(Err(format!("it has a certificate of type {}", String::from_utf8_lossy(kind))));
        }
        Some(X509::from_der(der).map_err(|error| format!("it has a certificate that cannot be read: {error}")))
    }

    /// The content of a DER value with this tag.
    fn der(&mut self, tag: u8) -> Option<&'a [u8]> {
        let head = self.take(2)?;
        let length = match head[1] {
            short @ 0..=0x7f => usize::from(short),
            long @ (0x81 | 0x82) => {
                let bytes = self.take(usize::from(long & 0x7f))?;
                bytes.iter().fold(0, |length, byte| length << 8 | usize::from(*byte))
            }
            _ => return None,
        };
        let content = self.take(length)?;
        (head[0] == tag).then_some(content)
    }
}
