//! Values from JSON (`JsonSchemaData.toConnectData`).

use wasm_connect_batch::{Schema, Struct, Type, Value, logical};

use super::{has_object_keys, is_union};
use crate::converter::ConvertError;
use crate::converter::java::decimal::{self, Number};
use crate::converter::json::base64;
use crate::converter::json::tree::Tree;

/// The value of a schema, or of none; no tree: the member is missing.
pub(super) fn value(schema: Option<&Schema>, tree: Option<&Tree<'_>>) -> Result<Value, ConvertError> {
    let Some(schema) = schema else { return tree.map_or(Ok(Value::Null), schemaless) };
    let tree = match tree {
        Some(tree) if !matches!(tree, Tree::Null) => tree,
        null => {
            return match schema.default_value() {
                Some(default) => Ok(default.clone()),
                None if null.is_none() || schema.is_optional() => Ok(Value::Null),
                None => Err(ConvertError(format!("Invalid null value for required {} field", schema.ty()))),
            };
        }
    };
    if schema.ty() == Type::Bytes {
        return bytes(schema, tree);
    }
    let wrong = || ConvertError(format!("Invalid type for {}: {}", schema.ty(), tree.node_type()));
    Ok(match (schema.ty(), tree) {
        (Type::Boolean, Tree::Boolean(v)) => Value::Boolean(*v),
        (Type::String, Tree::String(text)) => Value::String(text.clone().into_owned()),
        (Type::Int8, Tree::Number(text)) => Value::Int8(number(text)?.low_i64() as i8),
        (Type::Int16, Tree::Number(text)) => Value::Int16(number(text)?.low_i64() as i16),
        (Type::Int32, Tree::Number(text)) => Value::Int32(number(text)?.low_i64() as i32),
        (Type::Int64, Tree::Number(text)) => Value::Int64(number(text)?.low_i64()),
        (Type::Float32, Tree::Number(text)) => Value::Float32(number(text)?.float32()),
        (Type::Float64, Tree::Number(text)) => Value::Float64(number(text)?.float64()),
        // Numbers that JSON does not have, as Jackson writes them.
        (Type::Float32, Tree::String(text)) => Value::Float32(named(text).ok_or_else(wrong)? as f32),
        (Type::Float64, Tree::String(text)) => Value::Float64(named(text).ok_or_else(wrong)?),
        (Type::Array, Tree::Array(items)) => {
            let item = |item| value(schema.value_schema(), Some(item));
            Value::Array(items.iter().map(item).collect::<Result<_, _>>()?)
        }
        (Type::Map, tree) => map(schema, tree)?,
        (Type::Struct, tree) if is_union(schema) => union(schema, tree)?,
        (Type::Struct, Tree::Object(_)) => {
            let field = |field: &wasm_connect_batch::Field| {
                value(Some(&field.schema), tree.get(&field.name))
                    .map_err(|ConvertError(why)| ConvertError(format!("field {}: {why}", field.name)))
            };
            let values = schema.fields().iter().map(field).collect::<Result<_, _>>()?;
            structure(schema, values)?
        }
        (Type::Struct, tree) => {
            let found = tree.node_type();
            return Err(ConvertError(format!("Structs should be encoded as JSON objects, but found {found}")));
        }
        _ => return Err(wrong()),
    })
}

fn structure(schema: &Schema, values: Vec<Value>) -> Result<Value, ConvertError> {
    Struct::from_values(schema.clone(), values).map(Value::Struct).map_err(|error| ConvertError(error.to_string()))
}

fn number<'a>(text: &'a str) -> Result<Number<'a>, ConvertError> {
    Number::parse(text).ok_or_else(|| ConvertError(format!("the exponent of {text} is too large")))
}

fn named(text: &str) -> Option<f64> {
    match text {
        "NaN" => Some(f64::NAN),
        "Infinity" => Some(f64::INFINITY),
        "-Infinity" => Some(f64::NEG_INFINITY),
        _ => None,
    }
}

fn bytes(schema: &Schema, tree: &Tree<'_>) -> Result<Value, ConvertError> {
    let is_decimal = schema.name() == Some(logical::DECIMAL);
    match tree {
        Tree::Number(text) if is_decimal => Ok(Value::Bytes(number(text)?.unscaled(decimal::scale(Some(schema))?)?)),
        Tree::String(text) => match base64::read(text) {
            Some(bytes) if is_decimal && bytes.is_empty() => {
                Err(ConvertError("Invalid bytes for Decimal field".to_owned()))
            }
            Some(bytes) => Ok(Value::Bytes(bytes)),
            None => Err(ConvertError("Invalid bytes field".to_owned())),
        },
        other => Err(ConvertError(format!("Invalid type for BYTES: {}", other.node_type()))),
    }
}

fn map(schema: &Schema, tree: &Tree<'_>) -> Result<Value, ConvertError> {
    let value_schema = schema.value_schema();
    match tree {
        Tree::Object(members) if has_object_keys(schema.key_schema()) => {
            let entry = |(key, tree): &(std::borrow::Cow<'_, str>, Tree<'_>)| {
                Ok((Value::String(key.clone().into_owned()), value(value_schema, Some(tree))?))
            };
            Ok(Value::Map(members.iter().map(entry).collect::<Result<_, ConvertError>>()?))
        }
        Tree::Array(items) if !has_object_keys(schema.key_schema()) => {
            let entry = |item: &Tree<'_>| match item {
                Tree::Object(members) if members.len() == 2 => {
                    Ok((value(schema.key_schema(), item.get("key"))?, value(value_schema, item.get("value"))?))
                }
                Tree::Object(members) => Err(ConvertError(format!(
                    "Found invalid map entry, expected length 2 but found :{}",
                    members.len()
                ))),
                other => {
                    let found = other.node_type();
                    Err(ConvertError(format!("Found invalid map entry instead of object: {found}")))
                }
            };
            Ok(Value::Map(items.iter().map(entry).collect::<Result<_, ConvertError>>()?))
        }
        other if has_object_keys(schema.key_schema()) => Err(ConvertError(format!(
            "Maps with string fields should be encoded as JSON objects, but found {}",
            other.node_type()
        ))),
        other => Err(ConvertError(format!(
            "Maps with non-string fields should be encoded as JSON array of objects, but found {}",
            other.node_type()
        ))),
    }
}

/// The member that the value is of: the first whose simple type it has, else the struct that has most of its members.
fn union(schema: &Schema, tree: &Tree<'_>) -> Result<Value, ConvertError> {
    let (mut best, mut most) = (None, 0);
    for (i, field) in schema.fields().iter().enumerate() {
        if is_simple(&field.schema, tree) {
            best = Some(i);
            break;
        }
        let matching = matching(&field.schema, tree);
        if matching > most {
            (best, most) = (Some(i), matching);
        }
    }
    let Some((i, field)) = best.and_then(|i| Some((i, schema.fields().get(i)?))) else {
        return Err(ConvertError("Did not find matching oneof field for data".to_owned()));
    };
    let member = value(Some(&field.schema), Some(tree))?;
    let mut values = vec![Value::Null; schema.fields().len()];
    if let Some(place) = values.get_mut(i) {
        *place = member;
    }
    structure(schema, values)
}

fn is_simple(schema: &Schema, tree: &Tree<'_>) -> bool {
    match schema.ty() {
        Type::Int8 | Type::Int16 | Type::Int32 | Type::Int64 => {
            matches!(tree, Tree::Number(text) if !text.contains(['.', 'e', 'E']))
        }
        Type::Float32 | Type::Float64 => matches!(tree, Tree::Number(_)),
        Type::Boolean => matches!(tree, Tree::Boolean(_)),
        Type::String => matches!(tree, Tree::String(_)),
        Type::Bytes => {
            matches!((tree, schema.name()), (Tree::Number(_), Some(logical::DECIMAL)))
                || matches!(tree, Tree::String(text) if base64::read(text).is_some())
        }
        Type::Array => matches!(tree, Tree::Array(_)),
        Type::Map => matches!(tree, Tree::Object(_) | Tree::Array(_)),
        Type::Struct => false,
    }
}

/// How many members, also of members, an object and a struct have in common.
fn matching(schema: &Schema, tree: &Tree<'_>) -> usize {
    match tree {
        Tree::Object(members) if schema.ty() == Type::Struct => {
            let of = |(name, member): &(std::borrow::Cow<'_, str>, Tree<'_>)| {
                schema.field(name).map_or(0, |(_, field)| 1 + matching(&field.schema, member))
            };
            members.iter().map(of).sum()
        }
        _ => 0,
    }
}

fn schemaless(tree: &Tree<'_>) -> Result<Value, ConvertError> {
    Ok(match tree {
        Tree::Null => Value::Null,
        Tree::Boolean(v) => Value::Boolean(*v),
        Tree::Number(text) if text.contains(['.', 'e', 'E']) => Value::Float64(number(text)?.float64()),
        Tree::Number(text) => Value::Int64(number(text)?.low_i64()),
        Tree::String(text) => Value::String(text.clone().into_owned()),
        Tree::Array(items) => Value::Array(items.iter().map(schemaless).collect::<Result<_, _>>()?),
        Tree::Object(members) => {
            let entry = |(key, tree): &(std::borrow::Cow<'_, str>, Tree<'_>)| {
                Ok((Value::String(key.clone().into_owned()), schemaless(tree)?))
            };
            Value::Map(members.iter().map(entry).collect::<Result<_, ConvertError>>()?)
        }
    })
}
