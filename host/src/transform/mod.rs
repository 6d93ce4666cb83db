//! Single message transforms and predicates: what stands between a connector's records and the converters.

/// Records as transforms see and change them.
mod record;

pub use record::{ConnectRecord, Part};

/// A record could not be transformed (Java's `DataException` and its kin), or a transform not be configured. Texts are Java's.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct TransformError {
    /// Java's exception class, which dead letter headers and logs show.
    pub class: &'static str,
    pub message: String,
}

impl TransformError {
    /// `org.apache.kafka.connect.errors.DataException`
    pub fn data(message: impl Into<String>) -> Self {
        Self { class: "org.apache.kafka.connect.errors.DataException", message: message.into() }
    }

    /// `org.apache.kafka.common.config.ConfigException`
    pub fn config(message: impl Into<String>) -> Self {
        Self { class: "org.apache.kafka.common.config.ConfigException", message: message.into() }
    }
}

/// A transform that is part of the worker (Java's `Transformation`). It is configured once a task and then shared by no one else.
pub trait Transformation: Send {
    /// The record with its changes; none: it is dropped and no later transform sees it.
    fn apply<'b>(&mut self, record: ConnectRecord<'b>) -> Result<Option<ConnectRecord<'b>>, TransformError>;
}

/// Says which records a transform is applied to (Java's `Predicate`).
pub trait Predicate: Send {
    fn test(&mut self, record: &ConnectRecord<'_>) -> Result<bool, TransformError>;
}
