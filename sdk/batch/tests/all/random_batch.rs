//! Random batches: random schemas and values in frames that use every field.

use wasm_connect_batch::{BatchWriter, FrameHead, Payload, Schema, TimestampType, Value};

use crate::random::{Random, schema, schemaless, value};

/// A schema or none, and a value of it.
pub type Pair = (Option<Schema>, Value);

pub fn schemas(random: &mut Random) -> Vec<Schema> {
    (0..1 + random.below(4)).map(|_| schema(random, 4)).collect()
}

pub fn pair(random: &mut Random, schemas: &[Schema]) -> Pair {
    match random.below(4) {
        0 if random.one_in(3) => (None, Value::Null),
        0 => (None, schemaless(random, 4)),
        _ => {
            let schema = schemas[random.below(schemas.len())].clone();
            let value = if random.one_in(10) { Value::Null } else { value(random, &schema) };
            (Some(schema), value)
        }
    }
}

/// A batch of up to five records and holes.
pub fn random_batch(random: &mut Random) -> Vec<u8> {
    let schemas = schemas(random);
    let mut writer = BatchWriter::new();
    for _ in 0..random.below(6) {
        if random.one_in(8) {
            writer.hole();
        } else {
            write_record(random, &mut writer, &schemas);
        }
    }
    writer.finish()
}

fn write_record(random: &mut Random, writer: &mut BatchWriter, schemas: &[Schema]) {
    let head = head(random, writer);
    let mut frame = writer.begin(&head);
    let (schema, key) = pair(random, schemas);
    frame.key(Payload::Value(schema.as_ref(), &key)).unwrap();
    let (schema, value) = pair(random, schemas);
    frame.value(Payload::Value(schema.as_ref(), &value)).unwrap();
    if head.source_partition.is_some() {
        frame.source_offset(&format!("{{\"position\":{}}}", random.below(1_000))).unwrap();
    }
    for _ in 0..random.below(3) {
        let name = frame.string(&random.text());
        let (schema, value) = pair(random, schemas);
        frame.header(name, Payload::Value(schema.as_ref(), &value)).unwrap();
    }
    frame.finish();
}

fn head(random: &mut Random, writer: &mut BatchWriter) -> FrameHead {
    let partition = |random: &mut Random| random.one_in(2).then(|| random.below(100) as i32);
    let timestamp_type = if random.one_in(2) { TimestampType::Create } else { TimestampType::LogAppend };
    FrameHead {
        topic: (!random.one_in(8)).then(|| writer.string(["topic", "other", "th\u{e9}me"][random.below(3)])),
        partition: partition(random),
        original_topic: random.one_in(4).then(|| writer.string("original")),
        original_partition: partition(random),
        offset: if random.one_in(2) { random.next() as i64 } else { 0 },
        timestamp: random.one_in(2).then(|| (timestamp_type, random.next() as i64)),
        source_partition: random.one_in(2).then(|| writer.string("{\"filename\":\"a.txt\"}")),
        commit_after: random.one_in(8),
        abort_after: random.one_in(8),
    }
}
