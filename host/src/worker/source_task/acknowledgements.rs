//! What a guest that asked for it hears of each record that it polled (Java's `commitRecord`).

use std::collections::HashMap;
use std::sync::Arc;

use wasm_connect_batch::acks::{AcksWriter, Placed};

use super::ack_inbox::Acked;

/// Costs nothing when the guest did not ask.
#[derive(Default)]
pub struct Acknowledgements {
    wanted: bool,
    /// Of the records that are in flight.
    topics: HashMap<u64, Arc<str>>,
    /// Records that `errors.tolerance` dropped before they were sent.
    dropped: Vec<u64>,
    writer: AcksWriter,
}

impl Acknowledgements {
    pub fn new(wanted: bool) -> Self {
        Self { wanted, ..Self::default() }
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
    pub fn pack(&mut self, acked: &[Acked]) -> Option<Vec<u8>> {
        if !self.wanted || (acked.is_empty() && self.dropped.is_empty()) {
            return None;
        }
        let mut fates: Vec<_> = acked.iter().map(|(sequence, outcome)| (*sequence, outcome.as_ref().ok())).collect();
        fates.extend(self.dropped.drain(..).map(|sequence| (sequence, None)));
        fates.sort_unstable_by_key(|(sequence, _)| *sequence);
        for (sequence, metadata) in fates {
            let topic = self.topics.remove(&sequence);
            let placed = topic.zip(metadata).map(|(topic, metadata)| Placed {
                topic: self.writer.topic(&topic),
                partition: metadata.partition,
                offset: metadata.offset,
                timestamp: metadata.timestamp,
            });
            self.writer.push(sequence, placed);
        }
        Some(self.writer.finish())
    }
}
