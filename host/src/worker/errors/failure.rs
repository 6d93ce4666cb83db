//! What went wrong with a record, and in whose hands (Java's `ProcessingContext`).

use std::fmt;

use wasm_connect_batch::Record;

use super::PipelineStage;

/// One failed operation on one record. Prints as Java's `Throwable.toString` does.
#[derive(Clone, Copy, Debug)]
pub struct Failure<'a> {
    pub stage: PipelineStage,
    /// The class that was at work, such as the converter's.
    pub class: &'a str,
    /// Java's exception class.
    pub exception: &'a str,
    pub message: &'a str,
}

impl fmt::Display for Failure<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.exception, self.message)
    }
}

/// Which record it was, for the log.
#[derive(Clone, Copy, Debug)]
pub enum RecordContext<'a> {
    Source { topic: Option<&'a str>, source_partition: Option<&'a str>, source_offset: Option<&'a str> },
    Sink { topic: &'a str, partition: i32, offset: i64 },
}

impl<'a> RecordContext<'a> {
    /// A source's record.
    pub fn polled(record: &Record<'a>) -> Self {
        Self::Source {
            topic: record.topic(),
            source_partition: record.source_partition(),
            source_offset: record.source_offset(),
        }
    }
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
