//! One record in the making.

use super::{BatchWriter, SchemaId, StringId};
use crate::layout::{self, NONE, at};
use crate::row::{tagged, write_row};
use crate::{Datum, EncodeError, Schema, TimestampType, Type, Value};

/// Batches stay below this, so that every offset fits into 32 bits.
const MAX_FRAMES: usize = 1 << 31;

/// What a frame says besides its payloads.
#[derive(Default, Clone, Copy, Debug)]
pub struct FrameHead {
    pub topic: Option<StringId>,
    /// None: the partitioner decides. Never negative; a negative one is written as none.
    pub partition: Option<i32>,
    pub original_topic: Option<StringId>,
    pub original_partition: Option<i32>,
    /// A sink record's offset in Kafka; 0 for source records.
    pub offset: i64,
    /// Milliseconds since the epoch.
    pub timestamp: Option<(TimestampType, i64)>,
    pub source_partition: Option<StringId>,
    pub commit_after: bool,
    pub abort_after: bool,
}

/// A key, a value or a header's value to be written.
#[derive(Clone, Copy, Debug)]
pub enum Payload<'a> {
    /// Null, with or without a schema.
    Null(Option<&'a Schema>),
    /// A string; schemaless if the id is [`SchemaId::NONE`].
    Str(SchemaId, &'a str),
    /// Bytes; schemaless if the id is [`SchemaId::NONE`].
    Bytes(SchemaId, &'a [u8]),
    /// A row as it is, unchecked.
    Raw { schema: SchemaId, row: &'a [u8] },
    /// Any value; schemaless if there is no schema, except that a struct brings its own.
    Value(Option<&'a Schema>, &'a Value),
    /// A value of another batch: its schema is interned, its row copied unchecked.
    Datum(Datum<'a>),
}

/// Writes one record: key, value, source offset and headers in this order, all optional.
///
/// A key or value that is not written is null without a schema. Dropped before [`FrameWriter::finish`], the record was never
/// there. After an error of a payload that payload is as if it had not been written.
#[must_use = "a frame that is not finished is rolled back"]
pub struct FrameWriter<'w> {
    writer: &'w mut BatchWriter,
    start: usize,
    fixed: [u8; layout::FRAME],
    flags: u16,
    headers: u16,
    stage: Stage,
    finished: bool,
}

/// What was written last.
#[derive(Clone, Copy, PartialEq, PartialOrd)]
enum Stage {
    Head,
    Key,
    Value,
    SourceOffset,
    Headers,
}

impl<'w> FrameWriter<'w> {
    #[inline]
    pub(super) fn begin(writer: &'w mut BatchWriter, head: &FrameHead) -> Self {
        let mut fixed = [0; layout::FRAME];
        let string = |id: Option<StringId>| id.map_or(NONE, |StringId(id)| id);
        let partition = |partition: Option<i32>| partition.filter(|p| *p >= 0).unwrap_or(-1) as u32;
        put(&mut fixed, at::TOPIC, string(head.topic).to_le_bytes());
        put(&mut fixed, at::PARTITION, partition(head.partition).to_le_bytes());
        put(&mut fixed, at::ORIGINAL_TOPIC, string(head.original_topic).to_le_bytes());
        put(&mut fixed, at::ORIGINAL_PARTITION, partition(head.original_partition).to_le_bytes());
        put(&mut fixed, at::OFFSET, head.offset.to_le_bytes());
        put(&mut fixed, at::SOURCE_PARTITION, string(head.source_partition).to_le_bytes());
        let mut flags = layout::NULL_KEY | layout::NULL_VALUE;
        if let Some((of, timestamp)) = head.timestamp {
            let of: u16 = if of == TimestampType::Create { 1 } else { 2 };
            flags |= of << layout::TIMESTAMP_SHIFT;
            put(&mut fixed, at::TIMESTAMP, timestamp.to_le_bytes());
        }
        if head.commit_after {
            flags |= layout::COMMIT_AFTER;
        }
        if head.abort_after {
            flags |= layout::ABORT_AFTER;
        }
        let start = writer.frames.len();
        writer.frames.extend_from_slice(&fixed);
        FrameWriter { writer, start, fixed, flags, headers: 0, stage: Stage::Head, finished: false }
    }

    /// As [`BatchWriter::string`].
    pub fn string(&mut self, string: &str) -> StringId {
        self.writer.string(string)
    }

    /// As [`BatchWriter::schema`].
    pub fn schema(&mut self, schema: &Schema) -> SchemaId {
        self.writer.schema(schema)
    }

    /// Writes the key.
    #[inline]
    pub fn key(&mut self, payload: Payload<'_>) -> Result<&mut Self, EncodeError> {
        self.check_stage(Stage::Key, "key")?;
        let (schema, length) = self.payload(payload)?;
        Ok(self.end_key(schema, length))
    }

    /// Writes the key's row in place: `write` appends it to the buffer and touches nothing before.
    #[inline]
    pub fn key_with<E: From<EncodeError>>(
        &mut self,
        schema: SchemaId,
        write: impl FnOnce(&mut Vec<u8>) -> Result<(), E>,
    ) -> Result<&mut Self, E> {
        self.check_stage(Stage::Key, "key")?;
        let length = self.in_place(schema, write)?;
        Ok(self.end_key(schema, Some(length)))
    }

    /// Writes the value.
    #[inline]
    pub fn value(&mut self, payload: Payload<'_>) -> Result<&mut Self, EncodeError> {
        self.check_stage(Stage::Value, "value")?;
        let (schema, length) = self.payload(payload)?;
        Ok(self.end_value(schema, length))
    }

    /// Writes the value's row in place: `write` appends it to the buffer and touches nothing before.
    #[inline]
    pub fn value_with<E: From<EncodeError>>(
        &mut self,
        schema: SchemaId,
        write: impl FnOnce(&mut Vec<u8>) -> Result<(), E>,
    ) -> Result<&mut Self, E> {
        self.check_stage(Stage::Value, "value")?;
        let length = self.in_place(schema, write)?;
        Ok(self.end_value(schema, Some(length)))
    }

    /// Writes the source offset, a flat JSON object; the head must have a source partition.
    pub fn source_offset(&mut self, offset: &str) -> Result<&mut Self, EncodeError> {
        self.source_offset_with(|buf| buf.extend_from_slice(offset.as_bytes()))
    }

    /// Writes the source offset in place: `write` appends UTF-8 to the buffer.
    #[inline]
    pub fn source_offset_with(&mut self, write: impl FnOnce(&mut Vec<u8>)) -> Result<&mut Self, EncodeError> {
        self.check_stage(Stage::SourceOffset, "source offset")?;
        if self.fixed[at::SOURCE_PARTITION..at::SOURCE_PARTITION + 4] == NONE.to_le_bytes() {
            return Err(EncodeError::Order("source offset without a source partition"));
        }
        let length = self.append(|buf| {
            write(buf);
            Ok::<(), EncodeError>(())
        })?;
        put(&mut self.fixed, at::SOURCE_OFFSET_LENGTH, length.to_le_bytes());
        self.stage = Stage::SourceOffset;
        Ok(self)
    }

    /// Adds a header; names may repeat.
    pub fn header(&mut self, name: StringId, payload: Payload<'_>) -> Result<&mut Self, EncodeError> {
        self.headers_with(name, |frame| frame.payload(payload))
    }

    /// Adds a header whose row `write` appends to the buffer.
    pub fn header_with<E: From<EncodeError>>(
        &mut self,
        name: StringId,
        schema: SchemaId,
        write: impl FnOnce(&mut Vec<u8>) -> Result<(), E>,
    ) -> Result<&mut Self, E> {
        self.headers_with(name, |frame| Ok((schema, Some(frame.in_place(schema, write)?))))
    }

    /// Ends the record, which is now part of the batch.
    #[inline]
    pub fn finish(mut self) {
        put(&mut self.fixed, at::FLAGS, self.flags.to_le_bytes());
        put(&mut self.fixed, at::HEADERS, self.headers.to_le_bytes());
        if let Some(place) = self.writer.frames.get_mut(self.start..self.start + layout::FRAME) {
            place.copy_from_slice(&self.fixed);
        }
        self.writer.index.push(self.start as u32);
        self.finished = true;
    }

    #[inline]
    fn check_stage(&self, stage: Stage, noun: &'static str) -> Result<(), EncodeError> {
        if self.stage < stage { Ok(()) } else { Err(EncodeError::Order(noun)) }
    }

    #[inline]
    fn end_key(&mut self, schema: SchemaId, length: Option<u32>) -> &mut Self {
        put(&mut self.fixed, at::KEY_SCHEMA, schema.0.to_le_bytes());
        if let Some(length) = length {
            self.flags &= !layout::NULL_KEY;
            put(&mut self.fixed, at::KEY_LENGTH, length.to_le_bytes());
        }
        self.stage = Stage::Key;
        self
    }

    #[inline]
    fn end_value(&mut self, schema: SchemaId, length: Option<u32>) -> &mut Self {
        put(&mut self.fixed, at::VALUE_SCHEMA, schema.0.to_le_bytes());
        if let Some(length) = length {
            self.flags &= !layout::NULL_VALUE;
            put(&mut self.fixed, at::VALUE_LENGTH, length.to_le_bytes());
        }
        self.stage = Stage::Value;
        self
    }

    fn headers_with<E: From<EncodeError>>(
        &mut self,
        name: StringId,
        write: impl FnOnce(&mut Self) -> Result<(SchemaId, Option<u32>), E>,
    ) -> Result<&mut Self, E> {
        let headers = self.headers.checked_add(1).ok_or(EncodeError::TooManyHeaders)?;
        let at = self.writer.frames.len();
        self.writer.frames.extend_from_slice(&[0; layout::HEADER]);
        match write(self) {
            Ok((schema, length)) => {
                let place = &mut self.writer.frames[at..at + layout::HEADER];
                place[..4].copy_from_slice(&name.0.to_le_bytes());
                place[4..8].copy_from_slice(&schema.0.to_le_bytes());
                place[8..].copy_from_slice(&length.unwrap_or(NONE).to_le_bytes());
                self.headers = headers;
                self.stage = Stage::Headers;
                Ok(self)
            }
            Err(error) => {
                self.writer.frames.truncate(at);
                Err(error)
            }
        }
    }

    /// Appends a payload: its schema, and its length unless it is null.
    #[inline]
    fn payload(&mut self, payload: Payload<'_>) -> Result<(SchemaId, Option<u32>), EncodeError> {
        let (schema, length) = match payload {
            Payload::Null(None) => return Ok((SchemaId::NONE, None)),
            Payload::Null(Some(schema)) => return Ok((self.writer.schemas.intern(schema)?, None)),
            Payload::Str(schema, string) => (schema, self.sized(schema, Type::String, string.as_bytes())?),
            Payload::Bytes(schema, bytes) => (schema, self.sized(schema, Type::Bytes, bytes)?),
            Payload::Raw { schema, row } => (schema, self.in_place(schema, |buf| copy(buf, row))?),
            Payload::Value(schema, value) => return self.any_value(schema, value),
            Payload::Datum(datum) => {
                let schema = datum.schema().map_or(Ok(SchemaId::NONE), |schema| self.writer.schemas.intern(schema))?;
                let Some(row) = datum.raw() else {
                    return Ok((schema, None));
                };
                (schema, self.append(|buf| copy(buf, row))?)
            }
        };
        Ok((schema, Some(length)))
    }

    /// A string or bytes, tagged if schemaless.
    #[inline]
    fn sized(&mut self, schema: SchemaId, ty: Type, content: &[u8]) -> Result<u32, EncodeError> {
        match self.writer.schemas.ty(schema)? {
            Some(found) if found == ty => self.append(|buf| copy(buf, content)),
            Some(found) => {
                Err(EncodeError::Mismatch(format!("schema of a {} is of the type {}", ty.name(), found.name())))
            }
            None => self.append(|buf| {
                buf.push(ty.code());
                buf.extend_from_slice(&(content.len() as u32).to_le_bytes());
                copy(buf, content)
            }),
        }
    }

    fn any_value(&mut self, schema: Option<&Schema>, value: &Value) -> Result<(SchemaId, Option<u32>), EncodeError> {
        let own = match value {
            Value::Struct(value) => Some(value.schema()),
            _ => None,
        };
        let schema = schema.or(own);
        let id = schema.map_or(Ok(SchemaId::NONE), |schema| self.writer.schemas.intern(schema))?;
        if value.is_null() {
            return Ok((id, None));
        }
        let length = match schema {
            Some(schema) => self.append(|buf| write_row(buf, schema, value))?,
            None => self.append(|buf| tagged::value(buf, value))?,
        };
        Ok((id, Some(length)))
    }

    #[inline]
    fn in_place<E: From<EncodeError>>(
        &mut self,
        schema: SchemaId,
        write: impl FnOnce(&mut Vec<u8>) -> Result<(), E>,
    ) -> Result<u32, E> {
        self.writer.schemas.ty(schema)?;
        self.append(write)
    }

    /// Appends bytes and says how many; takes them back after an error.
    #[inline]
    fn append<E: From<EncodeError>>(&mut self, write: impl FnOnce(&mut Vec<u8>) -> Result<(), E>) -> Result<u32, E> {
        let frames = &mut self.writer.frames;
        let at = frames.len();
        let written = write(frames);
        if let Err(error) = written {
            frames.truncate(at);
            return Err(error);
        }
        match frames.len().checked_sub(at) {
            Some(length) if frames.len() <= MAX_FRAMES => Ok(length as u32),
            Some(_) => {
                frames.truncate(at);
                Err(EncodeError::TooLarge.into())
            }
            None => {
                frames.resize(at, 0);
                Err(EncodeError::Slots("a payload in place took bytes away".into()).into())
            }
        }
    }
}

impl Drop for FrameWriter<'_> {
    fn drop(&mut self) {
        if !self.finished {
            self.writer.frames.truncate(self.start);
        }
    }
}

#[inline]
fn copy(buf: &mut Vec<u8>, bytes: &[u8]) -> Result<(), EncodeError> {
    buf.extend_from_slice(bytes);
    Ok(())
}

#[inline]
fn put<const N: usize>(fixed: &mut [u8; layout::FRAME], at: usize, bytes: [u8; N]) {
    fixed[at..at + N].copy_from_slice(&bytes);
}
