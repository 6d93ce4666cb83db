//! Values and schemas as JSON, written straight into a record's bytes (Java's `convertToJson` and `asJsonSchema`).

use wasm_connect_batch::{Schema, Type};

use super::{DecimalFormat, Options, base64, text};
use crate::converter::ConvertError;
use crate::converter::java::logical::Logical;
use crate::converter::java::{calendar, class, decimal, integer};
use crate::converter::view::{MapView, View};

/// Appends a value.
pub(super) fn value(
    out: &mut Vec<u8>,
    options: &Options,
    schema: Option<&Schema>,
    view: View<'_>,
) -> Result<(), ConvertError> {
    if view.is_null() {
        return null(out, options, schema);
    }
    match Logical::of(schema) {
        None => plain(out, options, schema, view),
        Some(logical) => logical_value(out, options, schema, logical, view),
    }
}

/// Appends what stands for null: the default, or null if the schema allows it.
fn null(out: &mut Vec<u8>, options: &Options, schema: Option<&Schema>) -> Result<(), ConvertError> {
    if let Some(schema) = schema {
        if let Some(default) = schema.default_value().filter(|_| options.replace_null_with_default) {
            return value(out, options, Some(schema), default.into());
        }
        if !schema.is_optional() {
            let text = "Conversion error: null value for field that is required and has no default value";
            return Err(ConvertError(text.into()));
        }
    }
    out.extend_from_slice(b"null");
    Ok(())
}

fn logical_value(
    out: &mut Vec<u8>,
    options: &Options,
    schema: Option<&Schema>,
    logical: Logical,
    view: View<'_>,
) -> Result<(), ConvertError> {
    match (logical, view) {
        (Logical::Decimal, View::Bytes(unscaled)) => match options.decimal_format {
            DecimalFormat::Numeric => decimal::write(out, unscaled, decimal::scale(schema)?)?,
            DecimalFormat::Base64 => match decimal::minimal(unscaled) {
                Some(unscaled) => base64::write(out, unscaled),
                None => {
                    return Err(ConvertError("Invalid bytes for Decimal field: Zero length BigInteger".into()));
                }
            },
        },
        (Logical::Time, View::Int32(millis)) if !(0..=calendar::MILLIS_PER_DAY).contains(&i64::from(millis)) => {
            let text = "Kafka Connect Time type should not have any date fields set to non-zero values.";
            return Err(ConvertError(text.into()));
        }
        (Logical::Date | Logical::Time, View::Int32(v)) => integer::write(out, i64::from(v)),
        (Logical::Timestamp, View::Int64(millis)) => integer::write(out, millis),
        (logical, view) => {
            let expected = if logical == Logical::Decimal { "BigDecimal" } else { "Date" };
            let class = class::of(schema, &view);
            return Err(ConvertError(format!("Invalid type for {logical:?}, expected {expected} but was {class}")));
        }
    }
    Ok(())
}

fn plain(out: &mut Vec<u8>, options: &Options, schema: Option<&Schema>, view: View<'_>) -> Result<(), ConvertError> {
    match view {
        View::Null => out.extend_from_slice(b"null"),
        View::Int8(v) => integer::write(out, i64::from(v)),
        View::Int16(v) => integer::write(out, i64::from(v)),
        View::Int32(v) => integer::write(out, i64::from(v)),
        View::Int64(v) => integer::write(out, v),
        View::Float32(v) => text::write_f32(out, v),
        View::Float64(v) => text::write_f64(out, v),
        View::Boolean(v) => out.extend_from_slice(if v { b"true" } else { b"false" }),
        View::String(v) => text::write_string(out, v),
        View::Bytes(v) => base64::write(out, v),
        View::Array(items) => {
            let item_schema = schema.and_then(Schema::value_schema);
            let mut first = true;
            out.push(b'[');
            items.visit(|item| {
                comma(out, &mut first);
                value(out, options, item_schema, item)
            })?;
            out.push(b']');
        }
        View::Map(entries) => map(out, options, schema, &entries)?,
        View::Struct(fields) => {
            let mut first = true;
            out.push(b'{');
            for (i, field) in fields.schema().fields().iter().enumerate() {
                comma(out, &mut first);
                text::write_string(out, &field.name);
                out.push(b':');
                value(out, options, Some(&field.schema), fields.get(i)?)?;
            }
            out.push(b'}');
        }
    }
    Ok(())
}

/// An object if the keys are strings, else an array of pairs.
fn map(
    out: &mut Vec<u8>,
    options: &Options,
    schema: Option<&Schema>,
    entries: &MapView<'_>,
) -> Result<(), ConvertError> {
    let (key_schema, value_schema) = (schema.and_then(Schema::key_schema), schema.and_then(Schema::value_schema));
    let is_object = match key_schema {
        Some(key_schema) => key_schema.ty() == Type::String,
        None => entries.has_string_keys()?,
    };
    let mut first = true;
    out.push(if is_object { b'{' } else { b'[' });
    entries.visit(|key, entry_value| {
        comma(out, &mut first);
        if is_object {
            name(out, options, key_schema, key)?;
            out.push(b':');
            return value(out, options, value_schema, entry_value);
        }
        out.push(b'[');
        value(out, options, key_schema, key)?;
        out.push(b',');
        value(out, options, value_schema, entry_value)?;
        out.push(b']');
        Ok(())
    })?;
    out.push(if is_object { b'}' } else { b']' });
    Ok(())
}

/// A key of an object: a string, or what stands for null as a string.
fn name(out: &mut Vec<u8>, options: &Options, schema: Option<&Schema>, key: View<'_>) -> Result<(), ConvertError> {
    let start = out.len();
    value(out, options, schema, key)?;
    if out.get(start) != Some(&b'"') {
        out.insert(start, b'"');
        out.push(b'"');
    }
    Ok(())
}

/// A comma before every item but the first.
fn comma(out: &mut Vec<u8>, first: &mut bool) {
    if !std::mem::replace(first, false) {
        out.push(b',');
    }
}

/// Appends a schema; that of a struct's field names the field at its end.
pub(super) fn schema(
    out: &mut Vec<u8>,
    options: &Options,
    schema: &Schema,
    field: Option<&str>,
) -> Result<(), ConvertError> {
    let ty = match schema.ty() {
        Type::Float32 => "float",
        Type::Float64 => "double",
        other => other.name(),
    };
    out.extend_from_slice(b"{\"type\":\"");
    out.extend_from_slice(ty.as_bytes());
    out.push(b'"');
    children(out, options, schema)?;
    out.extend_from_slice(if schema.is_optional() { b",\"optional\":true" } else { b",\"optional\":false" });
    if let Some(name) = schema.name() {
        string_member(out, b",\"name\":", name);
    }
    if let Some(version) = schema.version() {
        out.extend_from_slice(b",\"version\":");
        integer::write(out, i64::from(version));
    }
    if let Some(doc) = schema.doc() {
        string_member(out, b",\"doc\":", doc);
    }
    if !schema.parameters().is_empty() {
        out.extend_from_slice(b",\"parameters\":");
        let mut first = true;
        out.push(b'{');
        for (key, parameter) in schema.parameters() {
            comma(out, &mut first);
            text::write_string(out, key);
            string_member(out, b":", parameter);
        }
        out.push(b'}');
    }
    if let Some(default) = schema.default_value() {
        out.extend_from_slice(b",\"default\":");
        value(out, options, Some(schema), default.into())?;
    }
    if let Some(field) = field {
        string_member(out, b",\"field\":", field);
    }
    out.push(b'}');
    Ok(())
}

fn children(out: &mut Vec<u8>, options: &Options, parent: &Schema) -> Result<(), ConvertError> {
    if parent.ty() == Type::Struct {
        out.extend_from_slice(b",\"fields\":[");
        for (i, field) in parent.fields().iter().enumerate() {
            if i > 0 {
                out.push(b',');
            }
            schema(out, options, &field.schema, Some(&field.name))?;
        }
        out.push(b']');
    }
    let names: [&[u8]; 2] =
        if parent.ty() == Type::Array { [b"", b",\"items\":"] } else { [b",\"keys\":", b",\"values\":"] };
    for (name, child) in names.into_iter().zip([parent.key_schema(), parent.value_schema()]) {
        if let Some(child) = child {
            out.extend_from_slice(name);
            schema(out, options, child, None)?;
        }
    }
    Ok(())
}

fn string_member(out: &mut Vec<u8>, name: &[u8], value: &str) {
    out.extend_from_slice(name);
    text::write_string(out, value);
}
