//! Reads a batch: every bound is checked once, then records are found and read in place.

mod header;
mod record;
mod schemas;
mod strings;

pub use record::{Header, Headers, Record, TimestampType};

pub(crate) use header::check_magic;
pub(crate) use strings::parse_strings;

use crate::layout::{BATCH_HEADER, HOLE};
use crate::schema::{BUILTIN_END, builtin, is_builtin};
use crate::{Limits, MalformedBatch, Schema};
use header::Sections;

/// A batch that has been checked: header, index, strings, schemas and the bounds of every frame.
///
/// Rows are not decoded; [`crate::Datum::value`] checks them when they are read.
pub struct Batch<'b> {
    bytes: &'b [u8],
    index: &'b [[u8; 4]],
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
        let (index, _) = sections.index.as_chunks::<4>();
        let (schema_section, max_depth) = (sections.schemas, limits.max_depth);
        let batch = Batch { bytes, index, strings, schemas, schema_section, max_depth };
        batch.check_frames(&sections)?;
        Ok(batch)
    }

    fn check_frames(&self, sections: &Sections<'b>) -> Result<(), MalformedBatch> {
        let mut rest = sections.frames;
        for (i, entry) in self.index.iter().enumerate() {
            let entry = u32::from_le_bytes(*entry);
            if entry == HOLE {
                continue;
            }
            let here = BATCH_HEADER + sections.frames.len() - rest.len();
            if entry as usize != here {
                let what = format!("frame starts at {entry} instead of {here}");
                return Err(MalformedBatch::record(i as u32, what));
            }
            rest = match record::check(rest, self) {
                Ok(behind) => behind,
                Err(what) => return Err(MalformedBatch::record(i as u32, what)),
            };
        }
        if !rest.is_empty() {
            return Err(MalformedBatch::batch(format!("{} bytes follow the last frame", rest.len())));
        }
        Ok(())
    }

    /// Records, holes included.
    pub fn len(&self) -> usize {
        self.index.len()
    }

    /// Whether there is nothing, not even a hole.
    pub fn is_empty(&self) -> bool {
        self.index.is_empty()
    }

    /// The record at `i`; none for a hole or behind the end.
    #[inline]
    pub fn record(&self, i: usize) -> Option<Record<'_>> {
        let at = u32::from_le_bytes(*self.index.get(i)?);
        let (fixed, rest) = self.bytes.get(at as usize..)?.split_first_chunk()?;
        Some(Record::new(self, fixed, rest, i as u32))
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
    #[inline]
    pub(crate) fn schema(&self, id: u32) -> Option<&Schema> {
        match id.checked_sub(BUILTIN_END) {
            Some(position) => self.schemas.get(position as usize),
            None => builtin(id),
        }
    }

    #[inline]
    pub(crate) fn has_schema(&self, id: u32) -> bool {
        match id.checked_sub(BUILTIN_END) {
            Some(position) => (position as usize) < self.schemas.len(),
            None => id == 0 || is_builtin(id),
        }
    }

    #[inline]
    pub(crate) fn string(&self, index: u32) -> Option<&'b str> {
        self.strings.get(index as usize).copied()
    }

    #[inline]
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
