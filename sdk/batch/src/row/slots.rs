//! Null bits and slots: the fixed part of structs, arrays and maps, checked once and then read at random.

use std::ops::Range;

use super::datum::Site;
use super::value_ref::{ValueRef, decode};
use crate::bytes::What;
use crate::{Schema, Type};

/// Slots of one type in a row.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Slots<'a> {
    pub(crate) schema: &'a Schema,
    pub(crate) row: &'a [u8],
    pub(crate) len: usize,
    bitmap_at: usize,
    slots_at: usize,
}

impl<'a> Slots<'a> {
    pub(crate) fn new(schema: &'a Schema, row: &'a [u8], len: usize, bitmap_at: usize, slots_at: usize) -> Self {
        Slots { schema, row, len, bitmap_at, slots_at }
    }

    /// Checks null bits and slots; variable parts must start at `cursor`. Returns where they end.
    pub(crate) fn check(&self, mut cursor: usize) -> Result<usize, What> {
        check_spare_bits(self.row, self.bitmap_at, self.len)?;
        let (width, in_place) = self.schema.ty().slot();
        let no_nulls = is_zero(self.row, self.bitmap_at..self.bitmap_at + self.len.div_ceil(8));
        if in_place && no_nulls {
            return Ok(cursor);
        }
        for i in 0..self.len {
            let at = self.slots_at + i * width;
            cursor = check_slot(self.row, self.is_null(i), at, self.schema.ty(), cursor)
                .map_err(|what| format!("item {i}: {what}"))?;
        }
        Ok(cursor)
    }

    pub(crate) fn get(&self, i: usize, site: Site) -> Result<ValueRef<'a>, What> {
        if i >= self.len {
            return Err(format!("there is no item {i} of {}", self.len));
        }
        if self.is_null(i) {
            return Ok(ValueRef::Null);
        }
        let (width, _) = self.schema.ty().slot();
        slot_value(self.schema.ty(), || self.schema, self.row, self.slots_at + i * width, site)
            .map_err(|what| format!("item {i}: {what}"))
    }

    fn is_null(&self, i: usize) -> bool {
        null_bit(self.row, self.bitmap_at, i)
    }
}

/// Whether bit `i` of the bitmap is set.
#[inline]
pub(crate) fn null_bit(row: &[u8], bitmap_at: usize, i: usize) -> bool {
    row.get(bitmap_at + i / 8).is_some_and(|byte| byte >> (i % 8) & 1 == 1)
}

/// The bits behind the last slot's must be zero.
pub(crate) fn check_spare_bits(row: &[u8], bitmap_at: usize, len: usize) -> Result<(), What> {
    if len.is_multiple_of(8) {
        return Ok(());
    }
    match row.get(bitmap_at + len / 8) {
        Some(last) if last >> (len % 8) == 0 => Ok(()),
        Some(_) => Err("spare bits of the null bitmap are set".into()),
        None => Err("null bitmap is cut off".into()),
    }
}

/// Checks one slot: zero if null, else the next piece of the variable part if it is one. Returns the new cursor.
#[inline]
pub(crate) fn check_slot(row: &[u8], null: bool, at: usize, ty: Type, cursor: usize) -> Result<usize, What> {
    let (width, in_place) = ty.slot();
    if null {
        return if is_zero(row, at..at + width) { Ok(cursor) } else { Err("slot of a null is not zero".into()) };
    }
    if in_place { Ok(cursor) } else { check_variable(row, at, cursor) }
}

/// Checks a slot that points into the variable part, which must go on at `cursor`. Returns the new cursor.
#[inline]
pub(crate) fn check_variable(row: &[u8], at: usize, cursor: usize) -> Result<usize, What> {
    let (offset, length) = extent(row, at).unwrap_or((0, 0));
    let end = cursor.saturating_add(length);
    if offset == cursor && end <= row.len() { Ok(end) } else { Err(not_canonical(row, offset, length, cursor)) }
}

#[cold]
fn not_canonical(row: &[u8], offset: usize, length: usize, cursor: usize) -> What {
    if offset != cursor {
        return format!("variable part starts at {offset} instead of {cursor}");
    }
    format!("variable part has {length} bytes, {} are left", row.len().saturating_sub(cursor))
}

/// Offset and length that a slot holds.
#[inline]
fn extent(row: &[u8], at: usize) -> Option<(usize, usize)> {
    let both = u64::from_le_bytes(*row.get(at..)?.first_chunk()?);
    Some(((both & 0xffff_ffff) as usize, (both >> 32) as usize))
}

/// The value of a slot that is not null; `schema` is asked for only where the type does not say enough.
#[inline]
pub(crate) fn slot_value<'a>(
    ty: Type,
    schema: impl FnOnce() -> &'a Schema,
    row: &'a [u8],
    at: usize,
    site: Site,
) -> Result<ValueRef<'a>, What> {
    let (width, in_place) = ty.slot();
    let range = if in_place {
        at..at + width
    } else {
        let (start, length) = extent(row, at).ok_or_else(cut_off)?;
        start..start.saturating_add(length)
    };
    decode(ty, schema, row.get(range).ok_or_else(cut_off)?, site)
}

#[cold]
fn cut_off() -> What {
    "slot is cut off".into()
}

#[inline]
pub(crate) fn is_zero(row: &[u8], range: Range<usize>) -> bool {
    row.get(range).is_some_and(|bytes| bytes.iter().all(|&byte| byte == 0))
}
