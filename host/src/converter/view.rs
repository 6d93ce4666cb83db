//! A value that is read, whether it lies in a batch or is owned, as the defaults of schemas are.

use wasm_connect_batch::{ArrayRef, MapRef, Schema, Struct, StructRef, Value, ValueRef};

use super::ConvertError;
use super::cow_value::{CowStruct, CowValue};

/// One level of a value; nested ones are decoded when they are visited.
#[derive(Clone, Copy)]
pub(crate) enum View<'a> {
    Null,
    Int8(i8),
    Int16(i16),
    Int32(i32),
    Int64(i64),
    Float32(f32),
    Float64(f64),
    Boolean(bool),
    String(&'a str),
    Bytes(&'a [u8]),
    Array(ArrayView<'a>),
    Map(MapView<'a>),
    Struct(StructView<'a>),
}

#[derive(Clone, Copy)]
pub(crate) enum ArrayView<'a> {
    Row(ArrayRef<'a>),
    Owned(&'a [Value]),
}

#[derive(Clone, Copy)]
pub(crate) enum MapView<'a> {
    Row(MapRef<'a>),
    Owned(&'a [(Value, Value)]),
}

#[derive(Clone, Copy)]
pub(crate) enum StructView<'a> {
    Row(StructRef<'a>),
    Owned(&'a Struct),
    Cow(&'a CowStruct<'a>),
}

impl<'a> From<ValueRef<'a>> for View<'a> {
    #[inline]
    fn from(value: ValueRef<'a>) -> Self {
        match value {
            ValueRef::Null => View::Null,
            ValueRef::Int8(v) => View::Int8(v),
            ValueRef::Int16(v) => View::Int16(v),
            ValueRef::Int32(v) => View::Int32(v),
            ValueRef::Int64(v) => View::Int64(v),
            ValueRef::Float32(v) => View::Float32(v),
            ValueRef::Float64(v) => View::Float64(v),
            ValueRef::Boolean(v) => View::Boolean(v),
            ValueRef::String(v) => View::String(v),
            ValueRef::Bytes(v) => View::Bytes(v),
            ValueRef::Array(v) => View::Array(ArrayView::Row(v)),
            ValueRef::Map(v) => View::Map(MapView::Row(v)),
            ValueRef::Struct(v) => View::Struct(StructView::Row(v)),
        }
    }
}

impl<'a> From<&'a Value> for View<'a> {
    fn from(value: &'a Value) -> Self {
        match value {
            Value::Null => View::Null,
            Value::Int8(v) => View::Int8(*v),
            Value::Int16(v) => View::Int16(*v),
            Value::Int32(v) => View::Int32(*v),
            Value::Int64(v) => View::Int64(*v),
            Value::Float32(v) => View::Float32(*v),
            Value::Float64(v) => View::Float64(*v),
            Value::Boolean(v) => View::Boolean(*v),
            Value::String(v) => View::String(v),
            Value::Bytes(v) => View::Bytes(v),
            Value::Array(v) => View::Array(ArrayView::Owned(v)),
            Value::Map(v) => View::Map(MapView::Owned(v)),
            Value::Struct(v) => View::Struct(StructView::Owned(v)),
        }
    }
}

impl View<'_> {
    pub(super) fn is_null(&self) -> bool {
        matches!(self, View::Null)
    }
}

impl<'a> ArrayView<'a> {
    pub(super) fn len(&self) -> usize {
        match self {
            ArrayView::Row(array) => array.len(),
            ArrayView::Owned(items) => items.len(),
        }
    }

    /// Visits the items in order.
    pub(super) fn visit(
        &self,
        mut visit: impl FnMut(View<'a>) -> Result<(), ConvertError>,
    ) -> Result<(), ConvertError> {
        match *self {
            ArrayView::Row(array) => array.iter().try_for_each(|item| visit(item?.into())),
            ArrayView::Owned(items) => items.iter().try_for_each(|item| visit(item.into())),
        }
    }
}

impl<'a> MapView<'a> {
    pub(super) fn len(&self) -> usize {
        match self {
            MapView::Row(map) => map.len(),
            MapView::Owned(entries) => entries.len(),
        }
    }

    /// Visits the entries in order.
    pub(super) fn visit(
        &self,
        mut visit: impl FnMut(View<'a>, View<'a>) -> Result<(), ConvertError>,
    ) -> Result<(), ConvertError> {
        match *self {
            MapView::Row(map) => map.iter().try_for_each(|entry| {
                let (key, value) = entry?;
                visit(key.into(), value.into())
            }),
            MapView::Owned(entries) => entries.iter().try_for_each(|(key, value)| visit(key.into(), value.into())),
        }
    }

    /// Whether each key is a string.
    pub(super) fn has_string_keys(&self) -> Result<bool, ConvertError> {
        let mut all = true;
        self.visit(|key, _| {
            all &= matches!(key, View::String(_));
            Ok(())
        })?;
        Ok(all)
    }
}

impl<'a> StructView<'a> {
    pub(super) fn schema(&self) -> &'a Schema {
        match *self {
            StructView::Row(value) => value.schema(),
            StructView::Owned(value) => value.schema(),
            StructView::Cow(value) => value.schema(),
        }
    }

    /// The field at `i` as it was put: a default is not substituted.
    pub(super) fn get(&self, i: usize) -> Result<View<'a>, ConvertError> {
        match *self {
            StructView::Row(value) => Ok(value.get(i)?.into()),
            StructView::Owned(value) => Ok(value.values().get(i).map_or(View::Null, View::from)),
            StructView::Cow(value) => Ok(value.values().get(i).map_or(Ok(View::Null), CowValue::view)?),
        }
    }
}
