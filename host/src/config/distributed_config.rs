//! A distributed worker's configuration, read from its properties and checked (Java's `DistributedConfig`).

use std::time::Duration;

use super::config_exception::ConfigException;
use super::definition::ParsedConfig;
use super::keys::distributed::{
    self, CONFIG_TOPIC, EXACTLY_ONCE, GROUP_ID, KEY_ALGORITHM, KEY_SIZE, OFFSET_TOPIC, PROTOCOL, REQUIRE_PLUGINS,
    SIGNATURE_ALGORITHM, STATUS_TOPIC, TOPIC_PREFIXES, USUAL_NAMES, VERIFICATION_ALGORITHMS,
};
use super::worker_config::{Notice, WorkerConfig};
use crate::connect::{Config, MacAlgorithm};
use crate::kafka::ports::NewTopic;

const CLEANUP_POLICY: &str = "cleanup.policy";

/// Everything that a distributed worker is told. No `Debug`: it holds secrets.
#[derive(Clone)]
pub struct DistributedConfig {
    pub worker: WorkerConfig,
    pub group_id: String,
    pub client_id: Option<String>,
    pub session_timeout: Duration,
    pub heartbeat_interval: Duration,
    pub rebalance_timeout: Duration,
    pub protocol: ConnectProtocol,
    /// Whether a worker stays out of a group some of whose connectors it could not run.
    pub require_plugins: bool,
    pub scheduled_rebalance_max_delay: Duration,
    /// How long reading the config topic may take after a rebalance.
    pub worker_sync_timeout: Duration,
    pub worker_unsync_backoff: Duration,
    /// How each is created if it is missing.
    pub config_topic: NewTopic,
    pub offset_topic: NewTopic,
    pub status_topic: NewTopic,
    pub inter_worker: InterWorkerConfig,
}

/// Which protocols the worker offers to its group (`connect.protocol`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConnectProtocol {
    Eager,
    Compatible,
    Sessioned,
}

/// How requests between workers are signed (KIP-507).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InterWorkerConfig {
    /// None: a key is used for ever.
    pub key_ttl: Option<Duration>,
    pub key_algorithm: MacAlgorithm,
    pub key_bits: usize,
    pub signature_algorithm: MacAlgorithm,
    pub verification_algorithms: Vec<MacAlgorithm>,
}

// === impl DistributedConfig

impl DistributedConfig {
    pub fn new(properties: Config) -> Result<Self, ConfigException> {
        let (worker, parsed) = WorkerConfig::read(properties, distributed::keys()).map_err(with_usual_name)?;
        refuse_exactly_once(&parsed)?;
        Ok(Self {
            group_id: parsed.text(GROUP_ID)?,
            client_id: parsed.string("client.id")?.filter(|id| !id.trim().is_empty()),
            session_timeout: parsed.millis("session.timeout.ms")?,
            heartbeat_interval: parsed.millis("heartbeat.interval.ms")?,
            rebalance_timeout: parsed.millis("rebalance.timeout.ms")?,
            protocol: match parsed.text(PROTOCOL)?.as_str() {
                "eager" => ConnectProtocol::Eager,
                "compatible" => ConnectProtocol::Compatible,
                _ => ConnectProtocol::Sessioned,
            },
            require_plugins: parsed.bool(REQUIRE_PLUGINS)?,
            scheduled_rebalance_max_delay: parsed.millis("scheduled.rebalance.max.delay.ms")?,
            worker_sync_timeout: parsed.millis("worker.sync.timeout.ms")?,
            worker_unsync_backoff: parsed.millis("worker.unsync.backoff.ms")?,
            config_topic: NewTopic { partitions: 1, ..topic(&worker, &parsed, CONFIG_TOPIC)? },
            offset_topic: topic(&worker, &parsed, OFFSET_TOPIC)?,
            status_topic: topic(&worker, &parsed, STATUS_TOPIC)?,
            inter_worker: InterWorkerConfig::new(&parsed)?,
            worker,
        })
    }

    /// Keys that change nothing, each to be logged as a warning once.
    pub fn notices(&self) -> Vec<Notice> {
        let mut notices = self.worker.notices(distributed::keys(), TOPIC_PREFIXES);
        for prefix in TOPIC_PREFIXES {
            let settings = self.worker.with_prefix(prefix);
            let partitions = (*prefix == "config.storage.").then_some("partitions");
            for key in
                [Some(CLEANUP_POLICY), partitions].into_iter().flatten().filter(|key| settings.contains_key(*key))
            {
                notices.push(Notice::NoEffect(format!("{prefix}{key}")));
            }
        }
        notices
    }

    /// What the names of the worker's own clients begin with (Java's `ConnectUtils.clientIdBase`).
    pub fn client_id_base(&self) -> String {
        match &self.client_id {
            Some(id) => format!("{}-{id}-", self.group_id),
            None => format!("{}-", self.group_id),
        }
    }
}

/// Says what the key usually is, to who has forgotten it.
fn with_usual_name(error: ConfigException) -> ConfigException {
    let usual = USUAL_NAMES.iter().find(|(key, _)| error == ConfigException::missing(key));
    usual.map_or(error, |(key, name)| {
        ConfigException(format!("{} Usually it is {key}={name}.", ConfigException::missing(key)))
    })
}

fn refuse_exactly_once(parsed: &ParsedConfig) -> Result<(), ConfigException> {
    let support = parsed.text(EXACTLY_ONCE)?;
    if support.eq_ignore_ascii_case("disabled") {
        return Ok(());
    }
    Err(ConfigException::invalid(
        EXACTLY_ONCE,
        support,
        "This worker has no exactly-once support for source connectors yet; only disabled can be had",
    ))
}

/// The topic that `key` names, with its settings from the keys beside it.
fn topic(worker: &WorkerConfig, parsed: &ParsedConfig, key: &str) -> Result<NewTopic, ConfigException> {
    let prefix = key.strip_suffix("topic").unwrap_or(key);
    let partitions = format!("{prefix}partitions");
    let own = ["topic", "partitions", "replication.factor", CLEANUP_POLICY];
    let mut configs: Vec<_> =
        worker.with_prefix(prefix).into_iter().filter(|(key, _)| !own.contains(&key.as_str())).collect();
    configs.push((CLEANUP_POLICY.to_owned(), "compact".to_owned()));
    Ok(NewTopic {
        name: parsed.text(key)?,
        partitions: if parsed.get(&partitions).is_some() { parsed.number(&partitions)? } else { 1 },
        replication_factor: parsed.number(&format!("{prefix}replication.factor"))?,
        configs,
    })
}

// === impl InterWorkerConfig

impl InterWorkerConfig {
    fn new(parsed: &ParsedConfig) -> Result<Self, ConfigException> {
        let algorithm = |key: &str, name: &str| {
            MacAlgorithm::from_name(name).ok_or_else(|| {
                let known = MacAlgorithm::ALL.map(MacAlgorithm::name).join(", ");
                ConfigException::invalid(key, name, format_args!("Not a supported algorithm; these are: {known}"))
            })
        };
        let of = |key: &str| algorithm(key, &parsed.text(key)?);
        let names = parsed.list(VERIFICATION_ALGORITHMS)?;
        if names.is_empty() {
            let message = "At least one signature verification algorithm must be provided";
            return Err(ConfigException::invalid(VERIFICATION_ALGORITHMS, "[]", message));
        }
        let verification_algorithms =
            names.iter().map(|name| algorithm(VERIFICATION_ALGORITHMS, name)).collect::<Result<Vec<_>, _>>()?;
        let signature_algorithm = of(SIGNATURE_ALGORITHM)?;
        if !verification_algorithms.contains(&signature_algorithm) {
            let message = format_args!("Signature algorithm must be present in {VERIFICATION_ALGORITHMS} list");
            return Err(ConfigException::invalid(SIGNATURE_ALGORITHM, signature_algorithm, message));
        }
        let key_algorithm = of(KEY_ALGORITHM)?;
        let key_bits = match parsed.integer(KEY_SIZE)? {
            None => key_algorithm.key_bits(),
            // As Java's generators for these algorithms.
            Some(bits @ 40..=8192) => bits as usize,
            Some(bits) => {
                return Err(ConfigException::invalid(KEY_SIZE, bits, "A key must have 40 to 8192 bits"));
            }
        };
        let ttl = parsed.millis("inter.worker.key.ttl.ms")?;
        Ok(Self {
            key_ttl: Some(ttl).filter(|ttl| !ttl.is_zero()),
            key_algorithm,
            key_bits,
            signature_algorithm,
            verification_algorithms,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const REQUIRED: [(&str, &str); 7] = [
        ("bootstrap.servers", "k:9092"),
        ("key.converter", "c"),
        ("value.converter", "c"),
        ("group.id", "g"),
        ("config.storage.topic", "configs"),
        ("offset.storage.topic", "offsets"),
        ("status.storage.topic", "statuses"),
    ];

    fn config(more: &[(&str, &str)]) -> Result<DistributedConfig, ConfigException> {
        let entries = REQUIRED.iter().chain(more);
        DistributedConfig::new(entries.map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect())
    }

    fn refused(key: &str, value: &str, message: &str) {
        assert_eq!(config(&[(key, value)]).err().unwrap().0, message);
    }

    #[test]
    fn defaults_are_javas() {
        let config = config(&[]).unwrap();
        let ms = Duration::from_millis;
        assert_eq!(
            (config.session_timeout, config.heartbeat_interval, config.rebalance_timeout),
            (ms(10_000), ms(3_000), ms(60_000))
        );
        assert_eq!((config.worker_sync_timeout, config.worker_unsync_backoff), (ms(3_000), ms(300_000)));
        assert_eq!((config.protocol, config.scheduled_rebalance_max_delay), (ConnectProtocol::Sessioned, ms(300_000)));
        let compact = vec![("cleanup.policy".to_owned(), "compact".to_owned())];
        let topic = |name: &str, partitions| NewTopic {
            name: name.into(),
            partitions,
            replication_factor: 3,
            configs: compact.clone(),
        };
        assert_eq!(config.config_topic, topic("configs", 1));
        assert_eq!(config.offset_topic, topic("offsets", 25));
        assert_eq!(config.status_topic, topic("statuses", 5));
        assert_eq!(
            config.inter_worker,
            InterWorkerConfig {
                key_ttl: Some(ms(3_600_000)),
                key_algorithm: MacAlgorithm::HmacSha256,
                key_bits: 256,
                signature_algorithm: MacAlgorithm::HmacSha256,
                verification_algorithms: vec![MacAlgorithm::HmacSha256],
            }
        );
        assert_eq!(config.client_id_base(), "g-");
        assert!(config.notices().is_empty(), "{:?}", config.notices());
    }

    #[test]
    fn a_missing_name_is_told_with_the_usual_one() {
        for (key, usual) in USUAL_NAMES {
            let without: Config = REQUIRED
                .iter()
                .filter(|(name, _)| name != key)
                .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()))
                .collect();
            assert_eq!(
                DistributedConfig::new(without).err().unwrap().0,
                format!(
                    "Missing required configuration \"{key}\" which has no default value. Usually it is {key}={usual}."
                )
            );
        }
        let error = DistributedConfig::new(Config::new()).err().unwrap();
        assert_eq!(error.0, "Missing required configuration \"bootstrap.servers\" which has no default value.");
    }

    #[test]
    fn exactly_once_support_is_refused_until_it_is_there() {
        for value in ["preparing", "ENABLED"] {
            refused(
                "exactly.once.source.support",
                value,
                &format!(
                    "Invalid value {value} for configuration exactly.once.source.support: This worker has no exactly-once support \
                     for source connectors yet; only disabled can be had"
                ),
            );
        }
        assert!(config(&[("exactly.once.source.support", "DISABLED")]).is_ok());
    }

    #[test]
    fn internal_topics_have_the_settings_behind_their_prefix_and_are_always_compacted() {
        let config = config(&[
            ("config.storage.partitions", "7"),
            ("config.storage.cleanup.policy", "delete"),
            ("config.storage.min.insync.replicas", "2"),
            ("config.storage.replication.factor", "1"),
            ("status.storage.partitions", "-1"),
            ("client.id", "w"),
        ])
        .unwrap();
        let pair = |key: &str, value: &str| (key.to_owned(), value.to_owned());
        assert_eq!(
            config.config_topic,
            NewTopic {
                name: "configs".into(),
                partitions: 1,
                replication_factor: 1,
                configs: vec![pair("min.insync.replicas", "2"), pair("cleanup.policy", "compact")],
            }
        );
        assert_eq!(config.status_topic.partitions, -1);
        assert_eq!(
            config.notices(),
            [
                Notice::NoEffect("config.storage.cleanup.policy".into()),
                Notice::NoEffect("config.storage.partitions".into())
            ]
        );
        assert_eq!(config.client_id_base(), "g-w-");
    }

    #[test]
    fn signatures_are_checked() {
        refused(
            "inter.worker.signature.algorithm",
            "HmacSHA1",
            "Invalid value HmacSHA1 for configuration inter.worker.signature.algorithm: Signature algorithm must be present in \
             inter.worker.verification.algorithms list",
        );
        refused(
            "inter.worker.verification.algorithms",
            "",
            "Invalid value [] for configuration inter.worker.verification.algorithms: At least one signature verification \
             algorithm must be provided",
        );
        assert!(config(&[("inter.worker.verification.algorithms", "HmacMD5")]).is_err());
        assert!(config(&[("inter.worker.key.size", "8")]).is_err());
        let config = config(&[
            ("inter.worker.signature.algorithm", "hmacsha512"),
            ("inter.worker.verification.algorithms", "HmacSHA256,HmacSHA512"),
            ("inter.worker.key.generation.algorithm", "HmacSHA384"),
            ("inter.worker.key.ttl.ms", "0"),
        ])
        .unwrap();
        assert_eq!(config.inter_worker.signature_algorithm, MacAlgorithm::HmacSha512);
        assert_eq!((config.inter_worker.key_bits, config.inter_worker.key_ttl), (384, None));
    }

    #[test]
    fn what_is_wrong_is_told_in_javas_words() {
        refused(
            "connect.protocol",
            "lazy",
            "Invalid value lazy for configuration connect.protocol: String must be one of: eager, compatible, sessioned",
        );
        refused(
            "offset.storage.partitions",
            "0",
            "Invalid value 0 for configuration offset.storage.partitions: Number of partitions must be positive, or -1 to use the \
             broker's default",
        );
        refused(
            "scheduled.rebalance.max.delay.ms",
            "-1",
            "Invalid value -1 for configuration scheduled.rebalance.max.delay.ms: Value must be at least 0",
        );
    }

    #[test]
    fn the_sample_properties_are_valid() {
        let sample = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("config/connect-distributed.properties");
        let config = DistributedConfig::new(super::super::properties::load(&sample).unwrap()).unwrap();
        assert!(config.notices().is_empty(), "{:?}", config.notices());
        let names = [&config.config_topic, &config.offset_topic, &config.status_topic].map(|topic| topic.name.as_str());
        assert_eq!(
            (config.group_id.as_str(), names),
            ("connect-cluster", ["connect-configs", "connect-offsets", "connect-status"])
        );
    }
}
