//! A header's value as text (`Values.convertToString`).

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use wasm_connect_batch::Schema;

use crate::converter::ConvertError;
use crate::converter::java::logical::Logical;
use crate::converter::java::{calendar, decimal, float, integer};
use crate::converter::view::{StructView, View};

/// Appends the text; strings and bytes that are `embedded` in a list, map or struct are quoted. Dates are those of UTC.
pub(super) fn write(
    out: &mut Vec<u8>,
    schema: Option<&Schema>,
    value: View<'_>,
    embedded: bool,
) -> Result<(), ConvertError> {
    match (value, Logical::of(schema)) {
        (View::Bytes(unscaled), Some(Logical::Decimal)) => {
            return decimal::write(out, unscaled, decimal::scale(schema)?);
        }
        (View::Int32(days), Some(Logical::Date)) => {
            calendar::write_iso(out, i64::from(days) * calendar::MILLIS_PER_DAY)
        }
        (View::Int32(millis), Some(Logical::Time)) => calendar::write_iso(out, i64::from(millis)),
        (View::Int64(millis), Some(Logical::Timestamp)) => calendar::write_iso(out, millis),
        _ => return plain(out, schema, value, embedded),
    }
    Ok(())
}

fn plain(out: &mut Vec<u8>, schema: Option<&Schema>, value: View<'_>, embedded: bool) -> Result<(), ConvertError> {
    match value {
        View::Null => out.extend_from_slice(b"null"),
        View::Int8(v) => integer::write(out, i64::from(v)),
        View::Int16(v) => integer::write(out, i64::from(v)),
        View::Int32(v) => integer::write(out, i64::from(v)),
        View::Int64(v) => integer::write(out, v),
        View::Float32(v) => float::write_f32(out, v),
        View::Float64(v) => float::write_f64(out, v),
        View::Boolean(v) => out.extend_from_slice(if v { b"true" } else { b"false" }),
        View::String(v) if embedded => quoted(out, v),
        View::String(v) => out.extend_from_slice(v.as_bytes()),
        View::Bytes(v) if embedded => quoted(out, &STANDARD.encode(v)),
        View::Bytes(v) => out.extend_from_slice(STANDARD.encode(v).as_bytes()),
        View::Array(items) => {
            let item_schema = schema.and_then(Schema::value_schema);
            let mut first = true;
            out.push(b'[');
            items.visit(|item| {
                comma(out, &mut first);
                write(out, item_schema, item, true)
            })?;
            out.push(b']');
        }
        View::Map(entries) => {
            let (keys, values) = (schema.and_then(Schema::key_schema), schema.and_then(Schema::value_schema));
            let mut first = true;
            out.push(b'{');
            entries.visit(|key, value| {
                comma(out, &mut first);
                write(out, keys, key, true)?;
                out.push(b':');
                write(out, values, value, true)
            })?;
            out.push(b'}');
        }
        View::Struct(value) => structure(out, &value)?,
    }
    Ok(())
}

/// A struct as a map of its fields; what is null and has a default is the default.
fn structure(out: &mut Vec<u8>, value: &StructView<'_>) -> Result<(), ConvertError> {
    let mut first = true;
    out.push(b'{');
    for (i, field) in value.schema().fields().iter().enumerate() {
        comma(out, &mut first);
        quoted(out, &field.name);
        out.push(b':');
        let view = match (value.get(i)?, field.schema.default_value()) {
            (View::Null, Some(default)) => default.into(),
            (view, _) => view,
        };
        write(out, Some(&field.schema), view, true)?;
    }
    out.push(b'}');
    Ok(())
}

fn comma(out: &mut Vec<u8>, first: &mut bool) {
    if !std::mem::replace(first, false) {
        out.push(b',');
    }
}

fn quoted(out: &mut Vec<u8>, text: &str) {
    out.push(b'"');
    for byte in text.bytes() {
        if byte == b'"' || byte == b'\\' {
            out.push(b'\\');
        }
        out.push(byte);
    }
    out.push(b'"');
}
