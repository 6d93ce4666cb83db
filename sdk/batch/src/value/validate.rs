//! Whether a value is one of a schema, as `ConnectSchema.validateValue` decides and says it.

use crate::{InvalidValue, Schema, Type, Value};

/// Checks `value` against `schema`; `field` is the name that the error gives.
///
/// # Errors
/// Java's text of the `DataException`.
pub fn validate_value(field: Option<&str>, schema: &Schema, value: &Value) -> Result<(), InvalidValue> {
    check(schema, value, &Location::Root(field))
}

/// Where in the value the check is; spelled out only for an error.
enum Location<'a> {
    Root(Option<&'a str>),
    Within(&'static str, &'a Location<'a>),
}

impl std::fmt::Display for Location<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Location::Root(Some(field)) => write!(f, "field: \"{field}\""),
            Location::Root(None) => f.write_str("value"),
            Location::Within(what, outer) => write!(f, "{what} {outer}"),
        }
    }
}

fn check(schema: &Schema, value: &Value, location: &Location<'_>) -> Result<(), InvalidValue> {
    let Some(ty) = value.ty() else {
        if schema.is_optional() {
            return Ok(());
        }
        let ty = schema.ty();
        return Err(InvalidValue(format!("Invalid value: null used for required {location}, schema type: {ty}")));
    };
    if ty != schema.ty() {
        return Err(wrong_type(schema, ty, location));
    }
    match value {
        Value::Struct(value) => {
            if value.schema() != schema {
                return Err(InvalidValue("Struct schemas do not match.".into()));
            }
            value.validate()
        }
        Value::Array(items) => check_all(schema.value_schema(), items.iter(), "element of array", location),
        Value::Map(entries) => {
            check_all(schema.key_schema(), entries.iter().map(|(key, _)| key), "key of map", location)?;
            check_all(schema.value_schema(), entries.iter().map(|(_, value)| value), "value of map", location)
        }
        _ => Ok(()),
    }
}

fn check_all<'v>(
    schema: Option<&Schema>,
    values: impl Iterator<Item = &'v Value>,
    what: &'static str,
    outer: &Location<'_>,
) -> Result<(), InvalidValue> {
    let Some(schema) = schema else {
        return Err(InvalidValue(format!("No schema defined for {what} {outer}")));
    };
    let location = Location::Within(what, outer);
    values.into_iter().try_for_each(|value| check(schema, value, &location))
}

fn wrong_type(schema: &Schema, found: Type, location: &Location<'_>) -> InvalidValue {
    let name = schema.name().map(|name| format!(" \"{name}\"")).unwrap_or_default();
    let (expected, class) = (schema.ty(), java_class(found));
    InvalidValue(format!("Invalid Java object for schema{name} with type {expected}: class {class} for {location}"))
}

/// The Java class that carries a type's values.
fn java_class(ty: Type) -> &'static str {
    match ty {
        Type::Int8 => "java.lang.Byte",
        Type::Int16 => "java.lang.Short",
        Type::Int32 => "java.lang.Integer",
        Type::Int64 => "java.lang.Long",
        Type::Float32 => "java.lang.Float",
        Type::Float64 => "java.lang.Double",
        Type::Boolean => "java.lang.Boolean",
        Type::String => "java.lang.String",
        Type::Bytes => "[B",
        Type::Array => "java.util.ArrayList",
        Type::Map => "java.util.HashMap",
        Type::Struct => "org.apache.kafka.connect.data.Struct",
    }
}
