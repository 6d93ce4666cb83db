//! A schema (or none) and the bytes of a value, not decoded yet.

use std::fmt;

use super::value_ref::{ValueRef, decode};
use super::tagged;
use crate::bytes::What;
use crate::{Limits, MalformedBatch, Schema, Value};

/// Where a row is, for errors, and how deep it may nest.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Site {
    pub(crate) record: Option<u32>,
    pub(crate) part: Part,
    pub(crate) max_depth: u16,
}

#[derive(Clone, Copy, Debug)]
pub(crate) enum Part {
    Key,
    Value,
    Header(u32),
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
    #[cold]
    pub(crate) fn malformed(&self, what: &What) -> MalformedBatch {
        MalformedBatch { record: self.record, what: format!("{}: {what}", self.part) }
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
    pub(crate) fn at(schema: Option<&'a Schema>, row: Option<&'a [u8]>, site: Site) -> Self {
        Datum { schema, row, site }
    }

    /// A row outside of a batch; `None` is null.
    pub fn of(schema: Option<&'a Schema>, row: Option<&'a [u8]>) -> Self {
        Datum { schema, row, site: Site { record: None, part: Part::Row, max_depth: Limits::DEPTH } }
    }

    /// The schema; none for schemaless values.
    pub fn schema(&self) -> Option<&'a Schema> {
        self.schema
    }

    /// Whether it is null, with or without a schema.
    pub fn is_null(&self) -> bool {
        self.row.is_none()
    }

    /// The row as it is in the batch, unchecked; none for null. For the types string and bytes that is the content itself,
    /// for schemaless values it starts with the tag.
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
            Some(schema) => decode(schema, row, self.site),
            None => tagged::decode(row, self.site),
        };
        value.map_err(|what| self.site.malformed(&what))
    }

    /// The value with all its parts, owned.
    pub fn to_value(&self) -> Result<Value, MalformedBatch> {
        self.value()?.into_value().map_err(|what| self.site.malformed(&what))
    }
}
