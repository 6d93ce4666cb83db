//! A schema (or none) and the bytes of a value, not decoded yet.

use std::fmt;

use super::tagged;
use super::value_ref::{ValueRef, decode};
use crate::bytes::What;
use crate::layout::NONE;
use crate::{Limits, MalformedBatch, Schema, Value};

/// Where a row is, for errors, and how deep it may nest. Small, as every borrowed collection has one.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Site {
    /// [`NONE`] outside of a batch.
    pub(super) record: u32,
    pub(super) part: Part,
    pub(crate) max_depth: u16,
}

#[derive(Clone, Copy, Debug)]
pub(crate) enum Part {
    Key,
    Value,
    Header(u16),
    Row,
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Part::Key => f.write_str("key"),
            Part::Value => f.write_str("value"),
            Part::Header(i) => write!(f, "header {i}"),
            Part::Row => f.write_str("row"),
        }
    }
}

impl Site {
    #[inline]
    pub(crate) fn new(record: u32, part: Part, max_depth: u16) -> Self {
        Site { record, part, max_depth }
    }

    #[cold]
    pub(crate) fn malformed(&self, what: &What) -> MalformedBatch {
        let record = Some(self.record).filter(|record| *record != NONE);
        MalformedBatch { record, what: format!("{}: {what}", self.part) }
    }
}

/// A key, a value or a header's value: its schema (or none) and its bytes, not decoded yet.
#[derive(Clone, Copy, Debug)]
pub struct Datum<'a> {
    schema: Option<&'a Schema>,
    row: Option<&'a [u8]>,
    site: Site,
}

impl<'a> Datum<'a> {
    #[inline]
    pub(crate) fn at(schema: Option<&'a Schema>, row: Option<&'a [u8]>, site: Site) -> Self {
        Datum { schema, row, site }
    }

    /// A row outside of a batch; `None` is null.
    pub fn of(schema: Option<&'a Schema>, row: Option<&'a [u8]>) -> Self {
        Datum { schema, row, site: Site::new(NONE, Part::Row, Limits::DEPTH) }
    }

    /// The schema; none for schemaless values.
    #[inline]
    pub fn schema(&self) -> Option<&'a Schema> {
        self.schema
    }

    /// Whether it is null, with or without a schema.
    #[inline]
    pub fn is_null(&self) -> bool {
        self.row.is_none()
    }

    /// The row as it is in the batch, unchecked; none for null. For the types string and bytes that is the content itself,
    /// for schemaless values it starts with the tag.
    #[inline]
    pub fn raw(&self) -> Option<&'a [u8]> {
        self.row
    }

    /// The value, decoded as far as its first level; a default is not substituted for null.
    ///
    /// # Errors
    /// A row that is no value of the schema or not in canonical form.
    #[inline]
    pub fn value(&self) -> Result<ValueRef<'a>, MalformedBatch> {
        let Some(row) = self.row else { return Ok(ValueRef::Null) };
        let value = match self.schema {
            Some(schema) => decode(schema.ty(), || schema, row, self.site),
            None => tagged::decode(row, self.site),
        };
        match value {
            Ok(value) => Ok(value),
            Err(what) => Err(self.site.malformed(&what)),
        }
    }

    /// The value with all its parts, owned.
    pub fn to_value(&self) -> Result<Value, MalformedBatch> {
        self.value()?.into_value().map_err(|what| self.site.malformed(&what))
    }
}
