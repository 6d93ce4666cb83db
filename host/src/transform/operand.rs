//! Which part of a record a transform works on: its classes end in `$Key` and `$Value`.

use wasm_connect_batch::{Schema, Value};

use super::{ConnectRecord, Part, TransformError};
use crate::converter::{CowStruct, CowValue};

/// The part that a transform reads and writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operand {
    Key,
    Value,
}

impl Operand {
    pub fn of<'r, 'b>(self, record: &'r ConnectRecord<'b>) -> &'r Part<'b> {
        match self {
            Operand::Key => &record.key,
            Operand::Value => &record.value,
        }
    }

    /// Takes the part out of the record, decoded as far as its first level, and leaves null.
    pub fn take<'b>(self, record: &mut ConnectRecord<'b>) -> Result<(Option<Schema>, CowValue<'b>), TransformError> {
        Ok(match std::mem::replace(self.place(record), Part::NULL) {
            Part::InBatch(datum) => (datum.schema().cloned(), CowValue::InBatch(datum.value()?)),
            Part::Owned { schema, value } => (schema, CowValue::Owned(value)),
            Part::Struct(value) => (Some(value.schema().clone()), CowValue::Struct(value)),
        })
    }

    pub fn put(self, record: &mut ConnectRecord<'_>, schema: Option<Schema>, value: Value) {
        self.put_part(record, Part::Owned { schema, value });
    }

    pub fn put_struct<'b>(self, record: &mut ConnectRecord<'b>, value: CowStruct<'b>) {
        self.put_part(record, Part::Struct(value));
    }

    pub fn put_part<'b>(self, record: &mut ConnectRecord<'b>, part: Part<'b>) {
        *self.place(record) = part;
    }

    fn place<'r, 'b>(self, record: &'r mut ConnectRecord<'b>) -> &'r mut Part<'b> {
        match self {
            Operand::Key => &mut record.key,
            Operand::Value => &mut record.value,
        }
    }
}
