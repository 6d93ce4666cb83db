//! Schemaless values: a tag byte and the value, nested; Connect's `Map<String, ?>` and friends.

use super::datum::Site;
use super::value_ref::{ArrayRef, MapRef, ValueRef, boolean as decode_boolean};
use crate::bytes::{Cursor, What, utf8};
use crate::{EncodeError, Limits, Type, Value};

/// The tag of null inside of a collection; a top-level null has no row.
const NULL: u8 = 0;

/// Decodes a top-level schemaless row.
pub(crate) fn decode<'a>(row: &'a [u8], site: Site) -> Result<ValueRef<'a>, What> {
    let mut cursor = Cursor::new(row);
    let value = next(&mut cursor, site)?;
    if value.is_null() {
        return Err("null has a row".into());
    }
    end(&cursor).map(|()| value)
}

fn end(cursor: &Cursor<'_>) -> Result<(), What> {
    match cursor.remaining() {
        0 => Ok(()),
        left => Err(format!("has {left} bytes after its end")),
    }
}

/// The next tagged value.
fn next<'a>(cursor: &mut Cursor<'a>, site: Site) -> Result<ValueRef<'a>, What> {
    let tag = cursor.u8("tag")?;
    if tag == NULL {
        return Ok(ValueRef::Null);
    }
    let Some(inner) = site.max_depth.checked_sub(1) else {
        return Err("nested too deep".into());
    };
    let noun = Type::from_code(tag).map_or("value", Type::name);
    Ok(match Type::from_code(tag) {
        Some(Type::Int8) => ValueRef::Int8(i8::from_le_bytes(cursor.array(noun)?)),
        Some(Type::Int16) => ValueRef::Int16(i16::from_le_bytes(cursor.array(noun)?)),
        Some(Type::Int32) => ValueRef::Int32(i32::from_le_bytes(cursor.array(noun)?)),
        Some(Type::Int64) => ValueRef::Int64(i64::from_le_bytes(cursor.array(noun)?)),
        Some(Type::Float32) => ValueRef::Float32(f32::from_le_bytes(cursor.array(noun)?)),
        Some(Type::Float64) => ValueRef::Float64(f64::from_le_bytes(cursor.array(noun)?)),
        Some(Type::Boolean) => ValueRef::Boolean(decode_boolean(cursor.take(1, noun)?)?),
        Some(Type::String) => ValueRef::String(utf8(sized(cursor, noun)?)?),
        Some(Type::Bytes) => ValueRef::Bytes(sized(cursor, noun)?),
        Some(Type::Array) => {
            let (len, body) = counted(cursor, noun, 1)?;
            let site = Site { max_depth: inner, ..site };
            ValueRef::Array(ArrayRef::tagged(body, len, site))
        }
        Some(Type::Map) => {
            let (len, body) = counted(cursor, noun, 2)?;
            let site = Site { max_depth: inner, ..site };
            ValueRef::Map(MapRef::tagged(body, len, site))
        }
        Some(Type::Struct) | None => return Err(format!("unknown tag {tag}")),
    })
}

fn sized<'a>(cursor: &mut Cursor<'a>, noun: &str) -> Result<&'a [u8], What> {
    let length = cursor.u32(noun)?;
    cursor.take(length as usize, noun)
}

/// A collection's bytes: its count, and the items that follow it.
fn counted<'a>(cursor: &mut Cursor<'a>, noun: &str, least: usize) -> Result<(u32, &'a [u8]), What> {
    let mut body = Cursor::new(sized(cursor, noun)?);
    let len = body.count(least, "count")?;
    let left = body.remaining();
    if len == 0 && left > 0 {
        return Err(format!("empty {noun} has {left} bytes after its end"));
    }
    Ok((len as u32, body.take(left, noun)?))
}

/// Reads `len` items; the last one must end where the body ends, and an error ends the iteration.
fn read_all<'a, T: 'a>(
    len: u32,
    body: &'a [u8],
    mut read: impl FnMut(&mut Cursor<'a>) -> Result<T, What> + 'a,
) -> impl Iterator<Item = Result<T, What>> + 'a {
    let mut cursor = Cursor::new(body);
    let mut i = 0;
    std::iter::from_fn(move || {
        if i == len {
            return None;
        }
        let item = read(&mut cursor).map_err(|what| format!("item {i}: {what}"));
        i += 1;
        let item = if i == len { item.and_then(|item| end(&cursor).map(|()| item)) } else { item };
        if item.is_err() {
            i = len;
        }
        Some(item)
    })
}

/// The items of a schemaless array.
pub(crate) fn items<'a>(body: &'a [u8], len: u32, site: Site) -> impl Iterator<Item = Result<ValueRef<'a>, What>> + 'a {
    read_all(len, body, move |cursor| next(cursor, site))
}

/// The entries of a schemaless map.
pub(crate) fn entries<'a>(
    body: &'a [u8],
    len: u32,
    site: Site,
) -> impl Iterator<Item = Result<(ValueRef<'a>, ValueRef<'a>), What>> + 'a {
    read_all(len, body, move |cursor| Ok((next(cursor, site)?, next(cursor, site)?)))
}

// === writing ===

/// Appends a null item of a collection.
pub fn null(buf: &mut Vec<u8>) {
    buf.push(NULL);
}

/// Appends an int8.
pub fn int8(buf: &mut Vec<u8>, value: i8) {
    scalar(buf, Type::Int8, value.to_le_bytes());
}

/// Appends an int16.
pub fn int16(buf: &mut Vec<u8>, value: i16) {
    scalar(buf, Type::Int16, value.to_le_bytes());
}

/// Appends an int32.
pub fn int32(buf: &mut Vec<u8>, value: i32) {
    scalar(buf, Type::Int32, value.to_le_bytes());
}

/// Appends an int64.
pub fn int64(buf: &mut Vec<u8>, value: i64) {
    scalar(buf, Type::Int64, value.to_le_bytes());
}

/// Appends a float32.
pub fn float32(buf: &mut Vec<u8>, value: f32) {
    scalar(buf, Type::Float32, value.to_le_bytes());
}

/// Appends a float64.
pub fn float64(buf: &mut Vec<u8>, value: f64) {
    scalar(buf, Type::Float64, value.to_le_bytes());
}

/// Appends a boolean.
pub fn boolean(buf: &mut Vec<u8>, value: bool) {
    scalar(buf, Type::Boolean, [u8::from(value)]);
}

/// Appends a string.
pub fn string(buf: &mut Vec<u8>, value: &str) {
    scalar(buf, Type::String, (value.len() as u32).to_le_bytes());
    buf.extend_from_slice(value.as_bytes());
}

/// Appends bytes.
pub fn bytes(buf: &mut Vec<u8>, value: &[u8]) {
    scalar(buf, Type::Bytes, (value.len() as u32).to_le_bytes());
    buf.extend_from_slice(value);
}

fn scalar<const N: usize>(buf: &mut Vec<u8>, ty: Type, value: [u8; N]) {
    buf.push(ty.code());
    buf.extend_from_slice(&value);
}

/// An array or map that has been begun; its items are appended to the same buffer, then it is ended.
#[must_use = "a collection that is not ended is malformed"]
pub struct Open {
    start: usize,
}

/// Begins an array: append its items, then [`Open::end`].
pub fn array(buf: &mut Vec<u8>) -> Open {
    open(buf, Type::Array)
}

/// Begins a map: append key, value, key, value ..., then [`Open::end`].
pub fn map(buf: &mut Vec<u8>) -> Open {
    open(buf, Type::Map)
}

fn open(buf: &mut Vec<u8>, ty: Type) -> Open {
    scalar(buf, ty, [0; 8]);
    Open { start: buf.len() }
}

impl Open {
    /// Ends a collection of `count` items (entries of a map).
    pub fn end(self, buf: &mut [u8], count: u32) {
        let length = (buf.len() - self.start + 4) as u32;
        if let Some(place) = buf.get_mut(self.start - 8..self.start) {
            place[..4].copy_from_slice(&length.to_le_bytes());
            place[4..].copy_from_slice(&count.to_le_bytes());
        }
    }
}

/// Appends a value with all its parts.
///
/// # Errors
/// A struct, which has no schemaless form, and values nested deeper than [`Limits::DEPTH`].
pub fn value(buf: &mut Vec<u8>, value: &Value) -> Result<(), EncodeError> {
    nested(buf, value, Limits::DEPTH)
}

fn nested(buf: &mut Vec<u8>, value: &Value, depth: u16) -> Result<(), EncodeError> {
    if value.is_null() {
        null(buf);
        return Ok(());
    }
    let depth = depth.checked_sub(1).ok_or(EncodeError::TooDeep)?;
    match value {
        Value::Null => null(buf),
        Value::Int8(v) => int8(buf, *v),
        Value::Int16(v) => int16(buf, *v),
        Value::Int32(v) => int32(buf, *v),
        Value::Int64(v) => int64(buf, *v),
        Value::Float32(v) => float32(buf, *v),
        Value::Float64(v) => float64(buf, *v),
        Value::Boolean(v) => boolean(buf, *v),
        Value::String(v) => string(buf, v),
        Value::Bytes(v) => bytes(buf, v),
        Value::Array(items) => {
            let open = array(buf);
            items.iter().try_for_each(|item| nested(buf, item, depth))?;
            open.end(buf, items.len() as u32);
        }
        Value::Map(entries) => {
            let open = map(buf);
            for (key, value) in entries {
                nested(buf, key, depth)?;
                nested(buf, value, depth)?;
            }
            open.end(buf, entries.len() as u32);
        }
        Value::Struct(_) => return Err(EncodeError::Mismatch("a struct has no schemaless form".into())),
    }
    Ok(())
}
