//! Reads all partitions of one topic without a group, from offsets that the caller names.
//!
//! librdkafka's simple consumer, as its other one cannot do without a group: every partition goes to one private queue, which
//! wakes the reader. The ends of partitions are told as well, since a position must also pass what is never shown.

use std::ffi::CString;
use std::ptr::{NonNull, null_mut};
use std::sync::Arc;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use rdkafka::bindings as rd;
use rdkafka::client::Client;
use rdkafka::types::{RDKafkaErrorCode, RDKafkaTopic, RDKafkaType};
use tokio::task::spawn_blocking;
use tokio::time::timeout_at;

use super::client_config::ConsumerConfig;
use super::log::ClientLog;
use super::messages::{MessageBuffer, MessageError};
use super::native::{LogContext, Queue, Wake, code, describe, is_refusal};
use super::oauth::TokenFeed;
use super::ports::{KafkaError, MessageListener, Messages, TopicReader};

/// See [`TopicReader`].
pub(super) struct SimpleReader {
    /// None once it is closed.
    inner: Option<Inner>,
    buffer: MessageBuffer,
    positions: Vec<i64>,
    wake: Arc<Wake>,
}

/// The client, after what must not outlive it.
struct Inner {
    topic: Topic,
    messages: Queue,
    events: Queue,
    log: Arc<ClientLog>,
    _tokens: Option<TokenFeed>,
    _client: Client<LogContext>,
}

/// A topic that is being read.
struct Topic {
    ptr: NonNull<RDKafkaTopic>,
    /// So many of its partitions, from 0.
    started: i32,
}

// SAFETY: topic handles may be used from any thread.
unsafe impl Send for Topic {}
// SAFETY: as above, also by several at once.
unsafe impl Sync for Topic {}

impl SimpleReader {
    /// Makes the client and starts to fetch.
    pub(super) fn start(config: &ConsumerConfig, topic: &str, from: Vec<i64>) -> Result<Self, KafkaError> {
        let failed = |what: &dyn std::fmt::Display| KafkaError {
            retriable: false,
            message: format!("failed to read topic {topic} with consumer {}: {what}", config.librdkafka.client_id()),
        };
        let name = CString::new(topic).map_err(|error| failed(&error))?;
        let log = Arc::new(ClientLog::new(config.librdkafka.client_id()));
        let properties = &config.librdkafka;
        let mut config = properties.to_config();
        config.set("enable.partition.eof", "true");
        let native = config.create_native_config().map_err(|error| failed(&error))?;
        // SAFETY: the configuration is alive and not used by a client yet.
        unsafe { rd::rd_kafka_conf_set_events(native.ptr(), rd::RD_KAFKA_EVENT_ERROR) };
        let client = Client::new(&config, native, RDKafkaType::RD_KAFKA_CONSUMER, LogContext(Arc::clone(&log)));
        let client = client.map_err(|error| failed(&error))?;
        let wake = Arc::<Wake>::default();
        // SAFETY: the client lives in the same struct, after the queues.
        let (messages, events) = unsafe { (Queue::new(client.native_ptr()), Queue::main(client.native_ptr())) };
        let (messages, events) = (messages.wakes(Arc::clone(&wake)), events.wakes(Arc::clone(&wake)));
        // SAFETY: as the queues.
        let tokens = unsafe { TokenFeed::start(properties.oauth(), client.native_ptr()) }?;
        // SAFETY: the client is alive, and the name during the call; a null configuration means the client's own.
        let ptr = unsafe { rd::rd_kafka_topic_new(client.native_ptr(), name.as_ptr(), null_mut()) };
        let ptr = NonNull::new(ptr).ok_or_else(|| failed(&"no such topic can be"))?;
        let mut inner =
            Inner { topic: Topic { ptr, started: 0 }, messages, events, log, _tokens: tokens, _client: client };
        for offset in &from {
            inner.topic.start_next(*offset, &inner.messages).map_err(|error| failed(&error))?;
        }
        Ok(Self { inner: Some(inner), buffer: MessageBuffer::default(), positions: from, wake })
    }

    /// What is there now.
    fn poll_now(&mut self, max: usize, listener: &mut dyn MessageListener) -> Result<usize, KafkaError> {
        let Some(inner) = &self.inner else { return Ok(0) };
        inner.serve_events()?;
        let mut ends = Vec::new();
        let mut failure = None;
        let mut report = |error: MessageError<'_>| match error.code {
            RDKafkaErrorCode::PartitionEOF => ends.push((error.partition, error.offset)),
            code if is_denial(code) => failure = Some(inner.failure(code, error.text)),
            code => inner.log.recoverable(code, error.text),
        };
        let mut passing = Passing { positions: &mut self.positions, listener };
        let taken = self.buffer.take(&inner.messages, max, &mut report, &mut passing);
        for (partition, offset) in ends {
            pass(&mut self.positions, partition, offset);
        }
        if taken > 0 {
            inner.log.alive();
            return Ok(taken);
        }
        failure.map_or(Ok(0), Err)
    }
}

#[async_trait]
impl TopicReader for SimpleReader {
    async fn poll(
        &mut self,
        timeout: Duration,
        max: usize,
        listener: &mut dyn MessageListener,
    ) -> Result<usize, KafkaError> {
        let deadline = Instant::now() + timeout;
        let wake = Arc::clone(&self.wake);
        loop {
            let before = self.positions.clone();
            let taken = self.poll_now(max, listener)?;
            // An end that was passed is news to whoever waits for a position.
            if taken > 0 || self.positions != before || Instant::now() >= deadline {
                return Ok(taken);
            }
            let _ = timeout_at(deadline.into(), wake.notify.notified()).await;
        }
    }

    fn positions(&self) -> &[i64] {
        &self.positions
    }
}

impl Drop for SimpleReader {
    fn drop(&mut self) {
        // Ending a client may wait for its threads.
        let Some(inner) = self.inner.take() else { return };
        match tokio::runtime::Handle::try_current() {
            Ok(_) => drop(spawn_blocking(move || drop(inner))),
            Err(_) => drop(inner),
        }
    }
}

/// Notes how far the messages go that it hands on.
struct Passing<'a> {
    positions: &'a mut [i64],
    listener: &'a mut dyn MessageListener,
}

impl MessageListener for Passing<'_> {
    fn messages(&mut self, messages: &Messages<'_>) {
        for message in &messages.records {
            pass(self.positions, message.partition, message.offset + 1);
        }
        self.listener.messages(messages);
    }
}

/// The partition's next offset is at least `offset`.
fn pass(positions: &mut [i64], partition: i32, offset: i64) {
    if let Some(position) = usize::try_from(partition).ok().and_then(|partition| positions.get_mut(partition)) {
        *position = (*position).max(offset);
    }
}

/// Brokers do not let the client in, or not at the topic.
fn is_denial(error: RDKafkaErrorCode) -> bool {
    is_refusal(error) || error == RDKafkaErrorCode::TopicAuthorizationFailed
}

// === impl Inner

impl Inner {
    fn serve_events(&self) -> Result<(), KafkaError> {
        while let Some(event) = self.events.poll(Duration::ZERO) {
            if event.log_to(&self.log) || event.kind() != rd::RD_KAFKA_EVENT_ERROR {
                continue;
            }
            let (error, text) = (code(event.error()), event.error_text());
            if is_refusal(error) {
                return Err(self.failure(error, &text));
            }
            self.log.recoverable(error, text.trim());
        }
        Ok(())
    }

    fn failure(&self, error: RDKafkaErrorCode, text: &str) -> KafkaError {
        let message = format!("consumer {} failed: {error}: {}", self.log.client_id(), text.trim());
        KafkaError { retriable: false, message }
    }
}

// === impl Topic

impl Topic {
    /// Fetches the next partition from `offset` on, into `queue`.
    fn start_next(&mut self, offset: i64, queue: &Queue) -> Result<(), String> {
        // SAFETY: topic and queue are alive, and belong to the same client; the error is this thread's own.
        unsafe {
            if rd::rd_kafka_consume_start_queue(self.ptr.as_ptr(), self.started, offset, queue.ptr()) != 0 {
                return Err(describe(rd::rd_kafka_last_error()));
            }
        }
        self.started += 1;
        Ok(())
    }
}

impl Drop for Topic {
    fn drop(&mut self) {
        // SAFETY: the handle is ours, its client is alive, and each of these partitions was started once.
        unsafe {
            for partition in 0..self.started {
                rd::rd_kafka_consume_stop(self.ptr.as_ptr(), partition);
            }
            rd::rd_kafka_topic_destroy(self.ptr.as_ptr());
        }
    }
}
