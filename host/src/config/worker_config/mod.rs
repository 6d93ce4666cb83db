//! What every worker is told, standalone or distributed, read from its properties and checked (Java's `WorkerConfig` and
//! `RestServerConfig`).

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use super::config_def::ConfigKey;
use super::config_exception::ConfigException;
use super::definition::{ConfigDef, ParsedConfig};
use super::java_pattern::JavaPattern;
use super::keys::{client, sandbox};
use super::net_pattern::NetPattern;
use super::override_policy::OverridePolicy;
use super::provider::ConfigTransformer;
use super::sandbox_limits::LimitRules;
use crate::connect::{Config, RawConfig};

mod https;
mod listener;
mod notice;
mod response_headers;

pub use https::{ClientAuth, HttpsConfig, Identity, TlsClientConfig, Trusted};
pub use listener::{Listener, Scheme};
pub use notice::Notice;
pub use response_headers::{HeaderAction, HeaderRule, HeaderText};

/// What does not depend on whether the worker is alone. No `Debug`: it holds secrets.
#[derive(Clone)]
pub struct WorkerConfig {
    /// What the properties say, the values of config providers in place; secrets included.
    originals: Config,
    /// Resolves references in the configurations of connectors, as it did in the worker's own.
    pub providers: Arc<ConfigTransformer>,
    pub bootstrap_servers: Vec<String>,
    pub key_converter: ConverterConfig,
    pub value_converter: ConverterConfig,
    pub header_converter: ConverterConfig,
    pub override_policy: OverridePolicy,
    /// For all tasks together.
    pub task_shutdown_graceful_timeout: Duration,
    pub offset_flush_interval: Duration,
    pub offset_flush_timeout: Duration,
    pub plugin_path: Vec<PathBuf>,
    pub topic_creation_enable: bool,
    pub topic_tracking_enable: bool,
    pub topic_tracking_allow_reset: bool,
    pub rest: RestConfig,
    pub sandbox: SandboxConfig,
    pub log: LogConfig,
}

/// A converter's class and settings.
#[derive(Clone, PartialEq, Eq)]
pub struct ConverterConfig {
    /// As it was given: full name or alias.
    pub class: String,
    /// None: the newest.
    pub version: Option<String>,
    /// Without the prefix.
    pub settings: Config,
}

/// Where the REST API is served, and what others are told about it.
#[derive(Clone, Debug)]
pub struct RestConfig {
    /// At least one.
    pub listeners: Vec<Listener>,
    /// There if one of them is https.
    pub https: Option<HttpsConfig>,
    /// The position of the listener that others are told.
    pub advertised: usize,
    pub advertised_host: Option<String>,
    pub advertised_port: Option<u16>,
    /// Where the admin endpoints are served. None: with the others; empty: nowhere.
    pub admin_listeners: Option<Vec<Listener>>,
    pub admin_https: Option<HttpsConfig>,
    /// None: pages of other origins may not use the API.
    pub cross_origin: Option<CrossOrigin>,
    /// Headers of all answers.
    pub response_headers: Vec<HeaderRule>,
}

/// Which pages may use the API from a browser (CORS).
#[derive(Clone, Debug)]
pub struct CrossOrigin {
    /// Each must match a whole origin; none: any origin is allowed.
    pub origins: Option<Vec<JavaPattern>>,
    pub methods: Vec<String>,
}

impl CrossOrigin {
    /// Whether pages of `origin` may use the API.
    pub fn allows(&self, origin: &str) -> bool {
        self.origins.as_ref().is_none_or(|patterns| patterns.iter().any(|pattern| pattern.matches(origin)))
    }
}

/// What plugins may touch and use.
#[derive(Clone, Debug)]
pub struct SandboxConfig {
    /// Absolute paths of files and directories.
    pub fs_read: Vec<PathBuf>,
    /// Absolute paths of files and directories.
    pub fs_write: Vec<PathBuf>,
    pub net_connect: Vec<NetPattern>,
    pub net_listen: Vec<NetPattern>,
    /// PEM; none: what the system trusts.
    pub http_truststore: Option<PathBuf>,
    /// Of one instance.
    pub limits: LimitRules,
    /// Of a component's file.
    pub plugin_max_bytes: u64,
    pub cache_dir: PathBuf,
    /// Looked at first.
    pub readonly_cache_dir: Option<PathBuf>,
    /// Of one component.
    pub compile_timeout: Duration,
    pub compile_memory_max_bytes: u64,
}

/// What is logged and how.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogConfig {
    pub json: bool,
    /// In the form of `RUST_LOG`.
    pub level: String,
}

// === impl WorkerConfig

impl WorkerConfig {
    /// Reads a worker's properties, all `keys` that its kind has; for those that only this kind has, the values come along.
    pub(super) fn read(properties: Config, keys: Vec<ConfigKey>) -> Result<(Self, ParsedConfig), ConfigException> {
        let providers = ConfigTransformer::new(&properties)?;
        let properties = providers.transform(&properties)?.config;
        let raw: RawConfig = properties.iter().map(|(key, value)| (key.clone(), Some(value.clone()))).collect();
        let parsed = ConfigDef::new(keys)?.parse(&raw)?;
        let converter = |key| ConverterConfig::of(key, &parsed, &properties);
        let worker = Self {
            bootstrap_servers: parsed.list("bootstrap.servers")?,
            key_converter: converter("key.converter")?,
            value_converter: converter("value.converter")?,
            header_converter: converter("header.converter")?,
            override_policy: OverridePolicy::new(
                &parsed.text("connector.client.config.override.policy")?,
                parsed.list("connector.client.config.override.allowlist")?,
            )?,
            task_shutdown_graceful_timeout: parsed.millis("task.shutdown.graceful.timeout.ms")?,
            offset_flush_interval: parsed.millis("offset.flush.interval.ms")?,
            offset_flush_timeout: parsed.millis("offset.flush.timeout.ms")?,
            plugin_path: non_empty(parsed.list("plugin.path")?).map(PathBuf::from).collect(),
            topic_creation_enable: parsed.bool("topic.creation.enable")?,
            topic_tracking_enable: parsed.bool("topic.tracking.enable")?,
            topic_tracking_allow_reset: parsed.bool("topic.tracking.allow.reset")?,
            rest: RestConfig::new(&parsed, &properties)?,
            sandbox: SandboxConfig::new(&parsed)?,
            log: LogConfig {
                json: parsed.text(sandbox::LOG_FORMAT)? == "json",
                level: parsed.text(sandbox::LOG_LEVEL)?,
            },
            providers: Arc::new(providers),
            originals: properties,
        };
        Ok((worker, parsed))
    }

    /// Keys that change nothing, each to be logged as a warning once, for a worker that has `keys` and passes on what starts with
    /// one of `prefixes`.
    pub(super) fn notices(&self, keys: Vec<ConfigKey>, prefixes: &[&str]) -> Vec<Notice> {
        notice::notices(&self.originals, keys, prefixes)
    }

    /// The properties that start with `prefix`, without it.
    pub fn with_prefix(&self, prefix: &str) -> Config {
        with_prefix(&self.originals, prefix)
    }

    /// The properties without a prefix that Kafka's clients understand.
    pub fn client_properties(&self) -> impl Iterator<Item = (&str, &str)> {
        self.originals
            .iter()
            .filter(|(key, _)| client::is_client_key(key))
            .map(|(key, value)| (key.as_str(), value.as_str()))
    }

    /// `host:port` under which others know this worker; `bound_port` is the port that the advertised listener got, which counts if the
    /// properties leave the choice to the system.
    pub fn worker_id(&self, bound_port: u16) -> String {
        self.rest.advertised(bound_port)
    }

    /// The URL of the REST API for others.
    pub fn advertised_url(&self, bound_port: u16) -> String {
        let scheme = self.rest.listeners.get(self.rest.advertised).map_or(Scheme::Http, |listener| listener.scheme);
        format!("{}://{}/", scheme.name(), self.rest.advertised(bound_port))
    }
}

/// The entries that start with `prefix`, without it.
pub fn with_prefix(config: &Config, prefix: &str) -> Config {
    config
        .iter()
        .filter_map(|(key, value)| Some((key.strip_prefix(prefix)?.to_owned(), value.clone())))
        .filter(|(key, _)| !key.is_empty())
        .collect()
}

fn non_empty(items: Vec<String>) -> impl Iterator<Item = String> {
    items.into_iter().filter(|item| !item.is_empty())
}

impl ConverterConfig {
    /// The converter that `key` names in a configuration, with the settings behind `key.`.
    pub(super) fn of(key: &str, parsed: &ParsedConfig, config: &Config) -> Result<Self, ConfigException> {
        Ok(Self {
            class: parsed.text(key)?,
            version: parsed.string(&format!("{key}.plugin.version"))?,
            settings: with_prefix(config, &format!("{key}.")),
        })
    }
}

/// Without the settings, which may hold secrets.
impl fmt::Debug for ConverterConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.class)
    }
}

/// The listener of `rest.advertised.listener`'s scheme; without that key the first of http, else the first (Java's
/// `RestServer.advertisedUrl`).
fn advertised_listener(parsed: &ParsedConfig, listeners: &[Listener]) -> Result<usize, ConfigException> {
    let of = |scheme: &str| listeners.iter().position(|listener| listener.scheme.name() == scheme);
    match parsed.string("rest.advertised.listener")? {
        None => Ok(of("http").unwrap_or(0)),
        Some(scheme) => of(&scheme.to_ascii_lowercase()).ok_or_else(|| {
            ConfigException::invalid("rest.advertised.listener", scheme, "There is no listener of this protocol")
        }),
    }
}

impl RestConfig {
    fn new(parsed: &ParsedConfig, properties: &Config) -> Result<Self, ConfigException> {
        let listeners_of = |key: &str| {
            non_empty(parsed.list(key)?).map(|text| Listener::parse(key, &text)).collect::<Result<Vec<_>, _>>()
        };
        let listeners = listeners_of("listeners")?;
        if listeners.is_empty() {
            return Err(ConfigException::invalid("listeners", "", "There must be at least one listener"));
        }
        let advertised = advertised_listener(parsed, &listeners)?;
        let admin_listeners = match properties.contains_key("admin.listeners") {
            true => Some(listeners_of("admin.listeners")?),
            false => None,
        };
        let https = |listeners: &[Listener], prefix| {
            let wanted = listeners.iter().any(|listener| listener.scheme == Scheme::Https);
            wanted.then(|| HttpsConfig::new(properties, prefix)).transpose()
        };
        let port = parsed.integer("rest.advertised.port")?;
        let advertised_port = port
            .map(|port| {
                u16::try_from(port)
                    .map_err(|_| ConfigException::invalid("rest.advertised.port", port, "Value is no port"))
            })
            .transpose()?;
        Ok(Self {
            https: https(&listeners, "listeners.https.")?,
            admin_https: https(admin_listeners.as_deref().unwrap_or_default(), "admin.listeners.https.")?,
            listeners,
            advertised,
            advertised_host: parsed.string("rest.advertised.host.name")?.filter(|host| !host.is_empty()),
            advertised_port,
            admin_listeners,
            cross_origin: cross_origin(parsed)?,
            response_headers: response_headers::header_rules(&parsed.text("response.http.headers.config")?)?,
        })
    }

    fn advertised(&self, bound_port: u16) -> String {
        let listener = self.listeners.get(self.advertised);
        let host = self.advertised_host.clone().unwrap_or_else(|| {
            listener.and_then(Listener::specific_host).map_or_else(listener::machine_name, str::to_owned)
        });
        let port = self
            .advertised_port
            .or(listener.map(|listener| listener.port))
            .filter(|port| *port != 0)
            .unwrap_or(bound_port);
        if host.contains(':') { format!("[{host}]:{port}") } else { format!("{host}:{port}") }
    }
}

fn cross_origin(parsed: &ParsedConfig) -> Result<Option<CrossOrigin>, ConfigException> {
    const ORIGIN: &str = "access.control.allow.origin";
    let items = |text: &str| -> Vec<String> {
        text.split(',').map(str::trim).filter(|item| !item.is_empty()).map(str::to_owned).collect()
    };
    let origins = items(&parsed.text(ORIGIN)?);
    if origins.is_empty() {
        return Ok(None);
    }
    let pattern =
        |text: &String| JavaPattern::compile(text).map_err(|error| ConfigException::invalid(ORIGIN, text, error));
    let origins = match origins.iter().any(|origin| origin == "*") {
        true => None,
        false => Some(origins.iter().map(pattern).collect::<Result<_, _>>()?),
    };
    let mut methods = items(&parsed.text("access.control.allow.methods")?);
    if methods.is_empty() {
        methods = ["GET", "POST", "HEAD"].map(str::to_owned).into();
    }
    Ok(Some(CrossOrigin { origins, methods }))
}

impl SandboxConfig {
    fn new(parsed: &ParsedConfig) -> Result<Self, ConfigException> {
        let paths = |key| {
            non_empty(parsed.list(key)?)
                .map(|text| std::path::absolute(&text).map_err(|error| ConfigException::invalid(key, &text, error)))
                .collect::<Result<Vec<_>, _>>()
        };
        Ok(Self {
            fs_read: paths(sandbox::FS_READ)?,
            fs_write: paths(sandbox::FS_WRITE)?,
            net_connect: net_patterns(parsed, sandbox::NET_CONNECT)?,
            net_listen: listen_patterns(parsed)?,
            http_truststore: parsed.string(sandbox::HTTP_TRUSTSTORE)?.map(PathBuf::from),
            limits: LimitRules::new(parsed)?,
            plugin_max_bytes: parsed.number(sandbox::PLUGIN_MAX_BYTES)?,
            readonly_cache_dir: parsed.string(sandbox::READONLY_CACHE_DIR)?.map(PathBuf::from),
            compile_timeout: parsed.millis(sandbox::COMPILE_TIMEOUT_MS)?,
            compile_memory_max_bytes: parsed.number(sandbox::COMPILE_MEMORY_MAX_BYTES)?,
            cache_dir: match parsed.string(sandbox::CACHE_DIR)? {
                Some(dir) => dir.into(),
                None => default_cache_dir(std::env::var_os("XDG_CACHE_HOME"), std::env::var_os("HOME")),
            },
        })
    }
}

fn net_patterns(parsed: &ParsedConfig, key: &str) -> Result<Vec<NetPattern>, ConfigException> {
    let read = |text: String| text.parse().map_err(|error| ConfigException::invalid(key, &text, error));
    non_empty(parsed.list(key)?).map(read).collect()
}

fn listen_patterns(parsed: &ParsedConfig) -> Result<Vec<NetPattern>, ConfigException> {
    let patterns = net_patterns(parsed, sandbox::NET_LISTEN)?;
    match patterns.iter().find(|pattern| !pattern.is_for_addresses()) {
        Some(name) => Err(ConfigException::invalid(sandbox::NET_LISTEN, name, "Expected IP addresses")),
        None => Ok(patterns),
    }
}

/// `wasm-connect` in the user's cache directory; without a home, in the directory for temporary files.
fn default_cache_dir(xdg: Option<std::ffi::OsString>, home: Option<std::ffi::OsString>) -> PathBuf {
    let absolute = |dir: std::ffi::OsString| Some(PathBuf::from(dir)).filter(|dir| dir.is_absolute());
    xdg.and_then(absolute)
        .or_else(|| home.and_then(absolute).map(|home| home.join(".cache")))
        .unwrap_or_else(std::env::temp_dir)
        .join("wasm-connect")
}

#[cfg(test)]
mod tests;
