//! Whether a failed record is skipped (`errors.tolerance`) and told about (`errors.log.enable`).
//!
//! Java's `RetryWithToleranceOperator` and `LogReporter`; the built-in converters never ask for a retry.

use std::fmt;

use super::{PipelineStage, TaskFailure};
use crate::config::connector_config::Tolerance;
use crate::connect::ConnectorTaskId;

/// One task's rules for failed records.
#[derive(Clone, Debug)]
pub struct ErrorHandling {
    pub task: ConnectorTaskId,
    pub tolerance: Tolerance,
    /// `errors.log.enable`
    pub log: bool,
    /// `errors.log.include.messages`
    pub log_messages: bool,
}

/// Which record it was, for the log.
pub enum RecordContext<'a> {
    Source { topic: Option<&'a str>, source_partition: Option<&'a str>, source_offset: Option<&'a str> },
    Sink { topic: &'a str, partition: i32, offset: i64 },
}

impl fmt::Display for RecordContext<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Source { topic, source_partition, source_offset } => write!(
                f,
                "where source record is = SourceRecord{{sourcePartition={}, sourceOffset={}, topic={}}}",
                source_partition.unwrap_or("null"),
                source_offset.unwrap_or("null"),
                topic.unwrap_or("unknown"),
            ),
            Self::Sink { topic, partition, offset } => {
                write!(f, "where consumed record is {{topic='{topic}', partition={partition}, offset={offset}}}")
            }
        }
    }
}

impl ErrorHandling {
    /// Ok: skip the record. The log is written either way, as in Java. An `error` that Java has too is as its `Throwable.toString`
    /// writes it.
    pub fn handle(
        &self,
        stage: PipelineStage,
        class: &str,
        record: RecordContext<'_>,
        error: &dyn fmt::Display,
    ) -> Result<(), TaskFailure> {
        if self.log {
            let task = &self.task;
            if self.log_messages {
                tracing::error!(
                    "Error encountered in task {task}. Executing stage '{stage}' with class '{class}', {record}.: {error}"
                );
            } else {
                tracing::error!(
                    "Error encountered in task {task}. Executing stage '{stage}' with class '{class}'.: {error}"
                );
            }
        }
        match self.tolerance {
            Tolerance::All => Ok(()),
            Tolerance::None => {
                let place = format_args!("stage '{stage}' with class '{class}', {record}");
                Err(TaskFailure::caused_by("Tolerance exceeded in error handler", error).at(place))
            }
        }
    }
}
