//! A connector's configuration, typed: what the worker must know to run it (Java's `ConnectorConfig`, `SourceConnectorConfig`,
//! `SinkConnectorConfig`).

use std::fmt;
use std::time::Duration;

use super::config_exception::ConfigException;
use super::definition::{ConfigDef, ParsedConfig};
use super::keys::{sink, source};
use super::worker_config::{ConverterConfig, WorkerConfig};
use crate::connect::{Config, ConnectorType, RawConfig};
use crate::kafka::ports::Subscription;

mod restart;
mod topic_creation;
mod transformations;

pub use restart::{FailureClass, RestartPolicy};
pub use topic_creation::{TopicCreation, TopicGroup, group_def, group_names};
pub use transformations::{AliasedPlugin, TransformationConfig};

/// Everything but what only the plugin understands.
#[derive(Clone)]
pub struct ConnectorConfig {
    originals: Config,
    pub name: String,
    /// As it was given: full name or alias.
    pub class: String,
    /// None: the newest version.
    pub plugin_version: Option<String>,
    pub tasks_max: u32,
    pub tasks_max_enforce: bool,
    pub key_converter: ConverterConfig,
    pub value_converter: ConverterConfig,
    pub header_converter: ConverterConfig,
    /// Aliases, in order.
    transforms: Vec<String>,
    /// Aliases.
    predicates: Vec<String>,
    pub errors: ErrorsConfig,
    /// What a sink reads; none: not a sink.
    pub subscription: Option<Subscription>,
    /// None: not a source, or the worker creates no topics for it.
    pub topic_creation: Option<TopicCreation>,
}

/// What becomes of records that cannot be processed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ErrorsConfig {
    pub tolerance: Tolerance,
    /// For how long an operation is tried again; none: without end.
    pub retry_timeout: Option<Duration>,
    pub retry_delay_max: Duration,
    pub log_enable: bool,
    pub log_include_messages: bool,
    /// Of sinks, and of sources that ask for it.
    pub dead_letter_queue: Option<DeadLetterQueueConfig>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tolerance {
    /// The task fails.
    None,
    /// The record is skipped.
    All,
}

/// Where a sink's failed records go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeadLetterQueueConfig {
    pub topic: String,
    pub replication_factor: i16,
    pub context_headers: bool,
}

/// Without the entries, which may hold secrets.
impl fmt::Debug for ConnectorConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ConnectorConfig {{ {} of {} }}", self.name, self.class)
    }
}

impl ConnectorConfig {
    /// Reads a configuration, with the values of config providers; one that has been validated has no errors here.
    pub fn new(config: Config, kind: ConnectorType, worker: &WorkerConfig) -> Result<Self, ConfigException> {
        let config = worker.providers.transform(&config)?.config;
        let raw: RawConfig = config.iter().map(|(key, value)| (key.clone(), Some(value.clone()))).collect();
        let keys = if kind == ConnectorType::Sink { sink::keys() } else { source::keys() };
        let parsed = ConfigDef::new(keys)?.parse(&raw)?;
        let converter = |key, default| converter(key, &parsed, &config, default);
        Ok(Self {
            name: parsed.text("name")?,
            class: parsed.text("connector.class")?,
            plugin_version: parsed.string("connector.plugin.version")?,
            tasks_max: parsed.number("tasks.max")?,
            tasks_max_enforce: parsed.bool("tasks.max.enforce")?,
            key_converter: converter("key.converter", &worker.key_converter)?,
            value_converter: converter("value.converter", &worker.value_converter)?,
            header_converter: converter("header.converter", &worker.header_converter)?,
            transforms: parsed.list("transforms")?,
            predicates: parsed.list("predicates")?,
            errors: ErrorsConfig::new(&parsed, &config, kind)?,
            subscription: if kind == ConnectorType::Sink { Some(subscription(&parsed)?) } else { None },
            topic_creation: if kind == ConnectorType::Source && worker.topic_creation_enable {
                TopicCreation::new(&config)?
            } else {
                None
            },
            originals: config,
        })
    }

    /// The entries with the values of config providers; secrets included.
    pub fn originals(&self) -> &Config {
        &self.originals
    }
}

/// The connector's own converter with its own settings only, or the worker's with the worker's.
fn converter(
    key: &str,
    parsed: &ParsedConfig,
    config: &Config,
    default: &ConverterConfig,
) -> Result<ConverterConfig, ConfigException> {
    if parsed.string(key)?.is_some() { ConverterConfig::of(key, parsed, config) } else { Ok(default.clone()) }
}

fn subscription(parsed: &ParsedConfig) -> Result<Subscription, ConfigException> {
    let topics: Vec<String> = parsed.list("topics")?.into_iter().filter(|topic| !topic.is_empty()).collect();
    let regex = parsed.string("topics.regex")?.filter(|regex| !regex.is_empty());
    match (topics.is_empty(), regex) {
        (false, None) => Ok(Subscription::Topics(topics)),
        (true, Some(regex)) => Ok(Subscription::Pattern(regex)),
        (true, None) => Err(ConfigException(NO_TOPICS.to_owned())),
        (false, Some(_)) => Err(ConfigException(TWICE_TOPICS.to_owned())),
    }
}

/// A sink that is not told what to read.
pub const NO_TOPICS: &str = "Must configure one of topics or topics.regex";
/// A sink that is told it twice.
pub const TWICE_TOPICS: &str = "topics and topics.regex are mutually exclusive options, but both are set.";

impl ErrorsConfig {
    fn new(parsed: &ParsedConfig, config: &Config, kind: ConnectorType) -> Result<Self, ConfigException> {
        let timeout: i64 = parsed.number("errors.retry.timeout")?;
        Ok(Self {
            tolerance: if parsed.text("errors.tolerance")? == "all" { Tolerance::All } else { Tolerance::None },
            // Any negative number is without end, as in Java.
            retry_timeout: u64::try_from(timeout).ok().map(Duration::from_millis),
            retry_delay_max: parsed.millis("errors.retry.delay.max.ms")?,
            log_enable: parsed.bool("errors.log.enable")?,
            log_include_messages: parsed.bool("errors.log.include.messages")?,
            dead_letter_queue: match kind {
                ConnectorType::Sink => DeadLetterQueueConfig::new(parsed)?,
                ConnectorType::Source => DeadLetterQueueConfig::of_source(config)?,
                ConnectorType::Unknown => None,
            },
        })
    }
}

impl DeadLetterQueueConfig {
    /// Java's sources have no queue, so their definition has no such keys; ours have one if they name a topic.
    fn of_source(config: &Config) -> Result<Option<Self>, ConfigException> {
        let raw: RawConfig = config.iter().map(|(key, value)| (key.clone(), Some(value.clone()))).collect();
        Self::new(&ConfigDef::new(sink::dead_letter_queue().to_vec())?.parse(&raw)?)
    }

    /// What is wrong with the keys that a source states: key, text and reason each.
    pub fn errors_of_source(config: &Config) -> Vec<(&'static str, &str, ConfigException)> {
        let wrong = |key: &'static str| {
            let text = config.get(key)?;
            let topic = (Self::TOPIC.to_owned(), "any".to_owned());
            let alone = Config::from_iter([topic, (key.to_owned(), text.clone())]);
            Some((key, text.as_str(), Self::of_source(&alone).err()?))
        };
        [Self::TOPIC, Self::REPLICATION_FACTOR, Self::CONTEXT_HEADERS].into_iter().filter_map(wrong).collect()
    }

    pub const TOPIC: &str = "errors.deadletterqueue.topic.name";
    const REPLICATION_FACTOR: &str = "errors.deadletterqueue.topic.replication.factor";
    const CONTEXT_HEADERS: &str = "errors.deadletterqueue.context.headers.enable";

    fn new(parsed: &ParsedConfig) -> Result<Option<Self>, ConfigException> {
        let Some(topic) = parsed.string(Self::TOPIC)?.filter(|topic| !topic.is_empty()) else {
            return Ok(None);
        };
        Ok(Some(Self {
            topic,
            replication_factor: parsed.number(Self::REPLICATION_FACTOR)?,
            context_headers: parsed.bool(Self::CONTEXT_HEADERS)?,
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::super::standalone_config::StandaloneConfig;
    use super::*;

    fn worker() -> WorkerConfig {
        let properties = [
            ("bootstrap.servers", "k:9092"),
            ("key.converter", "JsonConverter"),
            ("key.converter.schemas.enable", "false"),
            ("value.converter", "JsonConverter"),
            ("value.converter.schemas.enable", "false"),
            ("offset.storage.file.filename", "f"),
        ];
        StandaloneConfig::new(properties.map(|(key, value)| (key.to_owned(), value.to_owned())).into_iter().collect())
            .unwrap()
            .worker
    }

    fn config(kind: ConnectorType, extra: &[(&str, &str)]) -> Result<ConnectorConfig, ConfigException> {
        let entries = [("name", "c"), ("connector.class", "x")];
        let config = entries.iter().chain(extra).map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
        ConnectorConfig::new(config, kind, &worker())
    }

    #[test]
    fn a_converter_comes_with_the_settings_of_where_it_is_named() {
        let config = config(
            ConnectorType::Source,
            &[
                ("key.converter.schemas.enable", "true"),
                ("value.converter", "JsonConverter"),
                ("value.converter.x", "1"),
            ],
        )
        .unwrap();
        assert_eq!(config.key_converter.settings["schemas.enable"], "false");
        assert_eq!(config.value_converter.settings.get("schemas.enable"), None);
        assert_eq!(config.value_converter.settings["x"], "1");
    }

    #[test]
    fn a_sink_reads_either_topics_or_a_pattern() {
        let read =
            |extra: &[(&str, &str)]| config(ConnectorType::Sink, extra).map(|config| config.subscription.unwrap());
        assert_eq!(read(&[("topics", "a, b")]).unwrap(), Subscription::Topics(vec!["a".to_owned(), "b".to_owned()]));
        assert_eq!(read(&[("topics.regex", "a.*")]).unwrap(), Subscription::Pattern("a.*".to_owned()));
        assert_eq!(read(&[]).unwrap_err().0, NO_TOPICS);
        assert_eq!(read(&[("topics", "a"), ("topics.regex", "a.*")]).unwrap_err().0, TWICE_TOPICS);
    }

    #[test]
    fn a_transform_comes_with_its_settings_and_its_predicate() {
        let config = config(
            ConnectorType::Source,
            &[
                ("transforms", "b, a"),
                ("transforms.a.type", "A"),
                ("transforms.b.type", " B "),
                ("transforms.b.plugin.version", "[1,2)"),
                ("transforms.b.field", "f"),
                ("transforms.b.predicate", "p"),
                ("transforms.b.negate", "True"),
                ("predicates", "p"),
                ("predicates.p.type", "P"),
                ("predicates.p.name", "n"),
            ],
        );
        let [b, a] = config.unwrap().transformations().unwrap().try_into().ok().unwrap();
        assert_eq!((a.alias.as_str(), a.transformation.class.as_str(), a.predicate.is_none()), ("a", "A", true));
        assert_eq!((b.transformation.class.as_str(), b.transformation.version.as_deref()), ("B", Some("[1,2)")));
        assert!(b.negate && !b.transformation.settings.contains_key("negate"));
        assert_eq!(b.transformation.settings["field"], "f");
        let predicate = b.predicate.unwrap();
        assert_eq!((predicate.class.as_str(), predicate.settings["name"].as_str()), ("P", "n"));
    }

    #[test]
    fn what_a_transform_names_must_be_there() {
        let refused = |extra: &[(&str, &str)]| {
            config(ConnectorType::Source, extra).unwrap().transformations().err().map(|error| error.0)
        };
        assert_eq!(
            refused(&[("transforms", "a")]).unwrap(),
            "Missing required configuration \"transforms.a.type\" which has no default value."
        );
        assert_eq!(
            refused(&[("transforms", "a"), ("transforms.a.type", "A"), ("transforms.a.predicate", "p")]).unwrap(),
            "Invalid value p for configuration transforms.a.predicate: Not an alias of the configuration predicates"
        );
    }

    #[test]
    fn errors_are_not_tolerated_unless_asked() {
        let errors = |extra: &[(&str, &str)]| config(ConnectorType::Source, extra).unwrap().errors;
        let default = errors(&[]);
        assert_eq!((default.tolerance, default.retry_timeout), (Tolerance::None, Some(Duration::ZERO)));
        let other = errors(&[("errors.tolerance", "all"), ("errors.retry.timeout", "-1")]);
        assert_eq!((other.tolerance, other.retry_timeout), (Tolerance::All, None));
    }

    #[test]
    fn a_dead_letter_queue_is_for_whoever_names_one() {
        let dlq = config(ConnectorType::Sink, &[("topics", "a"), ("errors.deadletterqueue.topic.name", "d")]).unwrap();
        assert_eq!(
            dlq.errors.dead_letter_queue,
            Some(DeadLetterQueueConfig { topic: "d".to_owned(), replication_factor: 3, context_headers: false })
        );
        assert_eq!(config(ConnectorType::Sink, &[("topics", "a")]).unwrap().errors.dead_letter_queue, None);
        let of_source = config(ConnectorType::Source, &[("errors.deadletterqueue.topic.name", "d")]).unwrap();
        assert_eq!(of_source.errors.dead_letter_queue, dlq.errors.dead_letter_queue);
        assert_eq!(config(ConnectorType::Source, &[]).unwrap().errors.dead_letter_queue, None);
        let wrong = [("errors.deadletterqueue.topic.replication.factor".to_owned(), "x".to_owned())].into();
        let errors = DeadLetterQueueConfig::errors_of_source(&wrong);
        assert_eq!(
            errors.iter().map(|(key, ..)| *key).collect::<Vec<_>>(),
            [DeadLetterQueueConfig::REPLICATION_FACTOR]
        );
    }
}
