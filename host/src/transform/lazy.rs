//! Values that are decoded only where they are looked into.

use wasm_connect_batch::{Schema, Value, ValueRef};

use super::{Part, TransformError};
use crate::converter::java::class;
use crate::converter::view::{StructView, View};
use crate::converter::{CowStruct, CowValue};

/// A value in a batch, not decoded, or one that a transform made.
#[derive(Clone, Copy, Debug)]
pub enum Lazy<'p> {
    InBatch(ValueRef<'p>),
    Owned(&'p Value),
    Struct(&'p CowStruct<'p>),
}

impl<'p> Lazy<'p> {
    /// The value of a part; its first level is decoded.
    pub fn of(part: &'p Part<'_>) -> Result<Self, TransformError> {
        Ok(match part {
            Part::InBatch(datum) => Lazy::InBatch(datum.value()?),
            Part::Owned { value, .. } => Lazy::Owned(value),
            Part::Struct(value) => Lazy::Struct(value),
        })
    }

    /// A value that a transform left where it is; its first level is decoded.
    pub fn of_value(value: &'p CowValue<'_>) -> Result<Self, TransformError> {
        Ok(match value {
            CowValue::InBatch(value) => Lazy::InBatch(*value),
            CowValue::Field(value, index) => Lazy::InBatch(value.get(*index)?),
            CowValue::Owned(value) => Lazy::Owned(value),
            CowValue::Struct(value) => Lazy::Struct(value),
        })
    }

    pub fn is_null(self) -> bool {
        match self {
            Lazy::InBatch(value) => value.is_null(),
            Lazy::Owned(value) => value.is_null(),
            Lazy::Struct(_) => false,
        }
    }

    pub fn is_struct(self) -> bool {
        matches!(self, Lazy::InBatch(ValueRef::Struct(_)) | Lazy::Owned(Value::Struct(_)) | Lazy::Struct(_))
    }

    pub fn is_map(self) -> bool {
        matches!(self, Lazy::InBatch(ValueRef::Map(_)) | Lazy::Owned(Value::Map(_)))
    }

    /// The name of the class that carries the value in Java; `null` for null.
    pub fn class_name(self, schema: Option<&Schema>) -> &'static str {
        let class = match self {
            Lazy::InBatch(value) => class::of(schema, &value.into()),
            Lazy::Owned(value) => class::of(schema, &value.into()),
            Lazy::Struct(value) => class::of(schema, &View::Struct(StructView::Cow(value))),
        };
        class.strip_prefix("class ").unwrap_or(class)
    }

    /// The field at `index` of a struct as it was put; null if this is no struct.
    pub fn field(self, index: usize) -> Result<Self, TransformError> {
        Ok(match self {
            Lazy::InBatch(ValueRef::Struct(value)) => Lazy::InBatch(value.get(index)?),
            Lazy::Owned(Value::Struct(value)) => value.values().get(index).map_or(Lazy::NULL, Lazy::Owned),
            Lazy::Struct(value) => value.values().get(index).map_or(Ok(Lazy::NULL), Lazy::of_value)?,
            _ => Lazy::NULL,
        })
    }

    /// The value of a key of a map; null if there is none or this is no map.
    pub fn entry(self, name: &str) -> Result<Self, TransformError> {
        match self {
            Lazy::InBatch(ValueRef::Map(map)) => {
                for entry in map.iter() {
                    let (key, value) = entry?;
                    if matches!(key, ValueRef::String(key) if key == name) {
                        return Ok(Lazy::InBatch(value));
                    }
                }
                Ok(Lazy::NULL)
            }
            Lazy::Owned(Value::Map(entries)) => Ok(Lazy::Owned(super::map::get(entries, name))),
            _ => Ok(Lazy::NULL),
        }
    }

    pub fn to_value(self) -> Result<Value, TransformError> {
        Ok(match self {
            Lazy::InBatch(value) => value.to_value()?,
            Lazy::Owned(value) => value.clone(),
            Lazy::Struct(value) => Value::Struct(value.clone().into_struct()?),
        })
    }

    const NULL: Self = Lazy::Owned(&Value::Null);
}
