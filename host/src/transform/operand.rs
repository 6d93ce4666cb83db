//! Which part of a record a transform works on: its classes end in `$Key` and `$Value`.

use wasm_connect_batch::{Schema, Value};

use super::{ConnectRecord, Part, TransformError};

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

    /// Takes the part out of the record, decoded, and leaves null.
    pub fn take(self, record: &mut ConnectRecord<'_>) -> Result<(Option<Schema>, Value), TransformError> {
        let part = match self {
            Operand::Key => &mut record.key,
            Operand::Value => &mut record.value,
        };
        std::mem::replace(part, Part::NULL).into_owned()
    }

    pub fn put(self, record: &mut ConnectRecord<'_>, schema: Option<Schema>, value: Value) {
        let part = Part::Owned { schema, value };
        match self {
            Operand::Key => record.key = part,
            Operand::Value => record.value = part,
        }
    }
}
