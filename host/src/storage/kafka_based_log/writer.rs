//! Writes records into a log, in order, and tells of each what became of it.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{Mutex as AsyncMutex, oneshot};

use crate::kafka::ports::{
    AckListener, ClientSettings, Clients, KafkaError, ProduceBatch, ProduceError, ProduceRecord, ProduceValue,
    Producer, RecordMetadata,
};

/// A key and its new value; none: forget the key.
#[derive(Clone, Copy, Debug)]
pub struct LogRecord<'a> {
    pub key: &'a [u8],
    pub value: Option<&'a [u8]>,
}

/// A record that was sent.
pub struct Written(oneshot::Receiver<Result<(), ProduceError>>);

impl Written {
    /// Resolves when the record is safely in Kafka, or will never be.
    pub async fn outcome(self) -> Result<(), KafkaError> {
        match self.0.await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(ProduceError::Record(error) | ProduceError::Producer(error))) => Err(error),
            Err(_) => Err(KafkaError { retriable: true, message: "the producer was given up".to_owned() }),
        }
    }
}

/// The producer of one log.
pub(super) struct LogWriter {
    topic: Arc<str>,
    client_id: String,
    settings: ClientSettings,
    clients: Arc<dyn Clients>,
    /// None until the first record, and after one has failed for good. Held while sending, which keeps the order.
    producer: AsyncMutex<Option<Box<dyn Producer>>>,
    outcomes: Arc<Outcomes>,
}

/// Tells who waits for a record.
type Done = oneshot::Sender<Result<(), ProduceError>>;

/// Who waits for which record.
#[derive(Default)]
struct Outcomes {
    next: AtomicU64,
    waiting: Mutex<HashMap<u64, Done>>,
}

impl Outcomes {
    fn lock(&self) -> MutexGuard<'_, HashMap<u64, Done>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn expect(&self) -> (u64, Written) {
        let sequence = self.next.fetch_add(1, Ordering::Relaxed);
        let (done, wait) = oneshot::channel();
        self.lock().insert(sequence, done);
        (sequence, Written(wait))
    }

    fn fail_all(&self, error: &KafkaError) {
        for (_, done) in self.lock().drain() {
            let _ = done.send(Err(ProduceError::Producer(error.clone())));
        }
    }
}

impl AckListener for Outcomes {
    fn delivered(&self, sequences: Range<u64>, _metadata: &[RecordMetadata]) {
        let mut waiting = self.lock();
        for done in sequences.filter_map(|sequence| waiting.remove(&sequence)) {
            // Who does not wait any more needs no answer.
            let _ = done.send(Ok(()));
        }
    }

    fn failed(&self, sequence: u64, error: ProduceError) {
        if let Some(done) = self.lock().remove(&sequence) {
            let _ = done.send(Err(error));
        }
    }
}

impl LogWriter {
    pub(super) fn new(topic: Arc<str>, client_id: String, settings: ClientSettings, clients: Arc<dyn Clients>) -> Self {
        Self { topic, client_id, settings, clients, producer: AsyncMutex::default(), outcomes: Arc::default() }
    }

    /// Hands the records to the producer, all of them behind what was sent before; waits for nothing but room.
    pub(super) async fn send(&self, records: &[LogRecord<'_>]) -> Vec<Written> {
        let (batch, written) = self.batch(records);
        let mut producer = self.producer.lock().await;
        if let Err(error) = self.send_batch(&mut producer, &batch).await {
            // The next caller gets a new one. This one would tell nobody what becomes of the records that it has under way.
            *producer = None;
            self.outcomes.fail_all(&error);
        }
        written
    }

    async fn send_batch(
        &self,
        producer: &mut Option<Box<dyn Producer>>,
        batch: &ProduceBatch,
    ) -> Result<(), KafkaError> {
        let producer = match producer {
            Some(producer) => producer,
            None => {
                producer.insert(self.clients.producer(&self.client_id, &self.settings, self.outcomes.clone()).await?)
            }
        };
        let mut from = 0;
        while let Some(record) = batch.records.get(from) {
            let sent = producer.send(batch, from);
            from += sent.accepted;
            match sent.refused {
                None if from < batch.records.len() => producer.room().await,
                None => {}
                Some(ProduceError::Producer(error)) => return Err(error),
                Some(refused @ ProduceError::Record(_)) => {
                    let refused_record = batch.records.get(from).unwrap_or(record);
                    self.outcomes.failed(refused_record.sequence, refused);
                    from += 1;
                }
            }
        }
        Ok(())
    }

    fn batch(&self, records: &[LogRecord<'_>]) -> (ProduceBatch, Vec<Written>) {
        let mut batch = ProduceBatch::default();
        let mut append = |bytes: &[u8]| {
            let from = batch.arena.len();
            batch.arena.extend_from_slice(bytes);
            from..batch.arena.len()
        };
        let mut written = Vec::with_capacity(records.len());
        for record in records {
            let (sequence, wait) = self.outcomes.expect();
            written.push(wait);
            batch.records.push(ProduceRecord {
                topic: self.topic.clone(),
                partition: None,
                timestamp: None,
                key: Some(append(record.key)),
                value: record.value.map(|value| ProduceValue::Arena(append(value))),
                headers: 0..0,
                sequence,
            });
        }
        (batch, written)
    }

    /// Waits until all that was sent has its outcome; false: not within `timeout`.
    pub(super) async fn flush(&self, timeout: Duration) -> bool {
        match &*self.producer.lock().await {
            Some(producer) => producer.flush(timeout).await,
            None => true,
        }
    }
}
