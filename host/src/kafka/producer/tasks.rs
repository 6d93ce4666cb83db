//! What a producer knows of its tasks: who hears of their records, and how much of them is under way.
//!
//! A record's opaque value is its task's slot and the end of the task's own sequence number. A slot is never given twice, so that a
//! late report cannot reach a stranger.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock, PoisonError, RwLock, RwLockReadGuard};

use tokio::sync::Notify;

use super::held_batches::HeldBatches;
use crate::kafka::log::ClientLog;
use crate::kafka::ports::{AckListener, KafkaError};

/// The bits of an opaque value that hold the lower part of the sequence number: far more than records can be in flight.
const SEQUENCE_BITS: u32 = 32;
pub(super) const SEQUENCE_MASK: u64 = (1 << SEQUENCE_BITS) - 1;
/// The bit above them: what the record was polled in is held.
pub(super) const HELD: u64 = 1 << SEQUENCE_BITS;
const SLOT_SHIFT: u32 = SEQUENCE_BITS + 1;

/// Records in flight of all tasks of a producer, split among them; more only adds latency.
const RECORDS_IN_FLIGHT: usize = 100_000;
/// No task gets less, however many share.
const MIN_RECORDS_IN_FLIGHT: usize = 1000;
/// As above, in bytes: what a few full batches hold.
const MIN_BYTES_IN_FLIGHT: usize = 1024 * 1024;

/// A task's part of the buffer.
#[derive(Clone, Copy)]
pub(super) struct Share {
    pub(super) records: usize,
    pub(super) bytes: usize,
}

/// The tasks of a producer, which its thread tells of deliveries.
pub(super) struct Tasks {
    pub(super) log: Arc<ClientLog>,
    /// Why no records are taken any more.
    pub(super) failure: OnceLock<KafkaError>,
    slots: RwLock<HashMap<u64, Arc<Slot>>>,
    next_slot: AtomicU64,
    sharing: AtomicUsize,
}

impl Tasks {
    pub(super) fn new(log: ClientLog) -> Self {
        Self {
            log: Arc::new(log),
            failure: OnceLock::new(),
            slots: RwLock::default(),
            next_slot: AtomicU64::new(0),
            sharing: AtomicUsize::new(0),
        }
    }

    pub(super) fn join(&self, listener: Arc<dyn AckListener>) -> Arc<Slot> {
        let id = self.next_slot.fetch_add(1, Ordering::Relaxed);
        let slot = Arc::new(Slot::new(id, listener));
        self.slots.write().unwrap_or_else(PoisonError::into_inner).insert(id, Arc::clone(&slot));
        self.sharing.fetch_add(1, Ordering::Relaxed);
        slot
    }

    pub(super) fn leave(&self, slot: &Slot) {
        slot.left.store(true, Ordering::SeqCst);
        if slot.is_done() {
            self.forget_done();
        }
        self.sharing.fetch_sub(1, Ordering::Relaxed);
    }

    /// What one task may have in flight of a buffer of so many bytes.
    pub(super) fn share(&self, buffer_memory: usize) -> Share {
        let sharing = self.sharing.load(Ordering::Relaxed).max(1);
        Share {
            records: (RECORDS_IN_FLIGHT / sharing).max(MIN_RECORDS_IN_FLIGHT),
            bytes: (buffer_memory / sharing).max(MIN_BYTES_IN_FLIGHT),
        }
    }

    pub(super) fn slots(&self) -> Slots<'_> {
        Slots(self.slots.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Those that have left and of whose records the client has none any more.
    pub(super) fn forget_done(&self) {
        self.slots.write().unwrap_or_else(PoisonError::into_inner).retain(|_, slot| !slot.is_done());
    }
}

/// The slots, while nobody joins and none is forgotten.
pub(super) struct Slots<'a>(RwLockReadGuard<'a, HashMap<u64, Arc<Slot>>>);

impl Slots<'_> {
    /// That of the task which sent the record; none: it was forgotten.
    pub(super) fn of(&self, opaque: u64) -> Option<&Slot> {
        self.0.get(&(opaque >> SLOT_SHIFT)).map(Arc::as_ref)
    }
}

/// What a producer knows of one of its tasks.
pub(super) struct Slot {
    id: u64,
    pub(super) listener: Arc<dyn AckListener>,
    /// Nobody listens any more.
    pub(super) left: AtomicBool,
    pub(super) held: HeldBatches,
    /// The highest sequence that was sent.
    newest: AtomicU64,
    pub(super) records: AtomicUsize,
    pub(super) bytes: AtomicUsize,
    /// Set when a record did not fit, cleared when half of the share is free again: a task is woken for many records.
    full: AtomicBool,
    room: Notify,
    drained: Notify,
    /// The share at the time when it was full.
    half_records: AtomicUsize,
    half_bytes: AtomicUsize,
}

impl Slot {
    fn new(id: u64, listener: Arc<dyn AckListener>) -> Self {
        Self {
            id,
            listener,
            left: AtomicBool::new(false),
            held: HeldBatches::default(),
            newest: AtomicU64::new(0),
            records: AtomicUsize::new(0),
            bytes: AtomicUsize::new(0),
            full: AtomicBool::new(false),
            room: Notify::new(),
            drained: Notify::new(),
            half_records: AtomicUsize::new(0),
            half_bytes: AtomicUsize::new(0),
        }
    }

    /// Whether the client has nothing of its task any more, nor will have.
    pub(super) fn is_done(&self) -> bool {
        self.left.load(Ordering::SeqCst) && self.records.load(Ordering::SeqCst) == 0
    }

    /// No higher sequence will be sent before this is called again.
    pub(super) fn sends_up_to(&self, sequence: u64) {
        self.newest.fetch_max(sequence, Ordering::SeqCst);
    }

    /// What librdkafka gives back with the delivery report.
    pub(super) fn opaque(&self, sequence: u64, held: bool) -> usize {
        (self.id << SLOT_SHIFT | if held { HELD } else { 0 } | sequence & SEQUENCE_MASK) as usize
    }

    /// The sequence that an opaque value stands for: of those that end so the newest, as the others are long gone.
    pub(super) fn sequence(&self, opaque: u64) -> u64 {
        let newest = self.newest.load(Ordering::SeqCst);
        newest.wrapping_sub(newest.wrapping_sub(opaque) & SEQUENCE_MASK)
    }

    /// Takes a part of the share before the records are sent: their reports may come before `send` returns.
    pub(super) fn charge(&self, records: usize, bytes: usize) {
        self.records.fetch_add(records, Ordering::SeqCst);
        self.bytes.fetch_add(bytes, Ordering::SeqCst);
    }

    /// Gives it back, after delivery or because the records were not taken after all.
    pub(super) fn release(&self, records: usize, bytes: usize) {
        self.bytes.fetch_sub(bytes, Ordering::SeqCst);
        let left = self.records.fetch_sub(records, Ordering::SeqCst) - records;
        if left == 0 {
            self.drained.notify_waiters();
        }
        self.open_if_half_free();
    }

    /// Says that a record did not fit.
    pub(super) fn set_full(&self, share: Share) {
        self.half_records.store(share.records / 2, Ordering::SeqCst);
        self.half_bytes.store(share.bytes / 2, Ordering::SeqCst);
        self.full.store(true, Ordering::SeqCst);
        // The reports that would have opened it may have come just before.
        self.open_if_half_free();
    }

    fn open_if_half_free(&self) {
        let free = || {
            self.records.load(Ordering::SeqCst) <= self.half_records.load(Ordering::SeqCst)
                && self.bytes.load(Ordering::SeqCst) <= self.half_bytes.load(Ordering::SeqCst)
        };
        if self.full.load(Ordering::SeqCst) && free() {
            self.full.store(false, Ordering::SeqCst);
            self.room.notify_waiters();
        }
    }

    /// Resolves when [`Slot::set_full`] no longer holds.
    pub(super) async fn room(&self) {
        loop {
            let room = self.room.notified();
            if !self.full.load(Ordering::SeqCst) {
                return;
            }
            room.await;
        }
    }

    /// Resolves when nothing is in flight.
    pub(super) async fn drained(&self) {
        loop {
            let drained = self.drained.notified();
            if self.records.load(Ordering::SeqCst) == 0 {
                return;
            }
            drained.await;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::ops::Range;

    use super::*;
    use crate::kafka::ports::{ProduceError, RecordMetadata};

    struct Nobody;

    impl AckListener for Nobody {
        fn wants_metadata(&self) -> bool {
            false
        }

        fn delivered(&self, _sequences: Range<u64>, _metadata: &[RecordMetadata]) {}

        fn failed(&self, _sequence: u64, _error: ProduceError) {}
    }

    #[test]
    fn a_sequence_is_more_than_its_end_in_the_opaque_value() {
        let slot = Slot::new(3, Arc::new(Nobody));
        for sequence in [0, 5, (1 << 32) - 1, 1 << 32, (7 << 40) + 1] {
            slot.sends_up_to(sequence + 100);
            for held in [false, true] {
                let opaque = slot.opaque(sequence, held) as u64;
                assert_eq!((slot.sequence(opaque), opaque >> SLOT_SHIFT, opaque & HELD != 0), (sequence, 3, held));
            }
        }
    }

    #[test]
    fn the_share_shrinks_with_the_number_of_tasks_to_its_least() {
        const BUFFER: usize = 32 * 1024 * 1024;
        let tasks = Tasks::new(ClientLog::new("p"));
        let joined: Vec<_> = (0..200).map(|_| tasks.join(Arc::new(Nobody))).collect();
        let share = tasks.share(BUFFER);
        assert_eq!((share.records, share.bytes), (MIN_RECORDS_IN_FLIGHT, MIN_BYTES_IN_FLIGHT));
        joined.iter().for_each(|slot| tasks.leave(slot));
        tasks.join(Arc::new(Nobody));
        let share = tasks.share(BUFFER);
        assert_eq!((share.records, share.bytes), (RECORDS_IN_FLIGHT, BUFFER));
    }
}
