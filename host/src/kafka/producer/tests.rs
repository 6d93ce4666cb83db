//! Shared producers against librdkafka's own broker, and against none.

use std::collections::HashSet;
use std::ops::Range;
use std::sync::atomic::AtomicU64;

use rdkafka::bindings as rd;
use rdkafka::mocking::MockCluster;
use rdkafka::types::RDKafkaRespErr;

use super::*;
use crate::kafka::KafkaClients;
use crate::kafka::client_config::ProducerConfig;
use crate::kafka::ports::{ClientSettings, Clients, ProduceValue, RecordMetadata};

#[derive(Default)]
struct Acks {
    delivered: AtomicU64,
    sequences: AtomicU64,
    wants_metadata: bool,
    metadata: Mutex<Vec<RecordMetadata>>,
    failed: Mutex<Vec<ProduceError>>,
}

impl AckListener for Acks {
    fn wants_metadata(&self) -> bool {
        self.wants_metadata
    }

    fn delivered(&self, sequences: Range<u64>, metadata: &[RecordMetadata]) {
        let count = sequences.end - sequences.start;
        assert_eq!(metadata.len() as u64, if self.wants_metadata { count } else { 0 });
        self.delivered.fetch_add(count, Ordering::SeqCst);
        self.sequences.fetch_add(sequences.sum(), Ordering::SeqCst);
        self.metadata.lock().unwrap().extend(metadata);
    }

    fn failed(&self, _sequence: u64, error: ProduceError) {
        self.failed.lock().unwrap().push(error);
    }
}

fn settings(bootstrap: &str) -> ClientSettings {
    [("bootstrap.servers", bootstrap)].map(|(k, v)| (k.to_owned(), v.to_owned())).into()
}

fn records(count: u64) -> ProduceBatch {
    let topic: Arc<str> = "t".into();
    let record = |sequence| ProduceRecord {
        topic: Arc::clone(&topic),
        partition: None,
        timestamp: None,
        key: None,
        value: Some(ProduceValue::Arena(0..100)),
        headers: 0..0,
        sequence,
    };
    ProduceBatch { arena: vec![b'x'; 100], records: (0..count).map(record).collect(), ..ProduceBatch::default() }
}

fn task(pool: &ProducerPool, settings: &ClientSettings, acks: &Arc<Acks>) -> (Arc<SharedProducer>, TaskProducer) {
    let config = ProducerConfig::new("p", settings).unwrap();
    let shared = pool.get(config, settings);
    (Arc::clone(&shared), TaskProducer::new(shared, Arc::clone(acks) as Arc<dyn AckListener>))
}

#[tokio::test]
async fn every_record_is_acknowledged_once_and_room_comes_back() {
    let cluster = MockCluster::new(1).unwrap();
    cluster.create_topic("t", 3, 1).unwrap();
    let acks = Arc::new(Acks { wants_metadata: true, ..Acks::default() });
    let clients = KafkaClients::new();
    let mut settings = settings(&cluster.bootstrap_servers());
    // The least share is what fits 10,000 of these records.
    settings.insert("buffer.memory".to_owned(), "1".to_owned());
    let producer = clients.producer("p", &settings, acks.clone()).await.unwrap();
    let (batch, mut sent, mut waits) = (records(30_000), 0, 0);
    while sent < batch.records.len() {
        let outcome = producer.send(&batch, sent);
        assert!(outcome.refused.is_none(), "{outcome:?}");
        sent += outcome.accepted;
        if sent < batch.records.len() {
            waits += 1;
            producer.room().await;
        }
    }
    assert!(producer.flush(Duration::from_secs(30)).await);
    assert_eq!((producer.in_flight(), waits > 0), (0, true));
    assert_eq!(acks.delivered.load(Ordering::SeqCst), 30_000);
    assert_eq!(acks.sequences.load(Ordering::SeqCst), 30_000 * 29_999 / 2);
    let places: HashSet<_> = acks.metadata.lock().unwrap().iter().map(|at| (at.partition, at.offset)).collect();
    assert_eq!(places.len(), 30_000, "each record is somewhere else");
}

#[tokio::test]
async fn tasks_share_until_a_fatal_error_ends_the_producer_for_all_of_them() {
    let (pool, settings) = (ProducerPool::default(), settings("127.0.0.1:1"));
    let (first_acks, second_acks) = (Arc::new(Acks::default()), Arc::new(Acks::default()));
    let (shared, first) = task(&pool, &settings, &first_acks);
    let (same, second) = task(&pool, &settings, &second_acks);
    assert!(Arc::ptr_eq(&shared, &same));
    assert_eq!(first.send(&records(3), 0).accepted, 3);
    assert_eq!(second.send(&records(2), 0).accepted, 2);

    let live = shared.live().unwrap();
    // SAFETY: the client is alive, and the text is a C string.
    unsafe {
        rd::rd_kafka_test_fatal_error(
            live.ptr(),
            RDKafkaRespErr::RD_KAFKA_RESP_ERR_OUT_OF_ORDER_SEQUENCE_NUMBER,
            c"gap".as_ptr(),
        )
    };
    assert!(first.flush(Duration::from_secs(30)).await && second.flush(Duration::from_secs(30)).await);
    assert_eq!((first_acks.failed.lock().unwrap().len(), second_acks.failed.lock().unwrap().len()), (3, 2));
    let refused = first.send(&records(1), 0).refused.unwrap();
    assert!(matches!(&refused, ProduceError::Producer(error) if error.message.contains("gap")), "{refused}");

    let (new, third) = task(&pool, &settings, &first_acks);
    assert!(!Arc::ptr_eq(&shared, &new));
    assert_eq!(third.send(&records(1), 0).accepted, 1);
}

#[tokio::test]
async fn without_a_broker_records_wait_and_a_full_share_stays_full() {
    let (pool, settings) = (ProducerPool::default(), settings("127.0.0.1:1"));
    let acks = Arc::new(Acks::default());
    let (shared, producer) = task(&pool, &settings, &acks);
    let batch = records(150_000);
    let taken = producer.send(&batch, 0);
    assert_eq!((taken.accepted, taken.refused.is_none()), (shared.share().records, true));
    assert!(tokio::time::timeout(Duration::from_millis(300), producer.room()).await.is_err());
    assert!(!producer.flush(Duration::from_millis(100)).await);
    drop(producer);
    assert!(acks.failed.lock().unwrap().is_empty(), "nobody listens any more");
}

#[tokio::test]
async fn what_was_polled_is_kept_as_long_as_a_client_may_read_it() {
    let cluster = MockCluster::new(1).unwrap();
    cluster.create_topic("t", 1, 1).unwrap();
    let pool = ProducerPool::default();
    let polled = || {
        let (bytes, mut batch) = (Arc::new(vec![b'x'; 100]), records(3));
        batch.records.iter_mut().for_each(|record| record.value = Some(ProduceValue::Polled(0..100)));
        batch.polled = Some(Arc::clone(&bytes));
        (Arc::downgrade(&bytes), batch)
    };

    let acks = Arc::new(Acks::default());
    let (_shared, producer) = task(&pool, &settings(&cluster.bootstrap_servers()), &acks);
    let (bytes, batch) = polled();
    assert_eq!(producer.send(&batch, 0).accepted, 3);
    drop(batch);
    assert!(producer.flush(Duration::from_secs(30)).await);
    assert_eq!((acks.delivered.load(Ordering::SeqCst), bytes.strong_count()), (3, 0));

    let (shared, producer) = task(&pool, &settings("127.0.0.1:1"), &acks);
    let (bytes, batch) = polled();
    assert_eq!(producer.send(&batch, 0).accepted, 3);
    let again = producer.send(&batch, 0);
    assert_eq!((again.accepted, bytes.strong_count()), (3, 2), "sequences that were used before: it was copied");
    drop((batch, producer));
    assert_eq!(bytes.strong_count(), 1, "the task has left, its records have not");
    drop(shared);
    let deadline = Instant::now() + Duration::from_secs(30);
    while bytes.strong_count() > 0 && Instant::now() < deadline {
        std::thread::sleep(Duration::from_millis(5));
    }
    assert_eq!(bytes.strong_count(), 0, "the client has ended");
}

#[test]
fn a_record_waits_for_a_topic_but_not_for_ever() {
    assert!(may_pass(RDKafkaErrorCode::UnknownTopic, Duration::ZERO));
    assert!(!may_pass(RDKafkaErrorCode::UnknownTopic, UNKNOWN_TOPIC_TIMEOUT));
    assert!(may_pass(RDKafkaErrorCode::QueueFull, UNKNOWN_TOPIC_TIMEOUT));
    assert!(!may_pass(RDKafkaErrorCode::TopicAuthorizationFailed, Duration::ZERO));
}
