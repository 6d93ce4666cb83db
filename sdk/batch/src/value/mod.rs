//! Owned values, as Connect's `Object`s and `Struct`.

mod validate;

use crate::{InvalidValue, Schema, Type};

pub use validate::validate_value;

/// A value that owns its parts. Logical types are their base type's value.
#[derive(Clone, PartialEq, Debug)]
pub enum Value {
    Null,
    Int8(i8),
    Int16(i16),
    Int32(i32),
    Int64(i64),
    Float32(f32),
    Float64(f64),
    Boolean(bool),
    String(String),
    Bytes(Vec<u8>),
    Array(Vec<Value>),
    /// Entries in the writer's order; keys are of any type.
    Map(Vec<(Value, Value)>),
    Struct(Struct),
}

impl Value {
    /// The type, none for null (`ConnectSchema.schemaType`).
    pub fn ty(&self) -> Option<Type> {
        Some(match self {
            Value::Null => return None,
            Value::Int8(_) => Type::Int8,
            Value::Int16(_) => Type::Int16,
            Value::Int32(_) => Type::Int32,
            Value::Int64(_) => Type::Int64,
            Value::Float32(_) => Type::Float32,
            Value::Float64(_) => Type::Float64,
            Value::Boolean(_) => Type::Boolean,
            Value::String(_) => Type::String,
            Value::Bytes(_) => Type::Bytes,
            Value::Array(_) => Type::Array,
            Value::Map(_) => Type::Map,
            Value::Struct(_) => Type::Struct,
        })
    }

    /// Whether it is null.
    pub fn is_null(&self) -> bool {
        matches!(self, Value::Null)
    }
}

/// A struct: a value a field of its schema, null where none was put (`org.apache.kafka.connect.data.Struct`).
#[derive(Clone, PartialEq, Debug)]
pub struct Struct {
    schema: Schema,
    values: Vec<Value>,
}

// === impl Struct ===

impl Struct {
    /// An empty struct.
    ///
    /// # Errors
    /// `Not a struct schema: ...` if it is none.
    pub fn new(schema: Schema) -> Result<Struct, InvalidValue> {
        check_struct(&schema)?;
        let values = vec![Value::Null; schema.fields().len()];
        Ok(Struct { schema, values })
    }

    /// A struct of values that are already known to be those of the fields.
    pub(crate) fn from_parts(schema: Schema, values: Vec<Value>) -> Struct {
        Struct { schema, values }
    }

    /// A struct of one value a field, in the order of the fields. The values are not checked: see [`Struct::validate`].
    ///
    /// # Errors
    /// No struct schema, or another number of values than fields.
    pub fn from_values(schema: Schema, values: Vec<Value>) -> Result<Struct, InvalidValue> {
        check_struct(&schema)?;
        let fields = schema.fields().len();
        if values.len() != fields {
            return Err(InvalidValue(format!("{} values for the {fields} fields of {schema}", values.len())));
        }
        Ok(Struct { schema, values })
    }

    pub fn schema(&self) -> &Schema {
        &self.schema
    }

    /// The values in the order of the fields, defaults not substituted.
    pub fn values(&self) -> &[Value] {
        &self.values
    }

    /// The values in the order of the fields, to be taken apart.
    pub fn into_values(self) -> Vec<Value> {
        self.values
    }

    /// Sets a field, checked as `ConnectSchema.validateValue` does.
    pub fn put(&mut self, name: &str, value: Value) -> Result<&mut Self, InvalidValue> {
        let (index, _) = self.lookup(name)?;
        self.put_at(index, value)
    }

    /// Sets the field at `index`, checked as [`Struct::put`] does.
    pub fn put_at(&mut self, index: usize, value: Value) -> Result<&mut Self, InvalidValue> {
        let (Some(field), Some(place)) = (self.schema.fields().get(index), self.values.get_mut(index)) else {
            return Err(InvalidValue(format!("{index} is not a valid field index")));
        };
        validate_value(Some(&field.name), &field.schema, &value)?;
        *place = value;
        Ok(self)
    }

    /// The field's value, or its schema's default where it is null. An unknown name is an error, as in Java.
    pub fn get(&self, name: &str) -> Result<&Value, InvalidValue> {
        let (_, schema) = self.lookup(name)?;
        let value = self.get_without_default(name)?;
        Ok(match (value, schema.default_value()) {
            (Value::Null, Some(default)) => default,
            _ => value,
        })
    }

    /// The field's value as it was put.
    pub fn get_without_default(&self, name: &str) -> Result<&Value, InvalidValue> {
        let (index, _) = self.lookup(name)?;
        Ok(self.values.get(index).unwrap_or(&Value::Null))
    }

    /// Whether every required field without a default has a value (`Struct.validate`).
    pub fn validate(&self) -> Result<(), InvalidValue> {
        for (field, value) in self.schema.fields().iter().zip(&self.values) {
            let may_be_null = field.schema.is_optional() || field.schema.default_value().is_some();
            if !(value.is_null() && may_be_null) {
                validate_value(Some(&field.name), &field.schema, value)?;
            }
        }
        Ok(())
    }

    fn lookup(&self, name: &str) -> Result<(usize, &Schema), InvalidValue> {
        let found = self.schema.field(name).map(|(index, field)| (index, &field.schema));
        found.ok_or_else(|| InvalidValue(format!("{name} is not a valid field name")))
    }
}

fn check_struct(schema: &Schema) -> Result<(), InvalidValue> {
    match schema.ty() {
        Type::Struct => Ok(()),
        _ => Err(InvalidValue(format!("Not a struct schema: {schema}"))),
    }
}

#[cfg(test)]
mod tests;
