//! Which source offsets may be committed (Java's `SubmittedRecords`).
//!
//! **I1**: an offset is committable only when every record submitted before it in its source partition is acknowledged.
//! Offsets stay in the guest's batch until they are needed, so submitting a record allocates nothing.

use std::collections::{HashMap, VecDeque};
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

/// One submitted record that is not yet behind its partition's watermark.
#[derive(Clone, Copy, Debug)]
struct Submitted {
    batch: u64,
    /// Which of the batch's records it is, holes not counted.
    ordinal: u32,
    offset: Option<OffsetText>,
    acked: bool,
}

/// Where the record of a sequence number stands: the `n`-th that was submitted in a partition.
#[derive(Clone, Copy, Debug)]
struct Place {
    partition: u32,
    nth: u64,
}

#[derive(Debug)]
struct Partition {
    name: Option<SourcePartition>,
    /// In order of submission; the first has number `first`.
    records: VecDeque<Submitted>,
    first: u64,
    /// The newest offset behind the watermark that was not taken yet.
    committable: Option<String>,
}

/// A batch that records still refer to.
#[derive(Debug)]
struct Retained {
    bytes: Arc<Vec<u8>>,
    /// Records of it not behind their watermark yet.
    waiting: usize,
    /// Records of it that were submitted.
    submitted: u32,
}

/// The records of one task between `send` and the watermark of their partition.
#[derive(Debug, Default)]
pub struct SubmittedRecords {
    partitions: Vec<Partition>,
    by_name: HashMap<String, PartitionIndex>,
    without_partition: Option<PartitionIndex>,
    /// Of the records from sequence `first_sequence` on.
    places: VecDeque<Place>,
    first_sequence: u64,
    batches: VecDeque<Retained>,
    first_batch: u64,
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
                self.partitions.push(Partition { name: parsed, records: VecDeque::new(), first: 0, committable: None });
                self.partitions.len() - 1
            }
        };
        match name {
            Some(name) => drop(self.by_name.insert(name.to_owned(), index)),
            None => self.without_partition = Some(index),
        }
        Ok(index)
    }

    /// Keeps `batch` as long as records submitted from it need their offsets.
    pub fn retain(&mut self, batch: Arc<Vec<u8>>) {
        self.release_batches();
        self.batches.push_back(Retained { bytes: batch, waiting: 0, submitted: 0 });
    }

    /// The sequence number of the next record to be submitted.
    pub fn next_sequence(&self) -> u64 {
        self.first_sequence + self.places.len() as u64
    }

    /// Notes a record of the batch retained last, before it is sent; `offset` is a range of that batch.
    pub fn submit(&mut self, partition: PartitionIndex, offset: Option<std::ops::Range<usize>>) -> u64 {
        let sequence = self.next_sequence();
        let batch = self.first_batch + self.batches.len().saturating_sub(1) as u64;
        let mut ordinal = 0;
        if let Some(retained) = self.batches.back_mut() {
            retained.waiting += 1;
            ordinal = retained.submitted;
            retained.submitted += 1;
        }
        // A batch is below 4 GiB: its format says so.
        let offset = offset.map(|range| OffsetText { start: range.start as u32, end: range.end as u32 });
        let of = &mut self.partitions[partition];
        let nth = of.first + of.records.len() as u64;
        of.records.push_back(Submitted { batch, ordinal, offset, acked: false });
        self.places.push_back(Place { partition: partition as u32, nth });
        sequence
    }

    /// The record is safely in Kafka, or was given up under `errors.tolerance`.
    pub fn ack(&mut self, sequence: u64) {
        let Some(index) = sequence.checked_sub(self.first_sequence) else {
            return;
        };
        let Some(place) = self.places.get(index as usize) else {
            return;
        };
        let of = &mut self.partitions[place.partition as usize];
        let Some(index) = place.nth.checked_sub(of.first) else {
            return;
        };
        if let Some(record) = of.records.get_mut(index as usize) {
            record.acked = true;
        }
    }

    /// Moves the watermarks over what was acknowledged since.
    pub fn advance(&mut self) {
        for of in &mut self.partitions {
            let mut newest = None;
            while let Some(record) = of.records.front().copied().filter(|record| record.acked) {
                of.records.pop_front();
                of.first += 1;
                let retained = &mut self.batches[(record.batch - self.first_batch) as usize];
                retained.waiting -= 1;
                newest = record.offset.map(|text| (record.batch, text)).or(newest);
            }
            if let Some((batch, text)) = newest {
                let bytes = &self.batches[(batch - self.first_batch) as usize].bytes;
                of.committable = Some(text.of(bytes));
            }
        }
        while let Some(place) = self.places.front() {
            if place.nth >= self.partitions[place.partition as usize].first {
                break;
            }
            self.places.pop_front();
            self.first_sequence += 1;
        }
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
        let place = self.places.get(sequence.checked_sub(self.first_sequence)? as usize)?;
        let of = &self.partitions[place.partition as usize];
        let record = of.records.get(place.nth.checked_sub(of.first)? as usize)?;
        let batch = self.batches.get(record.batch.checked_sub(self.first_batch)? as usize)?;
        Some((batch.bytes.clone(), record.ordinal as usize))
    }

    /// Records that wait for their acknowledgement, or for that of one before them.
    #[cfg(test)]
    fn waiting(&self) -> usize {
        self.partitions.iter().map(|of| of.records.len()).sum()
    }

    /// Frees the batches at the front that nobody refers to.
    fn release_batches(&mut self) {
        while self.batches.front().is_some_and(|retained| retained.waiting == 0) {
            self.batches.pop_front();
            self.first_batch += 1;
        }
    }
}

#[cfg(test)]
mod tests;
