//! Acknowledgements on their way from the client's thread to the task's loop.

use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::kafka::ports::{AckListener, ProduceError, RecordMetadata};

/// What became of the record with this sequence.
pub type Acked = (u64, Result<RecordMetadata, ProduceError>);

/// Filled a record at a time by the client, emptied all at once by the task; never more than the records in flight.
#[derive(Default)]
pub struct AckInbox(Mutex<Inbox>);

#[derive(Default)]
struct Inbox {
    acked: Vec<Acked>,
    /// Memory given back by the task.
    spare: Vec<Acked>,
}

impl AckInbox {
    /// Everything that came since the last call.
    pub fn take(&self) -> Vec<Acked> {
        let mut inbox = self.lock();
        let spare = std::mem::take(&mut inbox.spare);
        std::mem::replace(&mut inbox.acked, spare)
    }

    /// Gives the memory of [`Self::take`] back.
    pub fn recycle(&self, mut taken: Vec<Acked>) {
        taken.clear();
        self.lock().spare = taken;
    }

    fn lock(&self) -> MutexGuard<'_, Inbox> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl AckListener for AckInbox {
    fn acked(&self, sequence: u64, outcome: Result<RecordMetadata, ProduceError>) {
        self.lock().acked.push((sequence, outcome));
    }
}
