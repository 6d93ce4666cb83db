//! Java's security keys as librdkafka's: what cannot be kept is refused by name, never left out.

mod tls;

use std::collections::BTreeMap;

use super::client_config::ConfigError;
use super::ports::ClientSettings;

/// Adds the security settings to `out`. As in Java, `ssl.*` counts only with an SSL protocol and `sasl.*` only with SASL.
pub(super) fn translate(settings: &ClientSettings, out: &mut BTreeMap<String, String>) -> Result<(), ConfigError> {
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
    if sasl {
        translate_sasl(settings, out)?;
    }
    Ok(())
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

// === SASL

fn translate_sasl(settings: &ClientSettings, out: &mut BTreeMap<String, String>) -> Result<(), ConfigError> {
    // What Java takes when nothing is said.
    let mechanism = given(settings, "sasl.mechanism").unwrap_or("GSSAPI");
    if !matches!(mechanism, "PLAIN" | "SCRAM-SHA-256" | "SCRAM-SHA-512") {
        return refuse(
            "sasl.mechanism",
            format!("{mechanism} is not available; PLAIN, SCRAM-SHA-256 and SCRAM-SHA-512 are"),
        );
    }
    for key in ["sasl.login.class", "sasl.client.callback.handler.class", "sasl.login.callback.handler.class"] {
        if given(settings, key).is_some() {
            return refuse(key, "Java classes are not loaded".to_owned());
        }
    }
    let known = |key: &str| {
        // Of other mechanisms, which Java does not look at either.
        key.starts_with("sasl.kerberos.")
            || key.starts_with("sasl.login.")
            || key.starts_with("sasl.oauthbearer.")
            || matches!(key, "sasl.mechanism" | "sasl.jaas.config" | "sasl.client.callback.handler.class")
    };
    if let Some(key) = settings.keys().find(|key| key.starts_with("sasl.") && !known(key)) {
        return refuse(key, "has no counterpart in this client".to_owned());
    }
    let Some(jaas) = given(settings, "sasl.jaas.config") else {
        return refuse("sasl.jaas.config", "must name the user and the password".to_owned());
    };
    let (username, password) =
        credentials(jaas, mechanism).map_err(|reason| ConfigError { key: "sasl.jaas.config".to_owned(), reason })?;
    out.insert("sasl.mechanism".to_owned(), mechanism.to_owned());
    out.insert("sasl.username".to_owned(), username);
    out.insert("sasl.password".to_owned(), password);
    Ok(())
}

/// Reads `Module required username="u" password="p";`. Errors never hold the text, which is secret.
fn credentials(jaas: &str, mechanism: &str) -> Result<(String, String), String> {
    let tokens = jaas_tokens(jaas)?;
    let mut tokens = tokens.iter().map(String::as_str);
    let module = tokens.next().unwrap_or_default();
    let expected = if mechanism == "PLAIN" { "PlainLoginModule" } else { "ScramLoginModule" };
    if module.rsplit('.').next() != Some(expected) {
        return Err(format!("login module {module} does not fit {mechanism}, which needs {expected}"));
    }
    let flag = tokens.next().unwrap_or_default().to_ascii_lowercase();
    if !matches!(flag.as_str(), "required" | "requisite" | "sufficient" | "optional") {
        return Err("a control flag such as `required` must follow the login module".to_owned());
    }
    let (mut username, mut password, mut ended) = (None, None, false);
    while let Some(token) = tokens.next() {
        if token == ";" {
            ended = true;
            break;
        }
        if tokens.next() != Some("=") {
            return Err(format!("`=` expected after option {token}"));
        }
        let value = tokens.next().unwrap_or_default().to_owned();
        match token {
            "username" => username = Some(value),
            "password" => password = Some(value),
            "tokenauth" if value.eq_ignore_ascii_case("false") => {}
            other => return Err(format!("option {other} has no counterpart in this client")),
        }
    }
    if !ended {
        return Err("must end with a semicolon".to_owned());
    }
    if tokens.next().is_some() {
        return Err("only one login module can be used".to_owned());
    }
    match (username, password) {
        (Some(username), Some(password)) => Ok((username, password)),
        (None, _) => Err("option username is missing".to_owned()),
        (_, None) => Err("option password is missing".to_owned()),
    }
}

/// Words, quoted strings with backslash escapes, and the signs `=` and `;`.
fn jaas_tokens(text: &str) -> Result<Vec<String>, String> {
    let mut tokens = Vec::new();
    let mut chars = text.chars().peekable();
    while let Some(&c) = chars.peek() {
        if c.is_whitespace() {
            chars.next();
        } else if c == '=' || c == ';' {
            chars.next();
            tokens.push(c.to_string());
        } else if c == '"' || c == '\'' {
            chars.next();
            tokens.push(quoted(&mut chars, c)?);
        } else {
            let mut word = String::new();
            while let Some(&c) = chars.peek().filter(|c| !c.is_whitespace() && !matches!(c, '=' | ';' | '"' | '\'')) {
                word.push(c);
                chars.next();
            }
            tokens.push(word);
        }
    }
    Ok(tokens)
}

fn quoted(chars: &mut impl Iterator<Item = char>, quote: char) -> Result<String, String> {
    let mut text = String::new();
    while let Some(c) = chars.next() {
        match c {
            c if c == quote => return Ok(text),
            '\\' => match chars.next() {
                Some('n') => text.push('\n'),
                Some('t') => text.push('\t'),
                Some('r') => text.push('\r'),
                Some(escaped) => text.push(escaped),
                None => break,
            },
            c => text.push(c),
        }
    }
    Err("a quoted value does not end".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(settings: &[(&str, &str)]) -> Result<BTreeMap<String, String>, String> {
        let settings: ClientSettings = settings.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
        let mut out = BTreeMap::new();
        translate(&settings, &mut out).map(|()| out).map_err(|e| e.to_string())
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
        for (mechanism, jaas) in [("GSSAPI", PLAIN), ("AWS_MSK_IAM", PLAIN), ("OAUTHBEARER", PLAIN)] {
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
}
