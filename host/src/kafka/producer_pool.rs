//! Producers shared by tasks with equal settings: 50 tasks on one producer need less than half the CPU of 50 producers.
//!
//! A record's opaque value is the task's slot and the end of the task's own sequence number. One thread a producer reads delivery
//! reports and tells each task; a slot is never given twice, so that a late report cannot reach a stranger.
//! - The client is made at the first record.
//! - A fatal error, or a broker that does not let the client in, ends the producer for all its tasks; whoever asks next
//!   gets a new one. A broker that is away ends nothing: records wait.

use std::collections::HashMap;
use std::ffi::CString;
use std::ops::Range;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError, RwLock, Weak};
use std::time::Duration;

use rdkafka::bindings as rd;
use rdkafka::client::Client;
use rdkafka::types::{RDKafkaErrorCode, RDKafkaMessage, RDKafkaRespErr, RDKafkaTopic, RDKafkaType};
use tokio::sync::Notify;
use tokio::task::spawn_blocking;
use tracing::error;

use super::admin::is_retriable;
use super::client_config::ProducerConfig;
use super::held_batches::HeldBatches;
use super::log::ClientLog;
use super::native::{Event, LogContext, Queue, code, describe, fatal_error, is_refusal, text};
use super::oauth::TokenFeed;
use super::partitioner::Partitioner;
use super::ports::{AckListener, ClientSettings, KafkaError, ProduceError, RecordMetadata};

/// The bits of an opaque value that hold the lower part of the sequence number: far more than records can be in flight.
const SEQUENCE_BITS: u32 = 32;
const SEQUENCE_MASK: u64 = (1 << SEQUENCE_BITS) - 1;
/// The bit above them: what the record was polled in is held.
const HELD: u64 = 1 << SEQUENCE_BITS;
const SLOT_SHIFT: u32 = SEQUENCE_BITS + 1;

/// Records in flight of all tasks of a producer, split among them; more only adds latency.
const RECORDS_IN_FLIGHT: usize = 100_000;
/// No task gets less, however many share.
const MIN_RECORDS_IN_FLIGHT: usize = 1000;
/// As above, in bytes: what a few full batches hold.
const MIN_BYTES_IN_FLIGHT: usize = 1024 * 1024;
/// The delivery thread looks for a fatal error at least this often; all else wakes it.
const POLL: Duration = Duration::from_secs(1);
/// The longest that a question about a topic waits for its answer.
const REFRESH: Duration = Duration::from_secs(5);
/// How often a producer that has ended looks whether somebody still holds it.
const LAST_HOLD: Duration = Duration::from_millis(5);

// === the pool

/// All producers of the worker that some task holds.
#[derive(Default)]
pub(super) struct ProducerPool {
    producers: Mutex<HashMap<String, Weak<SharedProducer>>>,
}

impl ProducerPool {
    /// The producer for these settings; no client is made before its first record.
    pub(super) fn get(&self, config: ProducerConfig, settings: &ClientSettings) -> Arc<SharedProducer> {
        let key = config.pool_key(settings);
        let mut producers = self.producers.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(shared) = producers.get(&key).and_then(Weak::upgrade)
            && shared.failure().is_none()
        {
            return shared;
        }
        producers.retain(|_, producer| producer.strong_count() > 0);
        let shared = Arc::new(SharedProducer::new(config));
        producers.insert(key, Arc::downgrade(&shared));
        shared
    }
}

// === one producer

/// A producer that several tasks use.
pub(super) struct SharedProducer {
    pub(super) config: ProducerConfig,
    tasks: Arc<Tasks>,
    next_slot: AtomicU64,
    live: OnceLock<Result<Arc<LiveProducer>, KafkaError>>,
}

impl SharedProducer {
    fn new(config: ProducerConfig) -> Self {
        let log = Arc::new(ClientLog::new(config.librdkafka.client_id()));
        let tasks =
            Arc::new(Tasks { log, slots: RwLock::default(), sharing: AtomicUsize::new(0), failure: OnceLock::new() });
        Self { config, tasks, next_slot: AtomicU64::new(0), live: OnceLock::new() }
    }

    /// Adds a task.
    pub(super) fn join(&self, listener: Arc<dyn AckListener>) -> Arc<Slot> {
        let id = self.next_slot.fetch_add(1, Ordering::Relaxed);
        let slot = Arc::new(Slot::new(id, listener));
        self.tasks.slots.write().unwrap_or_else(PoisonError::into_inner).insert(id, Arc::clone(&slot));
        self.tasks.sharing.fetch_add(1, Ordering::Relaxed);
        slot
    }

    /// A task hears nothing of its records any more. It is forgotten when the last of them was reported, as what they were polled
    /// in is kept until then.
    pub(super) fn leave(&self, slot: &Slot) {
        slot.left.store(true, Ordering::SeqCst);
        if slot.is_done() {
            self.tasks.forget_done();
        }
        self.tasks.sharing.fetch_sub(1, Ordering::Relaxed);
    }

    /// Why the producer takes no records any more.
    pub(super) fn failure(&self) -> Option<KafkaError> {
        let made = self.live.get().and_then(|live| live.as_ref().err().cloned());
        made.or_else(|| self.tasks.failure.get().cloned())
    }

    /// The client, made now if there is none yet.
    pub(super) fn live(&self) -> Result<&LiveProducer, KafkaError> {
        let live = self.live.get_or_init(|| LiveProducer::start(&self.config, &self.tasks));
        match live {
            Ok(live) => Ok(live),
            Err(error) => Err(error.clone()),
        }
    }

    /// Asks the brokers about a topic, as what the client remembers may be out of date. Whether it helped shows at the next record.
    pub(super) async fn refresh(&self, topic: Arc<str>) {
        let Some(Ok(live)) = self.live.get() else { return };
        let live = Arc::clone(live);
        // The error would be that of the next record.
        let _ = spawn_blocking(move || drop(live.client.fetch_metadata(Some(&topic), REFRESH))).await;
    }

    /// What one task may have in flight: records and bytes.
    pub(super) fn share(&self) -> Share {
        let sharing = self.tasks.sharing.load(Ordering::Relaxed).max(1);
        self.tasks.share(sharing, self.config.buffer_memory)
    }
}

impl Drop for SharedProducer {
    fn drop(&mut self) {
        if let Some(Ok(live)) = self.live.take() {
            live.stopping.store(true, Ordering::Release);
            live.events.interrupt();
        }
    }
}

/// A task's part of the buffer.
#[derive(Clone, Copy)]
pub(super) struct Share {
    pub(super) records: usize,
    pub(super) bytes: usize,
}

/// The tasks of a producer, which its thread tells of deliveries.
struct Tasks {
    log: Arc<ClientLog>,
    slots: RwLock<HashMap<u64, Arc<Slot>>>,
    sharing: AtomicUsize,
    failure: OnceLock<KafkaError>,
}

impl Tasks {
    fn forget_done(&self) {
        self.slots.write().unwrap_or_else(PoisonError::into_inner).retain(|_, slot| !slot.is_done());
    }

    fn share(&self, sharing: usize, buffer_memory: usize) -> Share {
        Share {
            records: (RECORDS_IN_FLIGHT / sharing).max(MIN_RECORDS_IN_FLIGHT),
            bytes: (buffer_memory / sharing).max(MIN_BYTES_IN_FLIGHT),
        }
    }
}

// === a task's slot

/// What a producer knows of one of its tasks.
pub(super) struct Slot {
    id: u64,
    listener: Arc<dyn AckListener>,
    /// Nobody listens any more.
    left: AtomicBool,
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
    fn is_done(&self) -> bool {
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
    fn sequence(&self, opaque: u64) -> u64 {
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

// === the client and its thread

/// A producer's client.
pub(super) struct LiveProducer {
    stopping: AtomicBool,
    ignore_keys: bool,
    events: Queue,
    _tokens: Option<TokenFeed>,
    client: Client<LogContext>,
    /// Handles that librdkafka would look up by name for each record. Behind the client, which uses their partitioners to the end.
    topics: Mutex<HashMap<Arc<str>, Topic>>,
    /// Behind the client, too, which may read the batches that they hold until it has ended.
    tasks: Arc<Tasks>,
}

/// A topic's handle, as long as its client lives.
#[derive(Clone)]
pub(super) struct Topic {
    pub(super) native: *mut RDKafkaTopic,
    pub(super) partitioner: Arc<Partitioner>,
}

// SAFETY: topic handles may be used from any thread.
unsafe impl Send for Topic {}

impl LiveProducer {
    fn start(config: &ProducerConfig, tasks: &Arc<Tasks>) -> Result<Arc<Self>, KafkaError> {
        let made = Self::new(config, tasks);
        made.map_err(|error| KafkaError {
            retriable: false,
            message: format!("failed to create producer {}: {error}", config.librdkafka.client_id()),
        })
    }

    fn new(config: &ProducerConfig, tasks: &Arc<Tasks>) -> Result<Arc<Self>, Box<dyn std::error::Error>> {
        let (properties, ignore_keys) = (&config.librdkafka, config.ignore_keys);
        let config = properties.to_config();
        let native = config.create_native_config()?;
        let events = rd::RD_KAFKA_EVENT_DR | rd::RD_KAFKA_EVENT_ERROR;
        // SAFETY: the configuration is alive and not used by a client yet.
        unsafe { rd::rd_kafka_conf_set_events(native.ptr(), events) };
        let context = LogContext(Arc::clone(&tasks.log));
        let client = Client::new(&config, native, RDKafkaType::RD_KAFKA_PRODUCER, context)?;
        // SAFETY: the queue is dropped before the client, being an earlier field.
        let events = unsafe { Queue::main(client.native_ptr()) };
        // SAFETY: so is this.
        let tokens = unsafe { TokenFeed::start(properties.oauth(), client.native_ptr()) }?;
        let (stopping, topics) = (AtomicBool::new(false), Mutex::default());
        let tasks = Arc::clone(tasks);
        let live = Arc::new(Self { stopping, ignore_keys, events, _tokens: tokens, client, topics, tasks });
        let thread = Arc::clone(&live);
        std::thread::Builder::new().name("kafka-producer".to_owned()).spawn(move || thread.run())?;
        Ok(live)
    }

    /// The handle of a topic; an error is about its name.
    pub(super) fn topic(&self, name: &Arc<str>) -> Result<Topic, KafkaError> {
        let mut topics = self.topics.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(topic) = topics.get(name) {
            return Ok(topic.clone());
        }
        let invalid = || KafkaError { retriable: false, message: format!("invalid topic name {name:?}") };
        let c_name = CString::new(&**name).map_err(|_| invalid())?;
        let (client, partitioner) = (self.client.native_ptr(), Arc::new(Partitioner::new(self.ignore_keys)));
        // SAFETY: the client is alive and takes the configuration; the partitioner is kept until the client has ended.
        let native = unsafe {
            let config = rd::rd_kafka_default_topic_conf_dup(client);
            partitioner.install(config);
            rd::rd_kafka_topic_new(client, c_name.as_ptr(), config)
        };
        if native.is_null() {
            return Err(invalid());
        }
        let topic = Topic { native, partitioner };
        topics.insert(Arc::clone(name), topic.clone());
        Ok(topic)
    }

    pub(super) fn ptr(&self) -> *mut rd::rd_kafka_t {
        self.client.native_ptr()
    }

    /// The thread: reads events until the last task has left, then ends the client, which blocks and so must be here.
    fn run(self: Arc<Self>) {
        while !self.stopping.load(Ordering::Acquire) {
            if let Some(event) = self.events.poll(POLL) {
                self.handle(&event);
            }
        }
        // Nobody listens any more: what is still queued would be sent without anyone learning of it.
        self.purge();
        while let Some(event) = self.events.poll(Duration::ZERO) {
            self.handle(&event);
        }
        let mut last = self;
        // The task that dropped its handle is about to let go of its reference, a question about a topic after its time.
        while let Err(shared) = Arc::try_unwrap(last).map(drop) {
            std::thread::sleep(LAST_HOLD);
            last = shared;
        }
    }

    fn handle(&self, event: &Event) {
        match event.kind() {
            rd::RD_KAFKA_EVENT_DR => self.delivered(event),
            rd::RD_KAFKA_EVENT_ERROR => self.failed(event),
            _ => {
                event.log_to(&self.tasks.log);
            }
        }
    }

    fn delivered(&self, event: &Event) {
        let slots = self.tasks.slots.read().unwrap_or_else(PoisonError::into_inner);
        let mut run: Option<Run<'_>> = None;
        let (mut delivered, mut done) = (false, false);
        // SAFETY: the event is a delivery report; its messages live as long as it does.
        let next = || unsafe { rd::rd_kafka_event_message_next(event.ptr()).as_ref() };
        while let Some(message) = next() {
            let opaque = message._private as usize as u64;
            let succeeded = message.err == RDKafkaRespErr::RD_KAFKA_RESP_ERR_NO_ERROR;
            delivered |= succeeded;
            if let Some(run) = run.as_mut().filter(|run| succeeded && run.is_followed_by(opaque)) {
                run.add(message);
                continue;
            }
            done |= run.take().is_some_and(Run::tell);
            let Some(slot) = slots.get(&(opaque >> SLOT_SHIFT)) else { continue };
            let mut next = Run::new(slot, opaque);
            next.add(message);
            match succeeded {
                true => run = Some(next),
                false => done |= next.fail(self.error(message)),
            }
        }
        done |= run.is_some_and(Run::tell);
        drop(slots);
        if done {
            self.tasks.forget_done();
        }
        if delivered {
            self.tasks.log.alive();
        }
    }

    /// Why a record did not get into Kafka.
    fn error(&self, message: &RDKafkaMessage) -> ProduceError {
        if let Some(failure) = self.tasks.failure.get() {
            return ProduceError::Producer(failure.clone());
        }
        // SAFETY: the message is alive, and its topic with it.
        let topic =
            unsafe { if message.rkt.is_null() { String::new() } else { text(rd::rd_kafka_topic_name(message.rkt)) } };
        let (retriable, what) = (may_be_repeated(code(message.err)), describe(message.err));
        let message = format!("failed to send a record to topic {topic}: {what}{}", hint(message.err));
        ProduceError::Record(KafkaError { retriable, message })
    }

    fn failed(&self, event: &Event) {
        let tasks = &self.tasks;
        // SAFETY: the client is alive.
        let fatal = unsafe { fatal_error(self.ptr()) };
        let Some(fatal) = fatal.or_else(|| is_refusal(code(event.error())).then(|| event.error_text())) else {
            tasks.log.recoverable(code(event.error()), event.error_text().trim());
            return;
        };
        let failure =
            KafkaError { retriable: false, message: format!("producer {} failed: {fatal}", tasks.log.client_id()) };
        if tasks.failure.set(failure.clone()).is_ok() {
            error!(target: "librdkafka", "{failure}");
            // Else they would wait for ever: their time limit is none.
            self.purge();
        }
    }

    /// Fails every record that waits; their reports follow.
    fn purge(&self) {
        let what = rd::RD_KAFKA_PURGE_F_QUEUE | rd::RD_KAFKA_PURGE_F_INFLIGHT;
        // SAFETY: the client is alive.
        unsafe { rd::rd_kafka_purge(self.ptr(), what) };
    }
}

/// Whether nothing is wrong with the record, and sending it again may succeed. By itself the client sends as often as `retries`
/// and `delivery.timeout.ms` say.
fn may_be_repeated(error: RDKafkaErrorCode) -> bool {
    use RDKafkaErrorCode::{
        MessageTimedOut, NotEnoughReplicas, NotEnoughReplicasAfterAppend, NotLeaderForPartition,
        UnknownTopicOrPartition,
    };
    matches!(
        error,
        MessageTimedOut
            | NotEnoughReplicas
            | NotEnoughReplicasAfterAppend
            | NotLeaderForPartition
            | UnknownTopicOrPartition
    ) || is_retriable(error)
}

/// What to do about an error that Java's producer would have dealt with by itself.
fn hint(error: RDKafkaRespErr) -> &'static str {
    match error {
        RDKafkaRespErr::RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE => {
            " (max.request.size and batch.size must not exceed the topic's max.message.bytes)"
        }
        _ => "",
    }
}

impl Drop for LiveProducer {
    fn drop(&mut self) {
        for topic in self.topics.get_mut().unwrap_or_else(PoisonError::into_inner).values() {
            // SAFETY: the handle is ours, and the client is alive.
            unsafe { rd::rd_kafka_topic_destroy(topic.native) };
        }
    }
}

/// One task's records side by side whose delivery was reported, told of at once.
struct Run<'a> {
    slot: &'a Slot,
    /// That of the next record in it would be this.
    next: u64,
    sequences: Range<u64>,
    bytes: usize,
    wants_metadata: bool,
    metadata: Vec<RecordMetadata>,
}

impl<'a> Run<'a> {
    /// Empty; the first record's opaque value is `first`.
    fn new(slot: &'a Slot, first: u64) -> Self {
        let (sequence, wants_metadata) = (slot.sequence(first), slot.listener.wants_metadata());
        Self { slot, next: first, sequences: sequence..sequence, bytes: 0, wants_metadata, metadata: Vec::new() }
    }

    /// Whether it is of the same slot, held as well, and the next sequence.
    fn is_followed_by(&self, opaque: u64) -> bool {
        self.next == opaque && opaque & SEQUENCE_MASK != 0
    }

    fn add(&mut self, message: &RDKafkaMessage) {
        self.next += 1;
        self.sequences.end += 1;
        // What the record was charged with when it was sent.
        self.bytes += message.len + message.key_len;
        if self.wants_metadata {
            // SAFETY: the message is alive; the kind of timestamp is not asked for.
            let timestamp = unsafe { rd::rd_kafka_message_timestamp(message, std::ptr::null_mut()) };
            self.metadata.push(RecordMetadata { partition: message.partition, offset: message.offset, timestamp });
        }
    }

    /// They are in Kafka. True: nothing of the task is left.
    fn tell(self) -> bool {
        if !self.slot.left.load(Ordering::SeqCst) {
            self.slot.listener.delivered(self.sequences.clone(), &self.metadata);
        }
        self.release()
    }

    /// The one record in it will never be in Kafka. True: nothing of the task is left.
    fn fail(self, error: ProduceError) -> bool {
        if !self.slot.left.load(Ordering::SeqCst) {
            self.slot.listener.failed(self.sequences.start, error);
        }
        self.release()
    }

    fn release(self) -> bool {
        let count = self.sequences.end - self.sequences.start;
        // The last that was added has the same slot and bit as the others.
        if (self.next - 1) & HELD != 0 {
            self.slot.held.reported(self.sequences);
        }
        self.slot.release(count as usize, self.bytes);
        self.slot.is_done()
    }
}

#[cfg(test)]
mod tests;
