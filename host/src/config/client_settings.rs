//! The settings of the Kafka clients that connectors and tasks use: Java Connect's base, then the worker's, then the connector's own
//! (Java's `Worker.baseProducerConfigs`, `baseConsumerConfigs`, `adminConfigs`).
//!
//! Keys are Java's. Serializers are left out, since all records are bytes. `client.id` is only there if somebody asked for one, so
//! that tasks with equal settings can share a client; otherwise the names below are used.

use super::connector_config::ConnectorConfig;
use super::keys::client::{ADMIN_OVERRIDE, CONSUMER_OVERRIDE, PRODUCER_OVERRIDE};
use super::worker_config::{WorkerConfig, with_prefix};
use crate::connect::{Config, ConnectorTaskId};
use crate::kafka::ports::ClientSettings;

/// For the producer of a source task, and of a sink task's dead letter queue.
pub fn producer_settings(worker: &WorkerConfig, connector: &ConnectorConfig) -> ClientSettings {
    let mut settings = base(worker);
    settings.extend(
        [
            ("acks", "all"),
            ("delivery.timeout.ms", "2147483647"),
            ("enable.idempotence", "false"),
            ("max.block.ms", "9223372036854775807"),
            ("max.in.flight.requests.per.connection", "1"),
        ]
        .map(owned),
    );
    settings.extend(worker.with_prefix("producer."));
    settings.extend(overrides(connector, PRODUCER_OVERRIDE));
    settings
}

/// For the consumer of a sink task.
pub fn consumer_settings(worker: &WorkerConfig, connector: &ConnectorConfig) -> ClientSettings {
    let mut settings = base(worker);
    settings.extend([("auto.offset.reset", "earliest"), ("enable.auto.commit", "false")].map(owned));
    settings.insert("group.id".to_owned(), format!("connect-{}", connector.name));
    settings.extend(worker.with_prefix("consumer."));
    settings.extend(overrides(connector, CONSUMER_OVERRIDE));
    settings
}

/// For the client that creates a connector's topics. As in Java it starts from all client settings of the worker, while producers
/// and consumers take only those with their prefix.
pub fn admin_settings(worker: &WorkerConfig, connector: &ConnectorConfig) -> ClientSettings {
    let mut settings = worker_admin_settings(worker);
    settings.extend(overrides(connector, ADMIN_OVERRIDE));
    settings
}

/// For the worker's own client, which asks for the cluster's id.
pub fn worker_admin_settings(worker: &WorkerConfig) -> ClientSettings {
    let mut settings: ClientSettings = worker.client_properties().map(owned).collect();
    settings.extend(base(worker));
    settings.extend(worker.with_prefix("admin."));
    // The REST API's, not the client's.
    settings.retain(|key, _| key != "listeners" && !key.starts_with("listeners.https."));
    settings
}

/// For the producers of a distributed worker's own topics. As in Java they start from all client settings of the worker.
pub fn log_producer_settings(worker: &WorkerConfig) -> ClientSettings {
    let mut settings = log_settings(worker);
    settings.extend(
        [
            ("acks", "all"),
            ("delivery.timeout.ms", "2147483647"),
            ("enable.idempotence", "false"),
            ("max.in.flight.requests.per.connection", "1"),
        ]
        .map(owned),
    );
    settings
}

/// As [`log_producer_settings`], for statuses: what they say may be out of date when it cannot be written at once, so that the
/// store itself decides whether to repeat it.
pub fn status_producer_settings(worker: &WorkerConfig) -> ClientSettings {
    let mut settings = log_producer_settings(worker);
    settings.extend([("retries", "0"), ("delivery.timeout.ms", "120000")].map(owned));
    settings
}

/// For the consumers of a distributed worker's own topics.
pub fn log_consumer_settings(worker: &WorkerConfig) -> ClientSettings {
    let mut settings = log_settings(worker);
    settings.extend([("auto.offset.reset", "earliest"), ("enable.auto.commit", "false")].map(owned));
    settings
}

/// For the worker's membership in its group.
pub fn group_settings(worker: &WorkerConfig) -> ClientSettings {
    log_settings(worker)
}

fn log_settings(worker: &WorkerConfig) -> ClientSettings {
    let mut settings: ClientSettings = worker.client_properties().map(owned).collect();
    settings.extend(base(worker));
    // Names are given to each client.
    settings.remove("client.id");
    settings
}

/// The name of a source task's producer.
pub fn producer_client_id(task: &ConnectorTaskId) -> String {
    format!("connector-producer-{task}")
}

/// The name of a sink task's consumer.
pub fn consumer_client_id(task: &ConnectorTaskId) -> String {
    format!("connector-consumer-{task}")
}

/// The name of the client that creates a source task's topics.
pub fn admin_client_id(task: &ConnectorTaskId) -> String {
    format!("connector-adminclient-{task}")
}

/// The name of the client that reads and changes the offsets of a sink's consumer group.
pub fn offsets_client_id(connector: &str) -> String {
    format!("connector-worker-adminclient-{connector}")
}

/// The name of the producer of a sink task's dead letter queue.
pub fn dlq_producer_client_id(task: &ConnectorTaskId) -> String {
    format!("connector-dlq-producer-{task}")
}

fn owned((key, value): (&str, &str)) -> (String, String) {
    (key.to_owned(), value.to_owned())
}

fn base(worker: &WorkerConfig) -> ClientSettings {
    ClientSettings::from([("bootstrap.servers".to_owned(), worker.bootstrap_servers.join(","))])
}

/// What the connector sets itself. A policy that has become stricter does not change connectors that are there already, as in Java:
/// it is checked when a configuration is validated.
fn overrides(connector: &ConnectorConfig, prefix: &str) -> Config {
    with_prefix(connector.originals(), prefix)
}

#[cfg(test)]
mod tests {
    use super::super::standalone_config::StandaloneConfig;
    use super::*;
    use crate::connect::ConnectorType;

    fn config(entries: &[(&str, &str)]) -> Config {
        entries.iter().copied().map(owned).collect()
    }

    fn worker() -> WorkerConfig {
        StandaloneConfig::new(config(&[
            ("bootstrap.servers", "k:9092"),
            ("key.converter", "c"),
            ("value.converter", "c"),
            ("offset.storage.file.filename", "f"),
            ("security.protocol", "SSL"),
            ("producer.linger.ms", "5"),
            ("producer.acks", "1"),
            ("consumer.max.poll.records", "10"),
            ("admin.retries", "3"),
            ("admin.security.protocol", "SASL_SSL"),
        ]))
        .unwrap()
        .worker
    }

    fn connector(worker: &WorkerConfig) -> ConnectorConfig {
        let config = config(&[
            ("name", "c"),
            ("connector.class", "x"),
            ("topics", "t"),
            ("producer.override.linger.ms", "7"),
            ("consumer.override.group.id", "g"),
            ("admin.override.retries", "4"),
        ]);
        ConnectorConfig::new(config, ConnectorType::Sink, worker).unwrap()
    }

    fn check(settings: ClientSettings, expected: &[(&str, &str)]) {
        assert_eq!(settings, expected.iter().copied().map(owned).collect());
    }

    #[test]
    fn the_connectors_settings_win_over_the_workers_and_those_over_the_base() {
        let worker = worker();
        let connector = connector(&worker);
        check(
            producer_settings(&worker, &connector),
            &[
                ("acks", "1"),
                ("bootstrap.servers", "k:9092"),
                ("delivery.timeout.ms", "2147483647"),
                ("enable.idempotence", "false"),
                ("linger.ms", "7"),
                ("max.block.ms", "9223372036854775807"),
                ("max.in.flight.requests.per.connection", "1"),
            ],
        );
        check(
            consumer_settings(&worker, &connector),
            &[
                ("auto.offset.reset", "earliest"),
                ("bootstrap.servers", "k:9092"),
                ("enable.auto.commit", "false"),
                ("group.id", "g"),
                ("max.poll.records", "10"),
            ],
        );
        check(
            admin_settings(&worker, &connector),
            &[("bootstrap.servers", "k:9092"), ("retries", "4"), ("security.protocol", "SASL_SSL")],
        );
    }

    #[test]
    fn clients_are_named_as_in_java() {
        let task = ConnectorTaskId::new("c", 2);
        assert_eq!(producer_client_id(&task), "connector-producer-c-2");
        assert_eq!(consumer_client_id(&task), "connector-consumer-c-2");
        assert_eq!(admin_client_id(&task), "connector-adminclient-c-2");
        assert_eq!(dlq_producer_client_id(&task), "connector-dlq-producer-c-2");
    }
}
