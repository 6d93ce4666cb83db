//! What a guest that asked for it hears of each record that it polled (Java's `commitRecord`).

use std::collections::HashMap;
use std::sync::Arc;

use wasm_connect_batch::acks::{AcksWriter, Placed};

use super::ack_inbox::Acks;

/// Costs nothing when the guest did not ask.
#[derive(Default)]
pub struct Acknowledgements {
    wanted: bool,
    /// The sequence of the first record that the present instance brought; it counts from 0.
    first: u64,
    /// Of the records that are in flight.
    topics: HashMap<u64, Arc<str>>,
    /// Records that `errors.tolerance` dropped before they were sent.
    dropped: Vec<u64>,
    writer: AcksWriter,
}

impl Acknowledgements {
    /// For a fresh instance whose first record will have the sequence `first`.
    pub fn new(wanted: bool, first: u64) -> Self {
        Self { wanted, first, ..Self::default() }
    }

    pub fn submitted(&mut self, sequence: u64, topic: &Arc<str>) {
        if self.wanted {
            self.topics.insert(sequence, topic.clone());
        }
    }

    pub fn dropped(&mut self, sequence: u64) {
        if self.wanted {
            self.dropped.push(sequence);
        }
    }

    /// The packed list for the guest; none: nothing to tell.
    pub fn pack(&mut self, acked: &Acks) -> Option<Vec<u8>> {
        if !self.wanted || (acked.is_empty() && self.dropped.is_empty()) {
            return None;
        }
        let delivered = acked.metadata.iter().map(|(sequence, metadata)| (*sequence, Some(metadata)));
        let failed = acked.failed.iter().map(|(sequence, _)| (*sequence, None));
        let dropped = self.dropped.drain(..).map(|sequence| (sequence, None));
        let mut fates: Vec<_> = delivered.chain(failed).chain(dropped).collect();
        fates.sort_unstable_by_key(|(sequence, _)| *sequence);
        for (sequence, metadata) in fates {
            // Late ones are of records that an earlier instance brought.
            let Some(nth) = sequence.checked_sub(self.first) else { continue };
            let topic = self.topics.remove(&sequence);
            let placed = topic.zip(metadata).map(|(topic, metadata)| Placed {
                topic: self.writer.topic(&topic),
                partition: metadata.partition,
                offset: metadata.offset,
                timestamp: metadata.timestamp,
            });
            self.writer.push(nth, placed);
        }
        Some(self.writer.finish())
    }
}
