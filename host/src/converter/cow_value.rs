//! Values that stay in their batch as far as they can: what transforms make of structs, and converters read.

use wasm_connect_batch::{EncodeError, MalformedBatch, RowWriter, Schema, Struct, StructRef, Value, ValueRef};

use super::view::{StructView, View};

/// A value in a batch, an owned one, or a struct of both.
#[derive(Clone, Debug)]
pub enum CowValue<'b> {
    /// As it lies in the batch; its parts are decoded when they are asked for.
    InBatch(ValueRef<'b>),
    /// A field, by its index, of a struct in a batch; not decoded at all.
    Field(StructRef<'b>, usize),
    Owned(Value),
    Struct(CowStruct<'b>),
}

/// A struct each of whose fields is where it came from.
#[derive(Clone, Debug)]
pub struct CowStruct<'b> {
    schema: Schema,
    values: Vec<CowValue<'b>>,
}

// === impl CowValue ===

impl<'b> CowValue<'b> {
    pub const NULL: CowValue<'static> = CowValue::Owned(Value::Null);

    pub fn is_null(&self) -> bool {
        match self {
            CowValue::InBatch(value) => value.is_null(),
            CowValue::Field(value, index) => value.is_null(*index),
            CowValue::Owned(value) => value.is_null(),
            CowValue::Struct(_) => false,
        }
    }

    /// The value, its first level decoded.
    ///
    /// # Errors
    /// A field that is no value of its schema.
    pub(super) fn view(&self) -> Result<View<'_>, MalformedBatch> {
        Ok(match self {
            CowValue::InBatch(value) => (*value).into(),
            CowValue::Field(value, index) => value.get(*index)?.into(),
            CowValue::Owned(value) => value.into(),
            CowValue::Struct(value) => View::Struct(StructView::Cow(value)),
        })
    }

    /// The value with all its parts, owned.
    ///
    /// # Errors
    /// Parts that are no values of their schemas.
    pub fn into_value(self) -> Result<Value, MalformedBatch> {
        match self {
            CowValue::InBatch(value) => value.to_value(),
            CowValue::Field(value, index) => value.get(index)?.to_value(),
            CowValue::Owned(value) => Ok(value),
            CowValue::Struct(value) => value.into_struct().map(Value::Struct),
        }
    }

    /// The struct, if it is one; its fields are not decoded.
    ///
    /// # Errors
    /// A field that is no value of its schema.
    pub fn into_cow_struct(self) -> Result<Result<CowStruct<'b>, Self>, MalformedBatch> {
        Ok(Ok(match self {
            CowValue::InBatch(ValueRef::Struct(value)) => value.into(),
            CowValue::Field(value, index) => return CowValue::InBatch(value.get(index)?).into_cow_struct(),
            CowValue::Owned(Value::Struct(value)) => value.into(),
            CowValue::Struct(value) => value,
            other => return Ok(Err(other)),
        }))
    }

    fn write_slot(&self, row: &mut RowWriter<'_>) -> Result<(), EncodeError> {
        let malformed = |error: MalformedBatch| EncodeError::Mismatch(error.to_string());
        match self {
            CowValue::InBatch(value) => row.value_ref(value)?,
            CowValue::Field(value, index) => row.value_ref(&value.get(*index).map_err(malformed)?)?,
            CowValue::Owned(value) => row.value(value)?,
            CowValue::Struct(value) => row.nested(|schema, buf| value.write_row(schema, buf))?,
        };
        Ok(())
    }
}

impl From<Value> for CowValue<'_> {
    fn from(value: Value) -> Self {
        CowValue::Owned(value)
    }
}

// === impl CowStruct ===

impl<'b> CowStruct<'b> {
    /// A struct of a value a field, in the order of the fields; none: they are not as many. They are not checked otherwise.
    pub fn new(schema: Schema, values: Vec<CowValue<'b>>) -> Option<Self> {
        (schema.fields().len() == values.len()).then_some(CowStruct { schema, values })
    }

    pub fn schema(&self) -> &Schema {
        &self.schema
    }

    /// The values in the order of the fields, defaults not substituted.
    pub fn values(&self) -> &[CowValue<'b>] {
        &self.values
    }

    /// The schema, and the values in the order of its fields.
    pub fn into_parts(self) -> (Schema, Vec<CowValue<'b>>) {
        (self.schema, self.values)
    }

    /// The struct with all its parts, owned.
    ///
    /// # Errors
    /// Parts that are no values of their schemas.
    pub fn into_struct(self) -> Result<Struct, MalformedBatch> {
        let values = self.values.into_iter().map(CowValue::into_value).collect::<Result<_, _>>()?;
        Struct::from_values(self.schema, values).map_err(|invalid| MalformedBatch { record: None, what: invalid.0 })
    }

    /// Appends the row.
    ///
    /// # Errors
    /// Another schema than the struct's, and values that are not of their fields' types.
    pub fn write_row(&self, schema: &Schema, buf: &mut Vec<u8>) -> Result<(), EncodeError> {
        if self.schema != *schema {
            return Err(EncodeError::Mismatch("Struct schemas do not match.".into()));
        }
        let mut row = RowWriter::structure(buf, schema)?;
        self.values.iter().try_for_each(|value| value.write_slot(&mut row))?;
        row.finish()
    }
}

impl<'b> From<StructRef<'b>> for CowStruct<'b> {
    fn from(value: StructRef<'b>) -> Self {
        let schema = value.schema();
        let values = (0..schema.fields().len()).map(|index| CowValue::Field(value, index));
        CowStruct { schema: schema.clone(), values: values.collect() }
    }
}

impl From<Struct> for CowStruct<'_> {
    fn from(value: Struct) -> Self {
        CowStruct {
            schema: value.schema().clone(),
            values: value.into_values().into_iter().map(CowValue::Owned).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use wasm_connect_batch::{Batch, BatchWriter, FrameHead, Limits, Payload};

    use super::*;
    use crate::converter::tests::random::Random;

    #[test]
    fn a_struct_is_written_as_it_was_wherever_its_fields_are() {
        let mut random = Random::new(3);
        for _ in 0..2_000 {
            let schema = Schema::structure().field("a", random.schema(2)).field("b", random.schema(3)).build();
            let value = random.value(&schema);
            let mut writer = BatchWriter::new();
            let mut frame = writer.begin(&FrameHead::default());
            frame.value(Payload::Value(Some(&schema), &value)).unwrap();
            frame.finish();
            let bytes = writer.finish();
            let batch = Batch::parse(&bytes, &Limits::default()).unwrap();
            let datum = batch.record(0).unwrap().value();

            let in_batch = CowValue::InBatch(datum.value().unwrap()).into_cow_struct().unwrap().unwrap();
            let (schema, mut mixed) = in_batch.clone().into_parts();
            mixed[0] = CowValue::Owned(mixed[0].clone().into_value().unwrap());
            mixed[1] = match mixed[1].clone().into_cow_struct().unwrap() {
                Ok(nested) => CowValue::Struct(nested),
                Err(other) => other,
            };
            let mixed = CowStruct::new(schema, mixed).unwrap();
            for value_again in [in_batch, mixed] {
                let mut row = Vec::new();
                value_again.write_row(datum.schema().unwrap(), &mut row).unwrap();
                assert_eq!(Some(row.as_slice()), datum.raw());
                assert_eq!(Value::Struct(value_again.into_struct().unwrap()), value);
            }
        }
    }

    #[test]
    fn a_struct_of_another_schema_is_refused() {
        let schema = |name: &str| Schema::structure().field(name, Schema::int8().build()).build();
        let value = CowStruct::new(schema("a"), vec![Value::Int8(1).into()]).unwrap();
        assert!(value.write_row(&schema("a"), &mut Vec::new()).is_ok());
        assert!(value.write_row(&schema("b"), &mut Vec::new()).is_err());
        assert!(CowStruct::new(schema("a"), Vec::new()).is_none());
    }
}
