//! The keys that the converters with a schema registry have in common.

use std::borrow::Cow;

use crate::config::config_def::{ConfigKey, ConfigType, Default, Importance, Validator, Width};
use crate::converter::keys::common;

pub(super) const URL: &str = "schema.registry.url";
pub(super) const AUTO_REGISTER: &str = "auto.register.schemas";
pub(super) const NORMALIZE: &str = "normalize.schemas";
pub(super) const USE_LATEST: &str = "use.latest.version";
pub(super) const LATEST_STRICT: &str = "latest.compatibility.strict";
pub(super) const LATEST_TTL: &str = "latest.cache.ttl.sec";
pub(super) const CACHE: &str = "schemas.cache.config";
pub(super) const BASIC_SOURCE: &str = "basic.auth.credentials.source";
pub(super) const USER_INFO: &str = "basic.auth.user.info";
pub(super) const OLD_USER_INFO: &str = "schema.registry.basic.auth.user.info";
pub(super) const BEARER_SOURCE: &str = "bearer.auth.credentials.source";
pub(super) const BEARER_TOKEN: &str = "bearer.auth.token";
pub(super) const KEY_STRATEGY: &str = "key.subject.name.strategy";
pub(super) const VALUE_STRATEGY: &str = "value.subject.name.strategy";
pub(super) const CONNECT_TIMEOUT: &str = "http.connect.timeout.ms";
pub(super) const READ_TIMEOUT: &str = "http.read.timeout.ms";
pub(super) const MAX_RETRIES: &str = "max.retries";
pub(super) const RETRY_WAIT: &str = "retries.wait.ms";
pub(super) const RETRY_WAIT_MAX: &str = "retries.max.wait.ms";
pub(super) const IGNORE_DEFAULT: &str = "ignore.default.for.nullables";
/// In front of the keys of TLS.
pub(super) const TLS_PREFIX: &str = "schema.registry.";
/// In front of the names of headers that every request has.
pub(super) const HEADER_PREFIX: &str = "request.header.";

/// Keys that would change what is written or who is asked, and cannot be had: one that is set is refused, never ignored.
pub(super) const REFUSED: &[&str] = &[
    "use.schema.id",
    "use.schema.guid",
    "use.latest.with.metadata",
    "context.name.strategy",
    "key.schema.id.serializer",
    "key.schema.id.deserializer",
    "value.schema.id.serializer",
    "value.schema.id.deserializer",
    "schema.reflection",
    "schema.format",
    "proxy.host",
    "rule.executors",
    "rule.actions",
    "generalized.sum.type.support",
];

/// The names of `KEY_STRATEGY` and `VALUE_STRATEGY`, without their package.
pub(super) const STRATEGIES: [&str; 3] = ["TopicNameStrategy", "RecordNameStrategy", "TopicRecordNameStrategy"];
/// Their package.
pub(super) const STRATEGY_PACKAGE: &str = "io.confluent.kafka.serializers.subject.";

/// One key of a converter.
pub(in crate::converter) fn key(
    name: &'static str,
    ty: ConfigType,
    default: Default,
    importance: Importance,
    documentation: &'static str,
) -> ConfigKey {
    ConfigKey {
        name: name.into(),
        ty,
        default,
        validators: Vec::new(),
        importance,
        documentation: Cow::Borrowed(documentation),
        group: None,
        order_in_group: -1,
        width: Width::None,
        display_name: name.into(),
        dependents: Vec::new(),
        grants: Vec::new(),
    }
}

/// A key that is true or false.
pub(in crate::converter) fn flag(name: &'static str, default: &'static str, documentation: &'static str) -> ConfigKey {
    key(name, ConfigType::Boolean, text(default), Importance::Medium, documentation)
}

fn number(name: &'static str, default: &'static str, least: f64, documentation: &'static str) -> ConfigKey {
    let key = key(name, ConfigType::Int, text(default), Importance::Low, documentation);
    ConfigKey { validators: vec![Validator::Min(least)], ..key }
}

fn text(default: &'static str) -> Default {
    Default::Value(Cow::Borrowed(default))
}

/// The keys of all three converters.
pub(in crate::converter) fn keys() -> Vec<ConfigKey> {
    use ConfigType::{List, Password, String};
    use Importance::{High, Low, Medium};
    let mut keys = common();
    let mut url = key(
        URL,
        List,
        Default::Required,
        High,
        "Base URLs of the schema registry, asked in this order until one answers.",
    );
    url.validators = vec![Validator::Custom(check_urls)];
    let mut basic = key(
        BASIC_SOURCE,
        String,
        text("URL"),
        Medium,
        "Where user and password come from: URL (user:password@ in schema.registry.url) or USER_INFO (basic.auth.user.info).",
    );
    basic.validators = vec![Validator::OneOf(vec!["URL".into(), "USER_INFO".into()])];
    let mut bearer = key(
        BEARER_SOURCE,
        String,
        text("STATIC_TOKEN"),
        Medium,
        "Where a bearer token comes from; only STATIC_TOKEN (bearer.auth.token) can be had.",
    );
    bearer.validators = vec![Validator::OneOf(vec!["STATIC_TOKEN".into()])];
    let mut key_strategy = key(
        KEY_STRATEGY,
        String,
        text("io.confluent.kafka.serializers.subject.TopicNameStrategy"),
        Medium,
        STRATEGY_DOC,
    );
    key_strategy.validators = vec![Validator::Custom(check_strategy)];
    let value_strategy =
        ConfigKey { name: VALUE_STRATEGY.into(), display_name: VALUE_STRATEGY.into(), ..key_strategy.clone() };
    keys.extend([
        url,
        flag(AUTO_REGISTER, "true", "Whether a schema that the registry does not have is registered."),
        flag(
            NORMALIZE,
            "false",
            "Whether the registry brings a schema into a normal form when it is registered or looked up.",
        ),
        flag(
            USE_LATEST,
            "false",
            "Whether values are written with the latest version of the subject; auto.register.schemas must be false.",
        ),
        flag(
            LATEST_STRICT,
            "true",
            "Whether use.latest.version refuses a version that data of the connector's schema cannot be read with.",
        ),
        number(
            LATEST_TTL,
            "-1",
            -1.0,
            "Seconds after which use.latest.version asks for the latest version again; -1: never.",
        ),
        number(
            CACHE,
            "1000",
            0.0,
            "How many schemas this converter keeps at most, of those it reads and of those it writes.",
        ),
        key_strategy,
        value_strategy,
        basic,
        key(USER_INFO, Password, text(""), Medium, "user:password for basic.auth.credentials.source=USER_INFO."),
        bearer,
        key(BEARER_TOKEN, Password, text(""), Medium, "A token that every request shows."),
        number(CONNECT_TIMEOUT, "60000", 1.0, "Milliseconds that a connection to the registry may take."),
        number(READ_TIMEOUT, "60000", 1.0, "Milliseconds that an answer of the registry may take."),
        number(
            MAX_RETRIES,
            "3",
            0.0,
            "How often a request that nobody answered is sent again before errors.retry.timeout counts.",
        ),
        number(RETRY_WAIT, "1000", 0.0, "Milliseconds before the first of these retries; doubled each time."),
        number(RETRY_WAIT_MAX, "20000", 0.0, "The longest such wait in milliseconds."),
        key(
            "schema.registry.ssl.truststore.type",
            String,
            Default::Null,
            Low,
            "PEM, PKCS12 or JKS; by default what the file's name says.",
        ),
        key(
            "schema.registry.ssl.truststore.location",
            String,
            Default::Null,
            Low,
            "The file with the certificates to trust; by default whom the system trusts.",
        ),
        key(
            "schema.registry.ssl.truststore.password",
            Password,
            Default::Null,
            Low,
            "The password of the trust store.",
        ),
        key(
            "schema.registry.ssl.truststore.certificates",
            Password,
            Default::Null,
            Low,
            "The certificates to trust, in PEM.",
        ),
        key(
            "schema.registry.ssl.keystore.type",
            String,
            Default::Null,
            Low,
            "PEM, PKCS12 or JKS; by default what the file's name says.",
        ),
        key(
            "schema.registry.ssl.keystore.location",
            String,
            Default::Null,
            Low,
            "The file with the worker's own certificate and key.",
        ),
        key("schema.registry.ssl.keystore.password", Password, Default::Null, Low, "The password of the key store."),
        key(
            "schema.registry.ssl.keystore.certificate.chain",
            Password,
            Default::Null,
            Low,
            "The worker's own certificate chain, in PEM.",
        ),
        key(
            "schema.registry.ssl.keystore.key",
            Password,
            Default::Null,
            Low,
            "The private key of ssl.keystore.certificate.chain, in PEM.",
        ),
        key("schema.registry.ssl.key.password", Password, Default::Null, Low, "The password of a private key in PEM."),
        key(
            "schema.registry.ssl.endpoint.identification.algorithm",
            String,
            text("https"),
            Low,
            "Empty: the registry's certificate may be for another host.",
        ),
        flag(IGNORE_DEFAULT, "false", "Whether a field that is null stays null although its schema has a default."),
    ]);
    keys
}

const STRATEGY_DOC: &str = "How the subject of a schema is named: TopicNameStrategy (TOPIC-key, TOPIC-value), RecordNameStrategy (the \
     name of the record) or TopicRecordNameStrategy (TOPIC-RECORD), in io.confluent.kafka.serializers.subject.";

fn check_urls(_name: &str, value: Option<&str>) -> Result<(), String> {
    let urls = value.unwrap_or_default().split(',').map(str::trim).filter(|url| !url.is_empty());
    let mut none = true;
    for url in urls {
        none = false;
        super::config::RegistryUrl::parse(url).map_err(|error| error.to_string())?;
    }
    if none { Err("it names no URL".to_owned()) } else { Ok(()) }
}

fn check_strategy(_name: &str, value: Option<&str>) -> Result<(), String> {
    super::subject::SubjectNameStrategy::parse(value.unwrap_or_default()).map(drop)
}
