//! Values into JSON (`JsonSchemaData.fromConnectData`).

use wasm_connect_batch::{Schema, logical};

use super::{Options, has_object_keys, is_union};
use crate::converter::ConvertError;
use crate::converter::java::{decimal, integer};
use crate::converter::json::{base64, text};
use crate::converter::view::{StructView, View};

/// Appends a value.
pub(super) fn value(
    out: &mut Vec<u8>,
    options: &Options,
    schema: Option<&Schema>,
    view: View<'_>,
) -> Result<(), ConvertError> {
    match view {
        View::Null => match schema.and_then(Schema::default_value) {
            Some(default) if !options.ignore_default_for_nullables => {
                return value(out, options, schema, default.into());
            }
            _ => out.extend_from_slice(b"null"),
        },
        View::Int8(v) => integer::write(out, i64::from(v)),
        View::Int16(v) => integer::write(out, i64::from(v)),
        View::Int32(v) => integer::write(out, i64::from(v)),
        View::Int64(v) => integer::write(out, v),
        View::Float32(v) => text::write_f32(out, v),
        View::Float64(v) => text::write_f64(out, v),
        View::Boolean(v) => out.extend_from_slice(if v { b"true" } else { b"false" }),
        View::String(v) => text::write_string(out, v),
        View::Bytes(v) => match schema.and_then(Schema::name) {
            Some(logical::DECIMAL) if options.numeric_decimals => decimal::write(out, v, decimal::scale(schema)?)?,
            _ => base64::write(out, v),
        },
        View::Array(items) => {
            let (item_schema, mut first) = (schema.and_then(Schema::value_schema), true);
            out.push(b'[');
            items.visit(|item| {
                comma(out, &mut first);
                value(out, options, item_schema, item)
            })?;
            out.push(b']');
        }
        View::Map(entries) => {
            let (key_schema, value_schema) =
                (schema.and_then(Schema::key_schema), schema.and_then(Schema::value_schema));
            let is_object = match schema {
                Some(_) => has_object_keys(key_schema),
                None => entries.has_string_keys()?,
            };
            let mut first = true;
            out.push(if is_object { b'{' } else { b'[' });
            entries.visit(|key, entry| {
                comma(out, &mut first);
                match (is_object, key) {
                    (true, View::String(key)) => text::write_string(out, key),
                    (true, _) => return Err(ConvertError("Invalid type for MAP: a key is no string".to_owned())),
                    (false, key) => {
                        out.extend_from_slice(b"{\"key\":");
                        value(out, options, key_schema, key)?;
                        out.extend_from_slice(b",\"value\"");
                    }
                }
                out.push(b':');
                value(out, options, value_schema, entry)?;
                if !is_object {
                    out.push(b'}');
                }
                Ok(())
            })?;
            out.push(if is_object { b'}' } else { b']' });
        }
        View::Struct(fields) if is_union(fields.schema()) => union(out, options, &fields)?,
        View::Struct(fields) => {
            let mut first = true;
            out.push(b'{');
            for (i, field) in fields.schema().fields().iter().enumerate() {
                let member = fields.get(i)?;
                let has_default = field.schema.default_value().is_some() && !options.ignore_default_for_nullables;
                // A required field that is null has nothing to say.
                if member.is_null() && !field.schema.is_optional() && !has_default {
                    continue;
                }
                comma(out, &mut first);
                text::write_string(out, &field.name);
                out.push(b':');
                value(out, options, Some(&field.schema), member)?;
            }
            out.push(b'}');
        }
    }
    Ok(())
}

/// A union is its member that is not null.
fn union(out: &mut Vec<u8>, options: &Options, fields: &StructView<'_>) -> Result<(), ConvertError> {
    for (i, field) in fields.schema().fields().iter().enumerate() {
        let member = fields.get(i)?;
        if !member.is_null() {
            return value(out, options, Some(&field.schema), member);
        }
    }
    out.extend_from_slice(b"null");
    Ok(())
}

/// A comma before every item but the first.
fn comma(out: &mut Vec<u8>, first: &mut bool) {
    if !std::mem::replace(first, false) {
        out.push(b',');
    }
}
