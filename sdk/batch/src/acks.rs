//! The packed list of `source-task.acknowledged`: what became of each polled record.

use crate::bytes::{Cursor, What, u32_at};
use crate::layout::NONE;
use crate::read::{check_magic, parse_strings};
use crate::write::StringTable;
use crate::{FORMAT_VERSION, Limits, MalformedBatch, StringId};

const MAGIC: [u8; 3] = *b"KCA";
const HEADER: usize = 16;
const ENTRY: usize = 32;

/// Where Kafka put a record (`RecordMetadata`).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Placed<T> {
    /// The topic's name when read, its [`StringId`] when written.
    pub topic: T,
    pub partition: i32,
    /// -1 if the broker did not say (`acks=0`).
    pub offset: i64,
    /// Milliseconds since the epoch, -1 if the broker did not say.
    pub timestamp: i64,
}

/// What became of one record of a source task.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Ack<'a> {
    /// Which of the task's records, from 0, counted over all polls.
    pub sequence: u64,
    /// Where it is; none where a transform dropped it or its error was tolerated.
    pub placed: Option<Placed<&'a str>>,
}

/// A list that has been checked.
#[derive(Debug)]
pub struct Acks<'b> {
    entries: &'b [[u8; ENTRY]],
    strings: Vec<&'b str>,
}

impl<'b> Acks<'b> {
    /// Checks the whole list.
    ///
    /// # Errors
    /// Bytes that break a rule of `wit/BATCH.md` or exceed a limit.
    pub fn parse(bytes: &'b [u8], limits: &Limits) -> Result<Acks<'b>, MalformedBatch> {
        Acks::parse_sections(bytes, limits).map_err(MalformedBatch::batch)
    }

    fn parse_sections(bytes: &'b [u8], limits: &Limits) -> Result<Acks<'b>, What> {
        if bytes.len() > limits.max_bytes {
            return Err(format!("has {} bytes, max_bytes is {}", bytes.len(), limits.max_bytes));
        }
        let mut cursor = Cursor::new(bytes);
        check_magic(&mut cursor, MAGIC, "list of acks")?;
        let (count, strings_at, total) =
            (cursor.u32("count")?, cursor.u32("strings offset")?, cursor.u32("total length")?);
        if total as usize != bytes.len() {
            return Err(format!("has {} bytes, its header says {total}", bytes.len()));
        }
        if count as usize > limits.max_records {
            return Err(format!("has {count} records, max_records is {}", limits.max_records));
        }
        if u64::from(strings_at) != HEADER as u64 + ENTRY as u64 * u64::from(count) {
            return Err(format!("strings are at {strings_at} behind {count} acks"));
        }
        let (entries, _) = cursor.take(ENTRY * count as usize, "acks")?.as_chunks::<ENTRY>();
        let strings = parse_strings(cursor.take(cursor.remaining(), "strings")?, limits)?;
        for (i, entry) in entries.iter().enumerate() {
            check_entry(entry, strings.len()).map_err(|what| format!("ack {i}: {what}"))?;
        }
        Ok(Acks { entries, strings })
    }

    pub fn len(&self) -> usize {
        self.entries.len()
    }

    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// The acks in the order of `poll`.
    pub fn iter(&self) -> impl Iterator<Item = Ack<'_>> {
        self.entries.iter().map(|entry| self.ack(entry))
    }

    fn ack(&self, entry: &[u8; ENTRY]) -> Ack<'_> {
        let topic = self.strings.get(u32_of(entry, 8) as usize).copied();
        let placed = topic.map(|topic| Placed {
            topic,
            partition: u32_of(entry, 12) as i32,
            offset: u64_of(entry, 16) as i64,
            timestamp: u64_of(entry, 24) as i64,
        });
        Ack { sequence: u64_of(entry, 0), placed }
    }
}

fn check_entry(entry: &[u8; ENTRY], strings: usize) -> Result<(), What> {
    match u32_of(entry, 8) {
        NONE if u32_of(entry, 12) as i32 == -1 && u64_of(entry, 16) as i64 == -1 && u64_of(entry, 24) as i64 == -1 => {
            Ok(())
        }
        NONE => Err("has no topic, but a partition, offset or timestamp".into()),
        topic if topic as usize >= strings => Err(format!("there is no string {topic}")),
        _ => match u32_of(entry, 12) as i32 {
            partition if partition < 0 => Err(format!("partition is {partition}")),
            _ => Ok(()),
        },
    }
}

fn u32_of(entry: &[u8; ENTRY], at: usize) -> u32 {
    u32_at(entry, at).unwrap_or(NONE)
}

fn u64_of(entry: &[u8; ENTRY], at: usize) -> u64 {
    u64::from(u32_of(entry, at)) | u64::from(u32_of(entry, at + 4)) << 32
}

/// Writes lists of acks, one after the other.
#[derive(Default)]
pub struct AcksWriter {
    entries: Vec<u8>,
    strings: StringTable,
}

impl AcksWriter {
    pub fn new() -> Self {
        AcksWriter::default()
    }

    /// The topic's id in this list, until [`AcksWriter::finish`].
    pub fn topic(&mut self, name: &str) -> StringId {
        self.strings.intern(name)
    }

    /// Appends one record's fate; `placed` is none where it was dropped.
    pub fn push(&mut self, sequence: u64, placed: Option<Placed<StringId>>) {
        let (topic, partition, offset, timestamp) = match placed {
            Some(placed) => (placed.topic.0, placed.partition, placed.offset, placed.timestamp),
            None => (NONE, -1, -1, -1),
        };
        let mut entry = [0; ENTRY];
        entry[..8].copy_from_slice(&sequence.to_le_bytes());
        entry[8..12].copy_from_slice(&topic.to_le_bytes());
        entry[12..16].copy_from_slice(&partition.to_le_bytes());
        entry[16..24].copy_from_slice(&offset.to_le_bytes());
        entry[24..].copy_from_slice(&timestamp.to_le_bytes());
        self.entries.extend_from_slice(&entry);
    }

    /// Records so far.
    pub fn len(&self) -> usize {
        self.entries.len() / ENTRY
    }

    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// The list; the writer is empty again and all ids are void.
    pub fn finish(&mut self) -> Vec<u8> {
        let strings_at = HEADER + self.entries.len();
        let total = strings_at + self.strings.bytes();
        let mut list = Vec::with_capacity(total);
        list.extend_from_slice(&MAGIC);
        list.push(FORMAT_VERSION);
        for field in [self.len(), strings_at, total] {
            list.extend_from_slice(&(field as u32).to_le_bytes());
        }
        list.extend_from_slice(&self.entries);
        self.strings.write(&mut list);
        self.entries.clear();
        self.strings.clear();
        list
    }
}

#[cfg(test)]
mod tests;
