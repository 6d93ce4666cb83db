//! A value that was read from JSON: as much of it as possible borrows from the text.

use std::borrow::Cow;

use wasm_connect_batch::{EncodeError, RowWriter, Schema, Struct, Type, Value, tagged};

use crate::converter::ConvertError;

/// A value of a schema, or schemaless.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Item<'a> {
    Null,
    Int8(i8),
    Int16(i16),
    Int32(i32),
    Int64(i64),
    Float32(f32),
    Float64(f64),
    Boolean(bool),
    String(Cow<'a, str>),
    Bytes(Cow<'a, [u8]>),
    Array(Vec<Item<'a>>),
    Map(Vec<(Item<'a>, Item<'a>)>),
    /// One item a field, in the schema's order.
    Struct(Vec<Item<'a>>),
}

impl<'a> From<&'a Value> for Item<'a> {
    fn from(value: &'a Value) -> Self {
        match value {
            Value::Null => Item::Null,
            Value::Int8(v) => Item::Int8(*v),
            Value::Int16(v) => Item::Int16(*v),
            Value::Int32(v) => Item::Int32(*v),
            Value::Int64(v) => Item::Int64(*v),
            Value::Float32(v) => Item::Float32(*v),
            Value::Float64(v) => Item::Float64(*v),
            Value::Boolean(v) => Item::Boolean(*v),
            Value::String(v) => Item::String(Cow::Borrowed(v)),
            Value::Bytes(v) => Item::Bytes(Cow::Borrowed(v)),
            Value::Array(items) => Item::Array(items.iter().map(Item::from).collect()),
            Value::Map(entries) => Item::Map(entries.iter().map(|(key, value)| (key.into(), value.into())).collect()),
            Value::Struct(value) => Item::Struct(value.values().iter().map(Item::from).collect()),
        }
    }
}

impl Item<'_> {
    fn ty(&self) -> Option<Type> {
        Some(match self {
            Item::Null => return None,
            Item::Int8(_) => Type::Int8,
            Item::Int16(_) => Type::Int16,
            Item::Int32(_) => Type::Int32,
            Item::Int64(_) => Type::Int64,
            Item::Float32(_) => Type::Float32,
            Item::Float64(_) => Type::Float64,
            Item::Boolean(_) => Type::Boolean,
            Item::String(_) => Type::String,
            Item::Bytes(_) => Type::Bytes,
            Item::Array(_) => Type::Array,
            Item::Map(_) => Type::Map,
            Item::Struct(_) => Type::Struct,
        })
    }

    /// Appends the row of a value that is not null.
    pub(super) fn write_row(&self, buf: &mut Vec<u8>, schema: &Schema) -> Result<(), EncodeError> {
        if self.ty() != Some(schema.ty()) {
            let found = self.ty().map_or("null", Type::name);
            return Err(EncodeError::Mismatch(format!("value of {schema} is of the type {found}")));
        }
        match self {
            Item::Null => {}
            Item::Int8(v) => buf.extend_from_slice(&v.to_le_bytes()),
            Item::Int16(v) => buf.extend_from_slice(&v.to_le_bytes()),
            Item::Int32(v) => buf.extend_from_slice(&v.to_le_bytes()),
            Item::Int64(v) => buf.extend_from_slice(&v.to_le_bytes()),
            Item::Float32(v) => buf.extend_from_slice(&v.to_le_bytes()),
            Item::Float64(v) => buf.extend_from_slice(&v.to_le_bytes()),
            Item::Boolean(v) => buf.push(u8::from(*v)),
            Item::String(v) => buf.extend_from_slice(v.as_bytes()),
            Item::Bytes(v) => buf.extend_from_slice(v),
            Item::Array(items) => {
                let mut row = RowWriter::array(buf, schema, items.len())?;
                items.iter().try_for_each(|item| item.write_slot(&mut row))?;
                row.finish()?;
            }
            Item::Map(entries) => {
                let mut row = RowWriter::map(buf, schema, entries.len())?;
                entries.iter().try_for_each(|(key, _)| key.write_slot(&mut row))?;
                entries.iter().try_for_each(|(_, value)| value.write_slot(&mut row))?;
                row.finish()?;
            }
            Item::Struct(fields) => {
                let mut row = RowWriter::structure(buf, schema)?;
                fields.iter().try_for_each(|field| field.write_slot(&mut row))?;
                row.finish()?;
            }
        }
        Ok(())
    }

    pub(super) fn write_slot(&self, row: &mut RowWriter<'_>) -> Result<(), EncodeError> {
        match self {
            Item::Null => row.null()?,
            Item::Int8(v) => row.int8(*v)?,
            Item::Int16(v) => row.int16(*v)?,
            Item::Int32(v) => row.int32(*v)?,
            Item::Int64(v) => row.int64(*v)?,
            Item::Float32(v) => row.float32(*v)?,
            Item::Float64(v) => row.float64(*v)?,
            Item::Boolean(v) => row.boolean(*v)?,
            Item::String(v) => row.string(v)?,
            Item::Bytes(v) => row.bytes(v)?,
            Item::Array(_) | Item::Map(_) | Item::Struct(_) => row.nested(|schema, buf| self.write_row(buf, schema))?,
        };
        Ok(())
    }

    /// Appends a schemaless value.
    pub(super) fn write_tagged(&self, buf: &mut Vec<u8>) -> Result<(), EncodeError> {
        match self {
            Item::Null => tagged::null(buf),
            Item::Int8(v) => tagged::int8(buf, *v),
            Item::Int16(v) => tagged::int16(buf, *v),
            Item::Int32(v) => tagged::int32(buf, *v),
            Item::Int64(v) => tagged::int64(buf, *v),
            Item::Float32(v) => tagged::float32(buf, *v),
            Item::Float64(v) => tagged::float64(buf, *v),
            Item::Boolean(v) => tagged::boolean(buf, *v),
            Item::String(v) => tagged::string(buf, v),
            Item::Bytes(v) => tagged::bytes(buf, v),
            Item::Array(items) => {
                let open = tagged::array(buf);
                items.iter().try_for_each(|item| item.write_tagged(buf))?;
                open.end(buf, items.len() as u32);
            }
            Item::Map(entries) => {
                let open = tagged::map(buf);
                for (key, value) in entries {
                    key.write_tagged(buf)?;
                    value.write_tagged(buf)?;
                }
                open.end(buf, entries.len() as u32);
            }
            Item::Struct(_) => return Err(EncodeError::Mismatch("a struct has no schemaless form".into())),
        }
        Ok(())
    }

    /// The value with all its parts, owned.
    pub(super) fn into_value(self, schema: &Schema) -> Result<Value, ConvertError> {
        let child = |child: Option<&Schema>| {
            child.cloned().ok_or_else(|| ConvertError(format!("{schema} has no schema for its items")))
        };
        Ok(match self {
            Item::Null => Value::Null,
            Item::Int8(v) => Value::Int8(v),
            Item::Int16(v) => Value::Int16(v),
            Item::Int32(v) => Value::Int32(v),
            Item::Int64(v) => Value::Int64(v),
            Item::Float32(v) => Value::Float32(v),
            Item::Float64(v) => Value::Float64(v),
            Item::Boolean(v) => Value::Boolean(v),
            Item::String(v) => Value::String(v.into_owned()),
            Item::Bytes(v) => Value::Bytes(v.into_owned()),
            Item::Array(items) => {
                let item_schema = child(schema.value_schema())?;
                Value::Array(items.into_iter().map(|item| item.into_value(&item_schema)).collect::<Result<_, _>>()?)
            }
            Item::Map(entries) => {
                let (key_schema, value_schema) = (child(schema.key_schema())?, child(schema.value_schema())?);
                let owned = entries
                    .into_iter()
                    .map(|(key, value)| Ok((key.into_value(&key_schema)?, value.into_value(&value_schema)?)));
                Value::Map(owned.collect::<Result<_, ConvertError>>()?)
            }
            Item::Struct(fields) => {
                let mut value = Struct::new(schema.clone()).map_err(|invalid| ConvertError(invalid.to_string()))?;
                for (i, (item, field)) in fields.into_iter().zip(schema.fields()).enumerate() {
                    let item = item.into_value(&field.schema)?;
                    value.put_at(i, item).map_err(|invalid| ConvertError(invalid.to_string()))?;
                }
                Value::Struct(value)
            }
        })
    }
}

/// What a struct refuses to be put into a field: nulls where the schema has none (`ConnectSchema.validateValue`).
pub(super) fn check_field(name: &str, schema: &Schema, item: &Item<'_>) -> Result<(), ConvertError> {
    check_nulls(schema, item, &|| format!("field: \"{name}\""))
}

fn check_nulls(schema: &Schema, item: &Item<'_>, location: &dyn Fn() -> String) -> Result<(), ConvertError> {
    match item {
        Item::Null if !schema.is_optional() => {
            let (location, ty) = (location(), schema.ty());
            Err(ConvertError(format!("Invalid value: null used for required {location}, schema type: {ty}")))
        }
        Item::Array(items) => {
            let Some(item_schema) = schema.value_schema() else {
                return Ok(());
            };
            items
                .iter()
                .try_for_each(|item| check_nulls(item_schema, item, &|| format!("element of array {}", location())))
        }
        Item::Map(entries) => {
            let (Some(keys), Some(values)) = (schema.key_schema(), schema.value_schema()) else {
                return Ok(());
            };
            entries.iter().try_for_each(|(key, value)| {
                check_nulls(keys, key, &|| format!("key of map {}", location()))?;
                check_nulls(values, value, &|| format!("value of map {}", location()))
            })
        }
        _ => Ok(()),
    }
}
