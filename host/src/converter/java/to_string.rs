//! `Object.toString` of any value, as `StringConverter` writes it.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use wasm_connect_batch::Schema;

use super::logical::Logical;
use super::{calendar, decimal, float, integer};
use crate::converter::ConvertError;
use crate::converter::view::{StructView, View};

/// Appends the text of `value` in UTF-8; null is `null`.
///
/// Bytes are written as base64, where Java prints an address that tells nothing. Dates are those of the time zone UTC.
pub(crate) fn write(out: &mut Vec<u8>, schema: Option<&Schema>, value: View<'_>) -> Result<(), ConvertError> {
    match (value, Logical::of(schema)) {
        (View::Bytes(unscaled), Some(Logical::Decimal)) => {
            return decimal::write(out, unscaled, decimal::scale(schema)?);
        }
        (View::Int32(days), Some(Logical::Date)) => {
            calendar::write_date_text(out, i64::from(days) * calendar::MILLIS_PER_DAY)
        }
        (View::Int32(millis), Some(Logical::Time)) => calendar::write_date_text(out, i64::from(millis)),
        (View::Int64(millis), Some(Logical::Timestamp)) => calendar::write_date_text(out, millis),
        _ => return write_plain(out, schema, value),
    }
    Ok(())
}

fn write_plain(out: &mut Vec<u8>, schema: Option<&Schema>, value: View<'_>) -> Result<(), ConvertError> {
    match value {
        View::Null => out.extend_from_slice(b"null"),
        View::Int8(v) => integer::write(out, i64::from(v)),
        View::Int16(v) => integer::write(out, i64::from(v)),
        View::Int32(v) => integer::write(out, i64::from(v)),
        View::Int64(v) => integer::write(out, v),
        View::Float32(v) => float::write_f32(out, v),
        View::Float64(v) => float::write_f64(out, v),
        View::Boolean(v) => out.extend_from_slice(if v { b"true" } else { b"false" }),
        View::String(v) => out.extend_from_slice(v.as_bytes()),
        View::Bytes(v) => out.extend_from_slice(STANDARD.encode(v).as_bytes()),
        View::Array(items) => {
            let item_schema = schema.and_then(Schema::value_schema);
            let mut first = true;
            out.push(b'[');
            items.visit(|item| {
                comma(out, &mut first);
                write(out, item_schema, item)
            })?;
            out.push(b']');
        }
        View::Map(entries) => {
            let (key_schema, value_schema) =
                (schema.and_then(Schema::key_schema), schema.and_then(Schema::value_schema));
            let mut first = true;
            out.push(b'{');
            entries.visit(|key, value| {
                comma(out, &mut first);
                write(out, key_schema, key)?;
                out.push(b'=');
                write(out, value_schema, value)
            })?;
            out.push(b'}');
        }
        View::Struct(value) => write_struct(out, &value)?,
    }
    Ok(())
}

/// Comma and blank before every item but the first.
fn comma(out: &mut Vec<u8>, first: &mut bool) {
    if !std::mem::replace(first, false) {
        out.extend_from_slice(b", ");
    }
}

/// `Struct.toString`: fields that are null are left out.
fn write_struct(out: &mut Vec<u8>, value: &StructView<'_>) -> Result<(), ConvertError> {
    out.extend_from_slice(b"Struct{");
    let mut first = true;
    for (i, field) in value.schema().fields().iter().enumerate() {
        let view = value.get(i)?;
        if view.is_null() {
            continue;
        }
        if !first {
            out.push(b',');
        }
        first = false;
        out.extend_from_slice(field.name.as_bytes());
        out.push(b'=');
        write(out, Some(&field.schema), view)?;
    }
    out.push(b'}');
    Ok(())
}
