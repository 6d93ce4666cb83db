//! What the converters' tests share: conversions through a real batch.

use wasm_connect_batch::{Batch, BatchWriter, FrameHead, FrameWriter, Limits, Payload, Schema, Value};

use super::schema_registry::{Format, RegisteredSchema};
use super::{ConvertError, Converter, ConverterType, SchemaAndValue, Slot, Unconverted, builtin};
use crate::connect::Config;

/// A converter by the end of its class name.
pub(super) fn converter(class: &str, config: &[(&str, &str)]) -> Box<dyn Converter> {
    create(class, config).unwrap()
}

pub(super) fn create(class: &str, config: &[(&str, &str)]) -> Result<Box<dyn Converter>, ConvertError> {
    let packages =
        ["org.apache.kafka.connect.json", "org.apache.kafka.connect.storage", "org.apache.kafka.connect.converters"];
    let builtin = packages.iter().find_map(|package| builtin(&format!("{package}.{class}"))).unwrap();
    let config: Config = config.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
    let of = if builtin.is_converter { ConverterType::Value } else { ConverterType::Header };
    builtin.create(&config, of)
}

/// The bytes for Kafka; none: null.
pub(super) fn encode(
    converter: &dyn Converter,
    schema: Option<&Schema>,
    value: &Value,
) -> Result<Option<Vec<u8>>, ConvertError> {
    let mut writer = BatchWriter::new();
    let mut frame = writer.begin(&FrameHead::default());
    frame.value(if value.is_null() { Payload::Null(schema) } else { Payload::Value(schema, value) })?;
    frame.finish();
    let bytes = writer.finish();
    let batch = Batch::parse(&bytes, &Limits::default())?;
    let mut out = Vec::new();
    let converted = converter.from_connect("t", batch.record(0).unwrap().value().into(), &mut out);
    let some = converted.map_err(failed)?;
    Ok(some.then_some(out))
}

/// As [`encode`], as text; null is `<null>`, an error is its text.
pub(super) fn encode_text(converter: &dyn Converter, schema: Option<&Schema>, value: &Value) -> String {
    match encode(converter, schema, value) {
        Ok(Some(bytes)) => String::from_utf8(bytes).unwrap(),
        Ok(None) => "<null>".to_owned(),
        Err(error) => error.to_string(),
    }
}

/// What Kafka's bytes mean. Whatever happens, the batch is one that can be read.
pub(super) fn decode(converter: &dyn Converter, bytes: Option<&[u8]>) -> Result<(Option<Schema>, Value), ConvertError> {
    in_batch(|frame| converter.to_connect("t", bytes, Slot::Value, frame)).map_err(failed)
}

/// What a format writes, with a schema of its own: the schema's text and the value's bytes.
pub(super) fn write_as<F: Format>(
    format: &F,
    schema: Option<&Schema>,
    value: &Value,
) -> Result<(String, Vec<u8>), ConvertError> {
    let text = format.definition(schema)?.text;
    let registered = RegisteredSchema { id: 1, text: text.clone(), references: Vec::new() };
    let writer = format.writer(schema, &registered)?;
    let mut out = Vec::new();
    format.write(&writer, SchemaAndValue::Owned(schema, value), &mut out)?;
    Ok((text, out))
}

/// What a format reads from a value's bytes. Whatever happens, the batch is one that can be read.
pub(super) fn read_as<F: Format>(
    format: &F,
    text: &str,
    version: Option<i32>,
    bytes: &[u8],
) -> Result<(Option<Schema>, Value), ConvertError> {
    let registered = RegisteredSchema { id: 1, text: text.to_owned(), references: Vec::new() };
    let reader = format.reader(&registered, version)?;
    in_batch(|frame| format.read(&reader, bytes, Slot::Value, frame))
}

/// What a format makes of `value`, written and read again.
pub(super) fn through<F: Format>(
    format: &F,
    schema: Option<&Schema>,
    value: &Value,
) -> Result<(Option<Schema>, Value), ConvertError> {
    let (text, bytes) = write_as(format, schema, value)?;
    read_as(format, &text, None, &bytes)
}

fn in_batch<E>(write: impl FnOnce(&mut FrameWriter<'_>) -> Result<(), E>) -> Result<(Option<Schema>, Value), E> {
    let mut writer = BatchWriter::new();
    let mut frame = writer.begin(&FrameHead::default());
    let written = write(&mut frame);
    frame.finish();
    let batch_bytes = writer.finish();
    let batch = Batch::parse(&batch_bytes, &Limits::default()).unwrap();
    let value = batch.record(0).unwrap().value();
    let owned = value.to_value().unwrap();
    written.map(|()| (value.schema().cloned(), owned))
}

/// What a converter that lacks nothing failed of.
fn failed(unconverted: Unconverted) -> ConvertError {
    match unconverted {
        Unconverted::Failed(error) => error,
        Unconverted::Lacks(_) => ConvertError("it lacks something".to_owned()),
    }
}
