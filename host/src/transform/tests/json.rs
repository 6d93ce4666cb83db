//! Records and their parts in the JSON of `transforms.jsonl`.
//!
//! A part is `{"schema": …, "value": …}`, or nothing for null without a schema. A schema is its type, with `?` if it is optional and
//! nothing else; or an object. With a schema its type says how to read the value: integers up to 32 bits are numbers, longs and floats
//! text, bytes hexadecimal digits, maps lists of pairs. Without one a value is `{"type": …, "value": …}`.

use serde_json::{Map, Value as Json, json};
use wasm_connect_batch::{Schema, SchemaBuilder, Struct, Type, Value};

use crate::converter::java::float;

/// Schema and value of a part.
pub fn part(json: &Json) -> (Option<Schema>, Value) {
    match json.get("schema") {
        Some(schema) => {
            let schema = schema_from(schema);
            let value = typed(&schema, &json["value"]);
            (Some(schema), value)
        }
        None => (None, loose(json.get("value").unwrap_or(&Json::Null))),
    }
}

/// The JSON of a part, with the entries of maps in order.
pub fn part_to_json(schema: Option<&Schema>, value: &Value) -> Json {
    match schema {
        None if value.is_null() => Json::Null,
        None => json!({"value": loose_to_json(value)}),
        Some(schema) => json!({"schema": schema_to_json(schema), "value": typed_to_json(value)}),
    }
}

// === reading

fn schema_from(json: &Json) -> Schema {
    if let Some(text) = json.as_str() {
        return match text.strip_suffix('?') {
            Some(name) => SchemaBuilder::new(type_named(name)).optional().build(),
            None => SchemaBuilder::new(type_named(text)).build(),
        };
    }
    let child = |name: &str| schema_from(&json[name]);
    let mut builder = match type_named(json["type"].as_str().unwrap()) {
        Type::Array => Schema::array(child("items")),
        Type::Map => Schema::map(child("keys"), child("values")),
        ty => SchemaBuilder::new(ty),
    };
    for field in json["fields"].as_array().into_iter().flatten() {
        builder = builder.field(field[0].as_str().unwrap(), schema_from(&field[1]));
    }
    if json["optional"] == json!(true) {
        builder = builder.optional();
    }
    if let Some(name) = json["name"].as_str() {
        builder = builder.name(name);
    }
    if let Some(version) = json["version"].as_i64() {
        builder = builder.version(version as i32);
    }
    if let Some(doc) = json["doc"].as_str() {
        builder = builder.doc(doc);
    }
    for (key, value) in json["parameters"].as_object().into_iter().flatten() {
        builder = builder.parameter(key, value.as_str().unwrap());
    }
    if let Some(default) = json.get("default") {
        let bare = builder.clone().build();
        builder = builder.default_value(typed(&bare, default));
    }
    builder.build()
}

fn typed(schema: &Schema, json: &Json) -> Value {
    if json.is_null() {
        return Value::Null;
    }
    let items = || json.as_array().unwrap().iter();
    match schema.ty() {
        Type::Array => Value::Array(items().map(|item| typed(schema.value_schema().unwrap(), item)).collect()),
        Type::Map => {
            let (keys, values) = (schema.key_schema().unwrap(), schema.value_schema().unwrap());
            Value::Map(items().map(|entry| (typed(keys, &entry[0]), typed(values, &entry[1]))).collect())
        }
        Type::Struct => {
            let values = schema.fields().iter().map(|field| typed(&field.schema, &json[&field.name]));
            Value::Struct(Struct::from_values(schema.clone(), values.collect()).unwrap())
        }
        ty => scalar(ty, json),
    }
}

fn loose(json: &Json) -> Value {
    if json.is_null() {
        return Value::Null;
    }
    let value = &json["value"];
    let items = || value.as_array().unwrap().iter();
    match json["type"].as_str().unwrap() {
        "array" => Value::Array(items().map(loose).collect()),
        "map" => Value::Map(items().map(|entry| (loose(&entry[0]), loose(&entry[1]))).collect()),
        // A `java.util.Date`, which without a schema is a timestamp.
        "date" => scalar(Type::Int64, value),
        name => scalar(type_named(name), value),
    }
}

fn scalar(ty: Type, json: &Json) -> Value {
    let text = || json.as_str().unwrap();
    match ty {
        Type::Int8 => Value::Int8(json.as_i64().unwrap() as i8),
        Type::Int16 => Value::Int16(json.as_i64().unwrap() as i16),
        Type::Int32 => Value::Int32(json.as_i64().unwrap() as i32),
        Type::Int64 => Value::Int64(text().parse().unwrap()),
        Type::Float32 => Value::Float32(float::parse_f32(text()).unwrap()),
        Type::Float64 => Value::Float64(float::parse_f64(text()).unwrap()),
        Type::Boolean => Value::Boolean(json.as_bool().unwrap()),
        Type::String => Value::String(text().to_owned()),
        _ => {
            let digits = text().as_bytes().chunks(2).map(|pair| std::str::from_utf8(pair).unwrap());
            Value::Bytes(digits.map(|pair| u8::from_str_radix(pair, 16).unwrap()).collect())
        }
    }
}

fn type_named(name: &str) -> Type {
    Type::ALL.into_iter().find(|ty| ty.name() == name).unwrap()
}

// === writing

fn schema_to_json(schema: &Schema) -> Json {
    let mut json = Map::new();
    json.insert("type".to_owned(), json!(schema.ty().name()));
    json.insert("optional".to_owned(), json!(schema.is_optional()));
    json.insert("name".to_owned(), json!(schema.name()));
    json.insert("version".to_owned(), json!(schema.version()));
    json.insert("doc".to_owned(), json!(schema.doc()));
    let mut parameters = schema.parameters().to_vec();
    parameters.sort();
    json.insert("parameters".to_owned(), json!(parameters));
    json.insert("default".to_owned(), schema.default_value().map_or(Json::Null, typed_to_json));
    json.insert("keys".to_owned(), schema.key_schema().map_or(Json::Null, schema_to_json));
    json.insert("values".to_owned(), schema.value_schema().map_or(Json::Null, schema_to_json));
    let fields = schema.fields().iter().map(|field| json!([field.name, schema_to_json(&field.schema)]));
    json.insert("fields".to_owned(), fields.collect());
    Json::Object(json)
}

fn typed_to_json(value: &Value) -> Json {
    match value {
        Value::Null => Json::Null,
        Value::Array(items) => items.iter().map(typed_to_json).collect(),
        Value::Map(entries) => {
            sorted(entries.iter().map(|(k, v)| json!([typed_to_json(k), typed_to_json(v)])).collect())
        }
        Value::Struct(value) => {
            let fields = value.schema().fields().iter().zip(value.values());
            Json::Object(fields.map(|(field, value)| (field.name.clone(), typed_to_json(value))).collect())
        }
        // As Rust shows it: with the type, and with all digits.
        scalar => json!(format!("{scalar:?}")),
    }
}

fn loose_to_json(value: &Value) -> Json {
    match value {
        Value::Array(items) => items.iter().map(loose_to_json).collect(),
        Value::Map(entries) => {
            sorted(entries.iter().map(|(k, v)| json!([loose_to_json(k), loose_to_json(v)])).collect())
        }
        other => typed_to_json(other),
    }
}

fn sorted(mut entries: Vec<Json>) -> Json {
    entries.sort_by_key(Json::to_string);
    Json::Array(entries)
}
