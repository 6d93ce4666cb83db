//! Java's client keys and what becomes of each of them here, one row a key; security keys have a file of their own.

/// Which client a set of settings is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClientKind {
    Producer,
    Consumer,
    Admin,
}

impl ClientKind {
    const fn bit(self) -> u8 {
        match self {
            Self::Producer => P,
            Self::Consumer => C,
            Self::Admin => A,
        }
    }
}

/// What becomes of a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Rule {
    /// The value goes to this librdkafka key as it is.
    To(&'static str),
    /// A number; Java allows more than librdkafka, so it is brought into this range.
    Number(&'static str, i64, i64),
    /// Read by our own code.
    Emulated,
    /// Nothing that anybody would miss: for this client it has no meaning.
    Silent,
    /// A tuning key without a counterpart: said once, with this reason, and left out.
    Absent(&'static str),
    /// Leaving it out would change what happens to data: refused, with this reason.
    Refused(&'static str),
}

const P: u8 = 1;
const C: u8 = 2;
const A: u8 = 4;
const ALL: u8 = P | C | A;

type Row = (&'static str, u8, Rule);

const INT: i64 = i32::MAX as i64;

use Rule::{Absent, Emulated, Number, Refused, Silent, To};

/// A key may have one row a kind of client; a key of another kind of client is no business of this one.
const ROWS: &[Row] = &[
    // --- every client
    ("bootstrap.servers", ALL, To("bootstrap.servers")),
    ("bootstrap.controllers", A, Refused("only brokers are talked to; use bootstrap.servers")),
    ("client.id", ALL, To("client.id")),
    ("client.dns.lookup", ALL, To("client.dns.lookup")),
    ("client.rack", C, To("client.rack")),
    ("metadata.max.age.ms", ALL, Emulated),
    ("metadata.recovery.strategy", ALL, To("metadata.recovery.strategy")),
    ("metadata.recovery.rebootstrap.trigger.ms", ALL, Number("metadata.recovery.rebootstrap.trigger.ms", 0, INT)),
    ("reconnect.backoff.ms", ALL, Number("reconnect.backoff.ms", 0, 3_600_000)),
    ("reconnect.backoff.max.ms", ALL, Number("reconnect.backoff.max.ms", 0, 3_600_000)),
    ("retry.backoff.ms", ALL, Number("retry.backoff.ms", 1, 300_000)),
    ("retry.backoff.max.ms", ALL, Number("retry.backoff.max.ms", 1, 300_000)),
    ("socket.connection.setup.timeout.ms", ALL, Number("socket.connection.setup.timeout.ms", 1000, INT)),
    (
        "socket.connection.setup.timeout.max.ms",
        ALL,
        Absent("the time to connect does not grow from attempt to attempt"),
    ),
    ("connections.max.idle.ms", ALL, Number("connections.max.idle.ms", 0, INT)),
    ("request.timeout.ms", P, Number("request.timeout.ms", 1, 900_000)),
    ("request.timeout.ms", C | A, Number("socket.timeout.ms", 10, 300_000)),
    ("default.api.timeout.ms", C | A, Emulated),
    ("send.buffer.bytes", ALL, Number("socket.send.buffer.bytes", 0, 100_000_000)),
    ("receive.buffer.bytes", ALL, Number("socket.receive.buffer.bytes", 0, 100_000_000)),
    ("enable.metrics.push", ALL, To("enable.metrics.push")),
    ("retries", A, Silent),
    ("metric.reporters", ALL, Silent),
    ("metrics.num.samples", ALL, Silent),
    ("metrics.recording.level", ALL, Silent),
    ("metrics.sample.window.ms", ALL, Silent),
    ("auto.include.jmx.reporter", ALL, Silent),
    ("interceptor.classes", P | C, Absent("Java classes are not loaded")),
    ("config.providers", ALL, Silent),
    // --- producers
    ("acks", P, To("acks")),
    ("retries", P, Number("retries", 0, INT)),
    ("linger.ms", P, Number("linger.ms", 0, 900_000)),
    ("batch.size", P, Number("batch.size", 1, INT)),
    ("compression.type", P, To("compression.type")),
    ("compression.gzip.level", P, Emulated),
    ("compression.lz4.level", P, Emulated),
    ("compression.zstd.level", P, Emulated),
    ("buffer.memory", P, Emulated),
    ("max.request.size", P, Emulated),
    ("delivery.timeout.ms", P, Emulated),
    ("enable.idempotence", P, Emulated),
    ("max.in.flight.requests.per.connection", P, Emulated),
    ("transactional.id", P, To("transactional.id")),
    ("transaction.timeout.ms", P, Number("transaction.timeout.ms", 1000, INT)),
    ("transaction.two.phase.commit.enable", P, Refused("the client cannot take part in two-phase commits")),
    ("partitioner.class", P, Emulated),
    ("partitioner.ignore.keys", P, Emulated),
    ("partitioner.adaptive.partitioning.enable", P, Absent("records without a key are spread evenly")),
    ("partitioner.availability.timeout.ms", P, Absent("records without a key are spread evenly")),
    ("metadata.max.idle.ms", P, Absent("topics are not forgotten")),
    // A full buffer makes a task wait, never fail, as with Connect's own value for it.
    ("max.block.ms", P, Silent),
    ("key.serializer", P, Silent),
    ("value.serializer", P, Silent),
    // --- consumers
    ("group.id", C, To("group.id")),
    ("group.instance.id", C, To("group.instance.id")),
    ("group.protocol", C, Emulated),
    ("group.remote.assignor", C, To("group.remote.assignor")),
    ("partition.assignment.strategy", C, Emulated),
    ("session.timeout.ms", C, Number("session.timeout.ms", 1, 3_600_000)),
    ("heartbeat.interval.ms", C, Number("heartbeat.interval.ms", 1, 3_600_000)),
    // Java's way to say "no limit" is the largest int; a day is librdkafka's largest.
    ("max.poll.interval.ms", C, Number("max.poll.interval.ms", 1, 86_400_000)),
    ("max.poll.records", C, Emulated),
    ("auto.offset.reset", C, Emulated),
    ("enable.auto.commit", C, Emulated),
    ("auto.commit.interval.ms", C, Silent),
    ("fetch.min.bytes", C, Number("fetch.min.bytes", 1, 100_000_000)),
    ("fetch.max.bytes", C, Emulated),
    ("fetch.max.wait.ms", C, Number("fetch.wait.max.ms", 0, 300_000)),
    ("max.partition.fetch.bytes", C, Number("fetch.message.max.bytes", 1, 1_000_000_000)),
    ("isolation.level", C, To("isolation.level")),
    ("check.crcs", C, To("check.crcs")),
    ("allow.auto.create.topics", C, To("allow.auto.create.topics")),
    ("exclude.internal.topics", C, Emulated),
    ("share.acknowledgement.mode", C, Silent),
    ("share.acquire.mode", C, Silent),
    ("key.deserializer", C, Silent),
    ("value.deserializer", C, Silent),
];

/// Keys that carry labels for Java's metrics, and such that Java's clients have for themselves.
const SILENT_PREFIXES: &[&str] = &["metrics.context.", "config.providers.", "internal."];

/// What becomes of `key` in a client of this kind; none: not a client key that anybody knows.
pub(super) fn rule(kind: ClientKind, key: &str) -> Option<Rule> {
    let mut known = None;
    for (name, kinds, rule) in ROWS {
        if *name == key {
            if kinds & kind.bit() != 0 {
                return Some(*rule);
            }
            known = Some(Silent);
        }
    }
    if SILENT_PREFIXES.iter().any(|prefix| key.starts_with(prefix)) {
        return Some(Silent);
    }
    known
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kafka::client_config::check;
    use crate::kafka::client_security::is_security_key;
    use crate::kafka::ports::ClientSettings;

    #[test]
    fn a_key_means_what_its_client_makes_of_it() {
        assert_eq!(rule(ClientKind::Producer, "request.timeout.ms"), Some(Number("request.timeout.ms", 1, 900_000)));
        assert_eq!(rule(ClientKind::Consumer, "request.timeout.ms"), Some(Number("socket.timeout.ms", 10, 300_000)));
        assert_eq!(
            rule(ClientKind::Admin, "group.id"),
            Some(Silent),
            "the worker's group is nothing to an admin client"
        );
        assert_eq!(rule(ClientKind::Admin, "metrics.context.connect.kafka.cluster.id"), Some(Silent));
        assert_eq!(rule(ClientKind::Producer, "lingr.ms"), None);
    }

    const KINDS: [(&str, ClientKind); 3] =
        [("producer", ClientKind::Producer), ("consumer", ClientKind::Consumer), ("admin", ClientKind::Admin)];

    /// Client and key, as `tests/golden/ClientKeys.java` wrote them.
    fn java_keys() -> impl Iterator<Item = (ClientKind, &'static str)> {
        let lines = include_str!("client_keys.txt").lines().filter(|line| !line.starts_with('#'));
        lines.map(|line| {
            let (client, key) = line.split_once(' ').unwrap();
            (KINDS.iter().find(|(name, _)| *name == client).unwrap().1, key)
        })
    }

    #[test]
    fn every_key_of_java_s_clients_has_a_rule() {
        let ruled = |(kind, key): &(ClientKind, &str)| is_security_key(key) || rule(*kind, key).is_some();
        let without: Vec<_> = java_keys().filter(|key| !ruled(key)).collect();
        assert!(without.is_empty(), "{without:?}");
        assert!(java_keys().count() > 300);
    }

    /// What a key is given here must be a property of librdkafka, at both ends of the range.
    #[test]
    fn librdkafka_knows_every_property_that_a_key_becomes() {
        for (name, kinds, rule) in ROWS {
            let properties = match rule {
                Number(property, min, max) => vec![(property, min.to_string()), (property, max.to_string())],
                To(property) => vec![(property, sample(name).to_owned())],
                Emulated | Silent | Absent(_) | Refused(_) => continue,
            };
            for (property, value) in properties {
                let mut config = rdkafka::ClientConfig::new();
                config.set(*property, &value);
                assert!(config.create_native_config().is_ok(), "{name} ({kinds}) as {property}={value}");
            }
        }
    }

    /// A value that Java takes for a key whose text is handed on.
    fn sample(key: &str) -> &'static str {
        match key {
            "client.dns.lookup" => "use_all_dns_ips",
            "metadata.recovery.strategy" => "rebootstrap",
            "acks" => "-1",
            "compression.type" => "zstd",
            "isolation.level" => "read_committed",
            "enable.metrics.push" | "check.crcs" | "allow.auto.create.topics" => "true",
            _ => "a",
        }
    }

    /// A security key that has no effect here would leave a connection less safe than it was meant to be.
    #[test]
    fn a_security_key_is_translated_or_refused_by_name() {
        // What only other mechanisms look at, and these are refused themselves.
        const OF_OTHERS: [&str; 3] = ["sasl.kerberos.", "sasl.login.", "sasl.oauthbearer."];
        const TAKEN: [(&str, &str); 20] = [
            ("security.protocol", "SASL_SSL"),
            ("sasl.mechanism", "SCRAM-SHA-256"),
            ("sasl.jaas.config", JAAS),
            ("ssl.truststore.type", "PEM"),
            ("ssl.truststore.location", "/ca.pem"),
            ("ssl.truststore.certificates", "CA"),
            ("ssl.truststore.password", "p"),
            ("ssl.keystore.type", "PEM"),
            ("ssl.keystore.location", "/key.pem"),
            ("ssl.keystore.password", "p"),
            ("ssl.keystore.certificate.chain", "CHAIN"),
            ("ssl.key.password", "p"),
            ("ssl.endpoint.identification.algorithm", "https"),
            ("ssl.protocol", "TLSv1.3"),
            ("ssl.enabled.protocols", "TLSv1.2,TLSv1.3"),
            ("ssl.trustmanager.algorithm", "PKIX"),
            ("ssl.keymanager.algorithm", "SunX509"),
            ("ssl.client.auth", "required"),
            ("sasl.login.connect.timeout.ms", "1"),
            ("sasl.login.read.timeout.ms", "1"),
        ];
        const JAAS: &str = "x.ScramLoginModule required username=\"a\" password=\"b\";";
        let jaas = JAAS.replace("x.", "org.apache.kafka.common.security.scram.");
        let mut refused = 0;
        for (kind, key) in java_keys().filter(|(_, key)| is_security_key(key)) {
            let value = TAKEN.iter().find(|(taken, _)| *taken == key).map(|(_, value)| value.replace(JAAS, &jaas));
            let mut settings: ClientSettings = [
                ("bootstrap.servers", "a:1"),
                ("security.protocol", "SASL_SSL"),
                ("sasl.mechanism", "SCRAM-SHA-256"),
                ("sasl.jaas.config", jaas.as_str()),
            ]
            .map(|(key, value)| (key.to_owned(), value.to_owned()))
            .into();
            // Half a pair is refused for the other half.
            if key == "ssl.keystore.key" {
                settings.insert("ssl.keystore.certificate.chain".to_owned(), "CHAIN".to_owned());
            }
            settings.insert(key.to_owned(), value.clone().unwrap_or_else(|| "x.Y".to_owned()));
            let ignored = OF_OTHERS.iter().any(|prefix| key.starts_with(prefix));
            match check(kind, &settings) {
                Ok(()) => assert!(value.is_some() || ignored || key == "ssl.keystore.key", "{key} is left out"),
                Err(error) => {
                    // What is taken may still be refused for what it holds, as a file that is not there.
                    assert_eq!(error.key, key, "{error}");
                    refused += usize::from(value.is_none());
                }
            }
        }
        assert!(refused >= 3 * 6, "{refused}");
    }

    #[test]
    fn no_key_has_two_rows_for_one_client() {
        for (i, (name, kinds, _)) in ROWS.iter().enumerate() {
            let twice = ROWS[i + 1..].iter().any(|(other, others, _)| other == name && others & kinds != 0);
            assert!(!twice, "{name}");
        }
    }
}
