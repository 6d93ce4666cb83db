//! Between Kafka's bytes and Connect's data: the converters that are built into the worker.

/// `AvroConverter`.
mod avro;
/// What binary forms have in common.
mod binary;
/// The built-in converters by class name, for the registry and for REST.
mod builtin;
/// `ByteArrayConverter`.
mod byte_array;
/// Maps of bounded size.
mod cache;
/// Values that are in a batch, owned, or both.
mod cow_value;
/// Entries of objects and maps, whose keys are unique.
mod distinct;
/// How Java writes and reads numbers, dates and collections, which is what several converters and transforms are about.
pub(crate) mod java;
/// `JsonConverter`.
mod json;
/// `JsonSchemaConverter`.
mod json_schema;
/// The keys of the converters' configurations, and how their values are read.
mod keys;
/// The converters of Kafka's fixed-length numbers and of booleans.
mod number;
/// `ProtobufConverter`.
mod protobuf;
/// What a converter is given.
mod schema_and_value;
/// What converters of registered schemas have in common.
mod schema_registry;
/// `SimpleHeaderConverter`.
mod simple_header;
/// `StringConverter`.
mod string;
/// A value that is read, whether it is in a batch or owned.
pub(crate) mod view;

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use wasm_connect_batch::{EncodeError, FrameWriter, MalformedBatch, Payload, SchemaId};

pub(crate) use self::json::text::{write_f64 as write_json_f64, write_string as write_json_string};
pub(crate) use self::simple_header::parse_literal;
pub use builtin::{BuiltinConverter, DEFAULT_HEADER_CONVERTER, VERSION, builtin, builtin_converters, opaque};
pub use cow_value::{CowStruct, CowValue};
pub use schema_and_value::SchemaAndValue;

/// A record's key, value or header could not be converted (Java's `DataException`), or a converter not be configured.
///
/// Texts are Java's; where Java ends with a colon and leaves the rest to the cause, the cause follows.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct ConvertError(pub String);

impl ConvertError {
    /// Java's class.
    pub const CLASS: &str = "org.apache.kafka.connect.errors.DataException";
}

impl From<MalformedBatch> for ConvertError {
    fn from(malformed: MalformedBatch) -> Self {
        ConvertError(malformed.to_string())
    }
}

impl From<EncodeError> for ConvertError {
    fn from(error: EncodeError) -> Self {
        ConvertError(error.to_string())
    }
}

/// Which part of a record a converter works on (Java's `converter.type`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConverterType {
    Key,
    Value,
    Header,
}

/// Where a converted value goes in a record that is being written.
#[derive(Clone, Copy, Debug)]
pub enum Slot {
    Key,
    Value,
    /// The header of this name (interned in the batch).
    Header(wasm_connect_batch::StringId),
}

/// Why a value was not converted.
pub enum Unconverted {
    /// It never will be.
    Failed(ConvertError),
    /// Something must be asked for elsewhere first, which takes time and is therefore left to the caller; then it can be converted.
    Lacks(Arc<dyn Lookup>),
}

/// What a converter lacks. It is asked for between two conversions, so that no conversion ever waits.
#[async_trait]
pub trait Lookup: Send + Sync {
    /// Asks and remembers the answer in the converter.
    async fn run(&self) -> Result<(), LookupError>;
}

/// Why a converter goes on lacking something.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LookupError {
    /// Nobody answered, or not now: nothing is known against the record (Java's `RetriableException`).
    #[error("{0}")]
    Retriable(String),
    /// The answer was a refusal: the record cannot be converted.
    #[error(transparent)]
    Failed(#[from] ConvertError),
}

impl fmt::Display for Unconverted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Unconverted::Failed(error) => error.fmt(f),
            Unconverted::Lacks(_) => f.write_str("something has to be asked for first"),
        }
    }
}

impl From<ConvertError> for Unconverted {
    fn from(error: ConvertError) -> Self {
        Unconverted::Failed(error)
    }
}

/// Translates one value at a time, straight from one buffer into the other.
pub trait Converter: Send + Sync {
    /// Appends the bytes for Kafka to `out`; false: null (nothing was appended). On an error `out` may hold a partial value.
    #[allow(clippy::wrong_self_convention)] // Java's name, as `to_connect` is.
    fn from_connect(&self, topic: &str, value: SchemaAndValue<'_>, out: &mut Vec<u8>) -> Result<bool, Unconverted>;
    /// The bytes for Kafka where `value` has them already, so that they need not be copied; none: ask [`Self::from_connect`].
    fn as_it_is<'a>(&self, value: SchemaAndValue<'a>) -> Option<&'a [u8]> {
        let _ = value;
        None
    }
    /// Writes what Kafka's `bytes` mean into `slot` of `frame`. On an error the frame is as it was.
    fn to_connect(
        &self,
        topic: &str,
        bytes: Option<&[u8]>,
        slot: Slot,
        frame: &mut FrameWriter<'_>,
    ) -> Result<(), Unconverted>;
}

impl Slot {
    /// Writes a payload that is at hand.
    #[inline]
    fn write(self, frame: &mut FrameWriter<'_>, payload: Payload<'_>) -> Result<(), ConvertError> {
        match self {
            Slot::Key => frame.key(payload)?,
            Slot::Value => frame.value(payload)?,
            Slot::Header(name) => frame.header(name, payload)?,
        };
        Ok(())
    }

    /// Writes a row that `write` appends to the batch.
    pub(crate) fn write_with<E: From<EncodeError>>(
        self,
        frame: &mut FrameWriter<'_>,
        schema: SchemaId,
        write: impl FnOnce(&mut Vec<u8>) -> Result<(), E>,
    ) -> Result<(), E> {
        match self {
            Slot::Key => frame.key_with(schema, write)?,
            Slot::Value => frame.value_with(schema, write)?,
            Slot::Header(name) => frame.header_with(name, schema, write)?,
        };
        Ok(())
    }
}

#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;
