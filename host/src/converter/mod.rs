//! Between Kafka's bytes and Connect's data: the converters that are built into the worker.

use wasm_connect_batch::{Datum, FrameWriter};

/// A record's key, value or header could not be converted (Java's `DataException`).
#[derive(Clone, Debug, thiserror::Error)]
#[error("{0}")]
pub struct ConvertError(pub String);

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

/// Translates one value at a time, straight from one buffer into the other.
pub trait Converter: Send + Sync {
    /// Appends the bytes for Kafka to `out`; false: null (nothing was appended). On an error `out` may hold a partial value.
    fn from_connect(&self, topic: &str, value: Datum<'_>, out: &mut Vec<u8>) -> Result<bool, ConvertError>;
    /// Writes what Kafka's `bytes` mean into `slot` of `frame`. On an error the frame is as it was.
    fn to_connect(&self, topic: &str, bytes: Option<&[u8]>, slot: Slot, frame: &mut FrameWriter<'_>) -> Result<(), ConvertError>;
}
