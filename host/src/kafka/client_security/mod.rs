//! Java's security keys as librdkafka's: what cannot be kept is refused by name, never left out.

mod jaas;
mod sasl;
mod tls;

use std::collections::BTreeMap;

use super::client_config::ConfigError;
use super::oauth::OAuthSettings;
use super::ports::ClientSettings;

/// Adds the security settings to `out`, and answers where tokens come from, if clients log in with some. As in Java, `ssl.*` counts only with an SSL protocol and `sasl.*` only with SASL.
pub(super) fn translate(
    settings: &ClientSettings,
    out: &mut BTreeMap<String, String>,
) -> Result<Option<OAuthSettings>, ConfigError> {
    let protocol = settings.get("security.protocol").map_or("plaintext".to_owned(), |p| p.trim().to_ascii_lowercase());
    let (ssl, sasl) = match protocol.as_str() {
        "plaintext" => (false, false),
        "ssl" => (true, false),
        "sasl_plaintext" => (false, true),
        "sasl_ssl" => (true, true),
        other => return refuse("security.protocol", format!("unknown protocol {other}")),
    };
    if settings.contains_key("security.providers") {
        return refuse("security.providers", "Java security providers are not loaded".to_owned());
    }
    out.insert("security.protocol".to_owned(), protocol);
    if ssl {
        tls::translate(settings, out)?;
    }
    if sasl { sasl::translate(settings, out) } else { Ok(None) }
}

/// Whether [`translate`] answers for this key.
pub(super) fn is_security_key(key: &str) -> bool {
    key.starts_with("ssl.") || key.starts_with("sasl.") || key == "security.protocol" || key == "security.providers"
}

fn refuse<T>(key: &str, reason: String) -> Result<T, ConfigError> {
    Err(ConfigError { key: key.to_owned(), reason })
}

fn given<'a>(settings: &'a ClientSettings, key: &str) -> Option<&'a str> {
    settings.get(key).map(|value| value.trim()).filter(|value| !value.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(settings: &[(&str, &str)]) -> Result<BTreeMap<String, String>, String> {
        let settings: ClientSettings = settings.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
        let mut out = BTreeMap::new();
        translate(&settings, &mut out).map(|_| out).map_err(|e| e.to_string())
    }

    const PLAIN: &str =
        "org.apache.kafka.common.security.plain.PlainLoginModule required username=\"al\\\"ice\" password='s=;c';";

    #[test]
    fn plain_credentials_come_from_the_jaas_text() {
        let out =
            check(&[("security.protocol", "SASL_PLAINTEXT"), ("sasl.mechanism", "PLAIN"), ("sasl.jaas.config", PLAIN)])
                .expect("accepted");
        assert_eq!(out["security.protocol"], "sasl_plaintext");
        assert_eq!(out["sasl.mechanism"], "PLAIN");
        assert_eq!(out["sasl.username"], "al\"ice");
        assert_eq!(out["sasl.password"], "s=;c");
    }

    #[test]
    fn mechanisms_and_classes_that_cannot_be_had_are_refused_by_name() {
        for (mechanism, jaas) in [("GSSAPI", PLAIN), ("AWS_MSK_IAM", PLAIN), ("GS2-KRB5", PLAIN)] {
            let error =
                check(&[("security.protocol", "SASL_SSL"), ("sasl.mechanism", mechanism), ("sasl.jaas.config", jaas)])
                    .expect_err("refused");
            assert!(error.contains("sasl.mechanism") && error.contains(mechanism), "{error}");
        }
        let error = check(&[("security.protocol", "SASL_SSL"), ("sasl.jaas.config", PLAIN)]).expect_err("refused");
        assert!(error.contains("GSSAPI"), "Java's default mechanism: {error}");
        let error = check(&[
            ("security.protocol", "SASL_SSL"),
            ("sasl.mechanism", "PLAIN"),
            ("sasl.jaas.config", PLAIN),
            ("sasl.login.callback.handler.class", "x.Y"),
        ])
        .expect_err("refused");
        assert!(error.contains("sasl.login.callback.handler.class"), "{error}");
    }

    #[test]
    fn a_broken_jaas_text_is_refused_without_telling_it() {
        for jaas in [
            "PlainLoginModule required username=\"a\" password=\"hush\"",
            "PlainLoginModule username=\"a\" password=\"hush\";",
            "PlainLoginModule required password=\"hush\";",
            "PlainLoginModule required username=\"a\" password=\"hush;",
            "x.ScramLoginModule required username=\"a\" password=\"hush\";",
        ] {
            let error =
                check(&[("security.protocol", "SASL_SSL"), ("sasl.mechanism", "PLAIN"), ("sasl.jaas.config", jaas)])
                    .expect_err("refused");
            assert!(error.contains("sasl.jaas.config") && !error.contains("hush"), "{error}");
        }
    }

    fn vector(name: &str) -> String {
        format!("{}/src/key_store/vectors/{name}", env!("CARGO_MANIFEST_DIR"))
    }

    #[test]
    fn stores_become_pem_in_memory() {
        for (key_type, key, password) in [("JKS", "key.jks", "store-Größe€"), ("pkcs12", "key.p12", "store-secret")]
        {
            for (trust_type, trust) in [("", "trust.jks"), ("JKS", "trust.p12"), ("PEM", "ca.pem"), ("", "ca.pem")] {
                let mut settings = vec![
                    ("security.protocol", "SSL".to_owned()),
                    ("ssl.keystore.type", key_type.to_owned()),
                    ("ssl.keystore.location", vector(key)),
                    ("ssl.keystore.password", password.to_owned()),
                    ("ssl.truststore.type", trust_type.to_owned()),
                    ("ssl.truststore.location", vector(trust)),
                    ("ssl.truststore.password", "store-secret".to_owned()),
                    ("ssl.endpoint.identification.algorithm", String::new()),
                    ("ssl.enabled.protocols", "TLSv1.2, TLSv1.3".to_owned()),
                ];
                if key_type == "JKS" {
                    settings.push(("ssl.key.password", "key-secret".to_owned()));
                }
                let settings: Vec<(&str, &str)> = settings.iter().map(|(key, value)| (*key, value.as_str())).collect();
                let out = check(&settings).expect("accepted");
                assert!(out["ssl.key.pem"].starts_with("-----BEGIN PRIVATE KEY-----"));
                assert!(out["ssl.certificate.pem"].matches("-----BEGIN CERTIFICATE-----").count() >= 2);
                assert_eq!(out["ssl.ca.pem"].matches("-----BEGIN CERTIFICATE-----").count(), 1);
                assert_eq!(out["ssl.endpoint.identification.algorithm"], "none");
                // What PEM texts say means the same.
                let texts = check(&[
                    ("security.protocol", "SSL"),
                    ("ssl.truststore.certificates", &out["ssl.ca.pem"]),
                    ("ssl.keystore.key", &out["ssl.key.pem"]),
                    ("ssl.keystore.certificate.chain", &out["ssl.certificate.pem"]),
                    ("ssl.endpoint.identification.algorithm", ""),
                ]);
                assert_eq!(texts.expect("accepted"), out);
            }
        }
    }

    #[test]
    fn a_store_that_cannot_be_used_is_named_with_its_key() {
        let trust = vector("trust.p12");
        for (key, location, password) in [
            ("ssl.truststore.location", trust.as_str(), "hush"),
            ("ssl.truststore.location", "/no/such.jks", "hush"),
            ("ssl.keystore.location", &vector("legacy.p12"), "store-secret"),
            ("ssl.keystore.location", &vector("other.jceks"), "store-secret"),
        ] {
            let error = check(&[
                ("security.protocol", "ssl"),
                (key, location),
                (&key.replace("location", "password"), password),
            ])
            .expect_err("refused");
            assert!(error.contains(key) && error.contains(location) && !error.contains("hush"), "{error}");
        }
    }

    #[test]
    fn unknown_security_keys_are_refused_by_name() {
        for (key, value) in [
            ("ssl.cipher.suites", "TLS_AES_128_GCM_SHA256"),
            ("ssl.engine.factory.class", "x.Y"),
            ("ssl.enabled.protocols", "TLSv1.3"),
            ("ssl.something.new", "1"),
            ("ssl.keystore.certificate.chain", "x"),
        ] {
            let mut settings = vec![("security.protocol", "ssl"), (key, value)];
            if key == "ssl.keystore.certificate.chain" {
                settings = vec![("security.protocol", "ssl"), ("ssl.keystore.key", value)];
            }
            let error = check(&settings).expect_err("refused");
            assert!(error.contains(key), "{error}");
        }
        let error =
            check(&[("security.protocol", "ssl"), ("ssl.truststore.location", "/a"), ("ssl.truststore.type", "BCFKS")]);
        assert!(error.expect_err("refused").contains("ssl.truststore.type"));
    }

    #[test]
    fn keys_of_a_protocol_that_is_not_used_do_not_count() {
        let out = check(&[("ssl.truststore.location", "/trust.jks"), ("sasl.mechanism", "GSSAPI")]).expect("accepted");
        assert_eq!(out.len(), 1);
        assert_eq!(out["security.protocol"], "plaintext");
    }

    const OAUTH: &str = "org.apache.kafka.common.security.oauthbearer.OAuthBearerLoginModule required \
        clientId=\"jaas-id\" clientSecret=\"hush\" scope=\"jaas scope\" extension_logicalCluster=\"lkc-1\";";

    fn oauth(settings: &[(&str, &str)]) -> Result<OAuthSettings, String> {
        let base = [
            ("security.protocol", "SASL_PLAINTEXT"),
            ("sasl.mechanism", "OAUTHBEARER"),
            ("sasl.oauthbearer.token.endpoint.url", "http://idp:8080/token"),
        ];
        let all = base.iter().chain(settings);
        let settings: ClientSettings = all.map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
        let mut out = BTreeMap::new();
        let oauth = translate(&settings, &mut out).map_err(|error| error.to_string())?;
        assert_eq!((out["sasl.mechanism"].as_str(), out.contains_key("sasl.password")), ("OAUTHBEARER", false));
        Ok(oauth.expect("tokens are wanted"))
    }

    #[test]
    fn client_credentials_come_from_keys_or_from_the_jaas_text() {
        let handler = "org.apache.kafka.common.security.oauthbearer.secured.OAuthBearerLoginCallbackHandler";
        let old = [("sasl.jaas.config", OAUTH), ("sasl.login.callback.handler.class", handler)];
        let from_jaas = oauth(&old).expect("accepted");
        assert_eq!((from_jaas.client_id.as_str(), from_jaas.client_secret.as_str()), ("jaas-id", "hush"));
        assert_eq!(from_jaas.scope.as_deref(), Some("jaas scope"));
        assert_eq!(from_jaas.extensions["logicalCluster"], "lkc-1");
        let keys = [
            ("sasl.oauthbearer.client.credentials.client.id", "key-id"),
            ("sasl.oauthbearer.client.credentials.client.secret", "s"),
            ("sasl.oauthbearer.scope", "key scope"),
        ];
        let from_keys = oauth(&keys).expect("accepted");
        assert_eq!((from_keys.client_id.as_str(), from_keys.scope.as_deref()), ("key-id", Some("key scope")));
        let both = oauth(&[&keys[..], &old[..]].concat()).expect("accepted");
        assert_eq!((both.client_id.as_str(), both.scope.as_deref()), ("key-id", Some("key scope")));
        assert_ne!(from_jaas.key(), from_keys.key());
    }

    #[test]
    fn what_no_token_can_be_had_with_is_named_and_kept_secret() {
        let file = ("sasl.oauthbearer.token.endpoint.url", "file:///token");
        let retriever = "org.apache.kafka.common.security.oauthbearer.JwtBearerJwtRetriever";
        let https = ("sasl.oauthbearer.token.endpoint.url", "https://idp/token");
        let trust = OAUTH.replace("scope=", "ssl.truststore.location=\"/no/such.jks\" scope=");
        let unsecured = OAUTH.replace("scope=", "unsecuredLoginStringClaim_sub=");
        let injected = OAUTH.replace("lkc-1", "x\u{1}auth=y");
        for (settings, part) in [
            (vec![], "sasl.oauthbearer.client.credentials.client.id"),
            (vec![("sasl.jaas.config", OAUTH), file], "sasl.oauthbearer.token.endpoint.url"),
            (vec![("sasl.jaas.config", PLAIN)], "OAuthBearerLoginModule"),
            (vec![("sasl.jaas.config", OAUTH), ("sasl.oauthbearer.jwt.retriever.class", retriever)], "retriever"),
            (vec![("sasl.jaas.config", OAUTH), ("sasl.login.callback.handler.class", "x.Y")], "not loaded"),
            (vec![("sasl.jaas.config", &trust), https], "/no/such.jks"),
            (vec![("sasl.jaas.config", &unsecured)], "unsecuredLoginStringClaim_sub"),
            (vec![("sasl.jaas.config", &injected)], "extension_logicalCluster"),
        ] {
            let error = oauth(&settings).err().expect("refused");
            assert!(error.contains(part) && !error.contains("hush"), "{error}");
        }
    }
}
