//! Acknowledgements on their way from the client's thread to the task's loop.

use std::ops::Range;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::kafka::ports::{AckListener, ProduceError, RecordMetadata};

/// What became of records.
#[derive(Default)]
pub struct Acks {
    /// Sequences of records that are in Kafka, in the order of their reports; those side by side are one range.
    pub delivered: Vec<Range<u64>>,
    /// Where they went, by sequence; empty unless somebody asked.
    pub metadata: Vec<(u64, RecordMetadata)>,
    /// Records that will never be in Kafka.
    pub failed: Vec<(u64, ProduceError)>,
}

impl Acks {
    pub fn is_empty(&self) -> bool {
        self.delivered.is_empty() && self.failed.is_empty()
    }
}

/// Filled by the client, emptied all at once by the task; never more than the records in flight.
#[derive(Default)]
pub struct AckInbox {
    inbox: Mutex<Inbox>,
    wants_metadata: AtomicBool,
}

#[derive(Default)]
struct Inbox {
    acks: Acks,
    /// Memory given back by the task.
    spare: Acks,
}

impl AckInbox {
    /// Whether the task will look at the metadata of records that are sent from now on.
    pub fn want_metadata(&self, wanted: bool) {
        self.wants_metadata.store(wanted, Ordering::Release);
    }

    /// Everything that came since the last call.
    pub fn take(&self) -> Acks {
        let mut inbox = self.lock();
        let spare = std::mem::take(&mut inbox.spare);
        std::mem::replace(&mut inbox.acks, spare)
    }

    /// Gives the memory of [`Self::take`] back.
    pub fn recycle(&self, mut taken: Acks) {
        taken.delivered.clear();
        taken.metadata.clear();
        taken.failed.clear();
        self.lock().spare = taken;
    }

    fn lock(&self) -> MutexGuard<'_, Inbox> {
        self.inbox.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl AckListener for AckInbox {
    fn wants_metadata(&self) -> bool {
        self.wants_metadata.load(Ordering::Acquire)
    }

    fn delivered(&self, sequences: Range<u64>, metadata: &[RecordMetadata]) {
        let Acks { delivered, metadata: all, .. } = &mut self.lock().acks;
        all.extend(sequences.clone().zip(metadata.iter().copied()));
        match delivered.last_mut() {
            Some(last) if last.end == sequences.start => last.end = sequences.end,
            _ => delivered.push(sequences),
        }
    }

    fn failed(&self, sequence: u64, error: ProduceError) {
        self.lock().acks.failed.push((sequence, error));
    }
}
