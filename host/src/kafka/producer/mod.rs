//! One task's handle on a shared producer: takes records until the task's share of the buffer is full, never blocks.

mod deliveries;
mod held_batches;
mod live;
mod partitioner;
mod pool;
mod record;
mod tasks;

use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use rdkafka::types::RDKafkaErrorCode;
use tokio::time::sleep;

use self::live::{LiveProducer, Topic};
pub(super) use self::pool::ProducerPool;
use self::pool::SharedProducer;
use self::record::{check, payload_bytes, produce, refusal};
use self::tasks::Slot;
use super::native::code;
use super::ports::{AckListener, ProduceBatch, ProduceError, ProduceRecord, Producer, Sent};

/// A topic or partition that the cluster does not know may be on its way, so that a task waits for it; not longer than
/// librdkafka lets a record wait for a topic that it has never seen (`topic.metadata.propagation.max.ms`).
const UNKNOWN_TOPIC_TIMEOUT: Duration = Duration::from_secs(30);
/// Before a record that was not taken is tried again.
const BACKOFF: Duration = Duration::from_millis(100);

/// See [`Producer`].
pub(super) struct TaskProducer {
    shared: Arc<SharedProducer>,
    slot: Arc<Slot>,
    obstacle: Mutex<Option<Obstacle>>,
}

/// Why the client did not take a record that it may take later.
struct Obstacle {
    topic: Arc<str>,
    since: Instant,
}

impl TaskProducer {
    pub(super) fn new(shared: Arc<SharedProducer>, listener: Arc<dyn AckListener>) -> Self {
        let slot = shared.join(listener);
        Self { shared, slot, obstacle: Mutex::default() }
    }

    /// Takes the part of the task's share that as many of these records as fit now need; how many it is.
    /// A task with nothing in flight may always send one record, however large.
    fn admit(&self, records: &[ProduceRecord]) -> usize {
        let share = self.shared.share();
        let in_flight = self.slot.records.load(Ordering::SeqCst);
        let bytes_in_flight = self.slot.bytes.load(Ordering::SeqCst);
        let (mut count, mut bytes, mut newest) = (0, 0, 0);
        for record in records {
            let size = payload_bytes(record);
            let full = in_flight + count >= share.records || bytes_in_flight + bytes + size > share.bytes;
            if full && in_flight + count > 0 {
                break;
            }
            count += 1;
            bytes += size;
            newest = newest.max(record.sequence);
        }
        self.slot.charge(count, bytes);
        self.slot.sends_up_to(newest);
        if count < records.len() {
            // Only now: a share looks free until it is charged.
            self.slot.set_full(share);
        }
        count
    }

    /// Keeps what the records were polled in until their delivery was reported. False: their values have to be copied.
    fn hold(&self, batch: &ProduceBatch, records: &[ProduceRecord]) -> bool {
        let (Some(polled), [first, .., last] | [first @ last]) = (&batch.polled, records) else { return false };
        // As promised; but memory depends on it.
        let in_order = records.is_sorted_by(|a, b| a.sequence < b.sequence);
        in_order && self.slot.held.hold(polled, first.sequence..last.sequence + 1, records.len())
    }

    /// Sends these records; how many were taken, and why not the next.
    fn send_all(
        &self,
        live: &LiveProducer,
        batch: &ProduceBatch,
        records: &[ProduceRecord],
        held: bool,
    ) -> (usize, Option<ProduceError>) {
        let since = self.obstacle().take().map(|obstacle| obstacle.since);
        let now = Instant::now();
        let mut topic: Option<(&Arc<str>, Topic)> = None;
        for (taken, record) in records.iter().enumerate() {
            if let Err(error) = check(record, batch, self.shared.config.max_request_size) {
                return (taken, Some(ProduceError::Record(error)));
            }
            let topic = match &mut topic {
                Some((name, topic)) if Arc::ptr_eq(name, &record.topic) => topic,
                other => match live.topic(&record.topic) {
                    Ok(topic) => {
                        topic.partitioner.begin(now);
                        &mut other.insert((&record.topic, topic)).1
                    }
                    Err(error) => return (taken, Some(ProduceError::Record(error))),
                },
            };
            let opaque = self.slot.opaque(record.sequence, held);
            // SAFETY: if it is held, then until this sequence is reported.
            if let Err(error) = unsafe { produce(live, topic.native, batch, record, held, opaque) } {
                // The first record is the one that was not taken the last time.
                let since = since.filter(|_| taken == 0).unwrap_or(now);
                if may_pass(code(error), since.elapsed()) {
                    *self.obstacle() = Some(Obstacle { topic: Arc::clone(&record.topic), since });
                    return (taken, None);
                }
                return (taken, Some(ProduceError::Record(refusal(error, record))));
            }
            topic.partitioner.sent(payload_bytes(record));
        }
        (records.len(), None)
    }

    fn obstacle(&self) -> MutexGuard<'_, Option<Obstacle>> {
        self.obstacle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Producer for TaskProducer {
    fn send(&self, batch: &ProduceBatch, from: usize) -> Sent {
        let refused = |error| Sent { accepted: 0, refused: Some(ProduceError::Producer(error)) };
        if let Some(failure) = self.shared.failure() {
            return refused(failure);
        }
        let live = match self.shared.live() {
            Ok(live) => live,
            Err(error) => return refused(error),
        };
        let records = batch.records.get(from..).unwrap_or_default();
        let count = self.admit(records);
        if count == 0 {
            return Sent { accepted: 0, refused: None };
        }
        let admitted = &records[..count];
        let held = self.hold(batch, admitted);
        let (accepted, refused) = self.send_all(live, batch, admitted, held);
        if let [first, ..] = &admitted[accepted..] {
            if held {
                self.slot.held.not_sent(first.sequence, count - accepted);
            }
            self.slot.release(count - accepted, admitted[accepted..].iter().map(payload_bytes).sum());
        }
        Sent { accepted, refused }
    }

    async fn room(&self) {
        let obstacle = self.obstacle().as_ref().map(|obstacle| Arc::clone(&obstacle.topic));
        match obstacle {
            None => self.slot.room().await,
            Some(topic) => {
                self.shared.refresh(topic).await;
                sleep(BACKOFF).await;
            }
        }
    }

    async fn flush(&self, timeout: Duration) -> bool {
        // Records leave by themselves after `linger.ms`: nothing to push.
        tokio::time::timeout(timeout, self.slot.drained()).await.is_ok()
    }

    fn in_flight(&self) -> usize {
        self.slot.records.load(Ordering::SeqCst)
    }
}

impl Drop for TaskProducer {
    fn drop(&mut self) {
        self.shared.leave(&self.slot);
    }
}

/// Whether a record that was not taken should wait, as Java's producer does. What the client remembers of a topic may be
/// older than the topic.
fn may_pass(error: RDKafkaErrorCode, waited: Duration) -> bool {
    match error {
        RDKafkaErrorCode::QueueFull => true,
        RDKafkaErrorCode::UnknownTopic | RDKafkaErrorCode::UnknownPartition => waited < UNKNOWN_TOPIC_TIMEOUT,
        _ => false,
    }
}

#[cfg(test)]
mod tests;
