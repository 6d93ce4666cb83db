//! The JSON form of values, as `wit/vectors/README.md` describes it.

use serde_json::{Value as Json, json};
use wasm_connect_batch::{Schema, Struct, Type, Value};

/// A value of a schema from JSON.
pub fn from_json(schema: &Schema, json: &Json) -> Value {
    if json.is_null() {
        return Value::Null;
    }
    match schema.ty() {
        Type::Array => {
            Value::Array(items(json).iter().map(|item| from_json(schema.value_schema().unwrap(), item)).collect())
        }
        Type::Map => {
            let entry = |entry: &Json| {
                (
                    from_json(schema.key_schema().unwrap(), &entry[0]),
                    from_json(schema.value_schema().unwrap(), &entry[1]),
                )
            };
            Value::Map(items(json).iter().map(entry).collect())
        }
        Type::Struct => struct_from_json(schema, json),
        ty => scalar(ty, json),
    }
}

/// A vector may hold a null where the schema wants a value, so the values are not checked.
fn struct_from_json(schema: &Schema, json: &Json) -> Value {
    let values = schema.fields().iter().map(|field| from_json(&field.schema, &json[&field.name]));
    Value::Struct(Struct::from_values(schema.clone(), values.collect()).unwrap())
}

/// A schemaless value from JSON.
pub fn tagged_from_json(json: &Json) -> Value {
    if json.is_null() {
        return Value::Null;
    }
    let ty = type_named(json["type"].as_str().unwrap());
    let value = &json["value"];
    match ty {
        Type::Array => Value::Array(items(value).iter().map(tagged_from_json).collect()),
        Type::Map => Value::Map(
            items(value).iter().map(|entry| (tagged_from_json(&entry[0]), tagged_from_json(&entry[1]))).collect(),
        ),
        ty => scalar(ty, value),
    }
}

/// JSON of a value of a schema.
pub fn to_json(value: &Value) -> Json {
    match value {
        Value::Null => Json::Null,
        Value::Int8(v) => json!(v),
        Value::Int16(v) => json!(v),
        Value::Int32(v) => json!(v),
        Value::Int64(v) => json!(v.to_string()),
        Value::Float32(v) => float_to_json(f64::from(*v)),
        Value::Float64(v) => float_to_json(*v),
        Value::Boolean(v) => json!(v),
        Value::String(v) => json!(v),
        Value::Bytes(v) => json!(to_hex(v)),
        Value::Array(items) => items.iter().map(to_json).collect(),
        Value::Map(entries) => entries.iter().map(|(key, value)| json!([to_json(key), to_json(value)])).collect(),
        Value::Struct(value) => {
            let fields = value.schema().fields().iter().zip(value.values());
            Json::Object(fields.map(|(field, value)| (field.name.clone(), to_json(value))).collect())
        }
    }
}

/// JSON of a schemaless value.
pub fn tagged_to_json(value: &Value) -> Json {
    let Some(ty) = value.ty() else { return Json::Null };
    let value: Json = match value {
        Value::Array(items) => items.iter().map(tagged_to_json).collect(),
        Value::Map(entries) => {
            entries.iter().map(|(key, value)| json!([tagged_to_json(key), tagged_to_json(value)])).collect()
        }
        scalar => to_json(scalar),
    };
    json!({"type": ty.name(), "value": value})
}

pub fn type_named(name: &str) -> Type {
    Type::ALL.into_iter().find(|ty| ty.name() == name).unwrap()
}

pub fn to_hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Bytes of hexadecimal text; white space does not count.
pub fn from_hex(hex: &str) -> Vec<u8> {
    let digits: Vec<u8> = hex.chars().filter_map(|c| c.to_digit(16).map(|digit| digit as u8)).collect();
    digits.chunks(2).map(|pair| pair[0] << 4 | pair[1]).collect()
}

fn scalar(ty: Type, json: &Json) -> Value {
    let number = || json.as_i64().unwrap();
    match ty {
        Type::Int8 => Value::Int8(number().try_into().unwrap()),
        Type::Int16 => Value::Int16(number().try_into().unwrap()),
        Type::Int32 => Value::Int32(number().try_into().unwrap()),
        Type::Int64 => Value::Int64(json.as_str().unwrap().parse().unwrap()),
        Type::Float32 => Value::Float32(float_from_json(json) as f32),
        Type::Float64 => Value::Float64(float_from_json(json)),
        Type::Boolean => Value::Boolean(json.as_bool().unwrap()),
        Type::String => Value::String(json.as_str().unwrap().to_owned()),
        Type::Bytes => Value::Bytes(from_hex(json.as_str().unwrap())),
        Type::Array | Type::Map | Type::Struct => unreachable!("{} is no scalar", ty.name()),
    }
}

fn float_from_json(json: &Json) -> f64 {
    json.as_f64().unwrap_or_else(|| match json.as_str().unwrap() {
        "NaN" => f64::NAN,
        "Infinity" => f64::INFINITY,
        "-Infinity" => f64::NEG_INFINITY,
        other => panic!("{other} is no float"),
    })
}

fn float_to_json(value: f64) -> Json {
    if value.is_finite() {
        return json!(value);
    }
    json!(if value.is_nan() {
        "NaN"
    } else if value > 0.0 {
        "Infinity"
    } else {
        "-Infinity"
    })
}

fn items(json: &Json) -> &[Json] {
    json.as_array().unwrap()
}
