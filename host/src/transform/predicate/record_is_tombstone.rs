//! `RecordIsTombstone`: holds for records whose value is null.

use crate::transform::{ConnectRecord, Predicate, TransformError};

pub struct RecordIsTombstone;

impl Predicate for RecordIsTombstone {
    fn test(&mut self, record: &ConnectRecord<'_>) -> Result<bool, TransformError> {
        Ok(record.value.is_null())
    }
}
