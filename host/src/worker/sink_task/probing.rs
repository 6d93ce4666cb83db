//! Finds the record that a guest traps on, with fresh instances and ever smaller batches.
//!
//! After a trap everything since the last commit is delivered again to a fresh instance, half as many records at a time, and what
//! was taken is committed at once. When a batch of one record ends its instance, that record is suspected: the instance may have
//! been old, and ended of what it had gathered. If it ends the next instance too, that record is the one; it is left out from then
//! on. Some log2(n) instances find one record among n.

use crate::connect::{PartitionOffset, TopicPartition};

/// The most records of a batch while one of them is being looked for.
#[derive(Debug, Default)]
pub struct Probing {
    /// None: nothing is being looked for.
    size: Option<usize>,
    /// By partition, the offset after the last message of the batches that ended an instance: up to there batches stay small.
    until: Vec<PartitionOffset>,
    /// The record that ended the last instance when it came alone.
    suspect: Option<(TopicPartition, i64)>,
    /// Records that were found, until their offsets are committed.
    culprits: Vec<(TopicPartition, i64)>,
}

impl Probing {
    /// The most records of the next batch, where `max` is usual.
    pub fn limit(&self, max: usize) -> usize {
        self.size.map_or(max, |size| size.min(max))
    }

    /// Whether what was taken is to be committed at once.
    pub fn is_active(&self) -> bool {
        self.size.is_some()
    }

    /// Whether a message is left out because it ended an instance.
    pub fn is_culprit(&self, topic: &str, partition: i32, offset: i64) -> bool {
        self.culprits.iter().any(|(of, at)| *at == offset && of.partition == partition && &*of.topic == topic)
    }

    /// A batch of so many records ended an instance; `offsets` are those after its last messages.
    pub fn failed(&mut self, records: usize, offsets: &[PartitionOffset]) {
        self.size = Some((records / 2).max(1));
        for to in offsets {
            match self.until.iter_mut().find(|until| until.partition == to.partition) {
                Some(until) => until.offset = until.offset.max(to.offset),
                None => self.until.push(to.clone()),
            }
        }
    }

    /// A batch of this record alone ended an instance; true: the second one in a row, and the record is left out from now on.
    pub fn ended_by(&mut self, partition: &TopicPartition, offset: i64) -> bool {
        let record = (partition.clone(), offset);
        let is_found = self.suspect.take_if(|suspect| *suspect == record).is_some();
        if is_found {
            self.culprits.push(record);
        } else {
            self.suspect = Some(record);
            self.failed(1, &[PartitionOffset { partition: partition.clone(), offset: offset + 1 }]);
        }
        is_found
    }

    /// The group has committed these offsets. Beyond the batches that failed, batches are as large as usual again.
    pub fn committed(&mut self, committed: &[PartitionOffset]) {
        let reached = |partition: &TopicPartition, offset: i64| {
            committed.iter().any(|to| to.partition == *partition && to.offset >= offset)
        };
        self.until.retain(|until| !reached(&until.partition, until.offset));
        self.culprits.retain(|(partition, offset)| !reached(partition, offset + 1));
        self.suspect.take_if(|(partition, offset)| reached(partition, *offset + 1));
        if self.until.is_empty() {
            self.size = None;
        }
    }

    /// These partitions are not the task's any more.
    pub fn forget(&mut self, gone: &[TopicPartition]) {
        self.until.retain(|until| !gone.contains(&until.partition));
        self.culprits.retain(|(partition, _)| !gone.contains(partition));
        self.suspect.take_if(|(partition, _)| gone.contains(partition));
        if self.until.is_empty() {
            self.size = None;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn to(offset: i64) -> PartitionOffset {
        PartitionOffset { partition: TopicPartition { topic: "t".into(), partition: 0 }, offset }
    }

    #[test]
    fn one_record_is_found_in_logarithmic_time() {
        let (culprit, end) = (700, 1000);
        let (mut probing, mut committed, mut instances) = (Probing::default(), 0, 0);
        while committed < end {
            let last = (committed + probing.limit(500) as i64).min(end);
            let traps = (committed..last).contains(&culprit) && !probing.is_culprit("t", 0, culprit);
            match (traps, last - committed) {
                (false, _) => {
                    committed = last;
                    probing.committed(&[to(committed)]);
                }
                (true, 1) => {
                    assert_eq!(committed, culprit);
                    probing.ended_by(&to(0).partition, culprit);
                    instances += 1;
                }
                (true, records) => {
                    probing.failed(records as usize, &[to(last)]);
                    instances += 1;
                }
            }
        }
        assert!(instances <= 11, "{instances}");
        assert!(!probing.is_active());
        assert!(!probing.is_culprit("t", 0, culprit), "it is behind what is committed");
    }

    #[test]
    fn a_record_that_the_next_instance_takes_is_not_left_out() {
        let partition = to(0).partition;
        let mut probing = Probing::default();
        assert!(!probing.ended_by(&partition, 5), "the instance may have been full");
        assert_eq!((probing.limit(500), probing.is_active()), (1, true));
        probing.committed(&[to(6)]);
        assert!(!probing.is_active());
        assert!(!probing.ended_by(&partition, 5), "it was taken since");
        assert!(!probing.ended_by(&partition, 6), "another one");
        assert!(probing.ended_by(&partition, 6) && probing.is_culprit("t", 0, 6));
        assert!(!probing.ended_by(&partition, 7));
        probing.forget(std::slice::from_ref(&partition));
        assert!(!probing.ended_by(&partition, 7), "it came back from another task");
    }
}
