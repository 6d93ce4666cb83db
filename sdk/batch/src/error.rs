//! What can be wrong with bytes that are read, values that are written and schemas that are built.

use std::fmt;

/// Bytes that are no batch, or no value of their schema.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MalformedBatch {
    /// Position of the record, if it is one record's fault.
    pub record: Option<u32>,
    /// What is wrong and where in the record, such as `value: field "a": string is not valid UTF-8`.
    pub what: String,
}

impl MalformedBatch {
    pub(crate) fn batch(what: impl Into<String>) -> Self {
        MalformedBatch { record: None, what: what.into() }
    }

    pub(crate) fn record(record: u32, what: impl Into<String>) -> Self {
        MalformedBatch { record: Some(record), what: what.into() }
    }
}

impl fmt::Display for MalformedBatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.record {
            Some(record) => write!(f, "malformed batch: record {record}: {}", self.what),
            None => write!(f, "malformed batch: {}", self.what),
        }
    }
}

impl std::error::Error for MalformedBatch {}

/// A record or value that cannot be written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EncodeError {
    /// The value is not one of its schema (Java's `DataException`).
    Mismatch(String),
    /// A schema that cannot be written: see [`InvalidSchema`].
    Schema(InvalidSchema),
    /// A schema id that this batch has not given out.
    UnknownSchema(u32),
    /// Key, value, source offset and headers come in that order, each but headers once.
    Order(&'static str),
    /// More headers than a frame can count (65,535).
    TooManyHeaders,
    /// Values nested deeper than [`crate::Limits::DEPTH`].
    TooDeep,
    /// The batch would outgrow its 32-bit offsets.
    TooLarge,
    /// A row whose slots were not all written, or with more slots than the schema has.
    Slots(String),
}

impl fmt::Display for EncodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            EncodeError::Mismatch(what) => f.write_str(what),
            EncodeError::Schema(invalid) => write!(f, "schema cannot be written: {invalid}"),
            EncodeError::UnknownSchema(id) => write!(f, "schema id {id} is not one of this batch"),
            EncodeError::Order(what) => write!(f, "frame written out of order: {what}"),
            EncodeError::TooManyHeaders => f.write_str("record has more than 65535 headers"),
            EncodeError::TooDeep => write!(f, "value is nested deeper than {}", crate::Limits::DEPTH),
            EncodeError::TooLarge => f.write_str("batch would be larger than 2 GiB"),
            EncodeError::Slots(what) => write!(f, "row is incomplete: {what}"),
        }
    }
}

impl std::error::Error for EncodeError {}

impl From<InvalidSchema> for EncodeError {
    fn from(invalid: InvalidSchema) -> Self {
        EncodeError::Schema(invalid)
    }
}

impl From<InvalidValue> for EncodeError {
    fn from(invalid: InvalidValue) -> Self {
        EncodeError::Mismatch(invalid.0)
    }
}

/// A schema that Connect does not allow (Java's `SchemaBuilderException`); the text is Java's where Java has one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvalidSchema(pub String);

impl fmt::Display for InvalidSchema {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for InvalidSchema {}

/// A value that is not one of its schema (Java's `DataException`, with Java's text).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvalidValue(pub String);

impl fmt::Display for InvalidValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for InvalidValue {}
