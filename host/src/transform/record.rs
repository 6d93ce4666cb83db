//! A record on its way through transforms: parts that no transform asked for stay where they lie in the batch.

use std::borrow::Cow;

use wasm_connect_batch::{
    Datum, EncodeError, FrameWriter, MalformedBatch, Payload, Record, Schema, TimestampType, Value,
};

use super::TransformError;
use crate::converter::{CowStruct, SchemaAndValue, Slot};

/// A key, a value or a header's value.
#[derive(Clone, Debug)]
pub enum Part<'b> {
    /// As it came, not decoded.
    InBatch(Datum<'b>),
    /// As a transform made it. Shared schemas are shared, so that a batch carries each once.
    Owned { schema: Option<Schema>, value: Value },
    /// A struct of which transforms changed a part.
    Struct(CowStruct<'b>),
}

/// Java's `ConnectRecord`, `SourceRecord` and `SinkRecord` in one.
#[derive(Clone, Debug)]
pub struct ConnectRecord<'b> {
    pub topic: Cow<'b, str>,
    pub partition: Option<i32>,
    pub key: Part<'b>,
    pub value: Part<'b>,
    /// In order; names may repeat.
    pub headers: Vec<(Cow<'b, str>, Part<'b>)>,
    /// Milliseconds since 1970.
    pub timestamp: Option<i64>,
    /// Sinks only.
    pub timestamp_type: Option<TimestampType>,
    /// The offset in Kafka (Java's `kafkaOffset`); none: a source's record.
    pub kafka_offset: Option<i64>,
    /// The record before all transforms, for what they may see of it and not change: where it was read from.
    pub origin: Option<Record<'b>>,
}

// === impl ConnectRecord ===

impl<'b> ConnectRecord<'b> {
    /// A record as a source polled it. One without a topic has the empty one.
    pub fn of_source(record: &Record<'b>) -> Self {
        Self {
            topic: Cow::Borrowed(record.topic().unwrap_or_default()),
            partition: record.partition(),
            key: Part::InBatch(record.key()),
            value: Part::InBatch(record.value()),
            headers: record.headers().map(|(name, value)| (Cow::Borrowed(name), Part::InBatch(value))).collect(),
            timestamp: record.timestamp().map(|(_, at)| at),
            timestamp_type: None,
            kafka_offset: None,
            origin: Some(*record),
        }
    }

    /// A record as it was converted for a sink.
    pub fn of_sink(record: &Record<'b>) -> Self {
        Self {
            timestamp_type: record.timestamp().map(|(of, _)| of),
            kafka_offset: Some(record.offset()),
            ..Self::of_source(record)
        }
    }
}

// === impl Part ===

impl<'b> Part<'b> {
    pub const NULL: Part<'static> = Part::Owned { schema: None, value: Value::Null };

    pub fn schema(&self) -> Option<&Schema> {
        match self {
            Part::InBatch(datum) => datum.schema(),
            Part::Owned { schema, .. } => schema.as_ref(),
            Part::Struct(value) => Some(value.schema()),
        }
    }

    /// Whether it is null, with or without a schema. Decodes nothing.
    pub fn is_null(&self) -> bool {
        match self {
            Part::InBatch(datum) => datum.is_null(),
            Part::Owned { value, .. } => value.is_null(),
            Part::Struct(_) => false,
        }
    }

    /// Schema and value, decoded now if they were not.
    ///
    /// # Errors
    /// Bytes that are no value of their schema.
    pub fn into_owned(self) -> Result<(Option<Schema>, Value), TransformError> {
        match self {
            Part::InBatch(datum) => Ok((datum.schema().cloned(), datum.to_value()?)),
            Part::Owned { schema, value } => Ok((schema, value)),
            Part::Struct(value) => Ok((Some(value.schema().clone()), Value::Struct(value.into_struct()?))),
        }
    }

    /// Writes it into a batch.
    ///
    /// # Errors
    /// A value that is not of its schema.
    pub fn write(&self, slot: Slot, frame: &mut FrameWriter<'_>) -> Result<(), EncodeError> {
        let payload = match self {
            Part::InBatch(datum) => Payload::Datum(*datum),
            Part::Owned { schema, value } => Payload::Value(schema.as_ref(), value),
            Part::Struct(value) => {
                let id = frame.schema(value.schema());
                return slot.write_with(frame, id, |buf| value.write_row(value.schema(), buf));
            }
        };
        match slot {
            Slot::Key => frame.key(payload)?,
            Slot::Value => frame.value(payload)?,
            Slot::Header(name) => frame.header(name, payload)?,
        };
        Ok(())
    }
}

/// What a converter is given of a record.
impl<'a> From<&'a Part<'_>> for SchemaAndValue<'a> {
    fn from(part: &'a Part<'_>) -> Self {
        match part {
            Part::InBatch(datum) => SchemaAndValue::InBatch(*datum),
            Part::Owned { schema, value } => SchemaAndValue::Owned(schema.as_ref(), value),
            Part::Struct(value) => SchemaAndValue::Struct(value),
        }
    }
}

impl From<MalformedBatch> for TransformError {
    fn from(malformed: MalformedBatch) -> Self {
        TransformError::data(malformed.to_string())
    }
}
