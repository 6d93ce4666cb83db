//! Reads everything there is in a batch, by every accessor.

use std::hint::black_box;

use wasm_connect_batch::{Acks, Batch, Datum, Limits, MalformedBatch, Record, Struct, Value, ValueRef};

/// Parses and reads all; the first error ends it.
pub fn walk(bytes: &[u8]) -> Result<usize, MalformedBatch> {
    let batch = Batch::parse(bytes, &Limits::default())?;
    let mut failed = None;
    for (i, record) in batch.records() {
        assert_eq!(record.position() as usize, i);
        if let Err(malformed) = walk_record(&record) {
            assert_eq!(malformed.record, Some(i as u32), "{malformed}");
            failed = Some(malformed);
        }
    }
    failed.map_or(Ok(batch.len()), Err)
}

/// As [`walk`] for a list of acks.
pub fn walk_acks(bytes: &[u8]) -> Result<usize, MalformedBatch> {
    let acks = Acks::parse(bytes, &Limits::default())?;
    Ok(acks.iter().filter(|ack| ack.placed.is_some()).count())
}

fn walk_record(record: &Record<'_>) -> Result<(), MalformedBatch> {
    black_box((record.topic(), record.partition(), record.original_topic(), record.original_partition()));
    black_box((record.offset(), record.timestamp(), record.source_partition(), record.source_offset()));
    black_box((record.commit_after(), record.abort_after()));
    assert_eq!(record.headers().count(), record.headers().len());
    let (key, value) = (walk_datum(&record.key()), walk_datum(&record.value()));
    let headers: Vec<_> = record.headers().map(|(_, value)| walk_datum(&value)).collect();
    key.and(value).and(headers.into_iter().collect())
}

fn walk_datum(datum: &Datum<'_>) -> Result<(), MalformedBatch> {
    let lazily = datum.value().and_then(walk_value);
    let deep = datum.to_value();
    assert_eq!(lazily.is_ok(), deep.is_ok(), "{lazily:?} against {deep:?}");
    if let Ok(Value::Struct(value)) = deep {
        black_box(Struct::validate(&value).is_ok());
    }
    lazily
}

fn walk_value(value: ValueRef<'_>) -> Result<(), MalformedBatch> {
    match value {
        ValueRef::Array(array) => {
            assert!(array.get(array.len()).is_err());
            array.iter().try_for_each(|item| item.and_then(walk_value))
        }
        ValueRef::Map(map) => map.iter().try_for_each(|entry| {
            let (key, value) = entry?;
            walk_value(key)?;
            walk_value(value)
        }),
        ValueRef::Struct(row) => {
            let fields = row.schema().fields();
            assert!(row.get(fields.len()).is_err());
            (0..fields.len()).try_for_each(|i| row.get(i).and_then(walk_value))
        }
        scalar => {
            black_box(scalar);
            Ok(())
        }
    }
}
