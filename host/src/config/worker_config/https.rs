//! How the REST API does TLS: `listeners.https.*`, or, if there is none of those, the worker's own `ssl.*` (as Java's
//! `valuesWithPrefixAllOrNothing`).

use super::super::config_exception::ConfigException;
use super::with_prefix;
use crate::connect::Config;
use crate::key_store::{StoreFile, StoreType};

/// What a listener with https needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HttpsConfig {
    pub identity: Identity,
    /// Who may connect; none: the system's certificates, which matter only if clients show one.
    pub trusted: Option<Trusted>,
    pub client_auth: ClientAuth,
    /// `ssl.enabled.protocols`
    pub tls_1_2: bool,
    pub tls_1_3: bool,
    /// OpenSSL's names for TLS 1.2, the standard's for TLS 1.3; empty: the defaults.
    pub cipher_suites: Vec<String>,
    /// Whether other workers' certificates must be for the host that is asked; not if
    /// `ssl.endpoint.identification.algorithm` is empty.
    pub verify_hostname: bool,
}

/// The server's certificate chain and its key.
#[derive(Clone, PartialEq, Eq)]
pub enum Identity {
    /// The texts themselves (`ssl.keystore.certificate.chain`, `ssl.keystore.key`).
    Pem { chain: String, key: String, key_password: Option<String> },
    /// A file with both.
    Store(StoreFile),
}

/// Certificates that a client's must come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Trusted {
    Pem(String),
    Store(StoreFile),
}

/// `ssl.client.auth`
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClientAuth {
    None,
    Requested,
    Required,
}

/// Keys and passwords are not for logs.
impl std::fmt::Debug for Identity {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Pem { .. } => f.write_str("Pem"),
            Self::Store(store) => f.debug_tuple("Store").field(store).finish(),
        }
    }
}

// === impl HttpsConfig

impl HttpsConfig {
    /// Reads the keys under `prefix` (`listeners.https.`), else the plain ones. The errors name the key as it is written.
    pub fn new(properties: &Config, prefix: &str) -> Result<Self, ConfigException> {
        let own = with_prefix(properties, prefix);
        let keys = if own.is_empty() { Keys { config: properties, prefix: "" } } else { Keys { config: &own, prefix } };
        let (tls_1_2, tls_1_3) = keys.protocols()?;
        Ok(Self {
            identity: keys.identity()?,
            trusted: keys.trusted()?,
            client_auth: keys.client_auth()?,
            tls_1_2,
            tls_1_3,
            cipher_suites: keys.list("ssl.cipher.suites"),
            verify_hostname: keys.verify_hostname(),
        })
    }
}

/// What the worker needs to connect to a server with https: `ssl.*` behind some prefix.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TlsClientConfig {
    /// None: it shows no certificate.
    pub identity: Option<Identity>,
    /// None: whom the system trusts.
    pub trusted: Option<Trusted>,
    /// Whether the server's certificate must be for the host that is asked.
    pub verify_hostname: bool,
}

impl TlsClientConfig {
    /// Reads the keys under `prefix`. The errors name the key as it is written.
    pub fn new(properties: &Config, prefix: &str) -> Result<Self, ConfigException> {
        let own = with_prefix(properties, prefix);
        let keys = Keys { config: &own, prefix };
        let has_identity =
            ["ssl.keystore.certificate.chain", "ssl.keystore.location"].iter().any(|key| keys.get(key).is_some());
        Ok(Self {
            identity: if has_identity { Some(keys.identity()?) } else { None },
            trusted: keys.trusted()?,
            verify_hostname: keys.verify_hostname(),
        })
    }
}

struct Keys<'a> {
    config: &'a Config,
    prefix: &'a str,
}

impl Keys<'_> {
    fn get(&self, key: &str) -> Option<&str> {
        self.config.get(key).map(|value| value.trim()).filter(|value| !value.is_empty())
    }

    fn list(&self, key: &str) -> Vec<String> {
        let items = self.get(key).unwrap_or_default().split(',').map(str::trim);
        items.filter(|item| !item.is_empty()).map(str::to_owned).collect()
    }

    fn invalid(&self, key: &str, what: &str) -> ConfigException {
        let value = self.get(key).unwrap_or("null");
        ConfigException::invalid(&format!("{}{key}", self.prefix), value, what)
    }

    fn identity(&self) -> Result<Identity, ConfigException> {
        let key_password = self.get("ssl.key.password").map(str::to_owned);
        if let Some(chain) = self.get("ssl.keystore.certificate.chain") {
            let key = self.get("ssl.keystore.key");
            let key =
                key.ok_or_else(|| self.invalid("ssl.keystore.key", "The certificate chain needs its private key"))?;
            return Ok(Identity::Pem { chain: chain.to_owned(), key: key.to_owned(), key_password });
        }
        let none = || self.invalid("ssl.keystore.location", "A listener with https needs a certificate and its key");
        self.store("ssl.keystore")?.map(Identity::Store).ok_or_else(none)
    }

    fn trusted(&self) -> Result<Option<Trusted>, ConfigException> {
        if let Some(certificates) = self.get("ssl.truststore.certificates") {
            return Ok(Some(Trusted::Pem(certificates.to_owned())));
        }
        Ok(self.store("ssl.truststore")?.map(Trusted::Store))
    }

    /// The store that is named by `{prefix}.location`, if there is one.
    fn store(&self, prefix: &str) -> Result<Option<StoreFile>, ConfigException> {
        let Some(location) = self.get(&format!("{prefix}.location")) else { return Ok(None) };
        let type_key = format!("{prefix}.type");
        let store_type = StoreType::parse(self.get(&type_key)).map_err(|what| self.invalid(&type_key, what))?;
        let password = |key: &str| self.get(key).map(str::to_owned);
        Ok(Some(StoreFile {
            path: location.into(),
            store_type,
            password: password(&format!("{prefix}.password")),
            key_password: password("ssl.key.password"),
        }))
    }

    fn verify_hostname(&self) -> bool {
        let algorithm = self.config.get("ssl.endpoint.identification.algorithm");
        algorithm.is_none_or(|algorithm| !algorithm.trim().is_empty())
    }

    fn client_auth(&self) -> Result<ClientAuth, ConfigException> {
        match self.get("ssl.client.auth") {
            None | Some("none") => Ok(ClientAuth::None),
            Some("requested") => Ok(ClientAuth::Requested),
            Some("required") => Ok(ClientAuth::Required),
            Some(_) => Err(self.invalid("ssl.client.auth", "String must be one of: required, requested, none")),
        }
    }

    fn protocols(&self) -> Result<(bool, bool), ConfigException> {
        let enabled = self.list("ssl.enabled.protocols");
        if enabled.is_empty() {
            return Ok((true, true));
        }
        let has = |protocol: &str| enabled.iter().any(|enabled| enabled == protocol);
        match (has("TLSv1.2"), has("TLSv1.3")) {
            (false, false) => Err(self.invalid("ssl.enabled.protocols", "Only TLSv1.2 and TLSv1.3 can be had")),
            enabled => Ok(enabled),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(properties: &[(&str, &str)]) -> Result<HttpsConfig, ConfigException> {
        let properties = properties.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
        HttpsConfig::new(&properties, "listeners.https.")
    }

    #[test]
    fn prefixed_keys_count_all_or_none() {
        let plain = ("ssl.keystore.location", "/plain.p12");
        let identity = |path: &str| {
            let (store_type, password, key_password) = (StoreType::Any, None, None);
            Identity::Store(StoreFile { path: path.into(), store_type, password, key_password })
        };
        assert_eq!(read(&[plain]).unwrap().identity, identity("/plain.p12"));
        let own = ("listeners.https.ssl.keystore.location", "/own.p12");
        let config = read(&[plain, ("ssl.client.auth", "required"), own]).unwrap();
        assert_eq!((config.identity, config.client_auth), (identity("/own.p12"), ClientAuth::None));
    }

    #[test]
    fn stores_of_admin_listeners_have_their_own_keys() {
        let properties = [
            ("ssl.keystore.location", "/plain.p12"),
            ("admin.listeners.https.ssl.keystore.location", "/admin.jks"),
            ("admin.listeners.https.ssl.keystore.type", "jks"),
            ("admin.listeners.https.ssl.keystore.password", "store"),
            ("admin.listeners.https.ssl.key.password", "key"),
        ];
        let properties = properties.map(|(key, value)| (key.to_owned(), value.to_owned())).into();
        let identity = HttpsConfig::new(&properties, "admin.listeners.https.").unwrap().identity;
        let (store_type, password, key_password) = (StoreType::Java, Some("store".into()), Some("key".into()));
        assert_eq!(
            identity,
            Identity::Store(StoreFile { path: "/admin.jks".into(), store_type, password, key_password })
        );
    }

    #[test]
    fn what_cannot_be_had_is_named_with_its_key() {
        for (properties, part) in [
            (vec![("listeners.https.ssl.client.auth", "none")], "listeners.https.ssl.keystore.location"),
            (vec![("ssl.keystore.location", "/a"), ("ssl.keystore.type", "BCFKS")], "ssl.keystore.type"),
            (vec![("ssl.keystore.location", "/a.pem"), ("ssl.enabled.protocols", "TLSv1.1")], "ssl.enabled.protocols"),
            (vec![("ssl.keystore.certificate.chain", "x")], "ssl.keystore.key"),
            (
                vec![("ssl.keystore.location", "/a.pem"), ("ssl.client.auth", "maybe")],
                "one of: required, requested, none",
            ),
        ] {
            let error = read(&properties).unwrap_err().to_string();
            assert!(error.contains(part), "{error}");
        }
    }

    #[test]
    fn keys_and_passwords_are_not_shown() {
        let pem = [("ssl.keystore.certificate.chain", "chain"), ("ssl.keystore.key", "opensesame")];
        assert!(!format!("{:?}", read(&pem).unwrap()).contains("opensesame"));
    }
}
