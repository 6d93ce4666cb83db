//! Schemas and structs that are made from others (Java's `SchemaUtil`, and `Struct.put` one field after the other).

use wasm_connect_batch::{Field, Schema, SchemaBuilder, Type, Value, validate_value};

use super::TransformError;
use crate::converter::{CowStruct, CowValue};

/// Name, version, documentation and parameters of `source` on another schema; not whether it is optional, and not its default.
pub fn copy_schema_basics(source: &Schema, mut builder: SchemaBuilder) -> SchemaBuilder {
    if let Some(name) = source.name() {
        builder = builder.name(name);
    }
    if let Some(version) = source.version() {
        builder = builder.version(version);
    }
    if let Some(doc) = source.doc() {
        builder = builder.doc(doc);
    }
    for (key, value) in source.parameters() {
        builder = builder.parameter(key, value);
    }
    builder
}

/// The fields of a struct's schema.
pub fn fields_of(schema: &Schema) -> Result<&[Field], TransformError> {
    match schema.ty() {
        Type::Struct => Ok(schema.fields()),
        _ => Err(TransformError::data("Cannot list fields on non-struct type")),
    }
}

/// The field of that name of a struct's schema.
pub fn field_of<'s>(schema: &'s Schema, name: &str) -> Result<Option<(usize, &'s Field)>, TransformError> {
    match schema.ty() {
        Type::Struct => Ok(schema.field(name)),
        _ => Err(TransformError::data("Cannot look up fields on non-struct type")),
    }
}

/// A struct whose fields are put in the order of its schema.
pub struct NewStruct<'s, 'b> {
    schema: &'s Schema,
    values: Vec<CowValue<'b>>,
}

impl<'s, 'b> NewStruct<'s, 'b> {
    pub fn new(schema: &'s Schema) -> Self {
        Self { schema, values: Vec::with_capacity(schema.fields().len()) }
    }

    /// Puts the fields of `former`, changed by `change`, as the first ones, in their order.
    pub fn of_former(
        schema: &'s Schema,
        former: CowStruct<'b>,
        mut change: impl FnMut(&Field, CowValue<'b>) -> Result<CowValue<'b>, TransformError>,
    ) -> Result<Self, TransformError> {
        let (former, mut values) = former.into_parts();
        values.reserve_exact(schema.fields().len().saturating_sub(values.len()));
        for (index, (field, place)) in former.fields().iter().zip(&mut values).enumerate() {
            *place = change(field, std::mem::replace(place, CowValue::NULL))?;
            if place.is_null() {
                check_null(schema, index)?;
            }
        }
        Ok(Self { schema, values })
    }

    /// Puts the next field. The caller knows that the value is of the field's type; whether it may be null is checked.
    pub fn put(&mut self, value: impl Into<CowValue<'b>>) -> Result<(), TransformError> {
        let value = value.into();
        if value.is_null() {
            check_null(self.schema, self.values.len())?;
        }
        self.values.push(value);
        Ok(())
    }

    /// Leaves the next `count` fields null, whether they may be null or not: what was never put is not checked, as in Java.
    pub fn skip(&mut self, count: usize) {
        self.values.extend(std::iter::repeat_n(CowValue::NULL, count));
    }

    pub fn finish(self) -> Result<CowStruct<'b>, TransformError> {
        let (values, fields) = (self.values.len(), self.schema.fields().len());
        CowStruct::new(self.schema.clone(), self.values)
            .ok_or_else(|| TransformError::data(format!("{values} values for the {fields} fields of {}", self.schema)))
    }
}

/// Whether the field at `index` may be null.
fn check_null(schema: &Schema, index: usize) -> Result<(), TransformError> {
    if let Some(field) = schema.fields().get(index) {
        validate_value(Some(&field.name), &field.schema, &Value::Null)?;
    }
    Ok(())
}
