//! What was delivered to the guest and what the group has committed, partition by partition (invariant I2).

use std::collections::HashMap;

use crate::connect::{PartitionOffset, TopicPartition};

/// Offsets are those of the next record, as Kafka counts.
#[derive(Debug, Default)]
pub struct ConsumerOffsets {
    /// Everything before was taken by `put`.
    delivered: HashMap<TopicPartition, i64>,
    /// Where a guest that has seen nothing yet must read on.
    committed: HashMap<TopicPartition, i64>,
}

impl ConsumerOffsets {
    /// New partitions, and where the group stands in each, be it that it never committed.
    pub fn assign(&mut self, positions: Vec<PartitionOffset>) {
        for PartitionOffset { partition, offset } in positions {
            self.delivered.insert(partition.clone(), offset);
            self.committed.insert(partition, offset);
        }
    }

    pub fn unassign(&mut self, partitions: &[TopicPartition]) {
        for partition in partitions {
            self.delivered.remove(partition);
            self.committed.remove(partition);
        }
    }

    pub fn deliver(&mut self, offsets: &[PartitionOffset]) {
        for to in offsets {
            match self.delivered.get_mut(&to.partition) {
                Some(offset) => *offset = to.offset,
                None => drop(self.delivered.insert(to.partition.clone(), to.offset)),
            }
        }
    }

    /// The guest goes on from `offsets`, whatever the group has committed.
    pub fn rewind(&mut self, offsets: &[PartitionOffset]) {
        for to in offsets {
            self.delivered.insert(to.partition.clone(), to.offset);
            self.committed.insert(to.partition.clone(), to.offset);
        }
    }

    pub fn commit(&mut self, offsets: &[PartitionOffset]) {
        self.committed.extend(offsets.iter().map(|to| (to.partition.clone(), to.offset)));
    }

    pub fn delivered(&self) -> Vec<PartitionOffset> {
        listed(&self.delivered)
    }

    /// Where a guest that has seen nothing yet must read on.
    pub fn resume_points(&self) -> Vec<PartitionOffset> {
        listed(&self.committed)
    }

    /// Those of these partitions.
    pub fn resume_points_of(&self, partitions: &[TopicPartition]) -> Vec<PartitionOffset> {
        let point = |partition: &TopicPartition| {
            let offset = *self.committed.get(partition)?;
            Some(PartitionOffset { partition: partition.clone(), offset })
        };
        partitions.iter().filter_map(point).collect()
    }

    /// The [`Self::resume_points`] that are behind what was delivered.
    pub fn uncommitted(&self) -> Vec<PartitionOffset> {
        let behind =
            |to: &PartitionOffset| self.delivered.get(&to.partition).is_some_and(|delivered| to.offset < *delivered);
        self.resume_points().into_iter().filter(behind).collect()
    }

    /// What of the guest's answer may be committed and is not yet; and why some of it may not.
    pub fn committable(&self, safe: &[PartitionOffset]) -> (Vec<PartitionOffset>, Vec<String>) {
        let (mut commit, mut ignored) = (Vec::new(), Vec::new());
        for PartitionOffset { partition, offset } in safe {
            match self.delivered.get(partition) {
                None => ignored.push(format!(
                    "Ignoring invalid task provided offset {partition}/{offset} -- partition not assigned"
                )),
                Some(delivered) if offset > delivered => ignored.push(format!(
                    "Ignoring invalid task provided offset {partition}/{offset} -- not yet consumed, current offset {delivered}"
                )),
                Some(_) if self.committed.get(partition) == Some(offset) => {}
                Some(_) => commit.push(PartitionOffset { partition: partition.clone(), offset: *offset }),
            }
        }
        (commit, ignored)
    }
}

fn listed(offsets: &HashMap<TopicPartition, i64>) -> Vec<PartitionOffset> {
    let mut listed: Vec<_> = offsets
        .iter()
        .map(|(partition, offset)| PartitionOffset { partition: partition.clone(), offset: *offset })
        .collect();
    listed.sort_by(|a, b| a.partition.cmp(&b.partition));
    listed
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(partition: i32, offset: i64) -> PartitionOffset {
        PartitionOffset { partition: TopicPartition { topic: "t".into(), partition }, offset }
    }

    #[test]
    fn only_delivered_and_new_offsets_of_assigned_partitions_are_committed() {
        let mut offsets = ConsumerOffsets::default();
        offsets.assign(vec![at(0, 5), at(1, 0), at(2, 7)]);
        offsets.deliver(&[at(0, 9), at(1, 3)]);
        let (commit, ignored) = offsets.committable(&[at(0, 9), at(1, 4), at(2, 7), at(3, 1)]);
        assert_eq!(commit, [at(0, 9)]);
        assert_eq!(ignored.len(), 2, "{ignored:?}");
        offsets.commit(&commit);
        assert!(offsets.committable(&[at(0, 9)]).0.is_empty());
        assert_eq!(offsets.committable(&[at(0, 8)]).0, [at(0, 8)]);
    }

    #[test]
    fn a_fresh_guest_reads_on_where_the_group_stands() {
        let mut offsets = ConsumerOffsets::default();
        offsets.assign(vec![at(0, 5), at(1, 2), at(2, 0)]);
        assert_eq!(offsets.resume_points(), [at(0, 5), at(1, 2), at(2, 0)]);
        assert_eq!(offsets.resume_points_of(&[at(2, 0).partition, at(0, 0).partition]), [at(2, 0), at(0, 5)]);
        offsets.deliver(&[at(0, 9), at(1, 4)]);
        offsets.commit(&[at(0, 9)]);
        assert_eq!(offsets.resume_points(), [at(0, 9), at(1, 2), at(2, 0)]);
        assert_eq!(offsets.uncommitted(), [at(1, 2)]);
        offsets.rewind(&[at(1, 2)]);
        assert!(offsets.uncommitted().is_empty());
    }

    #[test]
    fn revoked_partitions_are_forgotten() {
        let mut offsets = ConsumerOffsets::default();
        offsets.deliver(&[at(0, 1), at(1, 1)]);
        offsets.unassign(&[at(0, 0).partition]);
        assert_eq!(offsets.delivered(), [at(1, 1)]);
    }
}
