//! Where a record goes that names no partition: by its key to where Java's producer sends it, else to one partition for a while.
//!
//! librdkafka sticks to a partition too, but looks at the clock and at the partition's broker for each record: a twelfth of what a
//! record of 100 bytes costs.

use std::ffi::c_void;
use std::ptr::null_mut;
use std::sync::atomic::{AtomicI32, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use rdkafka::bindings as rd;
use rdkafka::types::RDKafkaTopic;

/// For so long records without a key go to the same partition: librdkafka's `sticky.partitioning.linger.ms`.
const STICKY_TIME: Duration = Duration::from_millis(10);
/// After so many bytes too (KIP-794, where it is `batch.size`): a batch of ours is then full.
const STICKY_BYTES: usize = 256 * 1024;
/// The next record chooses.
const NONE: i32 = -1;

/// The partitioner of one topic of one client.
pub(super) struct Partitioner {
    /// `partitioner.ignore.keys`.
    ignore_keys: bool,
    sticky: AtomicI32,
    bytes: AtomicUsize,
    since: Mutex<Instant>,
}

impl Partitioner {
    pub(super) fn new(ignore_keys: bool) -> Self {
        let (sticky, bytes) = (AtomicI32::new(NONE), AtomicUsize::new(0));
        Self { ignore_keys, sticky, bytes, since: Mutex::new(Instant::now()) }
    }

    /// Records follow that may have no key.
    pub(super) fn begin(&self, now: Instant) {
        let mut since = self.since.lock().unwrap_or_else(PoisonError::into_inner);
        if now.saturating_duration_since(*since) >= STICKY_TIME {
            *since = now;
            self.choose_anew();
        }
    }

    /// So many bytes of a record went where this partitioner sent them. Tasks that send at once may count too few.
    pub(super) fn sent(&self, bytes: usize) {
        let sent = self.bytes.load(Ordering::Relaxed) + bytes;
        self.bytes.store(sent, Ordering::Relaxed);
        if sent >= STICKY_BYTES {
            self.choose_anew();
        }
    }

    fn choose_anew(&self) {
        self.bytes.store(0, Ordering::Relaxed);
        self.sticky.store(NONE, Ordering::Relaxed);
    }

    /// Makes this the partitioner of topics with this configuration.
    ///
    /// # Safety
    /// `config` must be alive, and this partitioner must outlive the client with which a topic is made of it.
    pub(super) unsafe fn install(&self, config: *mut rd::rd_kafka_topic_conf_t) {
        // SAFETY: the caller promises that both are alive; the callback only reads through the pointer.
        unsafe {
            rd::rd_kafka_topic_conf_set_opaque(config, std::ptr::from_ref(self).cast_mut().cast());
            rd::rd_kafka_topic_conf_set_partitioner_cb(config, Some(partition));
        }
    }
}

/// librdkafka asks for each record that names no partition, from any thread.
unsafe extern "C" fn partition(
    topic: *const RDKafkaTopic,
    key: *const c_void,
    key_len: usize,
    count: i32,
    partitioner: *mut c_void,
    _record: *mut c_void,
) -> i32 {
    // SAFETY: it is what `install` gave, which outlives the client.
    let partitioner = unsafe { &*partitioner.cast::<Partitioner>() };
    if !key.is_null() && !partitioner.ignore_keys {
        // SAFETY: topic and key are alive during the call; the function uses neither opaque.
        return unsafe { rd::rd_kafka_msg_partitioner_murmur2(topic, key, key_len, count, null_mut(), null_mut()) };
    }
    let sticky = partitioner.sticky.load(Ordering::Relaxed);
    if (0..count).contains(&sticky) {
        return sticky;
    }
    // One that has a leader, if it finds one.
    // SAFETY: as above; and we are in a partitioner, where it may be called.
    let chosen = unsafe { rd::rd_kafka_msg_partitioner_random(topic, key, key_len, count, null_mut(), null_mut()) };
    partitioner.sticky.store(chosen, Ordering::Relaxed);
    chosen
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_partition_is_left_after_a_time_and_after_many_bytes() {
        let partitioner = Partitioner::new(false);
        let stuck = || partitioner.sticky.swap(3, Ordering::Relaxed) == 3;
        assert!(!stuck(), "the first record chooses");
        let start = Instant::now();
        partitioner.begin(start + STICKY_TIME);
        assert!(!stuck(), "the time is over");
        partitioner.begin(start + STICKY_TIME + STICKY_TIME / 2);
        partitioner.sent(STICKY_BYTES - 1);
        assert!(stuck());
        partitioner.sent(1);
        assert!(!stuck(), "a batch is full");
        partitioner.sent(STICKY_BYTES - 1);
        assert!(stuck());
    }
}
