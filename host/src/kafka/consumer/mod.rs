//! A sink task's consumer: one task, no thread of ours; it sleeps until librdkafka pokes it.
//!
//! Three queues wake the task: the consumer's own (rebalances, errors), a private one that all partitions are forwarded to
//! (messages, a batch at once) and one for the answers to commits.
//! - A rebalance is answered by [`Consumer::assign`] and [`Consumer::unassign`], not in librdkafka's callback; until then
//!   librdkafka waits, so that the task can commit and close its partitions in its own time.
//! - The forwarding is lost whenever a partition is taken away, so that it is made on **every** assign, before fetching starts.
//! - Polling the consumer's queue counts as being alive; the task's waits are cut so that this happens often enough.

mod positions;
mod rebalance;
mod resolver;
mod topic_pattern;

use std::ffi::{CString, c_void};
use std::sync::Arc;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use rdkafka::bindings as rd;
use rdkafka::consumer::{BaseConsumer, Consumer as _};
use rdkafka::error::KafkaError as ClientError;
use rdkafka::types::{RDKafkaErrorCode, RDKafkaRespErr};
use tokio::task::{JoinHandle, spawn_blocking};
use tokio::time::{sleep, timeout};

use self::rebalance::{Context, give_back, is_cooperative};
use self::resolver::resolve;
use self::topic_pattern::TopicPattern;
use super::client_config::ConsumerConfig;
use super::log::ClientLog;
use super::messages::{MessageBuffer, MessageError, lend_owned};
use super::native::{Queue, Wake, describe};
use super::oauth::TokenFeed;
use super::partition_list::{first_error, list, offset_list};
use super::ports::{Consumer, KafkaError, MessageListener, OffsetSpec, Polled, Subscription};
use crate::connect::{PartitionOffset, TopicPartition};

/// One question to the broker takes at most so long before it is asked again.
const ATTEMPT: Duration = Duration::from_secs(5);
/// Before a question that failed is asked again.
const BACKOFF: Duration = Duration::from_millis(200);

/// Before a seek in a partition that is not being fetched yet is tried again.
const SEEK_BACKOFF: Duration = Duration::from_millis(10);

/// See [`Consumer`].
pub(super) struct GroupConsumer {
    /// None once it is closed.
    inner: Option<Arc<Inner>>,
    buffer: MessageBuffer,
    api_timeout: Duration,
    /// `auto.offset.reset`
    reset: Option<OffsetSpec>,
    /// The longest wait between two looks at the consumer's queue.
    max_wait: Duration,
    commits: usize,
    /// Matches the pattern again and again.
    resolver: Option<JoinHandle<()>>,
}

/// The client. Queues come first: closing hangs if they outlive it.
struct Inner {
    answers: Queue,
    messages: Queue,
    events: Queue,
    _tokens: Option<TokenFeed>,
    client: BaseConsumer<Context>,
    wake: Arc<Wake>,
}

impl Inner {
    /// Runs a call that may wait for the broker where that disturbs nobody.
    async fn blocking<T: Send + 'static>(
        self: &Arc<Self>,
        call: impl FnOnce(&Self) -> T + Send + 'static,
    ) -> Result<T, KafkaError> {
        let inner = Arc::clone(self);
        let result = spawn_blocking(move || call(&inner)).await;
        result.map_err(|error| KafkaError { retriable: true, message: format!("a client call was cut off: {error}") })
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        self.client.context().close(&self.client);
    }
}

impl GroupConsumer {
    /// Makes the client and subscribes.
    pub(super) async fn start(config: ConsumerConfig, topics: &Subscription) -> Result<Self, KafkaError> {
        let pattern = match topics {
            Subscription::Topics(_) => None,
            Subscription::Pattern(pattern) => Some(
                TopicPattern::new(pattern, config.exclude_internal_topics)
                    .map_err(|message| KafkaError { retriable: false, message })?,
            ),
        };
        let inner = Arc::new(Inner::new(&config)?);
        let mut consumer = Self {
            inner: Some(Arc::clone(&inner)),
            buffer: MessageBuffer::default(),
            api_timeout: config.api_timeout,
            reset: config.reset,
            max_wait: config.max_poll_interval / 3,
            commits: 0,
            resolver: None,
        };
        match (topics, pattern) {
            (Subscription::Topics(names), _) => inner.subscribe(names)?,
            (_, Some(pattern)) => {
                consumer.resolver =
                    Some(tokio::spawn(resolve(Arc::downgrade(&inner), pattern, config.metadata_max_age)))
            }
            (Subscription::Pattern(_), None) => {}
        }
        Ok(consumer)
    }

    fn inner(&self) -> Result<&Arc<Inner>, KafkaError> {
        self.inner.as_ref().ok_or_else(|| KafkaError { retriable: false, message: "the consumer is closed".to_owned() })
    }

    /// What is there now; none: nothing.
    fn poll_now(&mut self, max: usize, listener: &mut dyn MessageListener) -> Result<Option<Polled>, KafkaError> {
        let inner = Arc::clone(self.inner()?);
        let context = inner.client.context();
        inner.serve_events();
        if let Some(failure) = context.take_failure() {
            return Err(failure);
        }
        let strays = lend_owned(&context.take_strays(), listener);
        if strays > 0 {
            return Ok(Some(Polled::Messages(strays)));
        }
        if let Some(rebalance) = context.pending() {
            return Ok(Some(rebalance));
        }
        let mut report = |error: MessageError<'_>| context.report(error.code, error.text);
        let taken = self.buffer.take(&inner.messages, max, &mut report, listener);
        if taken > 0 {
            context.log().alive();
        }
        Ok((taken > 0).then_some(Polled::Messages(taken)))
    }

    /// Stops resolving and hands the client to a thread that may block, as leaving a group does.
    fn shut_down(&mut self) -> Option<impl FnOnce() + Send + 'static> {
        if let Some(resolver) = self.resolver.take() {
            resolver.abort();
        }
        let inner = self.inner.take()?;
        Some(move || drop(inner))
    }
}

#[async_trait]
impl Consumer for GroupConsumer {
    async fn poll(
        &mut self,
        timeout: Duration,
        max: usize,
        listener: &mut dyn MessageListener,
    ) -> Result<Polled, KafkaError> {
        let wake = Arc::clone(&self.inner()?.wake);
        let deadline = Instant::now() + timeout;
        loop {
            if let Some(polled) = self.poll_now(max, listener)? {
                return Ok(polled);
            }
            let left = deadline.saturating_duration_since(Instant::now());
            if wake.interrupted.swap(false, std::sync::atomic::Ordering::AcqRel) || left.is_zero() {
                return Ok(Polled::Nothing);
            }
            // Running out of time is one more reason to look.
            let _ = tokio::time::timeout(left.min(self.max_wait), wake.notify.notified()).await;
        }
    }

    async fn positions(&mut self, partitions: &[TopicPartition]) -> Result<Vec<PartitionOffset>, KafkaError> {
        Arc::clone(self.inner()?).positions(partitions, self.reset, self.api_timeout).await
    }

    fn assign(&mut self, from: &[PartitionOffset]) -> Result<(), KafkaError> {
        let inner = self.inner()?;
        inner.assign(from)?;
        if let Some(Polled::Assigned(_)) = inner.client.context().pending() {
            inner.client.context().answered();
        }
        Ok(())
    }

    async fn unassign(&mut self, partitions: &[TopicPartition]) -> Result<(), KafkaError> {
        let inner = self.inner()?;
        give_back(&inner.client, &list(partitions));
        if let Some(Polled::Revoked(_) | Polled::Lost(_)) = inner.client.context().pending() {
            inner.client.context().answered();
        }
        Ok(())
    }

    fn pause(&mut self, partitions: &[TopicPartition]) -> Result<(), KafkaError> {
        self.inner()?.client.pause(&list(partitions)).map_err(|error| failed("pause", partitions, &error))
    }

    fn resume(&mut self, partitions: &[TopicPartition]) -> Result<(), KafkaError> {
        self.inner()?.client.resume(&list(partitions)).map_err(|error| failed("resume", partitions, &error))
    }

    async fn seek(&mut self, offsets: &[PartitionOffset]) -> Result<(), KafkaError> {
        let limit = self.api_timeout;
        let deadline = Instant::now() + limit;
        let inner = Arc::clone(self.inner()?);
        loop {
            let targets = offsets.to_vec();
            match inner.blocking(move |inner| inner.seek(&targets, limit)).await? {
                Err(error) if error.retriable && Instant::now() < deadline => sleep(SEEK_BACKOFF).await,
                sought => return sought,
            }
        }
    }

    async fn commit(&mut self, offsets: &[PartitionOffset]) -> Result<(), KafkaError> {
        if offsets.is_empty() {
            return Ok(());
        }
        self.commits += 1;
        let inner = Arc::clone(self.inner()?);
        inner.send_commit(offsets, self.commits)?;
        match timeout(self.api_timeout, inner.commit_answer(self.commits)).await {
            Ok(answer) => answer,
            Err(_) => Err(KafkaError {
                retriable: true,
                message: format!("failed to commit offsets: no answer within {} ms", self.api_timeout.as_millis()),
            }),
        }
    }

    fn waker(&self) -> Arc<dyn Fn() + Send + Sync> {
        match &self.inner {
            Some(inner) => {
                let wake = Arc::clone(&inner.wake);
                Arc::new(move || wake.interrupt())
            }
            None => Arc::new(|| {}),
        }
    }

    async fn close(mut self: Box<Self>) {
        if let Some(end) = self.shut_down() {
            // A panic in there was told by its thread; there is nothing left to close.
            let _ = spawn_blocking(end).await;
        }
    }
}

impl Drop for GroupConsumer {
    fn drop(&mut self) {
        let Some(end) = self.shut_down() else { return };
        match tokio::runtime::Handle::try_current() {
            Ok(runtime) => drop(runtime.spawn_blocking(end)),
            Err(_) => end(),
        }
    }
}

// === impl Inner

impl Inner {
    fn new(config: &ConsumerConfig) -> Result<Self, KafkaError> {
        let log = Arc::new(ClientLog::new(config.librdkafka.client_id()));
        let made: Result<BaseConsumer<Context>, ClientError> =
            config.librdkafka.to_config().create_with_context(Context::new(log));
        let client = made.map_err(|error| KafkaError {
            retriable: false,
            message: format!("failed to create consumer {}: {error}", config.librdkafka.client_id()),
        })?;
        let wake = Arc::<Wake>::default();
        let native = client.client().native_ptr();
        // SAFETY: the client lives in the same struct, after the queues.
        let (answers, messages, events) = unsafe { (Queue::new(native), Queue::new(native), Queue::consumer(native)) };
        // SAFETY: as the queues.
        let tokens = unsafe { TokenFeed::start(config.librdkafka.oauth(), native) }?;
        Ok(Self {
            _tokens: tokens,
            answers: answers.wakes(Arc::clone(&wake)),
            messages: messages.wakes(Arc::clone(&wake)),
            events: events.wakes(Arc::clone(&wake)),
            client,
            wake,
        })
    }

    fn subscribe(&self, topics: &[String]) -> Result<(), KafkaError> {
        let names: Vec<&str> = topics.iter().map(String::as_str).collect();
        self.client.subscribe(&names).map_err(|error| KafkaError {
            retriable: false,
            message: format!("failed to subscribe to {}: {error}", topics.join(",")),
        })
    }

    /// Reads the consumer's queue until it is empty; what was there goes to the context.
    fn serve_events(&self) {
        loop {
            // Errors go to the context by themselves, with librdkafka's words. Messages never came this way, as their
            // partition is forwarded; but none may be lost.
            if let Some(Ok(message)) = self.client.poll(Duration::ZERO) {
                self.client.context().add_stray(message.detach());
            }
            if self.events.is_empty() {
                return;
            }
        }
    }

    fn assign(&self, from: &[PartitionOffset]) -> Result<(), KafkaError> {
        let failed = |error: &dyn std::fmt::Display| KafkaError {
            retriable: false,
            message: format!("failed to assign partitions: {error}"),
        };
        for PartitionOffset { partition, .. } in from {
            self.forward(partition).map_err(|error| failed(&error))?;
        }
        let list = offset_list(from).map_err(|error| failed(&error))?;
        let assigned = if is_cooperative(&self.client) {
            self.client.incremental_assign(&list)
        } else {
            self.client.assign(&list)
        };
        assigned.map_err(|error| failed(&error))
    }

    /// Lets the partition's messages go to the private queue.
    fn forward(&self, partition: &TopicPartition) -> Result<(), std::ffi::NulError> {
        let topic = CString::new(&*partition.topic)?;
        // SAFETY: client and queue are alive; the partition's queue is ours to destroy and forwards without it.
        unsafe {
            let queue = rd::rd_kafka_queue_get_partition(
                self.client.client().native_ptr(),
                topic.as_ptr(),
                partition.partition,
            );
            if !queue.is_null() {
                rd::rd_kafka_queue_forward(queue, self.messages.ptr());
                rd::rd_kafka_queue_destroy(queue);
            }
        }
        Ok(())
    }

    fn seek(&self, offsets: &[PartitionOffset], limit: Duration) -> Result<(), KafkaError> {
        let failed = |what: String, retriable| KafkaError { retriable, message: format!("failed to seek: {what}") };
        let targets = offset_list(offsets).map_err(|error| failed(error.to_string(), false))?;
        let sought = self.client.seek_partitions(targets, limit).map_err(|error| failed(error.to_string(), false))?;
        match first_error(sought.ptr()) {
            // Assigned a moment ago, and not being fetched yet.
            Some((partition, error @ RDKafkaErrorCode::State)) => Err(failed(format!("{partition}: {error}"), true)),
            Some((partition, error)) => Err(failed(format!("{partition}: {error}"), false)),
            None => Ok(()),
        }
    }

    /// Sends a commit; its answer comes to the queue of answers under this number.
    fn send_commit(&self, offsets: &[PartitionOffset], number: usize) -> Result<(), KafkaError> {
        let failed =
            |what: String| KafkaError { retriable: false, message: format!("failed to commit offsets: {what}") };
        let offsets = offset_list(offsets).map_err(|error| failed(error.to_string()))?;
        let native = self.client.client().native_ptr();
        // SAFETY: client, list and queue are alive, and the list is copied. Without a callback the answer is an event.
        let error = unsafe {
            rd::rd_kafka_commit_queue(native, offsets.ptr(), self.answers.ptr(), None, number as *mut c_void)
        };
        if error == RDKafkaRespErr::RD_KAFKA_RESP_ERR_NO_ERROR { Ok(()) } else { Err(failed(describe(error))) }
    }

    async fn commit_answer(&self, number: usize) -> Result<(), KafkaError> {
        loop {
            while let Some(event) = self.answers.poll(Duration::ZERO) {
                // SAFETY: the event is alive; its list is its own.
                let (answered, partitions) = unsafe {
                    (
                        rd::rd_kafka_event_opaque(event.ptr()) as usize,
                        rd::rd_kafka_event_topic_partition_list(event.ptr()),
                    )
                };
                // Others are of commits that nobody waited for to the end.
                if event.kind() == rd::RD_KAFKA_EVENT_OFFSET_COMMIT && answered == number {
                    return self.commit_result(event.error(), first_error(partitions));
                }
            }
            // An outage is told while it lasts, not afterwards.
            self.serve_events();
            self.wake.notify.notified().await;
        }
    }

    fn commit_result(
        &self,
        error: RDKafkaRespErr,
        partition: Option<(String, RDKafkaErrorCode)>,
    ) -> Result<(), KafkaError> {
        let (place, code) = match (partition, error) {
            (Some((partition, code)), _) => (format!(" of {partition}"), code),
            (None, RDKafkaRespErr::RD_KAFKA_RESP_ERR_NO_ERROR) => {
                self.client.context().log().alive();
                return Ok(());
            }
            (None, error) => (String::new(), error.into()),
        };
        Err(KafkaError {
            retriable: may_commit_later(code),
            message: format!("failed to commit offsets{place}: {code}"),
        })
    }
}

/// Errors about the group's state that time mends.
fn may_commit_later(error: RDKafkaErrorCode) -> bool {
    use RDKafkaErrorCode::{
        AllBrokersDown, BrokerTransportFailure, CoordinatorLoadInProgress, CoordinatorNotAvailable, IllegalGeneration,
        NetworkException, NotCoordinator, OperationTimedOut, RebalanceInProgress, RequestTimedOut, StaleMemberEpoch,
        UnknownMemberId, UnstableOffsetCommit, WaitingForCoordinator,
    };
    matches!(
        error,
        AllBrokersDown
            | BrokerTransportFailure
            | CoordinatorLoadInProgress
            | CoordinatorNotAvailable
            | IllegalGeneration
            | NetworkException
            | NotCoordinator
            | OperationTimedOut
            | RebalanceInProgress
            | RequestTimedOut
            | StaleMemberEpoch
            | UnknownMemberId
            | UnstableOffsetCommit
            | WaitingForCoordinator
    )
}

fn failed(what: &str, partitions: &[TopicPartition], error: &ClientError) -> KafkaError {
    let names: Vec<String> = partitions.iter().map(ToString::to_string).collect();
    KafkaError { retriable: false, message: format!("failed to {what} {}: {error}", names.join(",")) }
}
