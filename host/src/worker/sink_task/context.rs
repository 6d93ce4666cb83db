//! What a sink task's guest asks for between two of the loop's steps (Java's `WorkerSinkTaskContext`).

use std::collections::HashSet;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::connect::{PartitionOffset, TopicPartition, caps};
use crate::plugin::ports::SinkContext;

/// Asked by the guest during a call, done by the task's loop after it.
pub struct SinkTaskContext {
    asked: Mutex<Asked>,
    /// Whether anybody is told of errant records.
    has_reporter: bool,
}

/// A record that the guest could not write.
#[derive(Clone, Debug)]
pub struct ErrantRecord {
    pub partition: TopicPartition,
    pub offset: i64,
    pub message: String,
}

#[derive(Default)]
struct Asked {
    assignment: Vec<TopicPartition>,
    rewind: Vec<PartitionOffset>,
    /// What the guest wants paused, whatever the loop pauses for its own reasons.
    paused: HashSet<TopicPartition>,
    paused_changed: bool,
    timeout: Option<Duration>,
    commit: bool,
    errant: Vec<ErrantRecord>,
    /// Of their messages.
    errant_bytes: usize,
}

impl SinkTaskContext {
    pub fn new(has_reporter: bool) -> Self {
        Self { asked: Mutex::default(), has_reporter }
    }

    pub fn set_assignment(&self, partitions: Vec<TopicPartition>) {
        let mut asked = self.lock();
        asked.paused.retain(|partition| partitions.contains(partition));
        asked.rewind.retain(|to| partitions.contains(&to.partition));
        asked.assignment = partitions;
    }

    /// Whether the guest wants to go on elsewhere than with what was polled.
    pub fn wants_change(&self) -> bool {
        let asked = self.lock();
        asked.paused_changed || !asked.rewind.is_empty()
    }

    /// Forgets what the guest asked for: a fresh one has asked for nothing.
    pub fn forget(&self) {
        let mut asked = self.lock();
        *asked = Asked { assignment: std::mem::take(&mut asked.assignment), ..Asked::default() };
    }

    /// Offsets that the guest wants to read on from.
    pub fn take_rewind(&self) -> Vec<PartitionOffset> {
        std::mem::take(&mut self.lock().rewind)
    }

    /// What the guest wants paused, if that changed since the last call.
    pub fn take_paused(&self) -> Option<HashSet<TopicPartition>> {
        let mut asked = self.lock();
        std::mem::take(&mut asked.paused_changed).then(|| asked.paused.clone())
    }

    pub fn paused(&self) -> HashSet<TopicPartition> {
        self.lock().paused.clone()
    }

    /// The wait before the next put, once.
    pub fn take_timeout(&self) -> Option<Duration> {
        self.lock().timeout.take()
    }

    pub fn take_commit_request(&self) -> bool {
        std::mem::take(&mut self.lock().commit)
    }

    pub fn take_errant(&self) -> Vec<ErrantRecord> {
        let mut asked = self.lock();
        asked.errant_bytes = 0;
        std::mem::take(&mut asked.errant)
    }

    fn lock(&self) -> MutexGuard<'_, Asked> {
        self.asked.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Asked {
    fn check_assigned(&self, partitions: &[TopicPartition]) -> Result<(), String> {
        match partitions.iter().find(|partition| !self.assignment.contains(partition)) {
            Some(other) => Err(format!("partition {other} is not assigned to this task")),
            None => Ok(()),
        }
    }
}

impl SinkContext for SinkTaskContext {
    fn assignment(&self) -> Vec<TopicPartition> {
        self.lock().assignment.clone()
    }

    fn rewind(&self, offsets: Vec<PartitionOffset>) -> Result<(), String> {
        if let Some(negative) = offsets.iter().find(|to| to.offset < 0) {
            return Err(format!("offset {} of partition {} is negative", negative.offset, negative.partition));
        }
        let mut asked = self.lock();
        for to in offsets {
            match asked.rewind.iter().position(|earlier| earlier.partition == to.partition) {
                Some(earlier) => asked.rewind[earlier] = to,
                None if asked.rewind.len() < caps::REWOUND_PARTITIONS => asked.rewind.push(to),
                None => return Err(format!("more than {} partitions are to be rewound", caps::REWOUND_PARTITIONS)),
            }
        }
        Ok(())
    }

    fn pause(&self, partitions: Vec<TopicPartition>) -> Result<(), String> {
        let mut asked = self.lock();
        asked.check_assigned(&partitions)?;
        asked.paused.extend(partitions);
        asked.paused_changed = true;
        Ok(())
    }

    fn resume(&self, partitions: Vec<TopicPartition>) -> Result<(), String> {
        let mut asked = self.lock();
        asked.check_assigned(&partitions)?;
        asked.paused.retain(|partition| !partitions.contains(partition));
        asked.paused_changed = true;
        Ok(())
    }

    fn timeout(&self, timeout: Duration) {
        self.lock().timeout = Some(timeout);
    }

    fn request_commit(&self) {
        self.lock().commit = true;
    }

    fn report_errant_record(&self, partition: TopicPartition, offset: i64, message: String) -> Result<(), String> {
        if !self.has_reporter {
            // Java's context answers null when it is asked for a reporter.
            return Err(
                "there is no errant record reporter: configure errors.deadletterqueue.topic.name or errors.log.enable"
                    .into(),
            );
        }
        let mut asked = self.lock();
        let bytes = size_of::<ErrantRecord>() + partition.topic.len() + message.len();
        if asked.errant_bytes + bytes > caps::ERRANT_REPORTS_BYTES {
            return Err(format!(
                "more than {} bytes of errant records are reported in one call",
                caps::ERRANT_REPORTS_BYTES
            ));
        }
        asked.errant_bytes += bytes;
        asked.errant.push(ErrantRecord { partition, offset, message });
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn partition(partition: i32) -> TopicPartition {
        TopicPartition { topic: "t".into(), partition }
    }

    #[test]
    fn a_guest_asks_for_a_bounded_number_of_things() {
        let context = SinkTaskContext::new(true);
        let to = |number| PartitionOffset { partition: partition(number), offset: number.into() };
        let asked = (0..).take_while(|number| context.rewind(vec![to(*number)]).is_ok()).count();
        assert_eq!(asked, caps::REWOUND_PARTITIONS);
        assert!(context.rewind(vec![PartitionOffset { offset: 9, ..to(0) }]).is_ok(), "it is asked for already");
        assert_eq!(context.take_rewind()[0].offset, 9);

        let report = || context.report_errant_record(partition(0), 1, "x".repeat(1 << 20)).is_ok();
        let reported = std::iter::repeat_with(report).take_while(|taken| *taken).count();
        assert_eq!(context.take_errant().len(), reported);
        assert!((1..=caps::ERRANT_REPORTS_BYTES >> 20).contains(&reported), "{reported}");
        assert!(report(), "they were taken");
    }
}
