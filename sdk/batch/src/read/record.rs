//! One record: a frame's fixed part, its payloads and its headers.

use super::Batch;
use crate::bytes::{Cursor, What, u32_at, utf8};
use crate::layout::{
    ABORT_AFTER, COMMIT_AFTER, FRAME, FRAME_FLAGS, HEADER, NONE, NULL_KEY, NULL_VALUE, TIMESTAMP_SHIFT, at,
};
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

/// One record of a batch.
#[derive(Clone, Copy)]
pub struct Record<'a> {
    batch: &'a Batch<'a>,
    fixed: &'a [u8; FRAME],
    /// The payloads and everything behind them.
    rest: &'a [u8],
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

// === checks ===

/// Checks the frame at the start of `bytes`; returns what follows it.
pub(super) fn check<'b>(bytes: &'b [u8], batch: &Batch<'_>) -> Result<&'b [u8], What> {
    let Some((fixed, rest)) = bytes.split_first_chunk::<FRAME>() else {
        return Err(format!("frame wants {FRAME} bytes, {} are left", bytes.len()));
    };
    check_fixed(fixed, batch)?;
    let mut cursor = Cursor::new(rest);
    cursor.take(u32_of(fixed, at::KEY_LENGTH) as usize, "key")?;
    cursor.take(u32_of(fixed, at::VALUE_LENGTH) as usize, "value")?;
    let source_offset = u32_of(fixed, at::SOURCE_OFFSET_LENGTH);
    if source_offset != 0 {
        let source_offset = cursor.take(source_offset as usize, "source offset")?;
        utf8(source_offset).map_err(|what| format!("source offset: {what}"))?;
    }
    for i in 0..u16_of(fixed, at::HEADERS) {
        check_header(&mut cursor, batch).map_err(|what| format!("header {i}: {what}"))?;
    }
    Ok(cursor.rest())
}

#[inline]
fn check_fixed(fixed: &[u8; FRAME], batch: &Batch<'_>) -> Result<(), What> {
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
    let names =
        [("topic", at::TOPIC), ("original topic", at::ORIGINAL_TOPIC), ("source partition", at::SOURCE_PARTITION)];
    for (noun, at) in names {
        let index = u32_of(fixed, at);
        if index != NONE && index as usize >= batch.strings().len() {
            return Err(format!("{noun}: there is no string {index}"));
        }
    }
    for (noun, at) in [("key", at::KEY_SCHEMA), ("value", at::VALUE_SCHEMA)] {
        let id = u32_of(fixed, at);
        if !batch.has_schema(id) {
            return Err(format!("{noun}: there is no schema {id}"));
        }
    }
    if u32_of(fixed, at::SOURCE_PARTITION) == NONE && u32_of(fixed, at::SOURCE_OFFSET_LENGTH) != 0 {
        return Err("has a source offset without a source partition".into());
    }
    Ok(())
}

fn check_header(cursor: &mut Cursor<'_>, batch: &Batch<'_>) -> Result<(), What> {
    let name = cursor.u32("name")?;
    if name as usize >= batch.strings().len() {
        return Err(format!("there is no string {name}"));
    }
    let schema = cursor.u32("schema")?;
    if !batch.has_schema(schema) {
        return Err(format!("there is no schema {schema}"));
    }
    match cursor.u32("length")? {
        NONE => Ok(()),
        length => cursor.take(length as usize, "value").map(|_| ()),
    }
}

// === impl Record ===

impl<'a> Record<'a> {
    #[inline]
    pub(super) fn new(batch: &'a Batch<'a>, fixed: &'a [u8; FRAME], rest: &'a [u8], position: u32) -> Self {
        Record { batch, fixed, rest, position }
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
        u32_of(self.fixed, at::TOPIC)
    }

    /// The partition; none: the partitioner decides.
    #[inline]
    pub fn partition(&self) -> Option<i32> {
        partition(u32_of(self.fixed, at::PARTITION))
    }

    /// The topic before transforms (KIP-793).
    pub fn original_topic(&self) -> Option<&'a str> {
        self.batch.string(self.original_topic_index())
    }

    /// The original topic's index in [`Batch::strings`], `u32::MAX` for none.
    pub fn original_topic_index(&self) -> u32 {
        u32_of(self.fixed, at::ORIGINAL_TOPIC)
    }

    /// The partition before transforms (KIP-793).
    pub fn original_partition(&self) -> Option<i32> {
        partition(u32_of(self.fixed, at::ORIGINAL_PARTITION))
    }

    /// A sink record's offset in Kafka.
    #[inline]
    pub fn offset(&self) -> i64 {
        i64_of(self.fixed, at::OFFSET)
    }

    /// The timestamp in milliseconds since the epoch, and whose it is.
    #[inline]
    pub fn timestamp(&self) -> Option<(TimestampType, i64)> {
        let of = match self.flags() >> TIMESTAMP_SHIFT & 3 {
            1 => TimestampType::Create,
            2 => TimestampType::LogAppend,
            _ => return None,
        };
        Some((of, i64_of(self.fixed, at::TIMESTAMP)))
    }

    #[inline]
    pub fn key(&self) -> Datum<'a> {
        let id = u32_of(self.fixed, at::KEY_SCHEMA);
        self.payload(Part::Key, id, NULL_KEY, self.part(0, at::KEY_LENGTH))
    }

    #[inline]
    pub fn value(&self) -> Datum<'a> {
        let id = u32_of(self.fixed, at::VALUE_SCHEMA);
        self.payload(Part::Value, id, NULL_VALUE, self.part(self.length(at::KEY_LENGTH), at::VALUE_LENGTH))
    }

    /// The source partition, a flat JSON object.
    pub fn source_partition(&self) -> Option<&'a str> {
        self.batch.string(self.source_partition_index())
    }

    /// The source partition's index in [`Batch::strings`], `u32::MAX` for none.
    #[inline]
    pub fn source_partition_index(&self) -> u32 {
        u32_of(self.fixed, at::SOURCE_PARTITION)
    }

    /// The source offset, a flat JSON object; none if it is empty.
    #[inline]
    pub fn source_offset(&self) -> Option<&'a str> {
        if self.length(at::SOURCE_OFFSET_LENGTH) == 0 {
            return None;
        }
        let start = self.length(at::KEY_LENGTH) + self.length(at::VALUE_LENGTH);
        utf8(self.part(start, at::SOURCE_OFFSET_LENGTH)).ok()
    }

    /// The headers in order; names may repeat.
    pub fn headers(&self) -> Headers<'a> {
        let left = u16_of(self.fixed, at::HEADERS);
        let lengths = [at::KEY_LENGTH, at::VALUE_LENGTH, at::SOURCE_OFFSET_LENGTH];
        let start = lengths.iter().map(|at| self.length(*at)).sum::<usize>();
        let rest = self.rest.get(start..).unwrap_or_default();
        Headers { batch: self.batch, rest, record: self.position, next: 0, left }
    }

    /// Whether the source asks to commit its transaction after this record.
    pub fn commit_after(&self) -> bool {
        self.flags() & COMMIT_AFTER != 0
    }

    /// Whether the source asks to abort its transaction after this record.
    pub fn abort_after(&self) -> bool {
        self.flags() & ABORT_AFTER != 0
    }

    #[inline]
    fn flags(&self) -> u16 {
        u16_of(self.fixed, at::FLAGS)
    }

    #[inline]
    fn length(&self, at: usize) -> usize {
        u32_of(self.fixed, at) as usize
    }

    /// The part at `start` whose length is at `length_at`; all in bounds since the batch was checked.
    #[inline]
    fn part(&self, start: usize, length_at: usize) -> &'a [u8] {
        self.rest.get(start..start + self.length(length_at)).unwrap_or_default()
    }

    #[inline]
    fn payload(&self, part: Part, schema: u32, null: u16, row: &'a [u8]) -> Datum<'a> {
        let row = (self.flags() & null == 0).then_some(row);
        datum(self.batch, self.position, part, schema, row)
    }
}

#[inline]
fn datum<'a>(batch: &'a Batch<'a>, record: u32, part: Part, schema: u32, row: Option<&'a [u8]>) -> Datum<'a> {
    let schema: Option<&'a Schema> = batch.schema(schema);
    Datum::at(schema, row, Site::new(record, part, batch.max_depth()))
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
    next: u16,
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
        self.next = self.next.wrapping_add(1);
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
