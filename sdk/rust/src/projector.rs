//! Makes a value of one schema a value of a newer or older one (Java's `SchemaProjector`), with Java's rules and texts.

use std::collections::BTreeMap;
use std::fmt;

use wasm_connect_batch::{Schema, Struct, Type, Value};

/// A value that cannot be projected, and why (Java's `SchemaProjectorException`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SchemaProjectorError(String);

/// `value`, which is one of `source`, as one of `target`.
///
/// # Errors
///
/// If types, names or parameters do not fit, or something is missing for which `target` has no default.
pub fn project(source: &Schema, value: &Value, target: &Schema) -> Result<Value, SchemaProjectorError> {
    check_maybe_compatible(source, target)?;
    if source.is_optional() && !target.is_optional() && target.default_value().is_none() {
        let why = "Writer schema is optional, however, target schema does not provide a default value.";
        return Err(SchemaProjectorError(why.to_owned()));
    }
    match value {
        Value::Null if source.is_optional() && !target.is_optional() => Ok(default_of(target)),
        Value::Null => Ok(Value::Null),
        value => project_value(source, value, target),
    }
}

fn default_of(schema: &Schema) -> Value {
    schema.default_value().cloned().unwrap_or(Value::Null)
}

fn project_value(source: &Schema, value: &Value, target: &Schema) -> Result<Value, SchemaProjectorError> {
    match value {
        Value::Struct(value) => project_struct(source, value, target),
        Value::Array(items) => {
            let items = items.iter().map(|item| project_part(source.value_schema(), item, target.value_schema()));
            items.collect::<Result<_, _>>().map(Value::Array)
        }
        Value::Map(entries) => {
            let entries = entries.iter().map(|(key, item)| {
                let key = project_part(source.key_schema(), key, target.key_schema())?;
                Ok((key, project_part(source.value_schema(), item, target.value_schema())?))
            });
            entries.collect::<Result<_, _>>().map(Value::Map)
        }
        value => Ok(promote(value, target.ty())),
    }
}

/// Something in a map or an array; what has no schema stays as it is.
fn project_part(
    source: Option<&Schema>,
    value: &Value,
    target: Option<&Schema>,
) -> Result<Value, SchemaProjectorError> {
    match (source, target) {
        (Some(source), Some(target)) => project(source, value, target),
        _ => Ok(value.clone()),
    }
}

fn project_struct(source: &Schema, value: &Struct, target: &Schema) -> Result<Value, SchemaProjectorError> {
    let mut values = Vec::with_capacity(target.fields().len());
    for field in target.fields() {
        let (name, schema) = (&*field.name, &field.schema);
        values.push(match source.field(name) {
            Some((_, of)) => {
                let value = value.get(name).map_err(|error| SchemaProjectorError(error.to_string()))?;
                project(&of.schema, value, schema)
                    .map_err(|error| SchemaProjectorError(format!("Error projecting {name}: {error}")))?
            }
            None if schema.is_optional() => Value::Null,
            None => schema.default_value().cloned().ok_or_else(|| {
                SchemaProjectorError(format!("Required field `{name}` is missing from source schema: {source}"))
            })?,
        });
    }
    let made = Struct::from_values(target.clone(), values);
    made.map(Value::Struct).map_err(|error| SchemaProjectorError(error.to_string()))
}

/// Numbers go from a type to a wider one, and from whole ones to floats.
fn promote(value: &Value, target: Type) -> Value {
    let (whole, real) = match *value {
        Value::Int8(number) => (number.into(), number.into()),
        Value::Int16(number) => (number.into(), number.into()),
        Value::Int32(number) => (number.into(), number.into()),
        Value::Int64(number) => (number, number as f64),
        Value::Float32(number) => (0, number.into()),
        ref other => return other.clone(),
    };
    match target {
        Type::Int16 => i16::try_from(whole).map_or_else(|_| value.clone(), Value::Int16),
        Type::Int32 => i32::try_from(whole).map_or_else(|_| value.clone(), Value::Int32),
        Type::Int64 => Value::Int64(whole),
        Type::Float32 if !matches!(value, Value::Float32(_)) => Value::Float32(whole as f32),
        Type::Float64 => Value::Float64(real),
        _ => value.clone(),
    }
}

fn check_maybe_compatible(source: &Schema, target: &Schema) -> Result<(), SchemaProjectorError> {
    let (from, to) = (source.ty(), target.ty());
    let is_number = |ty: Type| ty.code() <= Type::Float64.code();
    if from != to && !(is_number(from) && is_number(to) && from.code() < to.code()) {
        let why = format!("Schema type mismatch. source type: {from} and target type: {to}");
        return Err(SchemaProjectorError(why));
    }
    if source.name() != target.name() {
        let (source, target) = (source.name().unwrap_or("null"), target.name().unwrap_or("null"));
        let why = format!("Schema name mismatch. source name: {source} and target name: {target}");
        return Err(SchemaProjectorError(why));
    }
    let (source, target) = (shown(source), shown(target));
    if source != target {
        let why = format!("Schema parameters not equal. source parameters: {source} and target parameters: {target}");
        return Err(SchemaProjectorError(why));
    }
    Ok(())
}

/// The parameters as Java prints them, in an order of their own.
fn shown(schema: &Schema) -> String {
    let sorted: BTreeMap<_, _> = schema.parameters().iter().map(|(key, value)| (key, value)).collect();
    let shown: Vec<String> = sorted.into_iter().map(|(key, value)| format!("{key}={value}")).collect();
    if shown.is_empty() { "null".to_owned() } else { format!("{{{}}}", shown.join(", ")) }
}

impl fmt::Display for SchemaProjectorError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for SchemaProjectorError {}

#[cfg(test)]
mod tests {
    use wasm_connect_batch::SchemaBuilder;

    use super::*;

    fn int32(optional: bool) -> Schema {
        Schema::int32().build().with_optional(optional)
    }

    #[test]
    fn a_value_of_an_older_schema_becomes_one_of_a_newer() {
        let text = || Schema::string();
        let old = Schema::structure().name("Order").field("id", int32(false)).field("gone", text().build()).build();
        let more = text().default_value(Value::String("none".into())).build();
        let new = Schema::structure().name("Order").field("id", Schema::int64().build()).field("more", more);
        let new = new.field("note", text().optional().build()).build();
        let value = |schema: &Schema, values| Value::Struct(Struct::from_values(schema.clone(), values).unwrap());
        let order = value(&old, vec![Value::Int32(7), Value::String("x".into())]);
        let expected = value(&new, vec![Value::Int64(7), Value::String("none".into()), Value::Null]);
        assert_eq!(project(&old, &order, &new), Ok(expected.clone()));
        let why = project(&new, &expected, &old).unwrap_err().to_string();
        assert_eq!(why, "Error projecting id: Schema type mismatch. source type: INT64 and target type: INT32");
        let wanting = Schema::structure().name("Order").field("more", text().build()).build();
        let why = project(&old, &order, &wanting).unwrap_err().to_string();
        assert_eq!(why, "Required field `more` is missing from source schema: Schema{Order:STRUCT}");
    }

    #[test]
    fn items_keys_and_values_are_projected() {
        let items = |schema: Schema| Schema::array(schema).build();
        let (bytes, floats) = (items(Schema::int8().build()), items(Schema::float64().build()));
        let projected = project(&bytes, &Value::Array(vec![Value::Int8(-1)]), &floats);
        assert_eq!(projected, Ok(Value::Array(vec![Value::Float64(-1.0)])));
        let map = |key: SchemaBuilder, value: SchemaBuilder| Schema::map(key.build(), value.build()).build();
        let (source, target) = (map(Schema::int16(), Schema::float32()), map(Schema::int32(), Schema::float64()));
        let projected = project(&source, &Value::Map(vec![(Value::Int16(1), Value::Float32(0.5))]), &target);
        assert_eq!(projected, Ok(Value::Map(vec![(Value::Int32(1), Value::Float64(0.5))])));
    }

    #[test]
    fn null_needs_a_schema_that_has_it_or_a_default() {
        let with_default = Schema::int32().default_value(Value::Int32(3)).build();
        assert_eq!(project(&int32(true), &Value::Null, &int32(true)), Ok(Value::Null));
        assert_eq!(project(&int32(true), &Value::Null, &with_default), Ok(Value::Int32(3)));
        let why = project(&int32(true), &Value::Int32(1), &int32(false)).unwrap_err().to_string();
        assert_eq!(why, "Writer schema is optional, however, target schema does not provide a default value.");
    }

    #[test]
    fn names_and_parameters_have_to_be_equal() {
        let named = Schema::int32().name("Id").build();
        let why = project(&int32(false), &Value::Int32(1), &named).unwrap_err().to_string();
        assert_eq!(why, "Schema name mismatch. source name: null and target name: Id");
        let with = Schema::int32().parameter("b", "2").parameter("a", "1").build();
        let why = project(&with, &Value::Int32(1), &int32(false)).unwrap_err().to_string();
        assert_eq!(why, "Schema parameters not equal. source parameters: {a=1, b=2} and target parameters: null");
    }
}
