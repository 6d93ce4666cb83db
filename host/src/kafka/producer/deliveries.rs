//! Delivery reports of records that a task sent one after the other are told at once.

use std::ops::Range;
use std::sync::atomic::Ordering;

use rdkafka::bindings as rd;
use rdkafka::types::{RDKafkaErrorCode, RDKafkaMessage, RDKafkaRespErr};

use super::tasks::{HELD, SEQUENCE_MASK, Slot, Tasks};
use crate::kafka::admin::is_retriable;
use crate::kafka::native::{Event, code, describe, text};
use crate::kafka::ports::{KafkaError, ProduceError, RecordMetadata};

/// Tells the tasks of the records that an event reports.
pub(super) fn tell(report: &Event, tasks: &Tasks) {
    let slots = tasks.slots();
    let mut run: Option<Run<'_>> = None;
    let (mut delivered, mut done) = (false, false);
    // SAFETY: the event is a delivery report; its messages live as long as it does.
    let next = || unsafe { rd::rd_kafka_event_message_next(report.ptr()).as_ref() };
    while let Some(message) = next() {
        let opaque = message._private as usize as u64;
        let succeeded = message.err == RDKafkaRespErr::RD_KAFKA_RESP_ERR_NO_ERROR;
        delivered |= succeeded;
        if let Some(run) = run.as_mut().filter(|run| succeeded && run.is_followed_by(opaque)) {
            run.add(message);
            continue;
        }
        done |= run.take().is_some_and(Run::tell);
        let Some(slot) = slots.of(opaque) else { continue };
        let mut next = Run::new(slot, opaque);
        next.add(message);
        match succeeded {
            true => run = Some(next),
            false => done |= next.fail(error(message, tasks)),
        }
    }
    done |= run.is_some_and(Run::tell);
    drop(slots);
    if done {
        tasks.forget_done();
    }
    if delivered {
        tasks.log.alive();
    }
}

/// One task's records side by side whose delivery was reported, told of at once.
struct Run<'a> {
    slot: &'a Slot,
    /// That of the next record in it would be this.
    next: u64,
    sequences: Range<u64>,
    bytes: usize,
    wants_metadata: bool,
    metadata: Vec<RecordMetadata>,
}

impl<'a> Run<'a> {
    /// Empty; the first record's opaque value is `first`.
    fn new(slot: &'a Slot, first: u64) -> Self {
        let (sequence, wants_metadata) = (slot.sequence(first), slot.listener.wants_metadata());
        Self { slot, next: first, sequences: sequence..sequence, bytes: 0, wants_metadata, metadata: Vec::new() }
    }

    /// Whether it is of the same slot, held as well, and the next sequence.
    fn is_followed_by(&self, opaque: u64) -> bool {
        self.next == opaque && opaque & SEQUENCE_MASK != 0
    }

    fn add(&mut self, message: &RDKafkaMessage) {
        self.next += 1;
        self.sequences.end += 1;
        // What the record was charged with when it was sent.
        self.bytes += message.len + message.key_len;
        if self.wants_metadata {
            // SAFETY: the message is alive; the kind of timestamp is not asked for.
            let timestamp = unsafe { rd::rd_kafka_message_timestamp(message, std::ptr::null_mut()) };
            self.metadata.push(RecordMetadata { partition: message.partition, offset: message.offset, timestamp });
        }
    }

    /// They are in Kafka. True: nothing of the task is left.
    fn tell(self) -> bool {
        if !self.slot.left.load(Ordering::SeqCst) {
            self.slot.listener.delivered(self.sequences.clone(), &self.metadata);
        }
        self.release()
    }

    /// The one record in it will never be in Kafka. True: nothing of the task is left.
    fn fail(self, error: ProduceError) -> bool {
        if !self.slot.left.load(Ordering::SeqCst) {
            self.slot.listener.failed(self.sequences.start, error);
        }
        self.release()
    }

    fn release(self) -> bool {
        let count = self.sequences.end - self.sequences.start;
        // The last that was added has the same slot and bit as the others.
        if (self.next - 1) & HELD != 0 {
            self.slot.held.reported(self.sequences);
        }
        self.slot.release(count as usize, self.bytes);
        self.slot.is_done()
    }
}

/// Why a record did not get into Kafka.
fn error(message: &RDKafkaMessage, tasks: &Tasks) -> ProduceError {
    if let Some(failure) = tasks.failure.get() {
        return ProduceError::Producer(failure.clone());
    }
    // SAFETY: the message is alive, and its topic with it.
    let topic =
        unsafe { if message.rkt.is_null() { String::new() } else { text(rd::rd_kafka_topic_name(message.rkt)) } };
    let (retriable, what) = (may_be_repeated(code(message.err)), describe(message.err));
    let message = format!("failed to send a record to topic {topic}: {what}{}", hint(message.err));
    ProduceError::Record(KafkaError { retriable, message })
}

/// Whether nothing is wrong with the record, and sending it again may succeed. By itself the client sends as often as `retries`
/// and `delivery.timeout.ms` say.
fn may_be_repeated(error: RDKafkaErrorCode) -> bool {
    use RDKafkaErrorCode::{
        MessageTimedOut, NotEnoughReplicas, NotEnoughReplicasAfterAppend, NotLeaderForPartition,
        UnknownTopicOrPartition,
    };
    matches!(
        error,
        MessageTimedOut
            | NotEnoughReplicas
            | NotEnoughReplicasAfterAppend
            | NotLeaderForPartition
            | UnknownTopicOrPartition
    ) || is_retriable(error)
}

/// What to do about an error that Java's producer would have dealt with by itself.
fn hint(error: RDKafkaRespErr) -> &'static str {
    match error {
        RDKafkaRespErr::RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE => {
            " (max.request.size and batch.size must not exceed the topic's max.message.bytes)"
        }
        _ => "",
    }
}
