//! The built-in converters, both ways.

use std::hint::black_box;

use wasm_connect::connect::Config;
use wasm_connect::converter::{
    Converter, ConverterType, DEFAULT_HEADER_CONVERTER, SchemaAndValue, Slot, Unconverted, builtin,
};
use wasm_connect_batch::{BatchWriter, FrameWriter, Value};
use wasm_connect_tests::schema_registry::SchemaRegistry;

use super::records::{Records, TOPIC, head, lines, maps, orders};
use super::row::Row;

const STRING: &str = "org.apache.kafka.connect.storage.StringConverter";
const BYTE_ARRAY: &str = "org.apache.kafka.connect.converters.ByteArrayConverter";
pub const JSON: &str = "org.apache.kafka.connect.json.JsonConverter";
const SCHEMALESS: &[(&str, &str)] = &[("schemas.enable", "false")];
const AVRO: &str = "io.confluent.connect.avro.AvroConverter";
const JSON_SCHEMA: &str = "io.confluent.connect.json.JsonSchemaConverter";

pub fn rows() -> Vec<Row> {
    let both =
        |name: &str, class, config, records| [from(name, class, config, records), to(name, class, config, records)];
    let rows = [
        both("String", STRING, &[], lines),
        both("ByteArray", BYTE_ARRAY, &[], bytes),
        both("JSON with schemas, string", JSON, &[], lines),
        both("JSON with schemas, struct", JSON, &[], orders).map(few),
        both("JSON, string", JSON, SCHEMALESS, lines),
        both("JSON, struct", JSON, SCHEMALESS, orders).map(few),
        both("JSON, map", JSON, SCHEMALESS, maps).map(few),
        both("Avro, string", AVRO, &[], lines),
        both("Avro, struct", AVRO, &[], orders).map(few),
        both("JSON Schema, struct", JSON_SCHEMA, &[], orders).map(few),
        both("header, string", DEFAULT_HEADER_CONVERTER, &[], lines).map(few),
    ];
    rows.into_iter().flatten().collect()
}

fn few(row: Row) -> Row {
    row.of(1)
}

fn bytes(count: usize) -> Records {
    Records::written(count, None, |number| Value::Bytes(vec![number as u8; 100]))
}

type Settings = &'static [(&'static str, &'static str)];

/// As a source converts a batch: all into one arena.
fn from(name: &str, class: &'static str, settings: Settings, records: fn(usize) -> Records) -> Row {
    Row::new(format!("{name}: to Kafka"), move |count| {
        let converter = converter(class, settings);
        let Records { batch, .. } = records(count);
        let mut arena = Vec::new();
        Box::new(move || {
            arena.clear();
            for (_, record) in batch.records() {
                from_connect(&*converter, record.value().into(), &mut arena);
            }
            black_box(&arena);
        })
    })
}

/// As a sink converts a batch: straight into the next one.
fn to(name: &str, class: &'static str, settings: Settings, records: fn(usize) -> Records) -> Row {
    Row::new(format!("{name}: from Kafka"), move |count| {
        let converter = converter(class, settings);
        let message = |(_, record): (usize, wasm_connect_batch::Record<'_>)| {
            let mut message = Vec::new();
            from_connect(&*converter, record.value().into(), &mut message);
            message
        };
        let messages: Vec<Vec<u8>> = records(count).batch.records().map(message).collect();
        let is_header = class == DEFAULT_HEADER_CONVERTER;
        let mut writer = BatchWriter::new();
        Box::new(move || {
            for (number, message) in messages.iter().enumerate() {
                let head = head(&mut writer, number);
                let slot = if is_header { Slot::Header(writer.string("header")) } else { Slot::Value };
                let mut frame = writer.begin(&head);
                to_connect(&*converter, message, slot, &mut frame);
                frame.finish();
            }
            let batch = writer.finish();
            writer.recycle(black_box(batch));
        })
    })
}

/// A converter of values, or of headers if it is for nothing else.
pub fn converter(class: &str, settings: Settings) -> Box<dyn Converter> {
    let builtin = builtin(class).expect("it is built in");
    let mut config: Config = settings.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
    if builtin.config_keys().iter().any(|key| key.name == "schema.registry.url") {
        // It stays to the end of the process.
        config.insert("schema.registry.url".to_owned(), Box::leak(Box::new(SchemaRegistry::start())).url());
    }
    let of = if builtin.is_converter { ConverterType::Value } else { ConverterType::Header };
    builtin.create(&config, of).unwrap_or_else(|error| panic!("{class}: {error}"))
}

/// Appends a value in Kafka's form.
pub fn from_connect(converter: &dyn Converter, value: SchemaAndValue<'_>, out: &mut Vec<u8>) {
    while let Err(lacking) = converter.from_connect(TOPIC, value, out) {
        look_up(lacking);
    }
}

fn to_connect(converter: &dyn Converter, message: &[u8], slot: Slot, frame: &mut FrameWriter<'_>) {
    while let Err(lacking) = converter.to_connect(TOPIC, Some(message), slot, frame) {
        look_up(lacking);
    }
}

/// Asks the registry: for the first record, before anything is measured.
fn look_up(lacking: Unconverted) {
    let Unconverted::Lacks(lookup) = lacking else { panic!("{lacking}") };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(lookup.run()).expect("the registry answers");
}
