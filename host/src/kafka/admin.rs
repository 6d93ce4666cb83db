//! Questions and orders about the cluster, on one client without a group.
//!
//! Calls that wait for a broker run on threads that may block; a small task reads the client's log in between.

use std::ffi::{CString, NulError, c_char};
use std::ptr::{NonNull, null_mut};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use rdkafka::bindings as rd;
use rdkafka::client::Client;
use rdkafka::metadata::Metadata;
use rdkafka::types::{RDKafkaErrorCode, RDKafkaRespErr, RDKafkaType};
use tokio::task::{JoinHandle, spawn_blocking};
use tokio::time::sleep;

use super::admin_request::{AdminOp, AdminRequests, RequestFailure};
use super::client_config::AdminConfig;
use super::log::ClientLog;
use super::native::{Event, LogContext, Queue, Wake, code, describe, is_refusal, text};
use super::oauth::TokenFeed;
use super::ports::{Admin, GroupError, KafkaError, NewTopic, OffsetSpec, TopicDescription};
use crate::connect::{PartitionOffset, TopicPartition};

/// One question to the broker takes at most so long before it is asked again.
const ATTEMPT: Duration = Duration::from_secs(5);
/// So often a wait for the first connection looks whether it is in vain.
const CONNECT_ATTEMPT: Duration = Duration::from_millis(500);
/// Before a question that failed is asked again.
const BACKOFF: Duration = Duration::from_millis(200);

/// See [`Admin`].
pub(super) struct ClusterAdmin {
    inner: Arc<Inner>,
    api_timeout: Duration,
    log_reader: JoinHandle<()>,
}

/// The client. The queue comes first: it must not outlive it.
struct Inner {
    events: Queue,
    _tokens: Option<TokenFeed>,
    /// A consumer, because only those can be told never to create a topic by asking for it.
    client: Client<LogContext>,
    log: Arc<ClientLog>,
    /// Why a broker did not let the client in.
    refused: OnceLock<String>,
}

impl ClusterAdmin {
    /// Makes the client; needs a runtime.
    pub(super) fn start(config: &AdminConfig) -> Result<Self, KafkaError> {
        let wake = Arc::<Wake>::default();
        let inner = Inner::new(config, Arc::clone(&wake)).map_err(|error| KafkaError {
            retriable: false,
            message: format!("failed to create admin client {}: {error}", config.librdkafka.client_id()),
        })?;
        let inner = Arc::new(inner);
        let reader = Arc::downgrade(&inner);
        let log_reader = tokio::spawn(async move {
            loop {
                wake.notify.notified().await;
                let Some(inner) = reader.upgrade() else { return };
                inner.serve_events();
            }
        });
        Ok(Self { inner, api_timeout: config.api_timeout, log_reader })
    }

    /// An error if brokers do not let the client in; asking again would change nothing.
    fn admitted(&self, what: &str) -> Result<(), KafkaError> {
        match self.inner.refused.get() {
            Some(reason) => Err(KafkaError { retriable: false, message: format!("failed to {what}: {reason}") }),
            None => Ok(()),
        }
    }

    async fn blocking<T: Send + 'static>(
        &self,
        call: impl FnOnce(&Inner) -> T + Send + 'static,
    ) -> Result<T, KafkaError> {
        let inner = Arc::clone(&self.inner);
        let result = spawn_blocking(move || call(&inner)).await;
        result.map_err(|error| KafkaError { retriable: true, message: format!("a client call was cut off: {error}") })
    }

    /// Asks for metadata until the time is over.
    async fn metadata<T: Send + 'static>(
        &self,
        topic: Option<&str>,
        read: impl Fn(&Metadata) -> Result<T, RDKafkaErrorCode> + Send + Sync + Copy + 'static,
    ) -> Result<T, KafkaError> {
        let deadline = Instant::now() + self.api_timeout;
        loop {
            let asked = topic.map(str::to_owned);
            let answer = self.blocking(move |inner| inner.metadata(asked.as_deref(), read)).await?;
            let code = match answer {
                Ok(answer) => return Ok(answer),
                Err(code) => code,
            };
            let what = topic.map_or("list the topics".to_owned(), |topic| format!("describe topic {topic}"));
            self.admitted(&what)?;
            if !is_retriable(code) || Instant::now() >= deadline {
                return Err(KafkaError { retriable: is_retriable(code), message: format!("failed to {what}: {code}") });
            }
            sleep(BACKOFF).await;
        }
    }

    /// Sends a request until whoever must answer it is there, or the time is over. The text names what was attempted.
    async fn request<T: Send + 'static>(
        &self,
        what: String,
        request: impl Fn(&AdminRequests<'_>) -> Result<T, RequestFailure> + Clone + Send + 'static,
    ) -> Result<T, (RequestFailure, KafkaError)> {
        let deadline = Instant::now() + self.api_timeout;
        loop {
            let (ask, limit) = (request.clone(), deadline.saturating_duration_since(Instant::now()));
            let answer = self
                .blocking(move |inner| {
                    ask(&AdminRequests { client: &inner.client, limit: limit.max(BACKOFF), grace: ATTEMPT })
                })
                .await;
            let answer = answer.and_then(|answer| match &answer {
                Err(_) => self.admitted(&what).map(|()| answer),
                Ok(_) => Ok(answer),
            });
            let failure = match answer {
                Ok(Ok(answer)) => return Ok(answer),
                Ok(Err(failure)) => failure,
                Err(error) => return Err((RequestFailure::new(RDKafkaErrorCode::Fail, error.message.clone()), error)),
            };
            if !failure.may_pass() || Instant::now() >= deadline {
                let message = format!("failed to {what}: {}: {}", failure.code, failure.text);
                let error = KafkaError { retriable: failure.may_pass(), message };
                return Err((failure, error));
            }
            sleep(BACKOFF).await;
        }
    }

    async fn group<T: Send + 'static>(
        &self,
        what: String,
        request: impl Fn(&AdminRequests<'_>) -> Result<T, RequestFailure> + Clone + Send + 'static,
    ) -> Result<T, GroupError> {
        self.request(what, request).await.map_err(|(failure, error)| {
            if failure.has_members() { GroupError::HasMembers(error) } else { error.into() }
        })
    }
}

impl Drop for ClusterAdmin {
    fn drop(&mut self) {
        self.log_reader.abort();
    }
}

#[async_trait]
impl Admin for ClusterAdmin {
    async fn cluster_id(&self, timeout: Duration) -> Result<String, KafkaError> {
        let deadline = Instant::now() + timeout;
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            let id = self.blocking(move |inner| inner.client.fetch_cluster_id(left.min(CONNECT_ATTEMPT))).await?;
            if let Some(id) = id {
                self.inner.log.alive();
                return Ok(id);
            }
            self.admitted("fetch the cluster's id")?;
            if left.is_zero() {
                return Err(KafkaError {
                    retriable: true,
                    message: format!("failed to fetch the cluster's id within {} ms", timeout.as_millis()),
                });
            }
            // Without this a client that fails at once would be asked without pause.
            sleep(BACKOFF.min(left)).await;
        }
    }

    async fn describe_topic(&self, topic: &str) -> Result<Option<TopicDescription>, KafkaError> {
        self.metadata(Some(topic), |metadata| match metadata.topics().first() {
            None => Ok(None),
            Some(topic) => match topic.error().map(code) {
                None => Ok(Some(TopicDescription {
                    name: topic.name().to_owned(),
                    partitions: i32::try_from(topic.partitions().len()).unwrap_or(i32::MAX),
                })),
                Some(RDKafkaErrorCode::UnknownTopicOrPartition | RDKafkaErrorCode::UnknownTopic) => Ok(None),
                Some(error) => Err(error),
            },
        })
        .await
    }

    async fn create_topic(&self, topic: &NewTopic) -> Result<bool, KafkaError> {
        let (topic, limit) = (topic.clone(), self.api_timeout);
        self.blocking(move |inner| inner.create_topic(&topic, limit)).await?
    }

    async fn topic_config(&self, topic: &str, key: &str) -> Result<Option<String>, KafkaError> {
        let what = format!("describe the settings of topic {topic}");
        let (topic, key) = (topic.to_owned(), key.to_owned());
        match self.request(what, move |requests| requests.topic_config(&topic, &key)).await {
            Ok(value) => Ok(value),
            Err((failure, _)) if is_denial(failure.code) => Ok(None),
            Err((_, error)) => Err(error),
        }
    }

    async fn list_offsets(&self, topic: &str, partitions: i32, spec: OffsetSpec) -> Result<Vec<i64>, KafkaError> {
        let what = format!("list the offsets of topic {topic}");
        let partition = |partition| TopicPartition { topic: topic.into(), partition };
        let partitions: Vec<_> = (0..partitions).map(partition).collect();
        let listed = self.request(what, move |requests| requests.list_offsets(&partitions, spec)).await;
        listed.map_err(|(_, error)| error)
    }

    async fn topics(&self) -> Result<Vec<String>, KafkaError> {
        self.metadata(None, |metadata| Ok(metadata.topics().iter().map(|topic| topic.name().to_owned()).collect()))
            .await
    }

    async fn group_offsets(&self, group: &str) -> Result<Vec<PartitionOffset>, KafkaError> {
        let (what, group) = (format!("list the offsets of group {group}"), group.to_owned());
        match self.group(what, move |requests| requests.list_group_offsets(&group)).await {
            Ok(offsets) => Ok(offsets),
            Err(GroupError::HasMembers(error) | GroupError::Kafka(error)) => Err(error),
        }
    }

    async fn alter_group_offsets(&self, group: &str, offsets: &[PartitionOffset]) -> Result<(), GroupError> {
        let (what, group, offsets) =
            (format!("alter the offsets of group {group}"), group.to_owned(), offsets.to_vec());
        self.group(what, move |requests| requests.alter_group_offsets(&group, &offsets)).await
    }

    async fn delete_group_offsets(&self, group: &str, partitions: &[TopicPartition]) -> Result<(), GroupError> {
        let what = format!("delete offsets of group {group}");
        let (group, partitions) = (group.to_owned(), partitions.to_vec());
        self.group(what, move |requests| requests.delete_group_offsets(&group, &partitions)).await
    }

    async fn delete_group(&self, group: &str) -> Result<(), GroupError> {
        let (what, group) = (format!("delete group {group}"), group.to_owned());
        self.group(what, move |requests| requests.delete_group(&group)).await.map(drop)
    }
}

/// Errors that time mends.
pub(super) fn is_retriable(error: RDKafkaErrorCode) -> bool {
    use RDKafkaErrorCode::{
        AllBrokersDown, BrokerNotAvailable, BrokerTransportFailure, LeaderNotAvailable, NetworkException,
        NotController, OperationTimedOut, RequestTimedOut, Resolve,
    };
    matches!(
        error,
        AllBrokersDown
            | BrokerNotAvailable
            | BrokerTransportFailure
            | LeaderNotAvailable
            | NetworkException
            | NotController
            | OperationTimedOut
            | RequestTimedOut
            | Resolve
    )
}

/// The client may not do this, or the broker is too old for it.
fn is_denial(error: RDKafkaErrorCode) -> bool {
    use RDKafkaErrorCode::{
        ClusterAuthorizationFailed, TopicAuthorizationFailed, UnsupportedFeature, UnsupportedVersion,
    };
    matches!(error, ClusterAuthorizationFailed | TopicAuthorizationFailed | UnsupportedFeature | UnsupportedVersion)
}

// === impl Inner

impl Inner {
    fn new(config: &AdminConfig, wake: Arc<Wake>) -> Result<Self, Box<dyn std::error::Error>> {
        let log = Arc::new(ClientLog::new(config.librdkafka.client_id()));
        let properties = &config.librdkafka;
        let config = properties.to_config();
        let native = config.create_native_config()?;
        // SAFETY: the configuration is alive and not used by a client yet.
        unsafe { rd::rd_kafka_conf_set_events(native.ptr(), rd::RD_KAFKA_EVENT_ERROR) };
        let client = Client::new(&config, native, RDKafkaType::RD_KAFKA_CONSUMER, LogContext(Arc::clone(&log)))?;
        // SAFETY: the client lives in the same struct, after the queue.
        let events = unsafe { Queue::main(client.native_ptr()) }.wakes(wake);
        // SAFETY: as the queue.
        let tokens = unsafe { TokenFeed::start(properties.oauth(), client.native_ptr()) }?;
        Ok(Self { events, _tokens: tokens, client, log, refused: OnceLock::new() })
    }

    fn serve_events(&self) {
        while let Some(event) = self.events.poll(Duration::ZERO) {
            if event.log_to(&self.log) || event.kind() != rd::RD_KAFKA_EVENT_ERROR {
                continue;
            }
            let (error, text) = (code(event.error()), event.error_text());
            if is_refusal(error) {
                // The first reason is as good as any; a client that got in once does not ask here.
                let _ = self.refused.set(format!("{error}: {}", text.trim()));
            }
            self.log.recoverable(error, text.trim());
        }
    }

    fn metadata<T>(
        &self,
        topic: Option<&str>,
        read: impl Fn(&Metadata) -> Result<T, RDKafkaErrorCode>,
    ) -> Result<T, RDKafkaErrorCode> {
        let metadata = self.client.fetch_metadata(topic, ATTEMPT);
        let metadata = metadata.map_err(|error| error.rdkafka_error_code().unwrap_or(RDKafkaErrorCode::Fail))?;
        self.log.alive();
        read(&metadata)
    }

    fn create_topic(&self, topic: &NewTopic, limit: Duration) -> Result<bool, KafkaError> {
        let failed = |retriable, what: &str| KafkaError {
            retriable,
            message: format!("failed to create topic {}: {what}", topic.name),
        };
        let native = NativeNewTopic::new(topic).map_err(|what| failed(false, &what))?;
        let requests = AdminRequests { client: &self.client, limit, grace: ATTEMPT };
        let event = requests.ask(AdminOp::RD_KAFKA_ADMIN_OP_CREATETOPICS, |client, options, answers| {
            let mut topics = [native.0.as_ptr()];
            // SAFETY: all are alive during the call, and librdkafka copies the order.
            unsafe { rd::rd_kafka_CreateTopics(client, topics.as_mut_ptr(), topics.len(), options, answers) };
        });
        let event = event.map_err(|failure| failed(failure.may_pass(), &failure.text))?;
        let (error, text) = creation_result(&event);
        match error {
            RDKafkaRespErr::RD_KAFKA_RESP_ERR_NO_ERROR => Ok(true),
            RDKafkaRespErr::RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS => Ok(false),
            error => Err(failed(is_retriable(code(error)), &text)),
        }
    }
}

/// What became of the one topic of a request.
fn creation_result(event: &Event) -> (RDKafkaRespErr, String) {
    // SAFETY: the event is alive, and its results with it.
    unsafe {
        let result = rd::rd_kafka_event_CreateTopics_result(event.ptr());
        let mut count = 0;
        let topics =
            if result.is_null() { null_mut() } else { rd::rd_kafka_CreateTopics_result_topics(result, &raw mut count) };
        if topics.is_null() || count == 0 {
            return (RDKafkaRespErr::RD_KAFKA_RESP_ERR__FAIL, "the answer names no topic".to_owned());
        }
        let error = rd::rd_kafka_topic_result_error(*topics);
        let words = text(rd::rd_kafka_topic_result_error_string(*topics));
        (error, if words.is_empty() { describe(error) } else { words })
    }
}

/// librdkafka's order for a topic.
struct NativeNewTopic(NonNull<rd::rd_kafka_NewTopic_t>);

impl NativeNewTopic {
    fn new(topic: &NewTopic) -> Result<Self, String> {
        let c_string = |s: &str| CString::new(s).map_err(|error: NulError| error.to_string());
        let name = c_string(&topic.name)?;
        let mut error: [c_char; 256] = [0; 256];
        // SAFETY: the name is copied; the error is cut to its buffer.
        let native = unsafe {
            rd::rd_kafka_NewTopic_new(
                name.as_ptr(),
                topic.partitions,
                i32::from(topic.replication_factor),
                error.as_mut_ptr(),
                error.len(),
            )
        };
        // SAFETY: the buffer ends with a zero.
        let native = Self(NonNull::new(native).ok_or_else(|| unsafe { text(error.as_ptr()) })?);
        for (key, value) in &topic.configs {
            let (key, value) = (c_string(key)?, c_string(value)?);
            // SAFETY: both are copied.
            let error = unsafe { rd::rd_kafka_NewTopic_set_config(native.0.as_ptr(), key.as_ptr(), value.as_ptr()) };
            if error != RDKafkaRespErr::RD_KAFKA_RESP_ERR_NO_ERROR {
                return Err(describe(error));
            }
        }
        Ok(native)
    }
}

impl Drop for NativeNewTopic {
    fn drop(&mut self) {
        // SAFETY: it is ours.
        unsafe { rd::rd_kafka_NewTopic_destroy(self.0.as_ptr()) };
    }
}
