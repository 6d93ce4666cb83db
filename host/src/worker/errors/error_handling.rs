//! Whether a failed record is skipped (`errors.tolerance`), and who is told: the log (`errors.log.enable`) and the dead letter queue.
//!
//! Java's `RetryWithToleranceOperator` and `LogReporter`; `retry.rs` has its other half.

use std::sync::Arc;
use std::time::Duration;

use wasm_connect_batch::Record;

use super::dead_letter_queue::DeadLetterQueue;
use super::{Failure, RecordContext, RetryPolicy, TaskFailure};
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
    /// `errors.retry.timeout` and `errors.retry.delay.max.ms`
    pub retry: RetryPolicy,
    /// `errors.deadletterqueue.topic.name`
    pub queue: Option<Arc<DeadLetterQueue>>,
}

impl ErrorHandling {
    /// Whether anybody is told of failed records, so that a sink may report them (`SinkConnectorConfig.enableErrantRecordReporter`).
    pub fn has_reporter(&self) -> bool {
        self.log || self.queue.is_some()
    }

    /// Whether so many letters are waiting that [`Self::settle`] should come before more are written.
    pub fn is_full(&self) -> bool {
        self.queue.as_ref().is_some_and(|queue| queue.is_full())
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

    /// A sink's record failed. Ok: skip it. Log and queue are told either way, as in Java.
    pub fn handle(&self, failure: Failure<'_>, record: RecordContext<'_>) -> Result<(), TaskFailure> {
        self.log(failure, record);
        if let (Some(queue), RecordContext::Sink { topic, partition, offset }) = (&self.queue, record) {
            queue.report(topic, partition, offset, failure)?;
        }
        self.decide(failure, record)
    }

    /// The same of a source's record, as the guest brought it.
    pub fn handle_polled(&self, failure: Failure<'_>, record: &Record<'_>) -> Result<(), TaskFailure> {
        let context = RecordContext::polled(record);
        self.log(failure, context);
        if let Some(queue) = &self.queue {
            queue.report_polled(record, failure);
        }
        self.decide(failure, context)
    }

    fn log(&self, failure: Failure<'_>, record: RecordContext<'_>) {
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
    }

    fn decide(&self, failure: Failure<'_>, record: RecordContext<'_>) -> Result<(), TaskFailure> {
        match self.tolerance {
            Tolerance::All => Ok(()),
            Tolerance::None => {
                let Failure { stage, class, .. } = failure;
                let place = format_args!("stage '{stage}' with class '{class}', {record}");
                Err(TaskFailure::caused_by("Tolerance exceeded in error handler", failure).at(place))
            }
        }
    }
}
