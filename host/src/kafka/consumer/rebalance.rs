//! Rebalances of a consumer group, kept until the task has answered them: librdkafka waits for the answer.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rdkafka::TopicPartitionList;
use rdkafka::client::ClientContext;
use rdkafka::config::RDKafkaLogLevel;
use rdkafka::consumer::{BaseConsumer, Consumer, ConsumerContext, RebalanceProtocol};
use rdkafka::error::KafkaError as ClientError;
use rdkafka::message::OwnedMessage;
use rdkafka::types::{RDKafkaErrorCode, RDKafkaRespErr};

use crate::kafka::log::ClientLog;
use crate::kafka::partition_list::{list, names};
use crate::kafka::ports::{KafkaError, Polled};

/// What a consumer's callbacks leave for the task.
pub(super) struct Context {
    log: Arc<ClientLog>,
    /// Set once the task is gone: from then on rebalances are answered here.
    closing: AtomicBool,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    rebalances: VecDeque<Polled>,
    strays: Vec<OwnedMessage>,
    failure: Option<KafkaError>,
}

impl Context {
    pub(super) fn new(log: Arc<ClientLog>) -> Self {
        Self { log, closing: AtomicBool::new(false), state: Mutex::default() }
    }

    pub(super) fn log(&self) -> &ClientLog {
        &self.log
    }

    /// The rebalance that waits for an answer.
    pub(super) fn pending(&self) -> Option<Polled> {
        self.lock().rebalances.front().cloned()
    }

    /// The oldest rebalance was answered.
    pub(super) fn answered(&self) {
        self.lock().rebalances.pop_front();
    }

    /// Keeps a message that came to the wrong queue for the next poll.
    pub(super) fn add_stray(&self, message: OwnedMessage) {
        self.lock().strays.push(message);
    }

    pub(super) fn take_strays(&self) -> Vec<OwnedMessage> {
        std::mem::take(&mut self.lock().strays)
    }

    /// The error that the task must fail with, once.
    pub(super) fn take_failure(&self) -> Option<KafkaError> {
        self.lock().failure.take()
    }

    /// An error of the client, with librdkafka's words about it: the task's business or only the log's.
    pub(super) fn report(&self, error: RDKafkaErrorCode, text: &str) {
        if error == RDKafkaErrorCode::PartitionEOF {
            return;
        }
        if !fails_task(error) {
            return self.log.recoverable(error, text);
        }
        let message = if text.is_empty() { error.to_string() } else { format!("{error}: {text}") };
        let message = format!("consumer {} failed: {message}", self.log.client_id());
        self.lock().failure.get_or_insert(KafkaError { retriable: false, message });
    }

    /// Answers what the task has left unanswered; librdkafka would wait for it for ever before it leaves the group.
    pub(super) fn close(&self, consumer: &BaseConsumer<Self>) {
        self.closing.store(true, Ordering::Release);
        while let Some(pending) = self.pending() {
            match pending {
                Polled::Assigned(_) => decline(consumer),
                Polled::Revoked(partitions) | Polled::Lost(partitions) => give_back(consumer, &list(&partitions)),
                Polled::Nothing | Polled::Messages(_) => {}
            }
            self.answered();
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl ClientContext for Context {
    fn log(&self, level: RDKafkaLogLevel, facility: &str, line: &str) {
        self.log.line(level, facility, line);
    }

    fn error(&self, error: ClientError, reason: &str) {
        self.report(error.rdkafka_error_code().unwrap_or(RDKafkaErrorCode::Fail), reason);
    }
}

impl ConsumerContext for Context {
    fn rebalance(&self, consumer: &BaseConsumer<Self>, error: RDKafkaRespErr, partitions: &mut TopicPartitionList) {
        let assigned = error == RDKafkaRespErr::RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS;
        if self.closing.load(Ordering::Acquire) {
            return if assigned { decline(consumer) } else { give_back(consumer, partitions) };
        }
        let named = names(partitions);
        let rebalance = if assigned {
            Polled::Assigned(named)
        } else if consumer.assignment_lost() {
            Polled::Lost(named)
        } else {
            Polled::Revoked(named)
        };
        self.lock().rebalances.push_back(rebalance);
    }
}

/// Errors that Java's consumer throws out of `poll`, so that the task fails; the others are retried by the client.
fn fails_task(error: RDKafkaErrorCode) -> bool {
    use RDKafkaErrorCode::{
        Authentication, AutoOffsetReset, BadMessage, ClusterAuthorizationFailed, Fatal, FencedInstanceId,
        GroupAuthorizationFailed, GroupMaxSizeReached, InconsistentGroupProtocol, InvalidGroupId,
        InvalidSessionTimeout, InvalidTopic, OffsetOutOfRange, SSL, SaslAuthenticationFailed, TopicAuthorizationFailed,
        UnsupportedFeature, UnsupportedVersion,
    };
    matches!(
        error,
        Authentication
            | AutoOffsetReset
            | BadMessage
            | ClusterAuthorizationFailed
            | Fatal
            | FencedInstanceId
            | GroupAuthorizationFailed
            | GroupMaxSizeReached
            | InconsistentGroupProtocol
            | InvalidGroupId
            | InvalidSessionTimeout
            | InvalidTopic
            | OffsetOutOfRange
            | SaslAuthenticationFailed
            | SSL
            | TopicAuthorizationFailed
            | UnsupportedFeature
            | UnsupportedVersion
    )
}

// === answers

pub(super) fn is_cooperative(consumer: &BaseConsumer<Context>) -> bool {
    matches!(consumer.rebalance_protocol(), RebalanceProtocol::Cooperative)
}

/// Gives partitions back, in the way of the group's protocol.
pub(super) fn give_back(consumer: &BaseConsumer<Context>, partitions: &TopicPartitionList) {
    let answered =
        if is_cooperative(consumer) { consumer.incremental_unassign(partitions) } else { consumer.unassign() };
    if let Err(error) = answered {
        consumer.context().log.line(RDKafkaLogLevel::Warning, "UNASSIGN", &error.to_string());
    }
}

/// Takes nothing of what was offered.
fn decline(consumer: &BaseConsumer<Context>) {
    let answered = if is_cooperative(consumer) {
        consumer.incremental_assign(&TopicPartitionList::new())
    } else {
        consumer.unassign()
    };
    if let Err(error) = answered {
        consumer.context().log.line(RDKafkaLogLevel::Warning, "ASSIGN", &error.to_string());
    }
}
