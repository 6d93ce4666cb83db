//! Translates a client's settings under Java's names into librdkafka's, with Kafka Connect's defaults.

use std::collections::{BTreeMap, HashSet};
use std::sync::{LazyLock, Mutex, PoisonError};
use std::time::Duration;

use tracing::{info, warn};

pub use super::client_keys::ClientKind;
use super::client_keys::{Rule, rule};
use super::client_security;
use super::oauth::OAuthSettings;
use super::ports::{ClientSettings, KafkaError, OffsetSpec};

/// A setting that no client can be made with.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("invalid value for configuration {key}: {reason}")]
pub struct ConfigError {
    /// Java's key, without a prefix such as `producer.override.`.
    pub key: String,
    /// Never holds a value that may be secret.
    pub reason: String,
}

impl From<ConfigError> for KafkaError {
    fn from(error: ConfigError) -> Self {
        Self { retriable: false, message: error.to_string() }
    }
}

/// Java's default of `max.poll.records`.
pub const DEFAULT_MAX_POLL_RECORDS: usize = 500;

/// The most records that one `poll` of a sink task asks for (`max.poll.records`), which is no business of librdkafka's.
pub fn max_poll_records(settings: &ClientSettings) -> Result<usize, ConfigError> {
    match number(settings, "max.poll.records")? {
        None => Ok(DEFAULT_MAX_POLL_RECORDS),
        Some(n) if n >= 1 => Ok(usize::try_from(n).unwrap_or(usize::MAX)),
        Some(_) => Err(invalid("max.poll.records", "must be at least 1")),
    }
}

/// How often a consumer looks for topics that it has subscribed to and that are not there yet, in milliseconds.
const MISSING_TOPIC_REFRESH_MS: u32 = 10_000;

/// Checks a client's settings without making one: what would refuse to start, by key.
pub fn check(kind: ClientKind, settings: &ClientSettings) -> Result<(), ConfigError> {
    match kind {
        ClientKind::Producer => ProducerConfig::new("", settings).map(drop),
        ClientKind::Consumer => ConsumerConfig::new("", settings).map(drop),
        ClientKind::Admin => AdminConfig::new("", settings).map(drop),
    }
}

/// The keys of a client's settings that have no effect here, each with the reason. The error is what no client can be made with.
pub fn without_effect(kind: ClientKind, settings: &ClientSettings) -> Result<Vec<(String, String)>, ConfigError> {
    let properties = match kind {
        ClientKind::Producer => ProducerConfig::new("", settings)?.librdkafka,
        ClientKind::Consumer => ConsumerConfig::new("", settings)?.librdkafka,
        ClientKind::Admin => AdminConfig::new("", settings)?.librdkafka,
    };
    let unknown = properties.unknown.into_iter().map(|key| (key, "no client of this worker knows it".to_owned()));
    Ok(properties.warnings.into_iter().chain(unknown).collect())
}

// === one kind of client each

/// What a producer is made of.
pub(super) struct ProducerConfig {
    pub(super) librdkafka: Properties,
    /// Bytes of a record as Java estimates them (`max.request.size`).
    pub(super) max_request_size: usize,
    /// Bytes of keys and values that wait for their acknowledgement (`buffer.memory`).
    pub(super) buffer_memory: usize,
    /// Whether keys say nothing of a record's partition (`partitioner.ignore.keys`).
    pub(super) ignore_keys: bool,
}

impl ProducerConfig {
    pub(super) fn new(client_id: &str, settings: &ClientSettings) -> Result<Self, ConfigError> {
        let mut out = Properties::translate(ClientKind::Producer, client_id, settings)?;
        let max_request_size = bytes(settings, "max.request.size", 1_048_576)?;
        let buffer_memory = bytes(settings, "buffer.memory", 32 * 1024 * 1024)?;
        out.defaults(PRODUCER_DEFAULTS);
        // Records too large are refused by our own count, which is Java's; this one only has to let the others pass.
        out.put("message.max.bytes", max_request_size.clamp(1000, 1_000_000_000));
        // In-flight records and bytes are bounded a task, so that no task can fill a queue that it shares.
        out.put("queue.buffering.max.messages", 0);
        out.put("queue.buffering.max.kbytes", i32::MAX);
        idempotence(settings, &mut out)?;
        let ignore_keys = ignores_keys(settings)?;
        compression_level(settings, &mut out)?;
        match number(settings, "delivery.timeout.ms")? {
            // Connect's value, which means for ever to both.
            None | Some(2_147_483_647) => out.put("message.timeout.ms", 0),
            Some(n) => out.put("message.timeout.ms", n.clamp(1, i64::from(i32::MAX))),
        }
        Ok(Self { librdkafka: out, max_request_size, buffer_memory, ignore_keys })
    }

    /// Producers with the same key are the same; the client's name tells tasks apart and nothing else.
    pub(super) fn pool_key(&self, settings: &ClientSettings) -> String {
        let mut key = String::new();
        for (name, value) in &self.librdkafka.values {
            if name != "client.id" || settings.contains_key("client.id") {
                key.extend([name, "=", value, "\n"]);
            }
        }
        let oauth = self.librdkafka.oauth.as_ref().map(OAuthSettings::key).unwrap_or_default();
        key.push_str(&format!("{} {} {} {oauth}", self.max_request_size, self.buffer_memory, self.ignore_keys));
        key
    }
}

/// What a consumer is made of.
pub(super) struct ConsumerConfig {
    pub(super) librdkafka: Properties,
    /// How often a pattern is matched against the topics (`metadata.max.age.ms`).
    pub(super) metadata_max_age: Duration,
    /// A consumer that is not polled for so long is put out of its group (`max.poll.interval.ms`).
    pub(super) max_poll_interval: Duration,
    /// How long a question to the broker is repeated (`default.api.timeout.ms`).
    pub(super) api_timeout: Duration,
    /// Where to start without a committed offset; none: nowhere (`auto.offset.reset`).
    pub(super) reset: Option<OffsetSpec>,
    /// Whether a pattern leaves out Kafka's own topics (`exclude.internal.topics`).
    pub(super) exclude_internal_topics: bool,
}

impl ConsumerConfig {
    pub(super) fn new(client_id: &str, settings: &ClientSettings) -> Result<Self, ConfigError> {
        let mut out = Properties::translate(ClientKind::Consumer, client_id, settings)?;
        max_poll_records(settings)?;
        out.defaults(CONSUMER_DEFAULTS);
        if !settings.contains_key("metadata.max.age.ms") {
            // Java's consumer asks again and again for a subscribed topic that is not there yet, librdkafka at each refresh.
            out.put("topic.metadata.refresh.interval.ms", MISSING_TOPIC_REFRESH_MS);
        }
        group_protocol(settings, &mut out)?;
        let reads_committed = out.values.get("isolation.level").is_some_and(|level| level == "read_committed");
        let latest = if reads_committed { OffsetSpec::LatestCommitted } else { OffsetSpec::Latest };
        let reset = settings.get("auto.offset.reset").map(|v| v.trim().to_ascii_lowercase());
        let (reset, native_reset) = match reset.as_deref() {
            None | Some("earliest") => (Some(OffsetSpec::Earliest), "earliest"),
            Some("latest") => (Some(latest), "latest"),
            Some("none") => (None, "error"),
            Some(_) => {
                return Err(invalid("auto.offset.reset", "only earliest, latest and none can be had"));
            }
        };
        // For an offset that is not there any more; where there is none, the consumer asks before it is assigned.
        out.put("auto.offset.reset", native_reset);
        if flag(settings, "enable.auto.commit")? == Some(true) {
            out.warn(
                "enable.auto.commit",
                "offsets are committed by the worker, after the sink task has taken the records",
            );
        }
        if let Some(n) = number(settings, "fetch.max.bytes")? {
            let n = n.clamp(MESSAGE_MIN, 2_147_483_135);
            out.put("fetch.max.bytes", n);
            // Neither will it start if a request could be larger than a response, though consumers send no such.
            out.put("message.max.bytes", n.min(1_000_000));
            // librdkafka refuses to start if a whole response could not be received.
            out.put("receive.message.max.bytes", n.saturating_add(512).max(100_000_000));
        }
        Ok(Self {
            librdkafka: out,
            metadata_max_age: millis(settings, "metadata.max.age.ms", 300_000)?,
            max_poll_interval: millis(settings, "max.poll.interval.ms", 300_000)?,
            api_timeout: millis(settings, "default.api.timeout.ms", 60_000)?,
            reset,
            exclude_internal_topics: flag(settings, "exclude.internal.topics")?.unwrap_or(true),
        })
    }
}

/// What an admin client is made of.
pub(super) struct AdminConfig {
    pub(super) librdkafka: Properties,
    /// How long a question to the broker is repeated (`default.api.timeout.ms`).
    pub(super) api_timeout: Duration,
}

impl AdminConfig {
    pub(super) fn new(client_id: &str, settings: &ClientSettings) -> Result<Self, ConfigError> {
        let mut out = Properties::translate(ClientKind::Admin, client_id, settings)?;
        out.defaults(&[("allow.auto.create.topics", "false")]);
        Ok(Self { librdkafka: out, api_timeout: millis(settings, "default.api.timeout.ms", 60_000)? })
    }
}

/// librdkafka's least for `message.max.bytes`. A single record may be larger in either client.
const MESSAGE_MIN: i64 = 1_000;

/// Where Java's client, or Connect, differs from librdkafka's defaults.
const COMMON_DEFAULTS: &[(&str, &str)] = &[
    ("reconnect.backoff.ms", "50"),
    ("reconnect.backoff.max.ms", "1000"),
    ("socket.connection.setup.timeout.ms", "10000"),
    ("socket.keepalive.enable", "true"),
    ("connections.max.idle.ms", "540000"),
    // Its lines are ours, which name the client.
    ("log.thread.name", "false"),
];

const PRODUCER_DEFAULTS: &[(&str, &str)] = &[
    ("acks", "all"),
    // Java's own default since 4.0.
    ("linger.ms", "5"),
    // Java's is 16 KiB a partition. One producer serves many tasks here, and larger batches cost nothing when there is
    // little to send: measured, 16 KiB halves the throughput of 100-byte records. A topic whose `max.message.bytes` is less
    // needs a smaller one, as librdkafka does not split a batch that the broker finds too large.
    ("batch.size", "262144"),
    // Records without a key stay at one partition for a while by our own partitioner.
    ("sticky.partitioning.linger.ms", "0"),
];

const CONSUMER_DEFAULTS: &[(&str, &str)] = &[
    ("isolation.level", "read_uncommitted"),
    ("check.crcs", "true"),
    ("allow.auto.create.topics", "true"),
    ("socket.timeout.ms", "30000"),
    // Offsets are committed by the worker and nobody else.
    ("enable.auto.commit", "false"),
    ("enable.auto.offset.store", "false"),
    // The default makes the fetcher sleep for a second whenever the queue is full: a tenth of the throughput.
    ("fetch.queue.backoff.ms", "1"),
    // Prefetch is memory that every sink task has: enough for several batches, no more.
    ("queued.min.messages", "10000"),
    ("queued.max.messages.kbytes", "16384"),
];

/// Java's partitioners that do what ours does.
const DEFAULT_PARTITIONERS: &[&str] = &["", "null", "org.apache.kafka.clients.producer.internals.DefaultPartitioner"];

/// As Java Connect has it: one request in flight, which keeps the order, and no idempotence.
///
/// librdkafka's idempotence would allow more in flight and write nothing twice, but while a partition's batch is in flight
/// and the next one is full its broker thread polls without pause: measured, twice the CPU a record (1.3 against 0.6 us).
fn idempotence(settings: &ClientSettings, out: &mut Properties) -> Result<(), ConfigError> {
    let on = settings.contains_key("transactional.id") || flag(settings, "enable.idempotence")?.unwrap_or(false);
    out.put("enable.idempotence", on);
    let in_flight = number(settings, "max.in.flight.requests.per.connection")?.unwrap_or(1);
    out.put("max.in.flight.requests.per.connection", in_flight.clamp(1, if on { 5 } else { 1_000_000 }));
    Ok(())
}

/// Whether keys say nothing of a record's partition.
fn ignores_keys(settings: &ClientSettings) -> Result<bool, ConfigError> {
    let class = settings.get("partitioner.class").map_or("", |class| class.trim());
    if !DEFAULT_PARTITIONERS.contains(&class) {
        return Err(invalid("partitioner.class", "Java classes are not loaded"));
    }
    Ok(flag(settings, "partitioner.ignore.keys")?.unwrap_or(false))
}

fn compression_level(settings: &ClientSettings, out: &mut Properties) -> Result<(), ConfigError> {
    let codec = settings.get("compression.type").map_or("none", |codec| codec.trim());
    if let Some(level) = number(settings, &format!("compression.{codec}.level"))? {
        // Lower zstd levels exist in Java only.
        out.put("compression.level", level.clamp(-1, 12));
    }
    Ok(())
}

/// The group's protocol and assignors. With the broker's own protocol the client must leave its side unset.
fn group_protocol(settings: &ClientSettings, out: &mut Properties) -> Result<(), ConfigError> {
    let protocol = settings.get("group.protocol").map_or("classic".to_owned(), |p| p.trim().to_ascii_lowercase());
    match protocol.as_str() {
        "consumer" => {
            for key in ["session.timeout.ms", "heartbeat.interval.ms"] {
                if out.values.remove(key).is_some() {
                    out.warn(key, "with group.protocol=consumer the broker decides");
                }
            }
        }
        "classic" => out.put("partition.assignment.strategy", assignors(settings)?),
        _ => return Err(invalid("group.protocol", "must be classic or consumer")),
    }
    out.put("group.protocol", protocol);
    Ok(())
}

/// Java's assignor classes under librdkafka's names. A list may not mix protocols: the first one's are kept, as in a
/// Java group whose members all prefer it.
fn assignors(settings: &ClientSettings) -> Result<String, ConfigError> {
    const KEY: &str = "partition.assignment.strategy";
    let Some(list) = settings.get(KEY).map(|l| l.trim().trim_matches(['[', ']'])).filter(|l| !l.is_empty()) else {
        return Ok("range".to_owned());
    };
    let mut names = Vec::new();
    for class in list.split(',').map(str::trim) {
        names.push(match class.rsplit('.').next() {
            Some("RangeAssignor") => "range",
            Some("RoundRobinAssignor") => "roundrobin",
            Some("CooperativeStickyAssignor") => "cooperative-sticky",
            _ => {
                return Err(invalid(
                    KEY,
                    &format!(
                        "{class} is not available; RangeAssignor, RoundRobinAssignor and CooperativeStickyAssignor are"
                    ),
                ));
            }
        });
    }
    let cooperative = names.first() == Some(&"cooperative-sticky");
    names.retain(|name| (*name == "cooperative-sticky") == cooperative);
    Ok(names.join(","))
}

// === librdkafka's properties

/// librdkafka's properties and what is to be said about those that were left out.
#[derive(Default)]
pub(super) struct Properties {
    values: BTreeMap<String, String>,
    /// Where tokens come from, if the client logs in with some.
    oauth: Option<OAuthSettings>,
    warnings: Vec<(String, String)>,
    unknown: Vec<String>,
}

impl Properties {
    fn translate(kind: ClientKind, client_id: &str, settings: &ClientSettings) -> Result<Self, ConfigError> {
        let mut out = Self::default();
        out.put("client.id", client_id);
        for (key, value) in settings {
            if !client_security::is_security_key(key) {
                out.add(kind, key, value.trim())?;
            }
        }
        out.oauth = client_security::translate(settings, &mut out.values)?;
        out.defaults(COMMON_DEFAULTS);
        let refresh = millis(settings, "metadata.max.age.ms", 300_000)?.as_millis().clamp(1, 3_600_000);
        out.put("topic.metadata.refresh.interval.ms", refresh);
        // librdkafka's own ratio: what it knows outlives two refreshes that failed.
        out.put("metadata.max.age.ms", refresh * 3);
        if !out.values.contains_key("bootstrap.servers") {
            return Err(invalid("bootstrap.servers", "must be set"));
        }
        Ok(out)
    }

    fn add(&mut self, kind: ClientKind, key: &str, value: &str) -> Result<(), ConfigError> {
        match rule(kind, key) {
            _ if value.is_empty() => {}
            Some(Rule::To(name)) => self.put(name, value),
            Some(Rule::Number(name, min, max)) => {
                let given = parse(key, value)?;
                let taken = given.clamp(min, max);
                // −1 is Java's way to leave a size or a time to the system, and so is librdkafka's 0.
                if taken != given && given != -1 && given != i64::from(i32::MAX) && given != i64::MAX {
                    self.warn(key, &format!("{taken} is taken, the nearest value that the client knows"));
                }
                self.put(name, taken);
            }
            Some(Rule::Emulated | Rule::Silent) => {}
            Some(Rule::Absent(reason)) => self.warn(key, reason),
            Some(Rule::Refused(reason)) => return Err(invalid(key, reason)),
            // An admin client gets all of the worker's settings, so that an unknown one says nothing there.
            None if kind == ClientKind::Admin => {}
            None => self.unknown.push(key.to_owned()),
        }
        Ok(())
    }

    fn put(&mut self, key: &str, value: impl ToString) {
        self.values.insert(key.to_owned(), value.to_string());
    }

    fn defaults(&mut self, defaults: &[(&str, &str)]) {
        for (key, value) in defaults {
            self.values.entry((*key).to_owned()).or_insert_with(|| (*value).to_owned());
        }
    }

    fn warn(&mut self, key: &str, reason: &str) {
        self.warnings.push((key.to_owned(), reason.to_owned()));
    }

    /// The name that the client goes by.
    pub(super) fn client_id(&self) -> &str {
        self.values.get("client.id").map_or("", String::as_str)
    }

    /// A property's value.
    pub(super) fn get(&self, key: &str) -> Option<&str> {
        self.values.get(key).map(String::as_str)
    }

    /// Where tokens come from, if the client logs in with some.
    pub(super) fn oauth(&self) -> Option<&OAuthSettings> {
        self.oauth.as_ref()
    }

    /// For rdkafka.
    pub(super) fn to_config(&self) -> rdkafka::ClientConfig {
        self.values.iter().map(|(key, value)| (key.clone(), value.clone())).collect()
    }

    /// Lets librdkafka look at each property.
    pub(super) fn check(&self) -> Result<(), KafkaError> {
        let checked = self.to_config().create_native_config();
        checked.map(drop).map_err(|error| KafkaError { retriable: false, message: error.to_string() })
    }

    /// Says what was left out, each thing once in the life of the process: a thousand tasks may have the same settings.
    pub(super) fn tell(&self) {
        static TOLD: LazyLock<Mutex<HashSet<String>>> = LazyLock::new(Mutex::default);
        let mut told = TOLD.lock().unwrap_or_else(PoisonError::into_inner);
        for (key, reason) in &self.warnings {
            if told.insert(format!("{key}\n{reason}")) {
                warn!(key, "client configuration {key} has no effect as given: {reason}");
            }
        }
        for key in &self.unknown {
            if told.insert(key.clone()) {
                info!(key, "client configuration {key} was supplied but is not known");
            }
        }
    }
}

// === values

pub(super) fn invalid(key: &str, reason: &str) -> ConfigError {
    ConfigError { key: key.to_owned(), reason: reason.to_owned() }
}

fn parse(key: &str, value: &str) -> Result<i64, ConfigError> {
    value.parse().map_err(|_| invalid(key, "must be a whole number"))
}

fn number(settings: &ClientSettings, key: &str) -> Result<Option<i64>, ConfigError> {
    settings.get(key).map(|v| v.trim()).filter(|v| !v.is_empty()).map(|v| parse(key, v)).transpose()
}

pub(super) fn flag(settings: &ClientSettings, key: &str) -> Result<Option<bool>, ConfigError> {
    match settings.get(key).map(|v| v.trim().to_ascii_lowercase()).as_deref() {
        None | Some("") => Ok(None),
        Some("true") => Ok(Some(true)),
        Some("false") => Ok(Some(false)),
        Some(_) => Err(invalid(key, "must be true or false")),
    }
}

fn bytes(settings: &ClientSettings, key: &str, default: usize) -> Result<usize, ConfigError> {
    match number(settings, key)? {
        None => Ok(default),
        Some(n) => usize::try_from(n).map_err(|_| invalid(key, "must be at least 0")),
    }
}

pub(super) fn millis(settings: &ClientSettings, key: &str, default: u64) -> Result<Duration, ConfigError> {
    match number(settings, key)? {
        None => Ok(Duration::from_millis(default)),
        Some(n) => u64::try_from(n).map(Duration::from_millis).map_err(|_| invalid(key, "must be at least 0")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(pairs: &[(&str, &str)]) -> ClientSettings {
        let mut settings: ClientSettings = pairs.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
        settings.entry("bootstrap.servers".to_owned()).or_insert_with(|| "a:1".to_owned());
        settings
    }

    /// The settings become properties that hold all of `expected`, and librdkafka takes every one of them.
    fn check_producer(given: &[(&str, &str)], expected: &[(&str, &str)]) -> ProducerConfig {
        let config = ProducerConfig::new("p", &settings(given)).expect("accepted");
        check_properties(&config.librdkafka, expected);
        config
    }

    fn check_consumer(given: &[(&str, &str)], expected: &[(&str, &str)]) -> ConsumerConfig {
        let config = ConsumerConfig::new("c", &settings(given)).expect("accepted");
        check_properties(&config.librdkafka, expected);
        config
    }

    fn check_properties(properties: &Properties, expected: &[(&str, &str)]) {
        for (key, value) in expected {
            assert_eq!(properties.values.get(*key).map(String::as_str), Some(*value), "{key}");
        }
        properties.to_config().create_native_config().expect("librdkafka takes them");
    }

    fn refused(kind: ClientKind, given: &[(&str, &str)]) -> String {
        super::check(kind, &settings(given)).expect_err("refused").to_string()
    }

    #[test]
    fn a_producer_has_the_defaults_of_connect() {
        let config = check_producer(
            &[("delivery.timeout.ms", "2147483647"), ("max.block.ms", "9223372036854775807")],
            &[
                ("acks", "all"),
                ("message.timeout.ms", "0"),
                ("message.max.bytes", "1048576"),
                ("linger.ms", "5"),
                ("reconnect.backoff.max.ms", "1000"),
                ("topic.metadata.refresh.interval.ms", "300000"),
            ],
        );
        assert_eq!((config.max_request_size, config.buffer_memory), (1_048_576, 33_554_432));
        assert!(config.librdkafka.warnings.is_empty() && config.librdkafka.unknown.is_empty());
    }

    #[test]
    fn a_consumer_has_the_defaults_of_connect() {
        let config = check_consumer(
            &[("group.id", "connect-x"), ("max.poll.interval.ms", "2147483647"), ("send.buffer.bytes", "-1")],
            &[
                ("isolation.level", "read_uncommitted"),
                ("auto.offset.reset", "earliest"),
                ("enable.auto.commit", "false"),
                ("enable.auto.offset.store", "false"),
                ("check.crcs", "true"),
                ("fetch.queue.backoff.ms", "1"),
                ("partition.assignment.strategy", "range"),
                ("max.poll.interval.ms", "86400000"),
                ("socket.send.buffer.bytes", "0"),
            ],
        );
        assert!(config.librdkafka.warnings.is_empty(), "no limit and the system's choice are not worth a word");
    }

    #[test]
    fn one_request_in_flight_keeps_the_order_unless_asked_otherwise() {
        let (idempotence, in_flight) = ("enable.idempotence", "max.in.flight.requests.per.connection");
        check_producer(&[], &[(idempotence, "false"), (in_flight, "1")]);
        check_producer(&[(idempotence, "false"), (in_flight, "1")], &[(idempotence, "false"), (in_flight, "1")]);
        check_producer(&[(idempotence, "true")], &[(idempotence, "true"), (in_flight, "1")]);
        check_producer(&[(idempotence, "true"), (in_flight, "9")], &[(in_flight, "5")]);
        check_producer(&[("acks", "1"), (in_flight, "10")], &[("acks", "1"), (in_flight, "10")]);
        check_producer(&[("transactional.id", "t")], &[(idempotence, "true")]);
    }

    #[test]
    fn keys_are_renamed_and_brought_into_range() {
        check_consumer(
            &[
                ("fetch.max.wait.ms", "900000"),
                ("max.partition.fetch.bytes", "5"),
                ("fetch.max.bytes", "2147483647"),
                ("auto.offset.reset", "none"),
            ],
            &[
                ("fetch.wait.max.ms", "300000"),
                ("fetch.message.max.bytes", "5"),
                ("receive.message.max.bytes", "2147483647"),
                ("auto.offset.reset", "error"),
            ],
        );
        let least = [("fetch.max.bytes", "1000"), ("message.max.bytes", "1000")];
        check_consumer(&[("fetch.max.bytes", "1")], &least);
        let config = check_producer(
            &[("batch.size", "0"), ("compression.type", "zstd"), ("compression.zstd.level", "3")],
            &[("batch.size", "1"), ("compression.level", "3")],
        );
        assert_eq!(config.librdkafka.warnings.len(), 1, "batch.size");
    }

    #[test]
    fn assignors_are_translated_and_never_mixed() {
        let range = "org.apache.kafka.clients.consumer.RangeAssignor";
        let sticky = "org.apache.kafka.clients.consumer.CooperativeStickyAssignor";
        let key = "partition.assignment.strategy";
        check_consumer(&[(key, &format!("{range}, {sticky}"))], &[(key, "range")]);
        check_consumer(&[(key, sticky)], &[(key, "cooperative-sticky")]);
        assert!(
            refused(ClientKind::Consumer, &[(key, "org.apache.kafka.clients.consumer.StickyAssignor")]).contains(key)
        );
        let config = check_consumer(
            &[("group.protocol", "CONSUMER"), ("session.timeout.ms", "9000")],
            &[("group.protocol", "consumer")],
        );
        assert!(!config.librdkafka.values.contains_key("session.timeout.ms"));
    }

    #[test]
    fn what_would_change_the_data_is_refused_and_tuning_is_warned_about() {
        assert!(
            refused(ClientKind::Producer, &[("partitioner.class", "my.Partitioner")]).contains("partitioner.class")
        );
        assert!(
            refused(ClientKind::Consumer, &[("auto.offset.reset", "by_duration:PT1H")]).contains("auto.offset.reset")
        );
        assert!(refused(ClientKind::Consumer, &[("max.poll.records", "0")]).contains("max.poll.records"));
        assert!(refused(ClientKind::Producer, &[("linger.ms", "soon")]).contains("linger.ms"));
        assert!(refused(ClientKind::Admin, &[("bootstrap.servers", " ")]).contains("bootstrap.servers"));
        let config = check_producer(&[("interceptor.classes", "x.Y"), ("lingr.ms", "1")], &[]);
        assert_eq!(config.librdkafka.warnings[0].0, "interceptor.classes");
        assert_eq!(config.librdkafka.unknown, ["lingr.ms"]);
    }

    #[test]
    fn producers_share_when_only_their_names_differ() {
        let key = |id: &str, given: &[(&str, &str)]| {
            let settings = settings(given);
            ProducerConfig::new(id, &settings).expect("accepted").pool_key(&settings)
        };
        assert_eq!(key("a", &[]), key("b", &[]));
        assert_ne!(key("a", &[]), key("a", &[("linger.ms", "9")]));
        assert_ne!(key("a", &[]), key("a", &[("buffer.memory", "9")]));
        assert_ne!(key("a", &[("client.id", "x")]), key("b", &[("client.id", "y")]));
    }
}
