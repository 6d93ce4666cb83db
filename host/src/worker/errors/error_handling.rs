//! Whether a failed record is skipped (`errors.tolerance`), and who is told: the log (`errors.log.enable`) and the dead letter queue.
//!
//! Java's `RetryWithToleranceOperator` and `LogReporter`; the built-in converters and transforms never ask for a retry.

use std::sync::Arc;
use std::time::Duration;

use super::dead_letter_queue::DeadLetterQueue;
use super::{Failure, RecordContext, TaskFailure};
use crate::config::connector_config::Tolerance;
use crate::connect::ConnectorTaskId;

/// One task's rules for failed records.
#[derive(Clone)]
pub struct ErrorHandling {
    pub task: ConnectorTaskId,
    pub tolerance: Tolerance,
    /// `errors.log.enable`
    pub log: bool,
    /// `errors.log.include.messages`
    pub log_messages: bool,
    /// `errors.deadletterqueue.topic.name`; sinks only.
    pub queue: Option<Arc<DeadLetterQueue>>,
}

impl ErrorHandling {
    /// Whether anybody is told of failed records, so that a sink may report them (`SinkConnectorConfig.enableErrantRecordReporter`).
    pub fn has_reporter(&self) -> bool {
        self.log || self.queue.is_some()
    }

    /// Brings the letters of failed records into the queue; false: not all of them within `timeout`.
    ///
    /// # Errors
    /// A letter was lost; offsets must stay where they are.
    pub async fn settle(&self, timeout: Duration) -> Result<bool, TaskFailure> {
        match &self.queue {
            Some(queue) => queue.settle(timeout).await,
            None => Ok(true),
        }
    }

    /// Ok: skip the record. Log and queue are told either way, as in Java.
    pub fn handle(&self, failure: Failure<'_>, record: RecordContext<'_>) -> Result<(), TaskFailure> {
        let Failure { stage, class, .. } = failure;
        if self.log {
            let task = &self.task;
            if self.log_messages {
                tracing::error!(
                    "Error encountered in task {task}. Executing stage '{stage}' with class '{class}', {record}.: {failure}"
                );
            } else {
                tracing::error!(
                    "Error encountered in task {task}. Executing stage '{stage}' with class '{class}'.: {failure}"
                );
            }
        }
        if let (Some(queue), RecordContext::Sink { topic, partition, offset }) = (&self.queue, record) {
            queue.report(topic, partition, offset, failure)?;
        }
        match self.tolerance {
            Tolerance::All => Ok(()),
            Tolerance::None => {
                let place = format_args!("stage '{stage}' with class '{class}', {record}");
                Err(TaskFailure::caused_by("Tolerance exceeded in error handler", failure).at(place))
            }
        }
    }
}
