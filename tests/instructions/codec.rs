//! The batch format: writing a batch and reading it.

use std::hint::black_box;

use wasm_connect_batch::{Batch, BatchWriter, Limits, ValueRef};

use super::records::{Records, line, lines, order, orders, write_lines, write_orders};
use super::row::Row;

pub fn rows() -> Vec<Row> {
    vec![
        Row::new("batch: write strings", |count| {
            let lines: Vec<String> = (0..count).map(line).collect();
            let mut writer = BatchWriter::new();
            Box::new(move || {
                let batch = write_lines(&mut writer, &lines);
                writer.recycle(black_box(batch));
            })
        }),
        read("batch: read strings", lines),
        Row::new("batch: write structs", |count| {
            let schema = order();
            let mut writer = BatchWriter::new();
            Box::new(move || {
                let batch = write_orders(&mut writer, &schema, count);
                writer.recycle(black_box(batch));
            })
        }),
        read("batch: read structs", orders),
    ]
}

/// Checks a batch and looks at everything in it.
fn read(name: &'static str, records: fn(usize) -> Records) -> Row {
    Row::new(name, move |count| {
        let Records { bytes, .. } = records(count);
        Box::new(move || {
            let batch = Batch::parse(bytes, &Limits::default()).expect("a batch");
            for (_, record) in batch.records() {
                black_box((record.topic(), record.partition(), record.offset(), record.timestamp()));
                match record.value().value().expect("a value") {
                    ValueRef::Struct(row) => {
                        for field in 0..row.schema().fields().len() {
                            black_box(row.get(field).expect("a field"));
                        }
                    }
                    value => _ = black_box(value),
                }
            }
        })
    })
}
