//! Certificates for servers of the test's own, issued by an authority of the test's own.

use std::net::IpAddr;

use openssl::asn1::Asn1Time;
use openssl::bn::BigNum;
use openssl::ec::{EcGroup, EcKey};
use openssl::hash::MessageDigest;
use openssl::nid::Nid;
use openssl::pkcs12::Pkcs12;
use openssl::pkey::{PKey, Private};
use openssl::x509::extension::{BasicConstraints, SubjectAlternativeName};
use openssl::x509::{X509, X509Builder, X509NameBuilder};

/// A certificate and its key.
#[derive(Debug)]
pub struct Identity {
    pub certificate: X509,
    pub key: PKey<Private>,
}

impl Identity {
    /// An authority of its own, to issue certificates.
    pub fn authority() -> Self {
        Self::issue("test authority", None, None)
    }

    /// A certificate for a host's name or address.
    pub fn of(&self, host: &str) -> Self {
        Self::issue(host, Some(host), Some(self))
    }

    /// The certificate as PEM.
    pub fn pem(&self) -> Vec<u8> {
        self.certificate.to_pem().expect("PEM")
    }

    /// The certificate and its key as PEM.
    pub fn pem_with_key(&self) -> Vec<u8> {
        [self.pem(), self.key.private_key_to_pem_pkcs8().expect("PEM")].concat()
    }

    /// The certificate and its key in a PKCS12 store.
    pub fn pkcs12(&self, password: &str) -> Vec<u8> {
        let mut builder = Pkcs12::builder();
        let store = builder.name("own").pkey(&self.key).cert(&self.certificate).build2(password);
        store.and_then(|store| store.to_der()).expect("a PKCS12 store")
    }

    fn issue(common_name: &str, host: Option<&str>, issuer: Option<&Self>) -> Self {
        let build = || {
            let group = EcGroup::from_curve_name(Nid::X9_62_PRIME256V1)?;
            let key = PKey::from_ec_key(EcKey::generate(&group)?)?;
            let mut name = X509NameBuilder::new()?;
            name.append_entry_by_nid(Nid::COMMONNAME, common_name)?;
            let name = name.build();
            let mut builder = X509Builder::new()?;
            builder.set_version(2)?;
            let serial = BigNum::from_u32(1)?.to_asn1_integer()?;
            builder.set_serial_number(&serial)?;
            builder.set_subject_name(&name)?;
            builder.set_issuer_name(issuer.map_or(&*name, |issuer| issuer.certificate.subject_name()))?;
            let (from, to) = (Asn1Time::days_from_now(0)?, Asn1Time::days_from_now(2)?);
            builder.set_not_before(&from)?;
            builder.set_not_after(&to)?;
            builder.set_pubkey(&key)?;
            match host {
                Some(host) => {
                    let mut names = SubjectAlternativeName::new();
                    if host.parse::<IpAddr>().is_ok() {
                        names.ip(host)
                    } else {
                        names.dns(host)
                    };
                    let names = names.build(&builder.x509v3_context(None, None))?;
                    builder.append_extension(names)?;
                }
                None => builder.append_extension(BasicConstraints::new().critical().ca().build()?)?,
            }
            builder.sign(issuer.map_or(&key, |issuer| &issuer.key), MessageDigest::sha256())?;
            Ok::<_, openssl::error::ErrorStack>(Self { certificate: builder.build(), key })
        };
        build().expect("a certificate")
    }
}
