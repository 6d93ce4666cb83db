//! Single message transforms and predicates: what stands between a connector's records and the converters.

/// Stages that take whole batches.
mod batch_stage;
/// The built-in transforms by class name.
mod builtin;
/// The transforms of a task.
mod chain;
/// Paths to nested fields.
mod field_path;
/// Values that are decoded only where they are looked into.
mod lazy;
/// Schemaless records.
mod map;
/// The key or the value.
mod operand;
/// The built-in predicates by class name.
mod predicate;
/// Records as transforms see and change them.
mod record;
/// Whether nulls become defaults.
mod replace_null;
/// What transforms require of the data.
mod requirements;
/// What is worked out once a schema.
mod schema_cache;
/// Dates as text, by patterns.
mod simple_date_format;
/// One transform of a task.
mod stage;
/// Schemas and structs made from others.
mod structure;

use wasm_connect_batch::{InvalidSchema, InvalidValue};

use crate::config::config_def::ConfigKey;
use crate::config::config_exception::ConfigException;
use crate::config::definition::{ConfigDef, ParsedConfig};
use crate::connect::{Config, RawConfig};
use crate::converter::ConvertError;

pub use batch_stage::{AnsweredBatches, BatchStage, Processed, StageError, StageFailure};
pub use builtin::{BuiltinTransformation, builtin_transformation, builtin_transformations};
pub use chain::{FailedRecord, TransformationChain, Transformed};
pub use predicate::{BuiltinPredicate, builtin_predicate, builtin_predicates};
pub use record::{ConnectRecord, Part};
pub use stage::TransformationStage;

/// What the built-in transforms and predicates report as their version: the Kafka Connect release whose behaviour they have.
pub use crate::converter::VERSION;

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

    /// An exception of another class.
    pub fn of(class: &'static str, message: impl Into<String>) -> Self {
        Self { class, message: message.into() }
    }

    /// `org.apache.kafka.common.config.ConfigException`
    pub fn config(message: impl Into<String>) -> Self {
        Self { class: "org.apache.kafka.common.config.ConfigException", message: message.into() }
    }

    /// As Java's `Throwable.toString` writes it.
    pub fn throwable(&self) -> String {
        format!("{}: {}", self.class, self.message)
    }
}

impl From<ConfigException> for TransformError {
    fn from(error: ConfigException) -> Self {
        Self::config(error.0)
    }
}

impl From<InvalidValue> for TransformError {
    fn from(invalid: InvalidValue) -> Self {
        Self::data(invalid.0)
    }
}

impl From<InvalidSchema> for TransformError {
    fn from(invalid: InvalidSchema) -> Self {
        Self::of("org.apache.kafka.connect.errors.SchemaBuilderException", invalid.0)
    }
}

impl From<ConvertError> for TransformError {
    fn from(error: ConvertError) -> Self {
        Self::data(error.0)
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

/// Java's `SimpleConfig`: reads and checks the configuration of one transform or predicate.
fn parse(keys: Vec<ConfigKey>, config: &Config) -> Result<ParsedConfig, ConfigException> {
    let raw: RawConfig = config.iter().map(|(key, value)| (key.clone(), Some(value.clone()))).collect();
    ConfigDef::new(keys)?.parse(&raw)
}

#[cfg(test)]
mod tests;
