//! Random batches are read as they were written, and written again as they were.

use wasm_connect_batch::{Batch, BatchWriter, FrameHead, Limits, Payload, TimestampType};

use crate::random::Random;
use crate::random_batch::{Pair, pair, schemas};

fn records(random: &mut Random) -> Vec<[Pair; 3]> {
    let schemas = schemas(random);
    (0..random.below(6)).map(|_| [0; 3].map(|_| pair(random, &schemas))).collect()
}

fn encode(writer: &mut BatchWriter, records: &[[Pair; 3]]) -> Vec<u8> {
    for [key, value, header] in records {
        let topic = writer.string("topic");
        let head =
            FrameHead { topic: Some(topic), timestamp: Some((TimestampType::Create, 5)), ..FrameHead::default() };
        let mut frame = writer.begin(&head);
        frame.key(Payload::Value(key.0.as_ref(), &key.1)).unwrap();
        frame.value(Payload::Value(value.0.as_ref(), &value.1)).unwrap();
        let name = frame.string("header");
        frame.header(name, Payload::Value(header.0.as_ref(), &header.1)).unwrap();
        frame.finish();
    }
    writer.finish()
}

#[test]
fn random_batches_survive_a_round_trip_and_a_copy() {
    let mut random = Random(1);
    let mut writer = BatchWriter::new();
    for _ in 0..2_000 {
        let records = records(&mut random);
        let bytes = encode(&mut writer, &records);
        let batch = Batch::parse(&bytes, &Limits::default()).unwrap();
        assert_eq!(batch.len(), records.len());
        for (i, record) in batch.records() {
            let (_, header) = record.headers().next().unwrap();
            for (datum, (schema, value)) in [record.key(), record.value(), header].iter().zip(&records[i]) {
                assert_eq!(datum.schema(), schema.as_ref());
                assert_eq!(&datum.to_value().unwrap(), value);
            }
        }
        assert_eq!(copy(&batch), bytes, "a copy of what was read");
    }
}

fn copy(batch: &Batch<'_>) -> Vec<u8> {
    let mut writer = BatchWriter::new();
    for (_, record) in batch.records() {
        let head = FrameHead {
            topic: record.topic().map(|topic| writer.string(topic)),
            timestamp: record.timestamp(),
            ..FrameHead::default()
        };
        let mut frame = writer.begin(&head);
        frame.key(Payload::Datum(record.key())).unwrap();
        frame.value(Payload::Datum(record.value())).unwrap();
        for (name, value) in record.headers() {
            let name = frame.string(name);
            frame.header(name, Payload::Datum(value)).unwrap();
        }
        frame.finish();
    }
    writer.finish()
}
