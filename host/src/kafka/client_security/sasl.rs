//! Java's `sasl.*` as librdkafka's, and as what asks an OAuth provider for tokens.

use std::collections::BTreeMap;
use std::time::Duration;

use hyper::Uri;

use super::jaas::Jaas;
use super::{given, refuse, tls};
use crate::kafka::client_config::{ConfigError, flag, invalid, millis};
use crate::kafka::oauth::OAuthSettings;
use crate::kafka::ports::ClientSettings;

const JAAS: &str = "sasl.jaas.config";
const ENDPOINT: &str = "sasl.oauthbearer.token.endpoint.url";
const LOGIN_HANDLER: &str = "sasl.login.callback.handler.class";
/// Java's classes that do what is done here anyway; the packages changed in 4.0.
const LOGIN_HANDLERS: &[&str] = &[
    "org.apache.kafka.common.security.oauthbearer.OAuthBearerLoginCallbackHandler",
    "org.apache.kafka.common.security.oauthbearer.secured.OAuthBearerLoginCallbackHandler",
];
const TOKEN_CLASSES: &[(&str, &[&str])] = &[
    ("sasl.oauthbearer.jwt.retriever.class", &["DefaultJwtRetriever", "ClientCredentialsJwtRetriever"]),
    ("sasl.oauthbearer.jwt.validator.class", &["DefaultJwtValidator", "ClientJwtValidator"]),
];
/// What the broker is told beside the token.
const EXTENSION: &str = "extension_";

/// Adds what `settings` say of SASL to `out`; answers where tokens come from, if they are what the client logs in with.
pub(super) fn translate(
    settings: &ClientSettings,
    out: &mut BTreeMap<String, String>,
) -> Result<Option<OAuthSettings>, ConfigError> {
    // What Java takes when nothing is said.
    let mechanism = given(settings, "sasl.mechanism").unwrap_or("GSSAPI");
    if !matches!(mechanism, "PLAIN" | "SCRAM-SHA-256" | "SCRAM-SHA-512" | "OAUTHBEARER") {
        return refuse(
            "sasl.mechanism",
            format!("{mechanism} is not available; PLAIN, SCRAM-SHA-256, SCRAM-SHA-512 and OAUTHBEARER are"),
        );
    }
    let oauth = mechanism == "OAUTHBEARER";
    for key in ["sasl.login.class", "sasl.client.callback.handler.class", LOGIN_HANDLER] {
        let known = |class: &str| oauth && key == LOGIN_HANDLER && LOGIN_HANDLERS.contains(&class);
        if given(settings, key).is_some_and(|class| !known(class)) {
            return refuse(key, "Java classes are not loaded".to_owned());
        }
    }
    let known = |key: &str| {
        // Of other mechanisms, which Java does not look at either.
        key.starts_with("sasl.kerberos.")
            || key.starts_with("sasl.login.")
            || key.starts_with("sasl.oauthbearer.")
            || matches!(key, "sasl.mechanism" | JAAS | "sasl.client.callback.handler.class")
    };
    if let Some(key) = settings.keys().find(|key| key.starts_with("sasl.") && !known(key)) {
        return refuse(key, "has no counterpart in this client".to_owned());
    }
    out.insert("sasl.mechanism".to_owned(), mechanism.to_owned());
    if oauth {
        return client_credentials(settings).map(Some);
    }
    let Some(jaas) = given(settings, JAAS) else {
        return refuse(JAAS, "must name the user and the password".to_owned());
    };
    let (username, password) = password(jaas, mechanism).map_err(|reason| invalid(JAAS, &reason))?;
    out.insert("sasl.username".to_owned(), username);
    out.insert("sasl.password".to_owned(), password);
    Ok(None)
}

/// User and password. Errors never hold the text, which is secret.
fn password(jaas: &str, mechanism: &str) -> Result<(String, String), String> {
    let jaas = Jaas::parse(jaas)?;
    jaas.check_module(if mechanism == "PLAIN" { "PlainLoginModule" } else { "ScramLoginModule" }, mechanism)?;
    let (mut username, mut password) = (None, None);
    for (option, value) in jaas.options {
        match option.as_str() {
            "username" => username = Some(value),
            "password" => password = Some(value),
            "tokenauth" if value.eq_ignore_ascii_case("false") => {}
            other => return Err(format!("option {other} has no counterpart in this client")),
        }
    }
    match (username, password) {
        (Some(username), Some(password)) => Ok((username, password)),
        (None, _) => Err("option username is missing".to_owned()),
        (_, None) => Err("option password is missing".to_owned()),
    }
}

// === OAUTHBEARER

/// As Java's `OAuthBearerLoginCallbackHandler` with a token endpoint: the keys of 4.1 count before the options of the JAAS entry.
fn client_credentials(settings: &ClientSettings) -> Result<OAuthSettings, ConfigError> {
    for (key, classes) in TOKEN_CLASSES {
        let known = |class: &str| class.rsplit('.').next().is_some_and(|class| classes.contains(&class));
        if given(settings, key).is_some_and(|class| !known(class)) {
            return refuse(key, "tokens are had by client credentials only".to_owned());
        }
    }
    let options = match given(settings, JAAS) {
        Some(jaas) => oauth_options(jaas).map_err(|reason| invalid(JAAS, &reason))?,
        None => ClientSettings::new(),
    };
    let either = |key: &str, option: &str| given(settings, key).or_else(|| given(&options, option)).map(str::to_owned);
    let needed = |key: &str, option: &str| {
        either(key, option).ok_or_else(|| invalid(key, &format!("must be given, or {option} in {JAAS}")))
    };
    let endpoint = endpoint(settings)?;
    let mut tls = BTreeMap::new();
    if endpoint.scheme_str() == Some("https") {
        // As in Java: what a provider shows has nothing to do with what brokers show.
        tls::translate(&options, &mut tls)
            .map_err(|error| invalid(JAAS, &format!("option {}: {}", error.key, error.reason)))?;
    }
    let extensions = options.iter().filter_map(|(option, value)| Some((option.strip_prefix(EXTENSION)?, value)));
    Ok(OAuthSettings {
        endpoint,
        client_id: needed("sasl.oauthbearer.client.credentials.client.id", "clientId")?,
        client_secret: needed("sasl.oauthbearer.client.credentials.client.secret", "clientSecret")?,
        scope: either("sasl.oauthbearer.scope", "scope"),
        encode_credentials: flag(settings, "sasl.oauthbearer.header.urlencode")?.unwrap_or(false),
        extensions: extensions.map(|(key, value)| (key.to_owned(), value.clone())).collect(),
        tls,
        connect_timeout: millis(settings, "sasl.login.connect.timeout.ms", 10_000)?,
        read_timeout: millis(settings, "sasl.login.read.timeout.ms", 30_000)?,
        retry_backoff: (
            millis(settings, "sasl.login.retry.backoff.ms", 100)?.max(Duration::from_millis(10)),
            millis(settings, "sasl.login.retry.backoff.max.ms", 10_000)?.max(Duration::from_millis(100)),
        ),
    })
}

fn endpoint(settings: &ClientSettings) -> Result<Uri, ConfigError> {
    let Some(url) = given(settings, ENDPOINT) else {
        return refuse(
            ENDPOINT,
            "must be given: tokens without a provider, which nobody signs, are not made".to_owned(),
        );
    };
    let usable = |uri: &Uri| {
        matches!(uri.scheme_str(), Some("http" | "https"))
            && uri.host().is_some_and(|host| !host.is_empty())
            && uri.authority().is_some_and(|authority| !authority.as_str().contains('@'))
    };
    let uri = url.parse::<Uri>().ok().filter(usable);
    uri.ok_or_else(|| invalid(ENDPOINT, "must be a URL with http or https, a host, and no user"))
}

/// The options of the entry, of which each means something here.
fn oauth_options(jaas: &str) -> Result<ClientSettings, String> {
    let jaas = Jaas::parse(jaas)?;
    jaas.check_module("OAuthBearerLoginModule", "OAUTHBEARER")?;
    for (option, value) in &jaas.options {
        let extension = option.strip_prefix(EXTENSION);
        // RFC 7628: anything else could end the message that they are sent in.
        let letters = |key: &str| !key.is_empty() && key != "auth" && key.bytes().all(|b| b.is_ascii_alphabetic());
        let printable = |value: &str| value.bytes().all(|b| matches!(b, b' '..=b'~' | b'\t' | b'\r' | b'\n'));
        match (option.as_str(), extension) {
            ("clientId" | "clientSecret" | "scope", _) => {}
            (_, Some(key)) if letters(key) && printable(value) => {}
            (_, Some(_)) => return Err(format!("option {option} is no extension that a broker could be told")),
            (option, None) if option.starts_with("ssl.") => {}
            (option, None) => return Err(format!("option {option} has no counterpart in this client")),
        }
    }
    Ok(jaas.options.into_iter().collect())
}
