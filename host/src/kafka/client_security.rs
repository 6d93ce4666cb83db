//! Java's security keys as librdkafka's: what cannot be kept is refused by name, never left out.

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
        translate_ssl(settings, out)?;
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

// === TLS

fn translate_ssl(settings: &ClientSettings, out: &mut BTreeMap<String, String>) -> Result<(), ConfigError> {
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

/// Which kind of store a location holds: the type if it is given, else what the file's name says.
fn store_type(settings: &ClientSettings, type_key: &str, location: Option<&str>) -> String {
    match settings.get(type_key).map(|t| t.trim().to_ascii_uppercase()) {
        Some(given) if !given.is_empty() => given,
        _ => match location
            .and_then(|l| l.rsplit_once('.'))
            .map(|(_, extension)| extension.to_ascii_lowercase())
            .as_deref()
        {
            Some("pem" | "crt" | "cer") => "PEM".to_owned(),
            Some("p12" | "pfx" | "pkcs12") => "PKCS12".to_owned(),
            _ => "JKS".to_owned(),
        },
    }
}

fn trust_store(settings: &ClientSettings, out: &mut BTreeMap<String, String>) -> Result<(), ConfigError> {
    if let Some(certificates) = given(settings, "ssl.truststore.certificates") {
        out.insert("ssl.ca.pem".to_owned(), certificates.to_owned());
        return Ok(());
    }
    let Some(location) = given(settings, "ssl.truststore.location") else {
        // The system's certificates: the library is linked statically and must look for them.
        out.insert("ssl.ca.location".to_owned(), "probe".to_owned());
        return Ok(());
    };
    match store_type(settings, "ssl.truststore.type", Some(location)).as_str() {
        "PEM" => {
            out.insert("ssl.ca.location".to_owned(), location.to_owned());
            Ok(())
        }
        other => refuse(
            "ssl.truststore.location",
            format!(
                "a trust store of type {other} cannot be read; export its certificates \
                 (keytool -exportcert -rfc) and set ssl.truststore.type=PEM"
            ),
        ),
    }
}

fn key_store(settings: &ClientSettings, out: &mut BTreeMap<String, String>) -> Result<(), ConfigError> {
    let mut put = |key: &str, value: &str| out.insert(key.to_owned(), value.to_owned());
    if let Some(password) = given(settings, "ssl.key.password") {
        put("ssl.key.password", password);
    }
    if let Some(key) = given(settings, "ssl.keystore.key") {
        put("ssl.key.pem", key);
        let Some(chain) = given(settings, "ssl.keystore.certificate.chain") else {
            return refuse("ssl.keystore.certificate.chain", "must be given together with ssl.keystore.key".to_owned());
        };
        put("ssl.certificate.pem", chain);
        return Ok(());
    }
    let Some(location) = given(settings, "ssl.keystore.location") else {
        return Ok(());
    };
    match store_type(settings, "ssl.keystore.type", Some(location)).as_str() {
        // One file holds the key and the chain; each reader takes its own blocks.
        "PEM" => {
            put("ssl.key.location", location);
            put("ssl.certificate.location", location);
        }
        "PKCS12" => {
            put("ssl.keystore.location", location);
            if let Some(password) = given(settings, "ssl.keystore.password") {
                put("ssl.keystore.password", password);
            }
        }
        other => {
            return refuse(
                "ssl.keystore.location",
                format!(
                    "a key store of type {other} cannot be read; convert it \
                     (keytool -importkeystore -deststoretype PKCS12) and set ssl.keystore.type=PKCS12"
                ),
            );
        }
    }
    Ok(())
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

    #[test]
    fn pem_and_pkcs12_stores_are_translated() {
        let out = check(&[
            ("security.protocol", "SSL"),
            ("ssl.truststore.type", "PEM"),
            ("ssl.truststore.location", "/ca.pem"),
            ("ssl.keystore.type", "pkcs12"),
            ("ssl.keystore.location", "/me.jks"),
            ("ssl.keystore.password", "p"),
            ("ssl.endpoint.identification.algorithm", ""),
            ("ssl.enabled.protocols", "TLSv1.2, TLSv1.3"),
        ])
        .expect("accepted");
        assert_eq!(out["ssl.ca.location"], "/ca.pem");
        assert_eq!(out["ssl.keystore.location"], "/me.jks");
        assert_eq!(out["ssl.keystore.password"], "p");
        assert_eq!(out["ssl.endpoint.identification.algorithm"], "none");

        let out = check(&[
            ("security.protocol", "SSL"),
            ("ssl.truststore.certificates", "CA"),
            ("ssl.keystore.key", "KEY"),
            ("ssl.keystore.certificate.chain", "CHAIN"),
            ("ssl.key.password", "p"),
        ])
        .expect("accepted");
        assert_eq!(
            (out["ssl.ca.pem"].as_str(), out["ssl.key.pem"].as_str(), out["ssl.certificate.pem"].as_str()),
            ("CA", "KEY", "CHAIN")
        );
        assert_eq!(out["ssl.key.password"], "p");
    }

    #[test]
    fn java_key_stores_and_unknown_security_keys_are_refused_by_name() {
        for (key, value) in [
            ("ssl.truststore.location", "/trust.jks"),
            ("ssl.keystore.location", "/key.jks"),
            ("ssl.cipher.suites", "TLS_AES_128_GCM_SHA256"),
            ("ssl.engine.factory.class", "x.Y"),
            ("ssl.enabled.protocols", "TLSv1.3"),
            ("ssl.something.new", "1"),
        ] {
            let error = check(&[("security.protocol", "ssl"), (key, value)]).expect_err("refused");
            assert!(error.contains(key), "{error}");
        }
    }

    #[test]
    fn keys_of_a_protocol_that_is_not_used_do_not_count() {
        let out = check(&[("ssl.truststore.location", "/trust.jks"), ("sasl.mechanism", "GSSAPI")]).expect("accepted");
        assert_eq!(out.len(), 1);
        assert_eq!(out["security.protocol"], "plaintext");
    }
}
