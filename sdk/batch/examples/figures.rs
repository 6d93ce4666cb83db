//! Prints what packing and reading costs, in ns a record; run with `--release`.

use std::hint::black_box;
use std::time::Instant;

use wasm_connect_batch::{
    Batch, BatchWriter, EncodeError, FrameHead, Limits, Payload, RowWriter, Schema, SchemaId, ValueRef,
};

const RECORDS: usize = 1000;
const ROUNDS: usize = 2000;

/// The best of several runs, in ns a record.
fn measure(name: &str, mut round: impl FnMut()) {
    let mut best = f64::MAX;
    for _ in 0..10 {
        let start = Instant::now();
        for _ in 0..ROUNDS / 10 {
            round();
        }
        let records = (RECORDS * ROUNDS / 10) as f64;
        best = best.min(start.elapsed().as_nanos() as f64 / records);
    }
    println!("{name:<40} {best:6.1} ns a record");
}

fn pack_bytes(writer: &mut BatchWriter, payload: &[u8]) -> Vec<u8> {
    let topic = writer.string("topic");
    for offset in 0..RECORDS {
        let head = FrameHead { topic: Some(topic), partition: Some(0), offset: offset as i64, ..FrameHead::default() };
        let mut frame = writer.begin(&head);
        if frame.value(Payload::Bytes(SchemaId::OPTIONAL_BYTES, payload)).is_ok() {
            frame.finish();
        }
    }
    writer.finish()
}

fn read_bytes(bytes: &[u8]) -> usize {
    let Ok(batch) = Batch::parse(bytes, &Limits::default()) else {
        return 0;
    };
    batch.records().map(|(_, record)| record.offset() as usize + record.value().raw().map_or(0, <[u8]>::len)).sum()
}

fn ten_fields() -> Schema {
    (0..5)
        .fold(Schema::structure(), |schema, i| {
            schema
                .field(format!("number{i}"), Schema::int64().build())
                .field(format!("text{i}"), Schema::string().optional().build())
        })
        .build()
}

fn pack_rows(writer: &mut BatchWriter, schema: &Schema) -> Result<Vec<u8>, EncodeError> {
    let topic = writer.string("topic");
    let id = writer.schema(schema);
    for offset in 0..RECORDS {
        let mut frame = writer.begin(&FrameHead { topic: Some(topic), offset: offset as i64, ..FrameHead::default() });
        frame.value_with(id, |buf| {
            let mut row = RowWriter::structure(buf, schema)?;
            for i in 0..5 {
                row.int64(i)?.string("some text")?;
            }
            row.finish()
        })?;
        frame.finish();
    }
    Ok(writer.finish())
}

fn read_rows(bytes: &[u8]) -> i64 {
    let Ok(batch) = Batch::parse(bytes, &Limits::default()) else {
        return 0;
    };
    let mut sum = 0;
    for (_, record) in batch.records() {
        let Ok(ValueRef::Struct(row)) = record.value().value() else {
            continue;
        };
        for i in 0..10 {
            sum += match row.get(i) {
                Ok(ValueRef::Int64(number)) => number,
                Ok(ValueRef::String(text)) => text.len() as i64,
                _ => 0,
            };
        }
    }
    sum
}

fn main() -> Result<(), EncodeError> {
    let payload = [7; 100];
    let mut writer = BatchWriter::new();
    let bytes = pack_bytes(&mut writer, &payload);
    measure("pack, 100 B of bytes", || {
        let batch = pack_bytes(&mut writer, black_box(&payload));
        writer.recycle(black_box(batch));
    });
    measure("parse and read, 100 B of bytes", || {
        black_box(read_bytes(black_box(&bytes)));
    });
    let schema = ten_fields();
    let rows = pack_rows(&mut writer, &schema)?;
    measure("pack, a struct of ten fields", || {
        if let Ok(batch) = pack_rows(&mut writer, black_box(&schema)) {
            writer.recycle(black_box(batch));
        }
    });
    measure("parse and read all, a struct of ten", || {
        black_box(read_rows(black_box(&rows)));
    });
    Ok(())
}
