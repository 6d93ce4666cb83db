//! What a transform requires of the data that it works on, in the words of Java's `Requirements`.

use wasm_connect_batch::{Schema, Value};

use super::lazy::Lazy;
use super::{ConnectRecord, TransformError};
use crate::converter::{CowStruct, CowValue};

/// The entries of a schemaless record. `purpose` says what for.
pub fn require_map(value: CowValue<'_>, purpose: &str) -> Result<Vec<(Value, Value)>, TransformError> {
    match value.into_value()? {
        Value::Map(entries) => Ok(entries),
        other => Err(no_map(Lazy::Owned(&other), purpose)),
    }
}

/// As [`require_map`], of a value that stays where it is.
pub fn check_map(value: Lazy<'_>, purpose: &str) -> Result<(), TransformError> {
    if value.is_map() { Ok(()) } else { Err(no_map(value, purpose)) }
}

/// The struct of a record with a schema; its fields stay where they are.
pub fn require_struct<'b>(
    schema: Option<&Schema>,
    value: CowValue<'b>,
    purpose: &str,
) -> Result<CowStruct<'b>, TransformError> {
    match value.into_cow_struct()? {
        Ok(value) => Ok(value),
        Err(other) => Err(no_struct(schema, Lazy::of_value(&other)?, purpose)),
    }
}

/// As [`require_struct`], of a value that stays where it is.
pub fn check_struct(schema: Option<&Schema>, value: Lazy<'_>, purpose: &str) -> Result<(), TransformError> {
    if value.is_struct() { Ok(()) } else { Err(no_struct(schema, value, purpose)) }
}

/// The offset in Kafka of a sink's record.
pub fn require_offset(record: &ConnectRecord<'_>, purpose: &str) -> Result<i64, TransformError> {
    record.kafka_offset.ok_or_else(|| {
        let found = "org.apache.kafka.connect.source.SourceRecord";
        TransformError::data(format!("Only SinkRecord supported for [{purpose}], found: {found}"))
    })
}

/// The name of a map's key that is that of a field.
pub fn require_name(key: Value) -> Result<String, TransformError> {
    match key {
        Value::String(name) => Ok(name),
        other => {
            let class = Lazy::Owned(&other).class_name(None);
            let message = format!("class {class} cannot be cast to class java.lang.String");
            Err(TransformError::of("java.lang.ClassCastException", message))
        }
    }
}

fn no_map(value: Lazy<'_>, purpose: &str) -> TransformError {
    let found = value.class_name(None);
    TransformError::data(format!("Only Map objects supported in absence of schema for [{purpose}], found: {found}"))
}

fn no_struct(schema: Option<&Schema>, value: Lazy<'_>, purpose: &str) -> TransformError {
    let found = value.class_name(schema);
    TransformError::data(format!("Only Struct objects supported for [{purpose}], found: {found}"))
}
