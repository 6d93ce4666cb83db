//! Polled batches that a client still reads values from, as it did not copy them.

use std::collections::VecDeque;
use std::ops::Range;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Those of one task. Sequences of its records only grow.
#[derive(Default)]
pub(super) struct HeldBatches(Mutex<VecDeque<Held>>);

/// A batch, or what was sent of it at once.
struct Held {
    /// Not each of them is a record's.
    sequences: Range<u64>,
    /// Records whose delivery was not reported yet.
    waiting: u64,
    /// None: nobody reads it any more.
    bytes: Option<Arc<Vec<u8>>>,
}

impl HeldBatches {
    /// Keeps `bytes` for so many records with such sequences. To be called before they are sent: the reports may come before `send`
    /// returns. False: there were higher sequences before, so that it cannot.
    pub(super) fn hold(&self, bytes: &Arc<Vec<u8>>, sequences: Range<u64>, records: usize) -> bool {
        let mut batches = self.lock();
        let in_order = batches.back().is_none_or(|last| last.sequences.end <= sequences.start);
        if in_order {
            batches.push_back(Held { sequences, waiting: records as u64, bytes: Some(Arc::clone(bytes)) });
        }
        in_order
    }

    /// So many records from sequence `first` on were not sent after all; they are the last that are held.
    pub(super) fn not_sent(&self, first: u64, records: usize) {
        let mut batches = self.lock();
        if let Some(last) = batches.back_mut() {
            last.sequences.end = first;
            last.release(records as u64);
        }
        Self::forget(&mut batches);
    }

    /// The deliveries of the records with these sequences were reported.
    pub(super) fn reported(&self, sequences: Range<u64>) {
        let mut batches = self.lock();
        let first = batches.partition_point(|held| held.sequences.end <= sequences.start);
        for held in batches.range_mut(first..).take_while(|held| held.sequences.start < sequences.end) {
            let both = held.sequences.start.max(sequences.start)..held.sequences.end.min(sequences.end);
            held.release(both.end - both.start);
        }
        Self::forget(&mut batches);
    }

    fn forget(batches: &mut VecDeque<Held>) {
        while batches.pop_front_if(|held| held.waiting == 0).is_some() {}
    }

    fn lock(&self) -> MutexGuard<'_, VecDeque<Held>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Held {
    fn release(&mut self, records: u64) {
        self.waiting = self.waiting.saturating_sub(records);
        if self.waiting == 0 {
            self.bytes = None;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn batch() -> Arc<Vec<u8>> {
        Arc::new(vec![0])
    }

    #[test]
    fn a_batch_is_kept_until_all_its_records_are_reported() {
        let (held, first, second) = (HeldBatches::default(), batch(), batch());
        // Sequence 2 was dropped, 6 is the second batch's.
        assert!(held.hold(&first, 0..6, 5));
        assert!(held.hold(&second, 6..8, 2));
        assert!(!held.hold(&second, 7..9, 2), "which report is of which?");
        held.reported(3..8);
        assert_eq!((Arc::strong_count(&first), Arc::strong_count(&second)), (2, 1));
        held.reported(1..2);
        assert_eq!(Arc::strong_count(&first), 2);
        held.reported(0..1);
        assert_eq!(Arc::strong_count(&first), 1);
        assert!(held.lock().is_empty());
    }

    #[test]
    fn what_was_not_sent_is_held_when_it_is_sent_again() {
        let (held, batch) = (HeldBatches::default(), batch());
        assert!(held.hold(&batch, 0..10, 10));
        held.not_sent(4, 6);
        assert!(held.hold(&batch, 4..10, 6));
        held.reported(4..10);
        assert_eq!(Arc::strong_count(&batch), 2);
        held.reported(0..4);
        assert_eq!(Arc::strong_count(&batch), 1);
        assert!(held.hold(&batch, 10..12, 2));
        held.not_sent(10, 2);
        assert_eq!(Arc::strong_count(&batch), 1);
    }
}
