//! Promise: what workers keep in a compacted topic is read in full before it counts, and followed from then on.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use wasm_connect::kafka::ports::Message;
use wasm_connect::storage::kafka_based_log::{KafkaBasedLog, LogError, LogListener, LogOptions, LogRecord, TopicError};
use wasm_connect_tests::kafka::Kafka;
use wasm_connect_tests::wait::{seconds, wait_until};

use crate::cluster::{Cluster, DEADLINE};

/// What a log has shown.
#[derive(Clone, Default)]
struct Seen(Arc<Mutex<Records>>);

#[derive(Default)]
struct Records {
    last: BTreeMap<String, Option<String>>,
    count: usize,
}

impl LogListener for Seen {
    fn consumed(&mut self, record: &Message<'_>) {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let mut seen = self.0.lock().unwrap();
        seen.last.insert(text(record.key.unwrap_or_default()), record.value.map(text));
        seen.count += 1;
    }
}

impl Seen {
    fn value(&self, key: &str) -> Option<String> {
        self.0.lock().unwrap().last.get(key).cloned().flatten()
    }

    fn count(&self) -> usize {
        self.0.lock().unwrap().count
    }
}

impl Cluster<'_> {
    fn log(&self, options: LogOptions) -> Result<(KafkaBasedLog, Seen), LogError> {
        let seen = Seen::default();
        let start = KafkaBasedLog::start(options, &self.clients, &self.admin, seen.clone());
        let log = self.wait("the log starts", start)?;
        Ok((log, seen))
    }

    fn write(&self, log: &KafkaBasedLog, key: &str, value: Option<&str>) {
        let record = LogRecord { key: key.as_bytes(), value: value.map(str::as_bytes) };
        self.wait("a record is written", log.write(&[record])).unwrap();
    }
}

#[test]
fn a_log_is_replayed_to_its_end_and_then_followed() {
    let kafka = Kafka::shared();
    let cluster = Cluster::new(kafka);
    let topic = kafka.unique_topic("cluster-log");
    let (first, seen) = cluster.log(cluster.options(&topic, 3)).unwrap();
    let description = cluster.wait("the topic is described", cluster.admin.describe_topic(&topic)).unwrap().unwrap();
    assert_eq!(description.partitions, 3);
    for n in 0..500 {
        cluster.write(&first, &format!("key-{}", n % 50), Some(&n.to_string()));
    }
    cluster.write(&first, "key-7", None);
    cluster.wait("the own records are read back", first.read_to_end()).unwrap();
    assert_eq!((seen.count(), seen.value("key-8"), seen.value("key-7")), (501, Some("458".to_owned()), None));

    // All that was there, at once after the start.
    let (second, replayed) = cluster.log(cluster.options(&topic, 3)).unwrap();
    assert_eq!((replayed.count(), replayed.value("key-49")), (501, Some("499".to_owned())));
    // What another one writes comes by itself, and surely before the end is reached.
    cluster.write(&first, "later", Some("a"));
    wait_until("the other's record is seen", seconds(30), || replayed.value("later").is_some());
    cluster.write(&first, "later", Some("b"));
    cluster.wait("the end is reached", second.read_to_end()).unwrap();
    assert_eq!(replayed.value("later").as_deref(), Some("b"));
}

#[test]
fn records_are_written_in_the_order_in_which_they_were_sent() {
    let kafka = Kafka::shared();
    let cluster = Cluster::new(kafka);
    let (log, seen) = cluster.log(cluster.options(&kafka.unique_topic("cluster-order"), 1)).unwrap();
    let values: Vec<String> = (0..10_000).map(|n| n.to_string()).collect();
    let records: Vec<LogRecord<'_>> =
        values.iter().map(|value| LogRecord { key: b"k", value: Some(value.as_bytes()) }).collect();
    for part in records.chunks(1000) {
        cluster.wait("records are sent", log.send(part));
    }
    let flushed = cluster.wait("all are in Kafka", log.flush(DEADLINE));
    assert!(flushed);
    cluster.wait("they are read back", log.read_to_end()).unwrap();
    assert_eq!((seen.count(), seen.value("k").as_deref()), (10_000, Some("9999")));
}

#[test]
fn a_topic_that_would_lose_records_is_refused_with_javas_reason() {
    let kafka = Kafka::shared();
    let cluster = Cluster::new(kafka);
    let deleted = kafka.unique_topic("cluster-deleted");
    kafka.create_topic(&deleted, 1);
    let error = cluster.log(cluster.options(&deleted, 1)).err().expect("refused").to_string();
    assert_eq!(
        error,
        format!(
            "Topic '{deleted}' supplied via the 'config.storage.topic' property is required to have 'cleanup.policy=compact' to \
             guarantee consistency and durability of connector configurations, but found the topic currently has \
             'cleanup.policy=delete'. Continuing would likely result in eventually losing connector configurations and problems \
             restarting this Connect cluster in the future. Change the 'config.storage.topic' property in the Connect worker \
             configurations to use a topic with 'cleanup.policy=compact'."
        )
    );

    let many = kafka.unique_topic("cluster-many");
    drop(cluster.log(cluster.options(&many, 2)).unwrap());
    let mut options = cluster.options(&many, 1);
    options.topic.single_partition = true;
    let error = cluster.log(options).err().expect("refused");
    assert!(matches!(&error, LogError::Topic(TopicError::ManyPartitions { found: 2, .. })), "{error}");
    assert_eq!(
        error.to_string(),
        format!(
            "Topic '{many}' supplied via the 'config.storage.topic' property is required to have a single partition in order to \
             guarantee consistency of connector configurations, but found 2 partitions."
        )
    );
}

#[test]
fn a_broker_that_restarts_costs_a_log_time_and_nothing_else() {
    let kafka = Kafka::start("cluster-log-kafka");
    let cluster = Cluster::new(&kafka);
    let (log, seen) = cluster.log(cluster.options("restarted", 1)).unwrap();
    cluster.write(&log, "a", Some("1"));
    kafka.stop();
    let records = [LogRecord { key: b"b", value: Some(b"2") }, LogRecord { key: b"a", value: Some(b"3") }];
    let sent = cluster.wait("records are taken while the broker is away", log.send(&records));
    kafka.start_again();
    for written in sent {
        cluster.wait("the record is in Kafka", written.outcome()).unwrap();
    }
    cluster.wait("the end is reached", log.read_to_end()).unwrap();
    assert_eq!((seen.value("a").as_deref(), seen.value("b").as_deref(), seen.count()), (Some("3"), Some("2"), 3));
}
