//! One record: a frame's fixed part, its payloads and its headers.

use super::Batch;
use crate::bytes::{Cursor, What, u32_at, utf8};
use crate::layout::{ABORT_AFTER, COMMIT_AFTER, FRAME, FRAME_FLAGS, HEADER, NONE, NULL_KEY, NULL_VALUE, TIMESTAMP_SHIFT, at};
use crate::row::{Part, Site};
use crate::{Datum, Schema};

/// Which clock a timestamp is of (`org.apache.kafka.common.record.TimestampType`).
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum TimestampType {
    /// The producer's.
    Create,
    /// The broker's.
    LogAppend,
}

/// A frame that has been checked and cut into its parts.
#[derive(Clone, Copy)]
pub(crate) struct Frame<'b> {
    fixed: &'b [u8; FRAME],
    key: &'b [u8],
    value: &'b [u8],
    source_offset: &'b str,
    headers: &'b [u8],
}

/// One record of a batch.
#[derive(Clone, Copy)]
pub struct Record<'a> {
    batch: &'a Batch<'a>,
    frame: &'a Frame<'a>,
    position: u32,
}

#[inline]
fn u16_of(fixed: &[u8; FRAME], at: usize) -> u16 {
    u16::from_le_bytes([fixed[at], fixed[at + 1]])
}

#[inline]
fn u32_of(fixed: &[u8; FRAME], at: usize) -> u32 {
    u32::from_le_bytes([fixed[at], fixed[at + 1], fixed[at + 2], fixed[at + 3]])
}

#[inline]
fn i64_of(fixed: &[u8; FRAME], at: usize) -> i64 {
    (u64::from(u32_of(fixed, at)) | u64::from(u32_of(fixed, at + 4)) << 32) as i64
}

// === impl Frame ===

impl<'b> Frame<'b> {
    /// Checks the frame at the start of `bytes`; returns it and what follows it.
    pub(super) fn parse(
        bytes: &'b [u8],
        has_schema: impl Fn(u32) -> bool,
        strings: &[&str],
    ) -> Result<(Frame<'b>, &'b [u8]), What> {
        let Some((fixed, rest)) = bytes.split_first_chunk::<FRAME>() else {
            return Err(format!("frame wants {FRAME} bytes, {} are left", bytes.len()));
        };
        check_fixed(fixed, strings.len())?;
        for (noun, at) in [("key", at::KEY_SCHEMA), ("value", at::VALUE_SCHEMA)] {
            let id = u32_of(fixed, at);
            if !has_schema(id) {
                return Err(format!("{noun}: there is no schema {id}"));
            }
        }
        let mut cursor = Cursor::new(rest);
        let key = cursor.take(u32_of(fixed, at::KEY_LENGTH) as usize, "key")?;
        let value = cursor.take(u32_of(fixed, at::VALUE_LENGTH) as usize, "value")?;
        let source_offset = cursor.take(u32_of(fixed, at::SOURCE_OFFSET_LENGTH) as usize, "source offset")?;
        let source_offset = utf8(source_offset).map_err(|what| format!("source offset: {what}"))?;
        let (before, count) = (cursor.remaining(), u16_of(fixed, at::HEADERS));
        for i in 0..count {
            check_header(&mut cursor, &has_schema, strings).map_err(|what| format!("header {i}: {what}"))?;
        }
        let left = cursor.remaining();
        let (_, tail) = rest.split_at(rest.len() - before);
        let (headers, behind) = tail.split_at(before - left);
        Ok((Frame { fixed, key, value, source_offset, headers }, behind))
    }

    fn flags(&self) -> u16 {
        u16_of(self.fixed, at::FLAGS)
    }
}

#[inline]
fn check_fixed(fixed: &[u8; FRAME], strings: usize) -> Result<(), What> {
    let flags = u16_of(fixed, at::FLAGS);
    if flags & !FRAME_FLAGS != 0 {
        return Err(format!("unknown flags {flags:#06x}"));
    }
    match flags >> TIMESTAMP_SHIFT & 3 {
        0 if i64_of(fixed, at::TIMESTAMP) != 0 => return Err("timestamp is set, its type is none".into()),
        3 => return Err("unknown timestamp type 3".into()),
        _ => {}
    }
    if flags & NULL_KEY != 0 && u32_of(fixed, at::KEY_LENGTH) != 0 {
        return Err("key is null and has bytes".into());
    }
    if flags & NULL_VALUE != 0 && u32_of(fixed, at::VALUE_LENGTH) != 0 {
        return Err("value is null and has bytes".into());
    }
    for (noun, at) in [("partition", at::PARTITION), ("original partition", at::ORIGINAL_PARTITION)] {
        let partition = u32_of(fixed, at) as i32;
        if partition < -1 {
            return Err(format!("{noun} is {partition}"));
        }
    }
    let names = [
        ("topic", at::TOPIC),
        ("original topic", at::ORIGINAL_TOPIC),
        ("source partition", at::SOURCE_PARTITION),
    ];
    for (noun, at) in names {
        let index = u32_of(fixed, at);
        if index != NONE && index as usize >= strings {
            return Err(format!("{noun}: there is no string {index}"));
        }
    }
    if u32_of(fixed, at::SOURCE_PARTITION) == NONE && u32_of(fixed, at::SOURCE_OFFSET_LENGTH) != 0 {
        return Err("has a source offset without a source partition".into());
    }
    Ok(())
}

fn check_header(cursor: &mut Cursor<'_>, has_schema: impl Fn(u32) -> bool, strings: &[&str]) -> Result<(), What> {
    let name = cursor.u32("name")?;
    if name as usize >= strings.len() {
        return Err(format!("there is no string {name}"));
    }
    let schema = cursor.u32("schema")?;
    if !has_schema(schema) {
        return Err(format!("there is no schema {schema}"));
    }
    match cursor.u32("length")? {
        NONE => Ok(()),
        length => cursor.take(length as usize, "value").map(|_| ()),
    }
}

// === impl Record ===

impl<'a> Record<'a> {
    pub(super) fn new(batch: &'a Batch<'a>, frame: &'a Frame<'a>, position: u32) -> Self {
        Record { batch, frame, position }
    }

    /// Position in the batch, holes counted.
    pub fn position(&self) -> u32 {
        self.position
    }

    /// The topic; none only where a source leaves it to the worker, which refuses it.
    pub fn topic(&self) -> Option<&'a str> {
        self.batch.string(self.topic_index())
    }

    /// The topic's index in [`Batch::strings`], `u32::MAX` for none.
    #[inline]
    pub fn topic_index(&self) -> u32 {
        u32_of(self.frame.fixed, at::TOPIC)
    }

    /// The partition; none: the partitioner decides.
    #[inline]
    pub fn partition(&self) -> Option<i32> {
        partition(u32_of(self.frame.fixed, at::PARTITION))
    }

    /// The topic before transforms (KIP-793).
    pub fn original_topic(&self) -> Option<&'a str> {
        self.batch.string(self.original_topic_index())
    }

    /// The original topic's index in [`Batch::strings`], `u32::MAX` for none.
    pub fn original_topic_index(&self) -> u32 {
        u32_of(self.frame.fixed, at::ORIGINAL_TOPIC)
    }

    /// The partition before transforms (KIP-793).
    pub fn original_partition(&self) -> Option<i32> {
        partition(u32_of(self.frame.fixed, at::ORIGINAL_PARTITION))
    }

    /// A sink record's offset in Kafka.
    #[inline]
    pub fn offset(&self) -> i64 {
        i64_of(self.frame.fixed, at::OFFSET)
    }

    /// The timestamp in milliseconds since the epoch, and whose it is.
    #[inline]
    pub fn timestamp(&self) -> Option<(TimestampType, i64)> {
        let of = match self.frame.flags() >> TIMESTAMP_SHIFT & 3 {
            1 => TimestampType::Create,
            2 => TimestampType::LogAppend,
            _ => return None,
        };
        Some((of, i64_of(self.frame.fixed, at::TIMESTAMP)))
    }

    #[inline]
    pub fn key(&self) -> Datum<'a> {
        let id = u32_of(self.frame.fixed, at::KEY_SCHEMA);
        self.payload(Part::Key, id, NULL_KEY, self.frame.key)
    }

    #[inline]
    pub fn value(&self) -> Datum<'a> {
        let id = u32_of(self.frame.fixed, at::VALUE_SCHEMA);
        self.payload(Part::Value, id, NULL_VALUE, self.frame.value)
    }

    /// The source partition, a flat JSON object.
    pub fn source_partition(&self) -> Option<&'a str> {
        self.batch.string(self.source_partition_index())
    }

    /// The source partition's index in [`Batch::strings`], `u32::MAX` for none.
    #[inline]
    pub fn source_partition_index(&self) -> u32 {
        u32_of(self.frame.fixed, at::SOURCE_PARTITION)
    }

    /// The source offset, a flat JSON object; none if it is empty.
    #[inline]
    pub fn source_offset(&self) -> Option<&'a str> {
        Some(self.frame.source_offset).filter(|offset| !offset.is_empty())
    }

    /// The headers in order; names may repeat.
    pub fn headers(&self) -> Headers<'a> {
        let left = u16_of(self.frame.fixed, at::HEADERS);
        Headers { batch: self.batch, rest: self.frame.headers, record: self.position, next: 0, left }
    }

    /// Whether the source asks to commit its transaction after this record.
    pub fn commit_after(&self) -> bool {
        self.frame.flags() & COMMIT_AFTER != 0
    }

    /// Whether the source asks to abort its transaction after this record.
    pub fn abort_after(&self) -> bool {
        self.frame.flags() & ABORT_AFTER != 0
    }

    #[inline]
    fn payload(&self, part: Part, schema: u32, null: u16, row: &'a [u8]) -> Datum<'a> {
        let row = (self.frame.flags() & null == 0).then_some(row);
        datum(self.batch, self.position, part, schema, row)
    }
}

#[inline]
fn datum<'a>(batch: &'a Batch<'a>, record: u32, part: Part, schema: u32, row: Option<&'a [u8]>) -> Datum<'a> {
    let schema: Option<&'a Schema> = batch.schema(schema);
    Datum::at(schema, row, Site { record: Some(record), part, max_depth: batch.max_depth() })
}

fn partition(raw: u32) -> Option<i32> {
    Some(raw as i32).filter(|partition| *partition >= 0)
}

impl std::fmt::Debug for Record<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "record {} of {:?}-{:?}", self.position, self.topic(), self.partition())
    }
}

/// The headers of a record that have not been read yet.
#[derive(Clone, Copy)]
pub struct Headers<'a> {
    batch: &'a Batch<'a>,
    rest: &'a [u8],
    record: u32,
    next: u32,
    left: u16,
}

/// One header: its name and its value.
pub type Header<'a> = (&'a str, Datum<'a>);

impl<'a> Headers<'a> {
    pub fn len(&self) -> usize {
        usize::from(self.left)
    }

    pub fn is_empty(&self) -> bool {
        self.left == 0
    }

    /// The headers with the index of each name in [`Batch::strings`].
    pub fn indexed(mut self) -> impl Iterator<Item = (u32, Datum<'a>)> + 'a {
        std::iter::from_fn(move || self.read())
    }

    fn read(&mut self) -> Option<(u32, Datum<'a>)> {
        self.left = self.left.checked_sub(1)?;
        let (name, schema, length) = (u32_at(self.rest, 0)?, u32_at(self.rest, 4)?, u32_at(self.rest, 8)?);
        let rest = self.rest.get(HEADER..)?;
        let row = if length == NONE { None } else { Some(rest.get(..length as usize)?) };
        self.rest = rest.get(row.map_or(0, <[u8]>::len)..)?;
        let value = datum(self.batch, self.record, Part::Header(self.next), schema, row);
        self.next += 1;
        Some((name, value))
    }
}

impl<'a> Iterator for Headers<'a> {
    type Item = Header<'a>;

    fn next(&mut self) -> Option<Header<'a>> {
        let (name, value) = self.read()?;
        Some((self.batch.string(name)?, value))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.len(), Some(self.len()))
    }
}
