//! Writes to topics, and reads them back without a consumer group.

use std::time::{Duration, Instant};

use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::message::{BorrowedMessage, Message};
use rdkafka::producer::{BaseProducer, BaseRecord, Producer};
use rdkafka::{ClientConfig, Offset, TopicPartitionList};

use crate::kafka::Kafka;

const ANSWER: Duration = Duration::from_secs(10);
const WHOLE_TOPIC: Duration = Duration::from_secs(120);

/// The topics of one node.
pub struct Topics {
    consumer: BaseConsumer,
    bootstrap: String,
}

impl Topics {
    pub fn new(kafka: &Kafka) -> Self {
        let consumer = ClientConfig::new()
            .set("bootstrap.servers", kafka.bootstrap())
            // Never joined: the consumer is only assigned to.
            .set("group.id", "wasm-connect-tests")
            .set("enable.auto.commit", "false")
            .set("enable.partition.eof", "false")
            .create()
            .expect("consumer");
        Self { consumer, bootstrap: kafka.bootstrap().to_owned() }
    }

    /// Appends records of these values to partition 0, and waits until they are there.
    #[track_caller]
    pub fn produce(&self, topic: &str, values: &[String]) {
        let producer: BaseProducer =
            ClientConfig::new().set("bootstrap.servers", &self.bootstrap).create().expect("producer");
        for value in values {
            let record: BaseRecord<'_, (), str> = BaseRecord::to(topic).partition(0).payload(value);
            producer.send(record).map_err(|(error, _)| error).expect("the producer's queue has room");
        }
        producer.flush(WHOLE_TOPIC).expect("the node takes the records");
    }

    /// How many partitions the topic has; 0 if it is not there.
    pub fn partitions(&self, topic: &str) -> i32 {
        // Of all topics: asking for one by name may create it.
        let metadata = self.consumer.fetch_metadata(None, ANSWER).expect("the node tells its topics");
        let found = metadata.topics().iter().find(|of| of.name() == topic);
        found.map_or(0, |of| i32::try_from(of.partitions().len()).unwrap_or(i32::MAX))
    }

    /// How many records were ever written to the partition; 0 if the topic is not there.
    pub fn end(&self, topic: &str, partition: i32) -> u64 {
        let end = self.consumer.fetch_watermarks(topic, partition, ANSWER).map_or(0, |(_, end)| end);
        u64::try_from(end).unwrap_or(0)
    }

    /// Calls `see` for each record that is in the topic now, in order within a partition.
    #[track_caller]
    pub fn read(&self, topic: &str, partitions: i32, mut see: impl FnMut(&BorrowedMessage<'_>)) {
        let mut missing: Vec<u64> = (0..partitions).map(|partition| self.end(topic, partition)).collect();
        let mut assignment = TopicPartitionList::new();
        for partition in 0..partitions {
            assignment.add_partition_offset(topic, partition, Offset::Beginning).expect("an offset for each partition");
        }
        self.consumer.assign(&assignment).expect("partitions to read");
        let deadline = Instant::now() + WHOLE_TOPIC;
        while missing.iter().any(|missing| *missing > 0) {
            assert!(
                Instant::now() < deadline,
                "topic {topic} could not be read within {WHOLE_TOPIC:?}; missing {missing:?}"
            );
            match self.consumer.poll(Duration::from_millis(200)) {
                Some(Ok(message)) => {
                    let partition = usize::try_from(message.partition()).expect("partitions count from 0");
                    if missing[partition] > 0 {
                        missing[partition] -= 1;
                        see(&message);
                    }
                }
                Some(Err(error)) => panic!("could not read topic {topic}: {error}"),
                None => {}
            }
        }
        self.consumer.unassign().expect("nothing to read");
    }

    /// The values of a topic of one partition, as text.
    #[track_caller]
    pub fn values(&self, topic: &str) -> Vec<String> {
        let mut values = Vec::new();
        self.read(topic, 1, |message| {
            values.push(String::from_utf8_lossy(message.payload().unwrap_or_default()).into_owned())
        });
        values
    }
}
