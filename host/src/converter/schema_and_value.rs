//! What a converter is given: a value with its schema, as it lies in a batch or as a transform made it.

use wasm_connect_batch::{Datum, Schema, Value};

use super::ConvertError;
use super::cow_value::CowStruct;
use super::view::{StructView, View};

/// Java's `SchemaAndValue`, borrowed.
#[derive(Clone, Copy, Debug)]
pub enum SchemaAndValue<'a> {
    /// Not decoded yet.
    InBatch(Datum<'a>),
    Owned(Option<&'a Schema>, &'a Value),
    Struct(&'a CowStruct<'a>),
}

impl<'a> SchemaAndValue<'a> {
    /// None: schemaless.
    #[inline]
    pub(super) fn schema(&self) -> Option<&'a Schema> {
        match *self {
            SchemaAndValue::InBatch(datum) => datum.schema(),
            SchemaAndValue::Owned(schema, _) => schema,
            SchemaAndValue::Struct(value) => Some(value.schema()),
        }
    }

    #[inline]
    pub(super) fn is_null(&self) -> bool {
        match self {
            SchemaAndValue::InBatch(datum) => datum.is_null(),
            SchemaAndValue::Owned(_, value) => value.is_null(),
            SchemaAndValue::Struct(_) => false,
        }
    }

    /// The first level of the value, decoded now if it was not.
    #[inline]
    pub(super) fn view(&self) -> Result<View<'a>, ConvertError> {
        match *self {
            SchemaAndValue::InBatch(datum) => Ok(datum.value()?.into()),
            SchemaAndValue::Owned(_, value) => Ok(value.into()),
            SchemaAndValue::Struct(value) => Ok(View::Struct(StructView::Cow(value))),
        }
    }
}

impl<'a> From<Datum<'a>> for SchemaAndValue<'a> {
    fn from(datum: Datum<'a>) -> Self {
        SchemaAndValue::InBatch(datum)
    }
}
