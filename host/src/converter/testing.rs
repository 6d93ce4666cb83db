//! What the converters' tests share: conversions through a real batch.

use wasm_connect_batch::{Batch, BatchWriter, FrameHead, Limits, Payload, Schema, Value};

use super::{ConvertError, Converter, ConverterType, Slot, Unconverted, builtin};
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
    let mut writer = BatchWriter::new();
    let mut frame = writer.begin(&FrameHead::default());
    let converted = converter.to_connect("t", bytes, Slot::Value, &mut frame);
    frame.finish();
    let batch_bytes = writer.finish();
    let batch = Batch::parse(&batch_bytes, &Limits::default()).unwrap();
    let value = batch.record(0).unwrap().value();
    let owned = value.to_value().unwrap();
    converted.map(|()| (value.schema().cloned(), owned)).map_err(failed)
}

/// What a converter that lacks nothing failed of.
fn failed(unconverted: Unconverted) -> ConvertError {
    match unconverted {
        Unconverted::Failed(error) => error,
        Unconverted::Lacks(_) => ConvertError("it lacks something".to_owned()),
    }
}
