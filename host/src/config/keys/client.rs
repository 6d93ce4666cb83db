//! The keys of Kafka's clients that connectors override most, so that a validation can describe them; all others are passed on too.

use super::super::config_def::{ConfigKey, ConfigType as T, Default, Importance as I};
use super::{NONE, is};

/// What the keys of a connector start with that change one of its clients.
pub const PRODUCER_OVERRIDE: &str = "producer.override.";
pub const CONSUMER_OVERRIDE: &str = "consumer.override.";
pub const ADMIN_OVERRIDE: &str = "admin.override.";

/// Keys, without the prefix, of the client behind `prefix`.
pub fn keys(prefix: &str) -> Vec<ConfigKey> {
    let own = match prefix {
        PRODUCER_OVERRIDE => PRODUCER,
        CONSUMER_OVERRIDE => CONSUMER,
        _ => ADMIN,
    };
    let row = |row: &Row| ConfigKey::new(row.0, row.1, row.2.clone(), row.3, row.4);
    own.iter().chain(COMMON).map(row).collect()
}

/// Whether `name` is a key that Kafka's clients know, of those that may stand in a worker's properties without a prefix.
pub fn is_client_key(name: &str) -> bool {
    const PREFIXES: &[&str] = &["ssl.", "sasl.", "security."];
    PREFIXES.iter().any(|prefix| name.starts_with(prefix)) || COMMON.iter().any(|row| row.0 == name)
}

/// Name, type, default, importance, documentation.
struct Row(&'static str, T, Default, I, &'static str);

#[rustfmt::skip]
const COMMON: &[Row] = &[
    Row("bootstrap.servers", T::List, is(""), I::High, "The brokers to start from: host:port, separated by commas."),
    Row("client.id", T::String, is(""), I::Low, "The name under which the brokers see the client."),
    Row("client.dns.lookup", T::String, is("use_all_dns_ips"), I::Medium, "How a broker's host name is resolved."),
    Row("client.rack", T::String, is(""), I::Low, "Where the client runs, so that a near replica can serve it."),
    Row("connections.max.idle.ms", T::Long, is("540000"), I::Medium, "After how long an idle connection is closed, in milliseconds."),
    Row("default.api.timeout.ms", T::Int, is("60000"), I::Medium, "How long a call without a timeout of its own may take, in milliseconds."),
    Row("metadata.max.age.ms", T::Long, is("300000"), I::Low, "How old the knowledge of topics and brokers may be, in milliseconds."),
    Row("metadata.recovery.strategy", T::String, is("rebootstrap"), I::Low, "What to do if no known broker can be reached: none or rebootstrap."),
    Row("metadata.recovery.rebootstrap.trigger.ms", T::Long, is("300000"), I::Low, "How long no known broker answers until the client starts from bootstrap.servers again, in milliseconds."),
    Row("receive.buffer.bytes", T::Int, is("65536"), I::Medium, "The size of a socket's receive buffer; -1: the system's default."),
    Row("reconnect.backoff.max.ms", T::Long, is("1000"), I::Low, "The longest wait before connecting again, in milliseconds."),
    Row("reconnect.backoff.ms", T::Long, is("50"), I::Low, "The first wait before connecting again, in milliseconds."),
    Row("request.timeout.ms", T::Int, is("30000"), I::Medium, "How long a broker may take to answer, in milliseconds."),
    Row("retry.backoff.max.ms", T::Long, is("1000"), I::Low, "The longest wait before a request is sent again, in milliseconds."),
    Row("retry.backoff.ms", T::Long, is("100"), I::Low, "The first wait before a request is sent again, in milliseconds."),
    Row("send.buffer.bytes", T::Int, is("131072"), I::Medium, "The size of a socket's send buffer; -1: the system's default."),
    Row("socket.connection.setup.timeout.max.ms", T::Long, is("30000"), I::Medium, "The longest that connecting may take after several attempts, in milliseconds."),
    Row("socket.connection.setup.timeout.ms", T::Long, is("10000"), I::Medium, "How long connecting may take, in milliseconds."),
    Row("security.protocol", T::String, is("PLAINTEXT"), I::Medium, "How to talk to brokers: PLAINTEXT, SSL, SASL_PLAINTEXT or SASL_SSL."),
    Row("sasl.mechanism", T::String, is("GSSAPI"), I::Medium, "The SASL mechanism: PLAIN, SCRAM-SHA-256, SCRAM-SHA-512 or OAUTHBEARER."),
    Row("sasl.jaas.config", T::Password, NONE, I::Medium, "The SASL login: a JAAS entry with its options."),
    Row("sasl.oauthbearer.client.credentials.client.secret", T::Password, NONE, I::Medium, "The client's secret at the OAuth provider."),
    Row("sasl.oauthbearer.assertion.private.key.passphrase", T::Password, NONE, I::Medium, "The passphrase of the key that signs assertions for the OAuth provider."),
    Row("ssl.truststore.location", T::String, NONE, I::High, "The file with the certificates to trust."),
    Row("ssl.truststore.password", T::Password, NONE, I::High, "The trust store's password."),
    Row("ssl.truststore.type", T::String, is("JKS"), I::Medium, "The trust store's format: JKS, PKCS12 or PEM."),
    Row("ssl.truststore.certificates", T::Password, NONE, I::High, "The certificates to trust, as PEM."),
    Row("ssl.keystore.location", T::String, NONE, I::High, "The file with the client's certificate and key."),
    Row("ssl.keystore.password", T::Password, NONE, I::High, "The key store's password."),
    Row("ssl.keystore.type", T::String, is("JKS"), I::Medium, "The key store's format: JKS, PKCS12 or PEM."),
    Row("ssl.keystore.key", T::Password, NONE, I::High, "The client's private key, as PEM."),
    Row("ssl.keystore.certificate.chain", T::Password, NONE, I::High, "The client's certificates, as PEM."),
    Row("ssl.key.password", T::Password, NONE, I::High, "The password of the client's private key."),
    Row("ssl.endpoint.identification.algorithm", T::String, is("https"), I::Low, "How a broker's host name is checked against its certificate; empty: not at all."),
];

#[rustfmt::skip]
const ADMIN: &[Row] = &[
    Row("retries", T::Int, is("2147483647"), I::Low, "How often a request is sent again that failed for a reason that may pass."),
];

#[rustfmt::skip]
const PRODUCER: &[Row] = &[
    Row("acks", T::String, is("all"), I::Low, "How many replicas must have a record before it is acknowledged: 0, 1 or all."),
    Row("batch.size", T::Int, is("16384"), I::Medium, "The most bytes that are sent to one partition at once."),
    Row("buffer.memory", T::Long, is("33554432"), I::High, "The most bytes that wait to be sent."),
    Row("compression.type", T::String, is("none"), I::High, "How batches are compressed: none, gzip, snappy, lz4 or zstd."),
    Row("delivery.timeout.ms", T::Int, is("120000"), I::Medium, "How long a record may take until it is acknowledged or given up, in milliseconds."),
    Row("enable.idempotence", T::Boolean, is("true"), I::Low, "Whether the broker drops copies of records that were sent again."),
    Row("linger.ms", T::Long, is("5"), I::Medium, "How long a record waits for others to be sent with it, in milliseconds."),
    Row("max.block.ms", T::Long, is("60000"), I::Medium, "How long sending may wait for room, in milliseconds."),
    Row("max.in.flight.requests.per.connection", T::Int, is("5"), I::Low, "The most requests on their way to one broker."),
    Row("max.request.size", T::Int, is("1048576"), I::Medium, "The most bytes of one request, and so of one record."),
    Row("partitioner.class", T::Class, NONE, I::Medium, "What decides about a record's partition."),
    Row("retries", T::Int, is("2147483647"), I::High, "How often a request is sent again, within delivery.timeout.ms."),
    Row("transaction.timeout.ms", T::Int, is("60000"), I::Low, "How long a transaction may stay open, in milliseconds."),
];

#[rustfmt::skip]
const CONSUMER: &[Row] = &[
    Row("group.id", T::String, NONE, I::High, "The consumer group; by default connect- and the connector's name."),
    Row("group.instance.id", T::String, NONE, I::Medium, "A name that stays with the consumer across restarts."),
    Row("auto.offset.reset", T::String, is("latest"), I::Medium, "Where to start without a committed offset: earliest, latest or none."),
    Row("check.crcs", T::Boolean, is("true"), I::Low, "Whether checksums of what was fetched are checked."),
    Row("enable.auto.commit", T::Boolean, is("true"), I::Medium, "Whether the client commits offsets by itself."),
    Row("fetch.max.bytes", T::Int, is("52428800"), I::Medium, "The most bytes of one fetch."),
    Row("fetch.max.wait.ms", T::Int, is("500"), I::Low, "How long a broker may wait until there are fetch.min.bytes, in milliseconds."),
    Row("fetch.min.bytes", T::Int, is("1"), I::High, "How many bytes a broker waits for before it answers a fetch."),
    Row("heartbeat.interval.ms", T::Int, is("3000"), I::High, "How often the group hears of the consumer, in milliseconds."),
    Row("isolation.level", T::String, is("read_uncommitted"), I::Medium, "Whether records of open and aborted transactions are read: read_uncommitted or read_committed."),
    Row("max.partition.fetch.bytes", T::Int, is("1048576"), I::High, "The most bytes of one partition in a fetch."),
    Row("max.poll.interval.ms", T::Int, is("300000"), I::Medium, "How long a put may take until the group takes the partitions away, in milliseconds."),
    Row("max.poll.records", T::Int, is("500"), I::Medium, "The most records of one put."),
    Row("partition.assignment.strategy", T::List, is("class org.apache.kafka.clients.consumer.RangeAssignor,class org.apache.kafka.clients.consumer.CooperativeStickyAssignor"), I::Medium, "How the group splits partitions among its members."),
    Row("session.timeout.ms", T::Int, is("45000"), I::High, "How long the group waits for a silent consumer, in milliseconds."),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn security_keys_need_no_row() {
        assert!(is_client_key("sasl.login.retry.backoff.ms"));
        assert!(is_client_key("ssl.cipher.suites"));
        assert!(is_client_key("client.id"));
        assert!(!is_client_key("plugin.path"));
    }
}
