//! Messages as they came from Kafka, kept for as long as the dead letter queue may need them: until their offsets are committed.

use std::collections::{HashMap, VecDeque};
use std::ops::Range;
use std::sync::Arc;

use crate::connect::{PartitionOffset, TopicPartition, caps};
use crate::kafka::ports::Message;

/// Batches in the order in which they came, their bytes in an arena each.
#[derive(Default)]
pub struct OriginalRecords {
    batches: VecDeque<OriginalBatch>,
    bytes: usize,
    names: HashMap<String, Arc<str>>,
}

#[derive(Default)]
struct OriginalBatch {
    arena: Vec<u8>,
    headers: Vec<OriginalHeader>,
    /// Those that may be needed still.
    records: Vec<Original>,
    /// What it counts for, whatever of it was forgotten.
    bytes: usize,
    complete: bool,
}

/// Its name, and where its value stands in its batch's arena.
type OriginalHeader = (Arc<str>, Option<Range<usize>>);

/// One message, its parts in its batch's arena.
struct Original {
    topic: Arc<str>,
    partition: i32,
    offset: i64,
    timestamp: Option<i64>,
    key: Option<Range<usize>>,
    value: Option<Range<usize>>,
    headers: Range<usize>,
}

/// One message, borrowed.
pub struct OriginalRecord<'a> {
    batch: &'a OriginalBatch,
    record: &'a Original,
}

// === impl OriginalRecords ===

impl OriginalRecords {
    /// Keeps a message; the oldest batches make room if too much is kept.
    pub fn keep(&mut self, message: &Message<'_>, headers: &[(&str, Option<&[u8]>)]) {
        let topic = self.name(message.topic);
        let names: Vec<_> = headers.iter().map(|(name, _)| self.name(name)).collect();
        if self.batches.back().is_none_or(|batch| batch.complete) {
            self.batches.push_back(OriginalBatch::default());
        }
        let Some(batch) = self.batches.back_mut() else { return };
        let before = batch.arena.len();
        let first = batch.headers.len();
        let arena = &mut batch.arena;
        batch.headers.extend(names.into_iter().zip(headers).map(|(name, (_, value))| (name, put(arena, *value))));
        let (key, value) = (put(arena, message.key), put(arena, message.value));
        let bytes = arena.len() - before + size_of::<Original>() + headers.len() * size_of::<OriginalHeader>();
        batch.bytes += bytes;
        self.bytes += bytes;
        batch.records.push(Original {
            topic,
            partition: message.partition,
            offset: message.offset,
            timestamp: message.timestamp.map(|(at, _)| at),
            key,
            value,
            headers: first..batch.headers.len(),
        });
        while self.bytes > caps::ORIGINAL_RECORDS_BYTES && self.batches.len() > 1 {
            self.forget_first();
        }
    }

    /// What comes next belongs to another batch.
    pub fn end_batch(&mut self) {
        if let Some(batch) = self.batches.back_mut() {
            batch.complete = true;
        }
    }

    /// Forgets the messages before `committed`, the next offset of each partition that the group has committed since the last call.
    pub fn forget_committed(&mut self, committed: &[PartitionOffset]) {
        self.forget(|record| committed.iter().any(|to| record.is_of(&to.partition) && record.offset < to.offset));
    }

    /// Messages of partitions that are somebody else's now are not needed any more.
    pub fn forget_partitions(&mut self, gone: &[TopicPartition]) {
        self.forget(|record| gone.iter().any(|partition| record.is_of(partition)));
    }

    /// The bytes of a batch are free when nothing of it is needed.
    fn forget(&mut self, is_needless: impl Fn(&Original) -> bool) {
        let bytes = &mut self.bytes;
        self.batches.retain_mut(|batch| {
            batch.records.retain(|record| !is_needless(record));
            let is_needed = !batch.records.is_empty();
            *bytes -= if is_needed { 0 } else { batch.bytes };
            is_needed
        });
    }

    /// The message as it came last.
    pub fn find(&self, topic: &str, partition: i32, offset: i64) -> Option<OriginalRecord<'_>> {
        let is =
            |record: &&Original| record.offset == offset && record.partition == partition && &*record.topic == topic;
        self.batches
            .iter()
            .rev()
            .find_map(|batch| Some(OriginalRecord { batch, record: batch.records.iter().find(is)? }))
    }

    fn forget_first(&mut self) {
        if let Some(batch) = self.batches.pop_front() {
            self.bytes -= batch.bytes;
        }
    }

    fn name(&mut self, name: &str) -> Arc<str> {
        match self.names.get(name) {
            Some(known) => known.clone(),
            None => {
                // Names that a producer makes up for each record must not stay for ever.
                if self.names.len() >= caps::INTERNED_NAMES {
                    self.names.clear();
                }
                let new: Arc<str> = name.into();
                self.names.insert(name.to_owned(), new.clone());
                new
            }
        }
    }
}

impl Original {
    fn is_of(&self, partition: &TopicPartition) -> bool {
        partition.partition == self.partition && *partition.topic == *self.topic
    }
}

fn put(arena: &mut Vec<u8>, bytes: Option<&[u8]>) -> Option<Range<usize>> {
    let bytes = bytes?;
    let start = arena.len();
    arena.extend_from_slice(bytes);
    Some(start..arena.len())
}

// === impl OriginalRecord ===

impl OriginalRecord<'_> {
    /// Milliseconds since 1970.
    pub fn timestamp(&self) -> Option<i64> {
        self.record.timestamp
    }

    pub fn key(&self) -> Option<&[u8]> {
        self.record.key.clone().map(|range| &self.batch.arena[range])
    }

    pub fn value(&self) -> Option<&[u8]> {
        self.record.value.clone().map(|range| &self.batch.arena[range])
    }

    pub fn headers(&self) -> impl Iterator<Item = (&Arc<str>, Option<&[u8]>)> {
        let headers = &self.batch.headers[self.record.headers.clone()];
        headers.iter().map(|(name, value)| (name, value.clone().map(|range| &self.batch.arena[range])))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message<'a>(partition: i32, offset: i64, value: &'a [u8]) -> Message<'a> {
        Message {
            topic: "t",
            partition,
            offset,
            timestamp: Some((5, false)),
            key: None,
            value: Some(value),
            headers: 0..1,
        }
    }

    fn to(partition: i32, offset: i64) -> PartitionOffset {
        PartitionOffset { partition: TopicPartition { topic: "t".into(), partition }, offset }
    }

    #[test]
    fn a_message_is_kept_until_it_is_committed() {
        let mut kept = OriginalRecords::default();
        kept.keep(&message(0, 10, b"a"), &[("h", Some(b"x"))]);
        kept.keep(&message(1, 20, b"b"), &[("h", None)]);
        kept.end_batch();
        kept.keep(&message(0, 11, b"c"), &[("h", None)]);
        kept.end_batch();
        let found = kept.find("t", 0, 10).unwrap();
        assert_eq!((found.key(), found.value(), found.timestamp()), (None, Some(&b"a"[..]), Some(5)));
        assert_eq!(found.headers().map(|(name, value)| (&**name, value)).collect::<Vec<_>>(), [("h", Some(&b"x"[..]))]);

        kept.forget_committed(&[to(0, 11)]);
        assert!(kept.find("t", 0, 10).is_none() && kept.find("t", 0, 11).is_some());
        assert!(kept.find("t", 1, 20).is_some(), "another partition was committed");
        kept.forget_committed(&[to(1, 20)]);
        assert!(kept.find("t", 1, 20).is_some(), "its own offset is not committed");
        kept.forget_committed(&[to(1, 21)]);
        assert_eq!(kept.batches.len(), 1);
        kept.forget_partitions(&[to(0, 0).partition]);
        assert!(kept.batches.is_empty());
        assert_eq!(kept.bytes, 0);
    }

    #[test]
    fn what_comes_again_counts() {
        let mut kept = OriginalRecords::default();
        for value in [b"old", b"new"] {
            kept.keep(&message(0, 1, value), &[]);
            kept.end_batch();
        }
        assert_eq!(kept.find("t", 0, 1).unwrap().value(), Some(&b"new"[..]));
    }
}
