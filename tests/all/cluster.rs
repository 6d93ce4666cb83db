//! The parts of a worker that keep things in Kafka, without the rest of it.

use std::sync::Arc;
use std::time::Duration;

use wasm_connect::kafka::KafkaClients;
use wasm_connect::kafka::ports::{Admin, ClientSettings, Clients, NewTopic};
use wasm_connect::storage::kafka_based_log::{InternalTopic, LogOptions};
use wasm_connect_tests::kafka::Kafka;

/// Longer than anything takes that works.
pub const DEADLINE: Duration = Duration::from_secs(60);

/// A node and a runtime to use it from.
pub struct Cluster<'a> {
    pub kafka: &'a Kafka,
    pub runtime: tokio::runtime::Runtime,
    pub clients: Arc<dyn Clients>,
    pub admin: Arc<dyn Admin>,
}

impl<'a> Cluster<'a> {
    pub fn new(kafka: &'a Kafka) -> Self {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        let clients: Arc<dyn Clients> = Arc::new(KafkaClients::new());
        let admin = runtime.block_on(clients.admin("log-admin", &settings(kafka, &[]))).unwrap();
        Self { kafka, runtime, clients, admin }
    }

    /// Of a log in a topic that is compacted.
    pub fn options(&self, topic: &str, partitions: i32) -> LogOptions {
        LogOptions {
            topic: InternalTopic {
                new_topic: NewTopic {
                    name: topic.to_owned(),
                    partitions,
                    replication_factor: 1,
                    configs: vec![("cleanup.policy".to_owned(), "compact".to_owned())],
                },
                property: "config.storage.topic",
                purpose: "connector configurations",
                single_partition: partitions == 1,
            },
            client_id: format!("log-{topic}"),
            producer: settings(self.kafka, &[("acks", "all")]),
            consumer: settings(self.kafka, &[("auto.offset.reset", "earliest")]),
            read_committed: false,
        }
    }

    #[track_caller]
    pub fn wait<T>(&self, what: &str, future: impl Future<Output = T>) -> T {
        let ended = self.runtime.block_on(async { tokio::time::timeout(DEADLINE, future).await });
        ended.unwrap_or_else(|_| panic!("waited {DEADLINE:?} in vain for: {what}"))
    }
}

/// Of a client.
pub fn settings(kafka: &Kafka, more: &[(&str, &str)]) -> ClientSettings {
    let bootstrap = ("bootstrap.servers", kafka.bootstrap());
    more.iter().chain([&bootstrap]).map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
}
