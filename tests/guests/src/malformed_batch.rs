//! A source whose batches break the format, or are too much.

use wasm_connect_sdk::{
    Config, ConfigDef, ConfigKey, OrError, Payload, Polled, Records, Result, ScalarMap, Schema, SchemaId, SourceTask,
    SourceTaskContext, Struct, Value,
};

use crate::connectors::{SourceGuest, class, topic};

/// Bytes before the first frame (BATCH.md, as all other numbers here).
const HEADER: usize = 28;
/// Where a frame's length of its value is.
const VALUE_LENGTH: usize = 48;
/// The id of the first schema of a batch that is no plain primitive.
const FIRST_SCHEMA: u32 = 32;

const KINDS: &str = "noise: no batch at all. empty: no bytes. cut: a batch without its last byte. version: of format 99. string: a string \
                     value that is not UTF-8. topic: a record without a topic. index: a record beyond the frames. length: a value longer \
                     than the batch. cyclic: a schema that contains itself. schemas: more of them than there are. partition: a source \
                     partition that is no JSON object. timestamp: one before the epoch. oversized: 2 MiB. many: 3,000 records. giant: a \
                     topic with a name of 100,000 letters.";

/// Brings a batch that breaks the format.
pub struct MalformedBatch {
    topic: String,
    kind: String,
}

impl SourceGuest for MalformedBatch {
    class!("MalformedBatch");

    fn keys() -> ConfigDef {
        ConfigDef::new().define(ConfigKey::string("kind").default("noise").doc(KINDS))
    }
}

impl SourceTask for MalformedBatch {
    fn start(config: Config, _context: SourceTaskContext) -> Result<Self> {
        let kind = Self::keys().parse(&config)?.string("kind").unwrap_or_default().to_owned();
        Ok(Self { topic: topic(&config), kind })
    }

    fn poll(&mut self, records: &mut Records) -> Result<Polled> {
        let made = match self.kind.as_str() {
            "cyclic" | "schemas" => self.struct_batch(records)?,
            _ => self.string_batch(records)?,
        };
        let broken = self.broken(made);
        records.replace_with(broken);
        Ok(Polled::Records)
    }
}

impl MalformedBatch {
    fn string_batch(&self, records: &mut Records) -> Result<Vec<u8>> {
        let long = if self.kind == "giant" { "x".repeat(100_000) } else { self.topic.clone() };
        let mut route = records.route(&long, Some(&ScalarMap::of("guest", "malformed")));
        match self.kind.as_str() {
            "topic" => route.topic = None,
            "partition" => route.source_partition = Some(records.string("this is no JSON")),
            "timestamp" => route.timestamp = route.timestamp.map(|(of, _)| (of, -5)),
            _ => {}
        }
        let large = vec![b'x'; 2 << 20];
        let row: &[u8] = match self.kind.as_str() {
            "string" => b"\xff",
            "oversized" => &large,
            _ => b"x",
        };
        for _ in 0..if self.kind == "many" { 3_000 } else { 1 } {
            let mut frame = records.begin(&route);
            frame.value(Payload::Raw { schema: SchemaId::STRING, row })?;
            frame.finish();
        }
        Ok(records.finish())
    }

    /// A record of a struct with one field, whose schema is the last number of the batch.
    fn struct_batch(&self, records: &mut Records) -> Result<Vec<u8>> {
        let schema = Schema::structure().field("inner", Schema::int64().build()).build();
        let mut value = Struct::new(schema.clone()).or_fatal(|| "no struct")?;
        value.put("inner", Value::Int64(7)).or_fatal(|| "no such field")?;
        let route = records.route(&self.topic, None);
        let mut frame = records.begin(&route);
        frame.value(Payload::Value(Some(&schema), &Value::Struct(value)))?;
        frame.finish();
        Ok(records.finish())
    }

    fn broken(&self, mut batch: Vec<u8>) -> Vec<u8> {
        let number = |batch: &[u8], at: usize| -> usize {
            batch[at..at + 4].iter().rev().fold(0, |number, byte| number << 8 | usize::from(*byte))
        };
        fn put(batch: &mut [u8], at: usize, number: u32) {
            batch[at..at + 4].copy_from_slice(&number.to_le_bytes());
        }
        match self.kind.as_str() {
            "length" => put(&mut batch, HEADER + VALUE_LENGTH, 1 << 30),
            "noise" => batch = (0..100).map(|i: u8| i.wrapping_mul(97) ^ 0x5a).collect(),
            "empty" => batch.clear(),
            "cut" => drop(batch.pop()),
            "version" => batch[3] = 99,
            "index" => {
                let index = number(&batch, 12);
                put(&mut batch, index, 0x00ff_ffff);
            }
            "schemas" => {
                let schemas = number(&batch, 20);
                put(&mut batch, schemas, 9);
            }
            "cyclic" => {
                let last = batch.len() - 4;
                put(&mut batch, last, FIRST_SCHEMA);
            }
            _ => {}
        }
        batch
    }
}
