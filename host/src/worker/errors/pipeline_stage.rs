//! Where in a record's way something failed (Java's `errors.Stage`).

use std::fmt;

use crate::converter::ConverterType;

/// Shown in logs and dead letter headers under Java's names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PipelineStage {
    TaskPut,
    Transformation,
    KeyConverter,
    ValueConverter,
    HeaderConverter,
    KafkaProduce,
}

/// Which converter, or if none a transform (`FailedRecord`).
impl From<Option<ConverterType>> for PipelineStage {
    fn from(converter: Option<ConverterType>) -> Self {
        match converter {
            None => Self::Transformation,
            Some(ConverterType::Key) => Self::KeyConverter,
            Some(ConverterType::Value) => Self::ValueConverter,
            Some(ConverterType::Header) => Self::HeaderConverter,
        }
    }
}

impl fmt::Display for PipelineStage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::TaskPut => "TASK_PUT",
            Self::Transformation => "TRANSFORMATION",
            Self::KeyConverter => "KEY_CONVERTER",
            Self::ValueConverter => "VALUE_CONVERTER",
            Self::HeaderConverter => "HEADER_CONVERTER",
            Self::KafkaProduce => "KAFKA_PRODUCE",
        })
    }
}
