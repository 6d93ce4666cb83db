//! Which source offsets may be committed (Java's `SubmittedRecords`).
//!
//! **I1**: an offset is committable only when every record submitted before it in its source partition is acknowledged.
//! Offsets stay in the guest's batch until they are needed, so submitting a record allocates nothing.

use std::collections::{HashMap, VecDeque};
use std::ops::Range;
use std::sync::Arc;

use crate::storage::offset_store::{NotAFlatObject, SourceOffset, SourcePartition};

/// A number that names a source partition within one task.
pub type PartitionIndex = usize;

/// Where an offset's text stands in a retained batch.
#[derive(Clone, Copy, Debug)]
struct OffsetText {
    start: u32,
    end: u32,
}

impl OffsetText {
    /// The batch was parsed, so this is UTF-8.
    fn of(self, batch: &[u8]) -> String {
        String::from_utf8_lossy(&batch[self.start as usize..self.end as usize]).into_owned()
    }
}

/// Records side by side: of one partition, one batch, and with one sequence after the other. All that is kept of a record besides is its
/// offset in the batch and whether it is acknowledged.
#[derive(Debug)]
struct Run {
    sequences: Range<u64>,
    batch: u64,
    /// Which of the batch's records the first is, holes not counted.
    ordinal: usize,
}

#[derive(Debug)]
struct Partition {
    name: Option<SourcePartition>,
    /// What is not behind the watermark yet, in order of submission.
    runs: VecDeque<Run>,
    /// The newest offset behind the watermark that was not taken yet.
    committable: Option<String>,
}

/// A batch that records still refer to.
#[derive(Debug)]
struct Retained {
    bytes: Arc<Vec<u8>>,
    /// Of the records of it that were submitted.
    offsets: Vec<Option<OffsetText>>,
    /// Records of it not behind their watermark yet.
    waiting: usize,
}

/// The records of one task between `send` and the watermark of their partition.
#[derive(Debug, Default)]
pub struct SubmittedRecords {
    partitions: Vec<Partition>,
    by_name: HashMap<String, PartitionIndex>,
    without_partition: Option<PartitionIndex>,
    /// Whether the records from sequence `first_sequence` on are acknowledged.
    acked: VecDeque<bool>,
    first_sequence: u64,
    batches: VecDeque<Retained>,
    first_batch: u64,
    /// More records of the newest batch may be submitted.
    open: bool,
    /// Memory of a batch that was released.
    spare: Vec<Option<OffsetText>>,
}

impl SubmittedRecords {
    /// The number of a source partition; `None`: the record has none, and commits nothing.
    pub fn partition(&mut self, name: Option<&str>) -> Result<PartitionIndex, NotAFlatObject> {
        let known = match name {
            Some(name) => self.by_name.get(name).copied(),
            None => self.without_partition,
        };
        if let Some(index) = known {
            return Ok(index);
        }
        let parsed = name.map(SourcePartition::parse).transpose()?;
        let same = |p: &Partition| p.name.is_some() && p.name == parsed;
        let index = match self.partitions.iter().position(same) {
            Some(index) => index,
            None => {
                self.partitions.push(Partition { name: parsed, runs: VecDeque::new(), committable: None });
                self.partitions.len() - 1
            }
        };
        match name {
            Some(name) => drop(self.by_name.insert(name.to_owned(), index)),
            None => self.without_partition = Some(index),
        }
        Ok(index)
    }

    /// Keeps `batch` until [`Self::seal`], and as long as records submitted from it need their offsets.
    pub fn retain(&mut self, batch: Arc<Vec<u8>>) {
        self.release_batches();
        self.open = true;
        self.batches.push_back(Retained { bytes: batch, offsets: std::mem::take(&mut self.spare), waiting: 0 });
    }

    /// No more records of the batch retained last will be submitted.
    pub fn seal(&mut self) {
        self.open = false;
        self.release_batches();
    }

    /// The sequence number of the next record to be submitted.
    pub fn next_sequence(&self) -> u64 {
        self.first_sequence + self.acked.len() as u64
    }

    /// Notes a record of the batch retained last, before it is sent; `offset` is a range of that batch.
    pub fn submit(&mut self, partition: PartitionIndex, offset: Option<Range<usize>>) -> u64 {
        let sequence = self.next_sequence();
        let batch = self.first_batch + self.batches.len().saturating_sub(1) as u64;
        let mut ordinal = 0;
        if let Some(retained) = self.batches.back_mut() {
            retained.waiting += 1;
            ordinal = retained.offsets.len();
            // A batch is below 4 GiB: its format says so.
            retained.offsets.push(offset.map(|range| OffsetText { start: range.start as u32, end: range.end as u32 }));
        }
        let runs = &mut self.partitions[partition].runs;
        match runs.back_mut() {
            Some(run) if run.batch == batch && run.sequences.end == sequence => run.sequences.end += 1,
            _ => runs.push_back(Run { sequences: sequence..sequence + 1, batch, ordinal }),
        }
        self.acked.push_back(false);
        sequence
    }

    /// The records are safely in Kafka, or were given up under `errors.tolerance`.
    pub fn ack(&mut self, sequences: Range<u64>) {
        let place = |sequence: u64| sequence.saturating_sub(self.first_sequence).min(self.acked.len() as u64) as usize;
        let (start, end) = (place(sequences.start), place(sequences.end));
        self.acked.range_mut(start..end).for_each(|acked| *acked = true);
    }

    /// Moves the watermarks over what was acknowledged since.
    pub fn advance(&mut self) {
        let mut unpassed = self.next_sequence();
        for of in &mut self.partitions {
            let mut newest = None;
            while let Some(run) = of.runs.front_mut() {
                let [start, end] =
                    [run.sequences.start, run.sequences.end].map(|at| (at - self.first_sequence) as usize);
                let passed = self.acked.range(start..end).take_while(|acked| **acked).count();
                let retained = &mut self.batches[(run.batch - self.first_batch) as usize];
                let offsets = &retained.offsets[run.ordinal..run.ordinal + passed];
                newest = offsets.iter().rev().find_map(|text| Some((run.batch, (*text)?))).or(newest);
                retained.waiting -= passed;
                run.ordinal += passed;
                run.sequences.start += passed as u64;
                if !run.sequences.is_empty() {
                    unpassed = unpassed.min(run.sequences.start);
                    break;
                }
                of.runs.pop_front();
            }
            if let Some((batch, text)) = newest {
                let bytes = &self.batches[(batch - self.first_batch) as usize].bytes;
                of.committable = Some(text.of(bytes));
            }
        }
        self.acked.drain(..(unpassed - self.first_sequence) as usize);
        self.first_sequence = unpassed;
        self.release_batches();
    }

    /// Takes the offsets that may be committed now; after a failed commit give them back with [`Self::give_back`].
    pub fn take_committable(&mut self) -> Vec<SourceOffset> {
        let take = |of: &mut Partition| Some((of.name.clone()?, Some(of.committable.take()?)));
        self.partitions.iter_mut().filter_map(take).collect()
    }

    /// Offsets that could not be committed are committable again, unless newer ones are.
    pub fn give_back(&mut self, offsets: Vec<SourceOffset>) {
        for (name, offset) in offsets {
            if let Some(of) = self.partitions.iter_mut().find(|of| of.name.as_ref() == Some(&name)) {
                of.committable = of.committable.take().or(offset);
            }
        }
    }

    /// Forgets all records, because they will be polled again. Numbers go on, so that a late acknowledgement finds nothing.
    pub fn forget(&mut self) {
        *self = Self { first_sequence: self.next_sequence(), ..Self::default() };
    }

    /// A record that is not behind its watermark yet: the batch that it came in, and which of its records it is, holes not counted.
    pub fn polled(&self, sequence: u64) -> Option<(Arc<Vec<u8>>, usize)> {
        let run = self.partitions.iter().find_map(|of| {
            let after = of.runs.partition_point(|run| run.sequences.start <= sequence);
            of.runs.get(after.checked_sub(1)?).filter(|run| run.sequences.contains(&sequence))
        })?;
        let batch = self.batches.get(run.batch.checked_sub(self.first_batch)? as usize)?;
        Some((batch.bytes.clone(), run.ordinal + (sequence - run.sequences.start) as usize))
    }

    /// Whether any record waits for its acknowledgement, or for that of one before it.
    pub fn is_waiting(&self) -> bool {
        !self.batches.is_empty()
    }

    /// Records that wait for their acknowledgement, or for that of one before them.
    #[cfg(test)]
    fn waiting(&self) -> usize {
        self.batches.iter().map(|batch| batch.waiting).sum()
    }

    /// Frees the batches at the front that nobody refers to.
    fn release_batches(&mut self) {
        while self.batches.len() > usize::from(self.open)
            && let Some(released) = self.batches.pop_front_if(|retained| retained.waiting == 0)
        {
            self.first_batch += 1;
            self.spare = released.offsets;
            self.spare.clear();
        }
    }
}

#[cfg(test)]
mod tests;
