//! A shared producer's client, and the one thread that reads its delivery reports and tells each task.

use std::collections::HashMap;
use std::ffi::CString;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rdkafka::bindings as rd;
use rdkafka::client::Client;
use rdkafka::types::{RDKafkaTopic, RDKafkaType};
use tracing::error;

use super::deliveries;
use super::partitioner::Partitioner;
use super::tasks::Tasks;
use crate::kafka::client_config::ProducerConfig;
use crate::kafka::native::{Event, LogContext, Queue, code, fatal_error, is_refusal};
use crate::kafka::oauth::TokenFeed;
use crate::kafka::ports::KafkaError;

/// The longest that a question about a topic waits for its answer.
const REFRESH: Duration = Duration::from_secs(5);
/// The delivery thread looks for a fatal error at least this often; all else wakes it.
const POLL: Duration = Duration::from_secs(1);
/// How often a producer that has ended looks whether somebody still holds it.
const LAST_HOLD: Duration = Duration::from_millis(5);

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
    pub(super) fn start(config: &ProducerConfig, tasks: &Arc<Tasks>) -> Result<Arc<Self>, KafkaError> {
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

    /// Asks the brokers about a topic; blocks.
    pub(super) fn refresh(&self, topic: &str) {
        // The error would be that of the next record.
        drop(self.client.fetch_metadata(Some(topic), REFRESH));
    }

    /// Its tasks have left: the thread is told to end it.
    pub(super) fn stop(&self) {
        self.stopping.store(true, Ordering::Release);
        self.events.interrupt();
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
            rd::RD_KAFKA_EVENT_DR => deliveries::tell(event, &self.tasks),
            rd::RD_KAFKA_EVENT_ERROR => self.failed(event),
            _ => {
                event.log_to(&self.tasks.log);
            }
        }
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

impl Drop for LiveProducer {
    fn drop(&mut self) {
        for topic in self.topics.get_mut().unwrap_or_else(PoisonError::into_inner).values() {
            // SAFETY: the handle is ours, and the client is alive.
            unsafe { rd::rd_kafka_topic_destroy(topic.native) };
        }
    }
}
