//! The table of strings: where each ends, then all their bytes.

use crate::Limits;
use crate::bytes::{Cursor, What, utf8};

pub(crate) fn parse_strings<'b>(section: &'b [u8], limits: &Limits) -> Result<Vec<&'b str>, What> {
    let mut cursor = Cursor::new(section);
    let count = cursor.count(4, "string count")?;
    if count > limits.max_strings {
        return Err(format!("has {count} strings, max_strings is {}", limits.max_strings));
    }
    let (ends, _) = cursor.take(4 * count, "string ends")?.as_chunks::<4>();
    let bytes = cursor.take(cursor.remaining(), "strings")?;
    let mut strings = Vec::with_capacity(count);
    let mut start = 0;
    for (i, end) in ends.iter().enumerate() {
        let end = u32::from_le_bytes(*end) as usize;
        let Some(string) = bytes.get(start..end) else {
            return Err(format!("string {i} is at {start}..{end} of {} bytes", bytes.len()));
        };
        strings.push(utf8(string).map_err(|what| format!("string {i}: {what}"))?);
        start = end;
    }
    if start != bytes.len() {
        return Err(format!("{} bytes follow the last string", bytes.len() - start));
    }
    Ok(strings)
}
