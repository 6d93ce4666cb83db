//! The batch's header and the sections that it names.

use crate::bytes::{Cursor, What};
use crate::layout::{BATCH_HEADER, BATCH_MAGIC};
use crate::{FORMAT_VERSION, Limits};

/// A batch cut into its sections, which follow each other without a gap.
pub(crate) struct Sections<'b> {
    pub(crate) frames: &'b [u8],
    pub(crate) index: &'b [u8],
    pub(crate) strings: &'b [u8],
    pub(crate) schemas: &'b [u8],
}

/// Magic and version, which every version of the format starts with.
pub(crate) fn check_magic(cursor: &mut Cursor<'_>, magic: [u8; 3], noun: &str) -> Result<(), What> {
    let found = cursor.array::<3>("magic")?;
    if found != magic {
        return Err(format!("is no {noun}: starts with {found:02x?}"));
    }
    let version = cursor.u8("version")?;
    if version != FORMAT_VERSION {
        return Err(format!("is of version {version}, this reader knows version {FORMAT_VERSION}"));
    }
    Ok(())
}

impl<'b> Sections<'b> {
    pub(crate) fn parse(bytes: &'b [u8], limits: &Limits) -> Result<Self, What> {
        if bytes.len() > limits.max_bytes {
            return Err(format!("has {} bytes, max_bytes is {}", bytes.len(), limits.max_bytes));
        }
        let mut cursor = Cursor::new(bytes);
        check_magic(&mut cursor, BATCH_MAGIC, "batch")?;
        let flags = cursor.u32("flags")?;
        if flags != 0 {
            return Err(format!("has unknown flags {flags:#x}"));
        }
        let count = cursor.u32("record count")? as usize;
        if count > limits.max_records {
            return Err(format!("has {count} records, max_records is {}", limits.max_records));
        }
        let mut offset = |noun: &str| cursor.u32(noun).map(|at| at as usize);
        let (index, strings) = (offset("index offset")?, offset("strings offset")?);
        let (schemas, total) = (offset("schemas offset")?, offset("total length")?);
        if total != bytes.len() {
            return Err(format!("has {} bytes, its header says {total}", bytes.len()));
        }
        let section = |from: usize, to: usize, noun: &str| {
            bytes.get(from..to).ok_or_else(|| format!("{noun} are at {from}..{to} of {total} bytes"))
        };
        let sections = Sections {
            frames: section(BATCH_HEADER, index, "frames")?,
            index: section(index, strings, "index entries")?,
            strings: section(strings, schemas, "strings")?,
            schemas: section(schemas, total, "schemas")?,
        };
        if sections.index.len() as u64 != 4 * count as u64 {
            return Err(format!("index has {} bytes for {count} records", sections.index.len()));
        }
        Ok(sections)
    }
}
