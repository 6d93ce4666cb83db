//! Values as text, as Java's `String.valueOf` renders them.

use std::io::Write as _;

use wasm_connect_sdk::batch::{ArrayRef, MapRef, StructRef};
use wasm_connect_sdk::{Datum, MalformedBatch, Schema, Type, ValueRef, java, logical};

use crate::{decimal, temporal};

/// Appends a record's value. Bytes are written as they are: Java's text for them, such as `[B@1b2c3d`, helps nobody.
#[inline]
pub fn write(value: &Datum<'_>, out: &mut Vec<u8>) -> Result<(), MalformedBatch> {
    match (value.schema(), value.raw()) {
        // The content is the text; what it is was checked when it was written.
        (Some(schema), Some(text)) if schema.ty() == Type::String => {
            out.extend_from_slice(text);
            Ok(())
        }
        (schema, _) => render(value.value()?, schema, out),
    }
}

fn render(value: ValueRef<'_>, schema: Option<&Schema>, out: &mut Vec<u8>) -> Result<(), MalformedBatch> {
    if let Some(text) = schema.and_then(|schema| logical_text(value, schema)) {
        out.extend_from_slice(text.as_bytes());
        return Ok(());
    }
    match value {
        ValueRef::Null => out.extend_from_slice(b"null"),
        ValueRef::Int8(number) => integer(number.into(), out),
        ValueRef::Int16(number) => integer(number.into(), out),
        ValueRef::Int32(number) => integer(number.into(), out),
        ValueRef::Int64(number) => integer(number, out),
        ValueRef::Float32(number) => out.extend_from_slice(java::float(number).as_bytes()),
        ValueRef::Float64(number) => out.extend_from_slice(java::double(number).as_bytes()),
        ValueRef::Boolean(value) => out.extend_from_slice(if value { b"true" } else { b"false" }),
        ValueRef::String(text) => out.extend_from_slice(text.as_bytes()),
        ValueRef::Bytes(bytes) => out.extend_from_slice(bytes),
        ValueRef::Array(items) => array(items, out)?,
        ValueRef::Map(entries) => map(entries, out)?,
        ValueRef::Struct(fields) => structure(fields, out)?,
    }
    Ok(())
}

/// The Java objects of logical types: `BigDecimal` and `Date`.
fn logical_text(value: ValueRef<'_>, schema: &Schema) -> Option<String> {
    match (schema.name()?, value) {
        (logical::DECIMAL, ValueRef::Bytes(unscaled)) => Some(decimal::text(unscaled, logical::scale(schema)?)),
        (logical::DATE, ValueRef::Int32(days)) => Some(temporal::date_text(i64::from(days) * temporal::DAY_MS)),
        (logical::TIME, ValueRef::Int32(milliseconds)) => Some(temporal::date_text(milliseconds.into())),
        (logical::TIMESTAMP, ValueRef::Int64(milliseconds)) => Some(temporal::date_text(milliseconds)),
        _ => None,
    }
}

fn integer(number: i64, out: &mut Vec<u8>) {
    // Writing to memory does not fail.
    let _ = write!(out, "{number}");
}

/// `AbstractCollection.toString`: `[1, 2]`.
fn array(items: ArrayRef<'_>, out: &mut Vec<u8>) -> Result<(), MalformedBatch> {
    out.push(b'[');
    for (i, item) in items.iter().enumerate() {
        separate(i, b", ", out);
        render(item?, items.item_schema(), out)?;
    }
    out.push(b']');
    Ok(())
}

/// `AbstractMap.toString`, in the order of the batch: `{a=1, b=2}`.
fn map(entries: MapRef<'_>, out: &mut Vec<u8>) -> Result<(), MalformedBatch> {
    out.push(b'{');
    for (i, entry) in entries.iter().enumerate() {
        let (key, value) = entry?;
        separate(i, b", ", out);
        render(key, entries.key_schema(), out)?;
        out.push(b'=');
        render(value, entries.value_schema(), out)?;
    }
    out.push(b'}');
    Ok(())
}

/// `Struct.toString`: `Struct{a=1,b=x}`, without null fields.
fn structure(fields: StructRef<'_>, out: &mut Vec<u8>) -> Result<(), MalformedBatch> {
    out.extend_from_slice(b"Struct{");
    let mut written = 0;
    for (i, field) in fields.schema().fields().iter().enumerate() {
        let value = fields.get(i)?;
        if value.is_null() {
            continue;
        }
        separate(written, b",", out);
        out.extend_from_slice(field.name.as_bytes());
        out.push(b'=');
        render(value, Some(&field.schema), out)?;
        written += 1;
    }
    out.push(b'}');
    Ok(())
}

fn separate(before: usize, separator: &[u8], out: &mut Vec<u8>) {
    if before > 0 {
        out.extend_from_slice(separator);
    }
}
