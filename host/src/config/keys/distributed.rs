//! The keys of a distributed worker (Java's `DistributedConfig`).

use super::super::config_def::{ConfigKey, ConfigType as T, Importance as I, Validator};
use super::super::validators;
use super::{NONE, REQUIRED, is, key, one_of, one_of_any_case, rest, sandbox, worker};
use crate::connect::MacAlgorithm;

pub const GROUP_ID: &str = "group.id";
pub const CONFIG_TOPIC: &str = "config.storage.topic";
pub const OFFSET_TOPIC: &str = "offset.storage.topic";
pub const STATUS_TOPIC: &str = "status.storage.topic";
pub const EXACTLY_ONCE: &str = "exactly.once.source.support";
pub const PROTOCOL: &str = "connect.protocol";
pub const REQUIRE_PLUGINS: &str = "group.require.plugins";
pub const KEY_ALGORITHM: &str = "inter.worker.key.generation.algorithm";
pub const KEY_SIZE: &str = "inter.worker.key.size";
pub const SIGNATURE_ALGORITHM: &str = "inter.worker.signature.algorithm";
pub const VERIFICATION_ALGORITHMS: &str = "inter.worker.verification.algorithms";

/// What the settings of internal topics begin with.
pub const TOPIC_PREFIXES: &[&str] = &["config.storage.", "offset.storage.", "status.storage."];

/// Names that clusters usually have, for who has not given one.
pub const USUAL_NAMES: &[(&str, &str)] = &[
    (GROUP_ID, "connect-cluster"),
    (CONFIG_TOPIC, "connect-configs"),
    (OFFSET_TOPIC, "connect-offsets"),
    (STATUS_TOPIC, "connect-status"),
];

/// All keys that a distributed worker's properties may have, without those that are passed on to clients.
pub fn keys() -> Vec<ConfigKey> {
    let mut keys = worker::keys();
    keys.extend(rest::keys());
    keys.extend(group());
    keys.extend(internal_topics());
    keys.extend(signatures());
    keys.extend(connections());
    keys.extend(sandbox::keys());
    keys
}

fn group() -> Vec<ConfigKey> {
    vec![
        key(
            GROUP_ID,
            T::String,
            REQUIRED,
            I::High,
            "The name of the cluster: workers with the same one share its connectors. It must differ from the group of any sink \
             connector; usually connect-cluster.",
        )
        .check(Validator::NonEmpty),
        key(
            "session.timeout.ms",
            T::Int,
            is("10000"),
            I::High,
            "After how long a silence a worker is taken for lost, in milliseconds. Brokers bound it by \
             group.min.session.timeout.ms and group.max.session.timeout.ms.",
        )
        .check(Validator::Min(1.0)),
        key(
            "heartbeat.interval.ms",
            T::Int,
            is("3000"),
            I::High,
            "How often the group hears of a worker, in milliseconds; usually a third of session.timeout.ms.",
        )
        .check(Validator::Min(1.0)),
        key(
            "rebalance.timeout.ms",
            T::Int,
            is("60000"),
            I::High,
            "How long each worker has to join again once a rebalance has begun, in milliseconds.",
        )
        .check(Validator::Min(1.0)),
        key(
            PROTOCOL,
            T::String,
            is("sessioned"),
            I::Low,
            "How workers share the work: eager (everything stops at each rebalance), compatible (only what moves stops) or sessioned \
             (the same, and requests between workers are signed). The group uses what all of its workers know.",
        )
        .check(one_of(&["eager", "compatible", "sessioned"])),
        key(
            REQUIRE_PLUGINS,
            T::Boolean,
            is("false"),
            I::Low,
            "Whether the worker refuses to join a group whose connectors name a connector, converter, transform or predicate that it does \
             not have. Without it the worker warns of each: a leader of Java Connect's gives it such connectors all the same, and they \
             fail here. Since 0.1.0.",
        ),
        key(
            "scheduled.rebalance.max.delay.ms",
            T::Int,
            is("300000"),
            I::Low,
            "How long the connectors and tasks of a worker that is lost wait for its return, in milliseconds.",
        )
        .check(Validator::Min(0.0)),
        key(
            "worker.sync.timeout.ms",
            T::Int,
            is("3000"),
            I::Medium,
            "How long a worker that is behind may take to read the cluster's configuration before it leaves the group for a while, in \
             milliseconds.",
        )
        .check(Validator::Min(0.0)),
        key(
            "worker.unsync.backoff.ms",
            T::Int,
            is("300000"),
            I::Medium,
            "How long such a worker stays away with the eager protocol, in milliseconds.",
        )
        .check(Validator::Min(0.0)),
        key(
            EXACTLY_ONCE,
            T::String,
            is("disabled"),
            I::High,
            "Whether source connectors write their records and offsets in transactions. This version knows disabled only and refuses \
             to start with preparing or enabled.",
        )
        .check(one_of_any_case(&["DISABLED", "ENABLED", "PREPARING"])),
    ]
}

fn internal_topics() -> Vec<ConfigKey> {
    let topic = |name: &'static str, meaning: &'static str| {
        key(name, T::String, REQUIRED, I::High, meaning).check(Validator::NonEmpty)
    };
    let partitions = |name: &'static str, default: &'static str, meaning: &'static str| {
        key(name, T::Int, is(default), I::Low, meaning).check(Validator::Custom(validators::partitions))
    };
    let replication = |name: &'static str, meaning: &'static str| {
        key(name, T::Short, is("3"), I::Low, meaning).check(Validator::Custom(validators::replication_factor))
    };
    vec![
        topic(
            CONFIG_TOPIC,
            "The topic that keeps the configurations of connectors and tasks, of one partition and compacted; usually \
             connect-configs. It is created if it is missing; other settings of it can be given with config.storage. in front.",
        ),
        replication(
            "config.storage.replication.factor",
            "How many brokers keep the topic of configurations, if the worker creates it; -1: the broker's default.",
        ),
        topic(
            OFFSET_TOPIC,
            "The topic that keeps source connectors' offsets, compacted; usually connect-offsets. It is created if it is missing; \
             other settings of it can be given with offset.storage. in front.",
        ),
        partitions(
            "offset.storage.partitions",
            "25",
            "The partitions of the topic of offsets, if the worker creates it; -1: the broker's default.",
        ),
        replication(
            "offset.storage.replication.factor",
            "How many brokers keep the topic of offsets, if the worker creates it; -1: the broker's default.",
        ),
        topic(
            STATUS_TOPIC,
            "The topic that keeps the states of connectors and tasks, compacted; usually connect-status. It is created if it is \
             missing; other settings of it can be given with status.storage. in front.",
        ),
        partitions(
            "status.storage.partitions",
            "5",
            "The partitions of the topic of states, if the worker creates it; -1: the broker's default.",
        ),
        replication(
            "status.storage.replication.factor",
            "How many brokers keep the topic of states, if the worker creates it; -1: the broker's default.",
        ),
    ]
}

fn signatures() -> Vec<ConfigKey> {
    let algorithm = |name: &'static str, meaning: &'static str| {
        key(name, T::String, is("HmacSHA256"), I::Low, meaning)
            .check(one_of_any_case(&MacAlgorithm::ALL.map(MacAlgorithm::name)))
    };
    vec![
        key(
            "inter.worker.key.ttl.ms",
            T::Int,
            is("3600000"),
            I::Low,
            "How long a key is used that requests between workers are signed with, in milliseconds; 0: for ever.",
        )
        .check(Validator::Min(0.0)),
        algorithm(KEY_ALGORITHM, "What such keys are made for."),
        key(KEY_SIZE, T::Int, NONE, I::Low, "The size of such keys in bits; by default as the algorithm has it.")
            .check(Validator::Custom(validators::null_or_not_negative)),
        algorithm(SIGNATURE_ALGORITHM, "How this worker signs its requests to other workers."),
        key(
            VERIFICATION_ALGORITHMS,
            T::List,
            is("HmacSHA256"),
            I::Low,
            "The signatures that this worker takes from others, separated by commas: HmacSHA1, HmacSHA256, HmacSHA384, HmacSHA512. \
             inter.worker.signature.algorithm must be among them.",
        ),
    ]
}

/// Those of the worker's own connections to brokers, where Java's defaults are not those of other clients, or the group uses them.
fn connections() -> Vec<ConfigKey> {
    let ms = |name: &'static str, default: &'static str, meaning: &'static str| {
        key(name, T::Long, is(default), I::Low, meaning).check(Validator::Min(0.0))
    };
    vec![
        key(
            "client.id",
            T::String,
            is(""),
            I::Low,
            "The name under which the brokers see this worker; by default connect- and its address.",
        ),
        ms("metadata.max.age.ms", "300000", "How old the knowledge of topics and brokers may be, in milliseconds."),
        key(
            "send.buffer.bytes",
            T::Int,
            is("131072"),
            I::Medium,
            "The size of a socket's send buffer; -1: the system's default.",
        )
        .check(Validator::Min(-1.0)),
        key(
            "receive.buffer.bytes",
            T::Int,
            is("32768"),
            I::Medium,
            "The size of a socket's receive buffer; -1: the system's default.",
        )
        .check(Validator::Min(-1.0)),
        ms("reconnect.backoff.ms", "50", "The first wait before connecting again, in milliseconds."),
        ms("reconnect.backoff.max.ms", "1000", "The longest wait before connecting again, in milliseconds."),
        ms("socket.connection.setup.timeout.ms", "10000", "How long connecting may take, in milliseconds."),
        ms(
            "socket.connection.setup.timeout.max.ms",
            "30000",
            "The longest that connecting may take after several attempts, in milliseconds.",
        ),
        ms("retry.backoff.ms", "100", "The first wait before a request is sent again, in milliseconds."),
        ms("retry.backoff.max.ms", "1000", "The longest wait before a request is sent again, in milliseconds."),
        key(
            "request.timeout.ms",
            T::Int,
            is("40000"),
            I::Medium,
            "How long a broker may take to answer, in milliseconds.",
        )
        .check(Validator::Min(0.0)),
        key(
            "connections.max.idle.ms",
            T::Long,
            is("540000"),
            I::Medium,
            "After how long an idle connection is closed, in milliseconds.",
        ),
        key(
            "security.protocol",
            T::String,
            is("PLAINTEXT"),
            I::Medium,
            "How to talk to brokers: PLAINTEXT, SSL, SASL_PLAINTEXT or SASL_SSL. The keys of SSL and SASL are those of Kafka's clients.",
        )
        .check(one_of_any_case(&["SASL_SSL", "PLAINTEXT", "SSL", "SASL_PLAINTEXT"])),
        key(
            "metadata.recovery.strategy",
            T::String,
            is("rebootstrap"),
            I::Low,
            "What to do if no known broker can be reached: none, or rebootstrap from bootstrap.servers.",
        )
        .check(one_of_any_case(&["REBOOTSTRAP", "NONE"])),
        ms(
            "metadata.recovery.rebootstrap.trigger.ms",
            "300000",
            "How long no known broker answers until bootstrap.servers are asked again, in milliseconds.",
        ),
    ]
}
