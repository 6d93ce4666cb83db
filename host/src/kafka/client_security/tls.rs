//! Java's `ssl.*` as librdkafka's: stores of all formats become PEM in memory.

use std::collections::BTreeMap;

use openssl::error::ErrorStack;
use openssl::x509::X509;

use super::{given, refuse};
use crate::kafka::client_config::{ConfigError, invalid};
use crate::kafka::ports::ClientSettings;
use crate::key_store::{Identity, StoreFile, StoreType, certificates_from_pem};

/// Adds what `settings` say of TLS to `out`.
pub(super) fn translate(settings: &ClientSettings, out: &mut BTreeMap<String, String>) -> Result<(), ConfigError> {
    for (key, value) in settings.iter().filter(|(key, _)| key.starts_with("ssl.")) {
        check_ssl_key(key, value.trim())?;
    }
    trust_store(settings, out)?;
    key_store(settings, out)?;
    if let Some(algorithm) = settings.get("ssl.endpoint.identification.algorithm") {
        let algorithm = match algorithm.trim().to_ascii_lowercase().as_str() {
            "" | "none" => "none",
            "https" => "https",
            other => {
                return refuse("ssl.endpoint.identification.algorithm", format!("unknown algorithm {other}"));
            }
        };
        out.insert("ssl.endpoint.identification.algorithm".to_owned(), algorithm.to_owned());
    }
    Ok(())
}

/// Lets the keys pass that are translated below, and values that say what happens anyway.
fn check_ssl_key(key: &str, value: &str) -> Result<(), ConfigError> {
    let allowed: &[&str] = match key {
        "ssl.truststore.type"
        | "ssl.truststore.location"
        | "ssl.truststore.certificates"
        | "ssl.truststore.password"
        | "ssl.keystore.type"
        | "ssl.keystore.location"
        | "ssl.keystore.password"
        | "ssl.keystore.key"
        | "ssl.keystore.certificate.chain"
        | "ssl.key.password"
        | "ssl.endpoint.identification.algorithm" => return Ok(()),
        "ssl.protocol" => &["TLS", "TLSv1.2", "TLSv1.3"],
        "ssl.enabled.protocols" => &["TLSv1.2,TLSv1.3", "TLSv1.3,TLSv1.2"],
        "ssl.trustmanager.algorithm" => &["PKIX"],
        "ssl.keymanager.algorithm" => &["SunX509", "PKIX"],
        // Of the worker's own REST listener.
        "ssl.client.auth" => return Ok(()),
        _ => &[],
    };
    let value: String = value.chars().filter(|c| !c.is_whitespace()).collect();
    if value.is_empty() || allowed.contains(&value.as_str()) {
        return Ok(());
    }
    if allowed.is_empty() {
        return refuse(key, "has no counterpart in this client".to_owned());
    }
    refuse(key, format!("only {} can be had, not {value}", allowed.join(" or ")))
}

/// The store that is named by `{prefix}.location`, if there is one.
fn store(settings: &ClientSettings, prefix: &str) -> Result<Option<StoreFile>, ConfigError> {
    let Some(location) = given(settings, &format!("{prefix}.location")) else { return Ok(None) };
    let type_key = format!("{prefix}.type");
    let store_type = StoreType::parse(given(settings, &type_key)).map_err(|reason| invalid(&type_key, reason))?;
    Ok(Some(StoreFile {
        path: location.into(),
        store_type,
        password: given(settings, &format!("{prefix}.password")).map(str::to_owned),
        key_password: given(settings, "ssl.key.password").map(str::to_owned),
    }))
}

fn trust_store(settings: &ClientSettings, out: &mut BTreeMap<String, String>) -> Result<(), ConfigError> {
    const TEXT: &str = "ssl.truststore.certificates";
    const LOCATION: &str = "ssl.truststore.location";
    let (key, trusted) = if let Some(certificates) = given(settings, TEXT) {
        (TEXT, certificates_from_pem(certificates.as_bytes()).map_err(|reason| invalid(TEXT, &reason))?)
    } else if let Some(store) = store(settings, "ssl.truststore")? {
        (LOCATION, store.trusted().map_err(|error| invalid(LOCATION, &error.to_string()))?)
    } else {
        // The system's certificates: the library is linked statically and must look for them.
        out.insert("ssl.ca.location".to_owned(), "probe".to_owned());
        return Ok(());
    };
    let pem = pem(&trusted).map_err(|error| invalid(key, &error.to_string()))?;
    out.insert("ssl.ca.pem".to_owned(), pem);
    Ok(())
}

fn key_store(settings: &ClientSettings, out: &mut BTreeMap<String, String>) -> Result<(), ConfigError> {
    const TEXT: &str = "ssl.keystore.key";
    const LOCATION: &str = "ssl.keystore.location";
    let (key, identity) = if let Some(private_key) = given(settings, TEXT) {
        let Some(chain) = given(settings, "ssl.keystore.certificate.chain") else {
            return refuse("ssl.keystore.certificate.chain", "must be given together with ssl.keystore.key".to_owned());
        };
        let password = given(settings, "ssl.key.password");
        let identity = Identity::from_pem(chain.as_bytes(), private_key.as_bytes(), password);
        (TEXT, identity.map_err(|reason| invalid(TEXT, &reason))?)
    } else if let Some(store) = store(settings, "ssl.keystore")? {
        (LOCATION, store.identity().map_err(|error| invalid(LOCATION, &error.to_string()))?)
    } else {
        return Ok(());
    };
    let failed = |error: ErrorStack| invalid(key, &error.to_string());
    let private_key = identity.key.private_key_to_pem_pkcs8().map_err(failed)?;
    out.insert("ssl.key.pem".to_owned(), String::from_utf8_lossy(&private_key).into_owned());
    out.insert("ssl.certificate.pem".to_owned(), pem(&identity.chain).map_err(failed)?);
    Ok(())
}

fn pem(certificates: &[X509]) -> Result<String, ErrorStack> {
    let mut text = String::new();
    for certificate in certificates {
        text.push_str(&String::from_utf8_lossy(&certificate.to_pem()?));
    }
    Ok(text)
}
