//! Writes a batch in one pass: frames as they come, then index, strings and schemas.

mod frame;
mod schema_table;
mod string_table;

pub use frame::{FrameHead, FrameWriter, Payload};
pub use schema_table::SchemaId;
pub use string_table::StringId;

pub(crate) use string_table::StringTable;

use crate::layout::{BATCH_HEADER, BATCH_MAGIC, HOLE};
use crate::{FORMAT_VERSION, Limits, Schema};
use schema_table::SchemaTable;

/// Writes batches, one after the other; what a finished batch needed is kept for the next.
#[derive(Default)]
pub struct BatchWriter {
    frames: Vec<u8>,
    /// Bytes of the last batch, as a guess for the next.
    expected: usize,
    index: Vec<u32>,
    strings: StringTable,
    schemas: SchemaTable,
}

impl BatchWriter {
    pub fn new() -> Self {
        BatchWriter::default()
    }

    /// A writer with room for a first batch of about that many bytes.
    pub fn with_capacity(bytes: usize) -> Self {
        let mut writer = BatchWriter::new();
        writer.frames.reserve(bytes);
        writer
    }

    /// The string's id in this batch: the same for the same text, until [`BatchWriter::finish`].
    #[inline]
    pub fn string(&mut self, string: &str) -> StringId {
        self.strings.intern(string)
    }

    /// The schema's id in this batch: the same for equal schemas, until [`BatchWriter::finish`]; plain primitives have the
    /// constant ids of [`SchemaId`] in every batch. For a schema that [`crate::SchemaBuilder::try_build`] would refuse, writing
    /// a payload of the id is the error.
    #[inline]
    pub fn schema(&mut self, schema: &Schema) -> SchemaId {
        self.schemas.intern_or_remember(schema)
    }

    /// Begins a record.
    #[inline]
    pub fn begin(&mut self, head: &FrameHead) -> FrameWriter<'_> {
        self.make_room_for_header();
        FrameWriter::begin(self, head)
    }

    /// A record that was dropped or failed here: the positions of the others stay.
    pub fn hole(&mut self) {
        self.index.push(HOLE);
    }

    /// Records so far, holes included.
    pub fn len(&self) -> usize {
        self.index.len()
    }

    pub fn is_empty(&self) -> bool {
        self.index.is_empty()
    }

    /// Bytes of the batch if it were finished now.
    pub fn bytes(&self) -> usize {
        self.frames.len().max(BATCH_HEADER) + 4 * self.index.len() + self.strings.bytes() + self.schemas.bytes()
    }

    /// Whether the tables of strings and schemas are at most half as large as a reader with these limits takes, so that another
    /// record surely fits, whatever it brings. What a batch may hold besides is for its writer to say.
    pub fn has_room(&self, limits: &Limits) -> bool {
        self.strings.len() <= limits.max_strings / 2
            && self.schemas.len() <= limits.max_schemas / 2
            && self.schemas.bytes() <= limits.max_schema_bytes / 2
    }

    /// The batch; the writer is empty again and all ids are void.
    pub fn finish(&mut self) -> Vec<u8> {
        self.make_room_for_header();
        let mut batch = std::mem::take(&mut self.frames);
        batch.reserve_exact(4 * self.index.len() + self.strings.bytes() + self.schemas.bytes());
        let index_at = batch.len();
        batch.extend(self.index.iter().flat_map(|entry| entry.to_le_bytes()));
        let strings_at = batch.len();
        self.strings.write(&mut batch);
        let schemas_at = batch.len();
        self.schemas.write(&mut batch);
        let total = batch.len();
        let fields = [0, self.index.len(), index_at, strings_at, schemas_at, total];
        batch[..3].copy_from_slice(&BATCH_MAGIC);
        batch[3] = FORMAT_VERSION;
        for (place, field) in batch[4..BATCH_HEADER].chunks_exact_mut(4).zip(fields) {
            place.copy_from_slice(&(field as u32).to_le_bytes());
        }
        self.expected = total;
        self.reset();
        batch
    }

    /// Takes back a buffer for the next batch, which saves its allocation.
    pub fn recycle(&mut self, mut buffer: Vec<u8>) {
        if buffer.capacity() > self.frames.capacity() && self.frames.is_empty() {
            buffer.clear();
            self.frames = buffer;
        }
    }

    /// Drops what was written; all ids are void.
    pub fn reset(&mut self) {
        self.frames.clear();
        self.index.clear();
        self.strings.clear();
        self.schemas.clear();
    }

    #[inline]
    fn make_room_for_header(&mut self) {
        if self.frames.is_empty() {
            self.frames.reserve(self.expected);
            self.frames.resize(BATCH_HEADER, 0);
        }
    }
}

#[cfg(test)]
mod tests;
