//! The JSON Schema of a Connect schema (`JsonSchemaData.fromConnectSchema`).

use serde_json::{Map, Value as Json, json};
use wasm_connect_batch::{Schema, Type, logical};

use super::{
    CONNECT_INDEX, CONNECT_PARAMETERS, CONNECT_TYPE, CONNECT_VERSION, ENUM, NAMESPACE, NULL_MARKER, Options,
    has_object_keys, is_union, write,
};
use crate::converter::ConvertError;
use crate::converter::schema_registry::Definition;

/// The schema as text.
pub(super) fn definition(schema: Option<&Schema>, options: &Options) -> Result<Definition, ConvertError> {
    let Some(schema) = schema else { return Ok(Definition { text: "{}".to_owned(), record: None }) };
    let json = node(schema, options, None, false)?;
    let record = schema.name().map(str::to_owned);
    Ok(Definition { text: json.to_string(), record })
}

fn node(schema: &Schema, options: &Options, index: Option<usize>, ignore_optional: bool) -> Result<Json, ConvertError> {
    let mut json = if is_union(schema) {
        let mut members = Vec::new();
        if schema.is_optional() {
            members.push(json!({ "type": "null" }));
        }
        for (i, field) in schema.fields().iter().enumerate() {
            members.push(node(&field.schema.with_optional(false), options, Some(i), true)?);
        }
        Map::from_iter([("oneOf".to_owned(), members.into())])
    } else {
        let plain = plain(schema, options)?;
        match schema.is_optional() && !ignore_optional {
            true => Map::from_iter([("oneOf".to_owned(), json!([{ "type": "null" }, plain]))]),
            false => plain,
        }
    };
    if let Some(index) = index {
        json.insert(CONNECT_INDEX.to_owned(), index.into());
    }
    Ok(Json::Object(json))
}

/// The type without regard to null.
fn plain(schema: &Schema, options: &Options) -> Result<Map<String, Json>, ConvertError> {
    let is_numeric_decimal = schema.name() == Some(logical::DECIMAL) && options.numeric_decimals;
    let is_enum = schema.ty() == Type::String && schema.parameter(ENUM).is_some();
    let (ty, connect_type) = match schema.ty() {
        Type::Int8 => ("integer", Some("int8")),
        Type::Int16 => ("integer", Some("int16")),
        Type::Int32 => ("integer", Some("int32")),
        Type::Int64 => ("integer", Some("int64")),
        Type::Float32 => ("number", Some("float32")),
        Type::Float64 => ("number", Some("float64")),
        Type::Boolean => ("boolean", None),
        Type::String => ("string", None),
        Type::Bytes if is_numeric_decimal => ("number", Some("bytes")),
        Type::Bytes => ("string", Some("bytes")),
        Type::Array => ("array", None),
        Type::Map if has_object_keys(schema.key_schema()) => ("object", Some("map")),
        Type::Map => ("array", Some("map")),
        Type::Struct => ("object", None),
    };
    let mut json = Map::new();
    if !is_enum {
        json.insert("type".into(), ty.into());
    }
    if let Some(name) = schema.name() {
        json.insert("title".into(), name.into());
    }
    if let Some(doc) = schema.doc() {
        json.insert("description".into(), doc.into());
    }
    if let Some(default) = schema.default_value() {
        let mut text = Vec::new();
        write::value(&mut text, options, Some(schema), default.into())?;
        // Numbers that JSON does not have cannot be told.
        if let Ok(default) = serde_json::from_slice(&text) {
            json.insert("default".into(), default);
        }
    }
    if is_enum {
        json.insert("enum".into(), symbols(schema));
    }
    children(&mut json, schema, options)?;
    if let Some(connect_type) = connect_type {
        json.insert(CONNECT_TYPE.into(), connect_type.into());
    }
    if let Some(version) = schema.version() {
        json.insert(CONNECT_VERSION.into(), version.into());
    }
    let parameters = schema.parameters().iter().filter(|(key, _)| !key.starts_with(NAMESPACE));
    let parameters: Map<String, Json> = parameters.map(|(key, value)| (key.clone(), value.clone().into())).collect();
    if !parameters.is_empty() {
        json.insert(CONNECT_PARAMETERS.into(), Json::Object(parameters));
    }
    Ok(json)
}

fn children(json: &mut Map<String, Json>, schema: &Schema, options: &Options) -> Result<(), ConvertError> {
    let of = |schema: Option<&Schema>, index| match schema {
        Some(schema) => node(schema, options, index, false),
        None => Err(ConvertError("schema lacks the one of its items".to_owned())),
    };
    match schema.ty() {
        Type::Array => {
            json.insert("items".into(), of(schema.value_schema(), None)?);
        }
        Type::Map if has_object_keys(schema.key_schema()) => {
            json.insert("additionalProperties".into(), of(schema.value_schema(), None)?);
        }
        Type::Map => {
            let (key, value) = (of(schema.key_schema(), Some(0))?, of(schema.value_schema(), Some(1))?);
            json.insert("items".into(), json!({ "type": "object", "properties": { "key": key, "value": value } }));
        }
        Type::Struct => {
            let mut properties = Map::new();
            for (i, field) in schema.fields().iter().enumerate() {
                properties.insert(field.name.clone(), of(Some(&field.schema), Some(i))?);
            }
            json.insert("properties".into(), Json::Object(properties));
            if !options.additional_properties {
                json.insert("additionalProperties".into(), false.into());
            }
        }
        _ => {}
    }
    Ok(())
}

/// The symbols of an enumeration, which are in the names of its parameters.
fn symbols(schema: &Schema) -> Json {
    let names = schema.parameters().iter().filter_map(|(key, _)| key.strip_prefix(ENUM)?.strip_prefix('.'));
    names.map(|name| if name == NULL_MARKER { Json::Null } else { name.into() }).collect()
}
