//! Reads a batch: every bound is checked once, then records are found and read in place.

mod header;
mod record;
mod schemas;
mod strings;

pub use record::{Header, Headers, Record, TimestampType};

pub(crate) use header::check_magic;
pub(crate) use strings::parse_strings;

use crate::layout::{BATCH_HEADER, HOLE};
use crate::schema::{BUILTIN_END, builtin};
use crate::{Limits, MalformedBatch, Schema};
use header::Sections;
use record::Frame;

/// A batch that has been checked: header, index, strings, schemas and the bounds of every frame.
///
/// Rows are not decoded; [`crate::Datum::value`] checks them when they are read.
pub struct Batch<'b> {
    frames: Vec<Option<Frame<'b>>>,
    strings: Vec<&'b str>,
    schemas: Vec<Schema>,
    schema_section: &'b [u8],
    max_depth: u16,
}

impl<'b> Batch<'b> {
    /// Checks the batch and makes its tables.
    ///
    /// # Errors
    /// Bytes that break a rule of `wit/BATCH.md` or exceed a limit; the error names the record if there is one to blame.
    pub fn parse(bytes: &'b [u8], limits: &Limits) -> Result<Batch<'b>, MalformedBatch> {
        let sections = Sections::parse(bytes, limits).map_err(MalformedBatch::batch)?;
        let strings = parse_strings(sections.strings, limits).map_err(MalformedBatch::batch)?;
        let schemas = schemas::parse_schemas(sections.schemas, limits).map_err(MalformedBatch::batch)?;
        let frames = Vec::with_capacity(sections.count);
        let schema_section = sections.schemas;
        let mut batch = Batch { frames, strings, schemas, schema_section, max_depth: limits.max_depth };
        batch.parse_frames(&sections)?;
        Ok(batch)
    }

    fn parse_frames(&mut self, sections: &Sections<'b>) -> Result<(), MalformedBatch> {
        let mut rest = sections.frames;
        let (entries, _) = sections.index.as_chunks::<4>();
        for (i, entry) in entries.iter().enumerate() {
            let entry = u32::from_le_bytes(*entry);
            if entry == HOLE {
                self.frames.push(None);
                continue;
            }
            let here = BATCH_HEADER + sections.frames.len() - rest.len();
            if entry as usize != here {
                let what = format!("frame starts at {entry} instead of {here}");
                return Err(MalformedBatch::record(i as u32, what));
            }
            let parsed = Frame::parse(rest, |id| self.has_schema(id), &self.strings);
            let (frame, behind) = parsed.map_err(|what| MalformedBatch::record(i as u32, what))?;
            self.frames.push(Some(frame));
            rest = behind;
        }
        if !rest.is_empty() {
            return Err(MalformedBatch::batch(format!("{} bytes follow the last frame", rest.len())));
        }
        Ok(())
    }

    /// Records, holes included.
    pub fn len(&self) -> usize {
        self.frames.len()
    }

    /// Whether there is nothing, not even a hole.
    pub fn is_empty(&self) -> bool {
        self.frames.is_empty()
    }

    /// The record at `i`; none for a hole or behind the end.
    #[inline]
    pub fn record(&self, i: usize) -> Option<Record<'_>> {
        let frame = self.frames.get(i)?.as_ref()?;
        Some(Record::new(self, frame, i as u32))
    }

    /// The records with their positions, without the holes.
    pub fn records(&self) -> impl Iterator<Item = (usize, Record<'_>)> {
        (0..self.len()).filter_map(|i| Some((i, self.record(i)?)))
    }

    /// The string table, so that a caller can keep something a string by its index.
    pub fn strings(&self) -> &[&'b str] {
        &self.strings
    }

    /// The batch's own schemas.
    pub fn schemas(&self) -> &[Schema] {
        &self.schemas
    }

    /// The bytes of the schema table; they are self-contained, so equal bytes are equal schemas.
    pub fn schema_section(&self) -> &'b [u8] {
        self.schema_section
    }

    /// The schema of an id; none for 0 and unknown ids.
    pub(crate) fn schema(&self, id: u32) -> Option<&Schema> {
        match id.checked_sub(BUILTIN_END) {
            Some(position) => self.schemas.get(position as usize),
            None => builtin(id),
        }
    }

    fn has_schema(&self, id: u32) -> bool {
        id == 0 || self.schema(id).is_some()
    }

    pub(crate) fn string(&self, index: u32) -> Option<&'b str> {
        self.strings.get(index as usize).copied()
    }

    pub(crate) fn max_depth(&self) -> u16 {
        self.max_depth
    }
}

impl std::fmt::Debug for Batch<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Batch of {} records", self.len())
    }
}

#[cfg(test)]
mod tests;
