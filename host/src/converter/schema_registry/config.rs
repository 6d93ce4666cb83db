//! What a converter is told about its schema registry.

use std::time::Duration;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use hyper::header::{AUTHORIZATION, HeaderName, HeaderValue};
use hyper::{HeaderMap, Uri};
use percent_encoding::percent_decode_str;

use super::keys;
use super::subject::SubjectNameStrategy;
use crate::config::worker_config::TlsClientConfig;
use crate::connect::Config;
use crate::connect::caps::MAX_REGISTRY_ANSWER;
use crate::converter::keys::{boolean, int, invalid};
use crate::converter::{ConvertError, ConverterType};
use crate::http_client::{HttpClient, HttpClientOptions};

/// The settings of one converter, but for those of its format.
pub(super) struct RegistryConfig {
    pub client: ClientConfig,
    pub is_key: bool,
    pub strategy: SubjectNameStrategy,
    pub auto_register: bool,
    pub normalize: bool,
    pub use_latest: bool,
    /// None: what was the latest once is the latest for ever.
    pub latest_ttl: Option<Duration>,
    pub cache_size: usize,
}

/// How the registry is asked.
pub(super) struct ClientConfig {
    /// At least one.
    pub urls: Vec<RegistryUrl>,
    pub http: HttpClient,
    /// Of every request.
    pub headers: HeaderMap,
    pub read_timeout: Duration,
    pub max_retries: u32,
    pub retry_wait: Duration,
    pub retry_wait_max: Duration,
}

/// One server of the registry.
pub(super) struct RegistryUrl {
    /// Without user and password, and without a slash at its end: it is in messages.
    pub shown: String,
    /// What is in front of the API's paths, often empty.
    pub path: String,
    /// `user:password` of the URL itself.
    user_info: Option<String>,
    /// For this server only.
    pub authorization: Option<HeaderValue>,
}

impl RegistryUrl {
    pub(super) fn parse(url: &str) -> Result<Self, ConvertError> {
        let wrong = |why: &str| ConvertError(format!("{} is no URL of a schema registry: {why}", without_user(url)));
        let uri: Uri = url.parse().map_err(|_| wrong("it cannot be parsed"))?;
        let scheme = uri.scheme_str().filter(|scheme| matches!(*scheme, "http" | "https"));
        let scheme = scheme.ok_or_else(|| wrong("it must begin with http:// or https://"))?;
        let authority = uri.authority().ok_or_else(|| wrong("it names no host"))?;
        let (user_info, host) = match authority.as_str().rsplit_once('@') {
            Some((user_info, host)) => (Some(percent_decode_str(user_info).decode_utf8_lossy().into_owned()), host),
            None => (None, authority.as_str()),
        };
        let path = uri.path().trim_end_matches('/').to_owned();
        Ok(Self { shown: format!("{scheme}://{host}{path}"), path, user_info, authorization: None })
    }

    /// Scheme, host and port.
    pub(super) fn server(&self) -> &str {
        self.shown.strip_suffix(&self.path).unwrap_or(&self.shown)
    }
}

/// Passwords are not for messages.
fn without_user(url: &str) -> String {
    match (url.split_once("://"), url.rsplit_once('@')) {
        (Some((scheme, _)), Some((_, host))) => format!("{scheme}://{host}"),
        _ => url.to_owned(),
    }
}

// === impl RegistryConfig ===

impl RegistryConfig {
    /// `config` has the keys without the converter's prefix.
    pub(super) fn new(config: &Config, of: ConverterType) -> Result<Self, ConvertError> {
        for key in keys::REFUSED {
            if let Some(value) = config.get(*key)
                && !matches!(value.trim(), "" | "-1" | "false" | "null")
            {
                return Err(invalid(key, value, "this setting cannot be had"));
            }
        }
        let is_key = of == ConverterType::Key;
        let strategy_key = if is_key { keys::KEY_STRATEGY } else { keys::VALUE_STRATEGY };
        let strategy = config.get(strategy_key).map_or("TopicNameStrategy", String::as_str);
        let strategy =
            SubjectNameStrategy::parse(strategy).map_err(|why| ConvertError(format!("{strategy_key}: {why}")))?;
        let ttl = int(config, keys::LATEST_TTL, -1)?;
        Ok(Self {
            client: ClientConfig::new(config)?,
            is_key,
            strategy,
            auto_register: boolean(config, keys::AUTO_REGISTER, true)?,
            normalize: boolean(config, keys::NORMALIZE, false)?,
            use_latest: boolean(config, keys::USE_LATEST, false)?,
            latest_ttl: u64::try_from(ttl).ok().map(|seconds| Duration::from_secs(seconds.max(1))),
            cache_size: usize::try_from(int(config, keys::CACHE, 1000)?).unwrap_or(0).max(2),
        })
    }
}

impl ClientConfig {
    fn new(config: &Config) -> Result<Self, ConvertError> {
        let mut urls = Vec::new();
        let listed = config.get(keys::URL).map_or("", String::as_str).split(',').map(str::trim);
        for url in listed.filter(|url| !url.is_empty()) {
            urls.push(RegistryUrl::parse(url)?);
        }
        if urls.is_empty() {
            let key = keys::URL;
            return Err(ConvertError(format!("Missing required configuration \"{key}\" which has no default value.")));
        }
        let millis = |key, default| -> Result<Duration, ConvertError> {
            Ok(Duration::from_millis(u64::try_from(int(config, key, default)?).unwrap_or(0)))
        };
        authorize(config, &mut urls)?;
        Ok(Self {
            urls,
            http: http_client(config, millis(keys::CONNECT_TIMEOUT, 60_000)?)?,
            headers: headers(config)?,
            read_timeout: millis(keys::READ_TIMEOUT, 60_000)?,
            max_retries: u32::try_from(int(config, keys::MAX_RETRIES, 3)?).unwrap_or(0),
            retry_wait: millis(keys::RETRY_WAIT, 1000)?,
            retry_wait_max: millis(keys::RETRY_WAIT_MAX, 20_000)?,
        })
    }
}

fn http_client(config: &Config, connect_timeout: Duration) -> Result<HttpClient, ConvertError> {
    let tls = TlsClientConfig::new(config, keys::TLS_PREFIX).map_err(|error| ConvertError(error.to_string()))?;
    let client = HttpClient::new(HttpClientOptions {
        identity: tls.identity.as_ref(),
        trusted: tls.trusted.as_ref(),
        verify_hostname: tls.verify_hostname,
        connect_timeout,
        max_answer: MAX_REGISTRY_ANSWER,
    });
    client.map_err(|error| ConvertError(format!("{}ssl.*: {error}", keys::TLS_PREFIX)))
}

/// Says who asks. A token counts more than a user, and what is configured more than what a URL says.
fn authorize(config: &Config, urls: &mut [RegistryUrl]) -> Result<(), ConvertError> {
    let given = |key: &str| config.get(key).map(|value| value.trim()).filter(|value| !value.is_empty());
    let secret = |text: String, key: &str| {
        let mut value = HeaderValue::from_str(&text)
            .map_err(|_| ConvertError(format!("{key} has a character that no header may have")))?;
        value.set_sensitive(true);
        Ok::<_, ConvertError>(value)
    };
    let basic = |user_info: &str| format!("Basic {}", BASE64_STANDARD.encode(user_info));
    let one = match (given(keys::BEARER_TOKEN), given(keys::BASIC_SOURCE)) {
        (Some(token), _) => match given(keys::BEARER_SOURCE) {
            None | Some("STATIC_TOKEN") => Some(secret(format!("Bearer {token}"), keys::BEARER_TOKEN)?),
            Some(other) => return Err(invalid(keys::BEARER_SOURCE, other, "only STATIC_TOKEN can be had")),
        },
        (None, Some("USER_INFO")) => match given(keys::USER_INFO).or_else(|| given(keys::OLD_USER_INFO)) {
            Some(user_info) => Some(secret(basic(user_info), keys::USER_INFO)?),
            None => {
                let source = keys::BASIC_SOURCE;
                return Err(ConvertError(format!("{source}=USER_INFO needs {}", keys::USER_INFO)));
            }
        },
        (None, None | Some("URL")) => None,
        (None, Some(other)) => return Err(invalid(keys::BASIC_SOURCE, other, "only URL and USER_INFO can be had")),
    };
    for url in urls {
        url.authorization = match (&one, &url.user_info) {
            (Some(one), _) => Some(one.clone()),
            (None, Some(user_info)) => Some(secret(basic(user_info), keys::URL)?),
            (None, None) => None,
        };
    }
    Ok(())
}

fn headers(config: &Config) -> Result<HeaderMap, ConvertError> {
    let mut headers = HeaderMap::new();
    for (key, value) in config {
        let Some(name) = key.strip_prefix(keys::HEADER_PREFIX) else { continue };
        let wrong = || ConvertError(format!("{key} names no header, or its value is none"));
        let name = HeaderName::from_bytes(name.as_bytes()).map_err(|_| wrong())?;
        if name == AUTHORIZATION {
            return Err(ConvertError(format!("{key}: set {} or {}", keys::USER_INFO, keys::BEARER_TOKEN)));
        }
        headers.append(name, HeaderValue::from_str(value).map_err(|_| wrong())?);
    }
    Ok(headers)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(entries: &[(&str, &str)]) -> Result<RegistryConfig, ConvertError> {
        let config = entries.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
        RegistryConfig::new(&config, ConverterType::Value)
    }

    #[test]
    fn a_url_has_its_user_apart() {
        let both = config(&[("schema.registry.url", "http://u:p%40@a:1/x/, https://b")]).unwrap().client;
        assert_eq!(both.urls[0].shown, "http://a:1/x");
        assert_eq!((both.urls[0].server(), &*both.urls[0].path), ("http://a:1", "/x"));
        assert_eq!(both.urls[0].authorization.as_ref().unwrap(), "Basic dTpwQA==");
        assert_eq!((both.urls[1].server(), &both.urls[1].authorization), ("https://b", &None));
    }

    #[test]
    fn what_is_configured_counts_more_than_the_url() {
        let url = ("schema.registry.url", "http://u:p@a:1");
        let of = |extra: &[(&str, &str)]| {
            let all: Vec<_> = [url].iter().chain(extra).copied().collect();
            let config = config(&all).unwrap();
            config.client.urls[0].authorization.as_ref().unwrap().to_str().unwrap().to_owned()
        };
        let user = [("basic.auth.credentials.source", "USER_INFO"), ("basic.auth.user.info", "a:b")];
        assert_eq!(of(&user), "Basic YTpi");
        assert_eq!(of(&[user[0], user[1], ("bearer.auth.token", "t")]), "Bearer t");
    }

    #[test]
    fn what_cannot_be_had_is_refused_by_name() {
        let url = ("schema.registry.url", "http://a");
        for (entries, part) in [
            (vec![], "Missing required configuration \"schema.registry.url\""),
            (vec![("schema.registry.url", "a:8081")], "it must begin with http:// or https://"),
            (vec![("schema.registry.url", "ftp://u:secret@a")], "ftp://a is no URL"),
            (vec![url, ("use.schema.id", "7")], "use.schema.id"),
            (vec![url, ("value.subject.name.strategy", "x.Y")], "value.subject.name.strategy: x.Y cannot be had"),
            (vec![url, ("basic.auth.credentials.source", "SASL_INHERIT")], "SASL_INHERIT"),
            (vec![url, ("basic.auth.credentials.source", "USER_INFO")], "basic.auth.user.info"),
            (vec![url, ("auto.register.schemas", "maybe")], "auto.register.schemas"),
            (
                vec![
                    url,
                    ("schema.registry.ssl.truststore.location", "/x"),
                    ("schema.registry.ssl.truststore.type", "BKS"),
                ],
                "ssl.truststore.type",
            ),
        ] {
            let error = config(&entries).err().unwrap().to_string();
            assert!(error.contains(part) && !error.contains("secret"), "{error}");
        }
    }
}
