//! What the author of a converter or header converter writes.

use wasm_connect_batch::{Batch, BatchWriter, Datum, FrameHead, Payload, Record, Schema, SchemaId, Value, ValueRef};

use crate::{Config, ConfigDef, ConfigValue, Error, RecordError, RecordFailure, Result};

/// Which part of a record a converter is for (Java's `converter.type`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConverterRole {
    /// The key.
    Key,
    /// The value.
    Value,
    /// All headers: a [`HeaderConverter`].
    Headers,
}

/// A value, and its schema if it has one (Java's `SchemaAndValue`).
#[derive(Clone, Debug, PartialEq)]
pub struct SchemaAndValue {
    /// None: schemaless.
    pub schema: Option<Schema>,
    /// Of that schema.
    pub value: Value,
}

impl SchemaAndValue {
    /// Null without a schema.
    pub const NULL: Self = Self { schema: None, value: Value::Null };

    /// A value with its schema.
    pub fn new(schema: impl Into<Option<Schema>>, value: Value) -> Self {
        Self { schema: schema.into(), value }
    }
}

/// Translates keys or values between Kafka's bytes and Connect's data (Java's `Converter`).
pub trait Converter: Sized + 'static {
    /// The full class name, as configurations name it. Aliases follow from it by Connect's rules.
    const CLASS: &'static str;
    /// The plugin's version, as `GET /connector-plugins` shows it.
    const VERSION: &'static str;
    /// What the converter does, in a sentence or a page.
    const DOCUMENTATION: &'static str = "";

    /// The keys that the converter reads, without the prefix `key.converter.` or `value.converter.`.
    fn config_def() -> ConfigDef;

    /// Errors and recommendations that depend on more than one value; the host has checked types and validators.
    fn validate(_config: &Config) -> Vec<ConfigValue> {
        Vec::new()
    }

    /// Makes the converter.
    fn configure(config: Config, role: ConverterRole) -> Result<Self>;

    /// Appends the bytes for Kafka to `out`; false: null.
    #[allow(clippy::wrong_self_convention, reason = "Java's name, as `to_connect` is")]
    fn from_connect(&mut self, topic: &str, value: Datum<'_>, out: &mut Vec<u8>) -> Result<bool, RecordFailure>;

    /// What Kafka's bytes mean; none: null.
    fn to_connect(&mut self, topic: &str, bytes: Option<&[u8]>) -> Result<SchemaAndValue, RecordFailure>;
}

/// Translates headers between Kafka's bytes and Connect's data (Java's `HeaderConverter`).
pub trait HeaderConverter: Sized + 'static {
    /// As [`Converter::CLASS`].
    const CLASS: &'static str;
    /// As [`Converter::VERSION`].
    const VERSION: &'static str;
    /// As [`Converter::DOCUMENTATION`].
    const DOCUMENTATION: &'static str = "";

    /// The keys that the converter reads, without the prefix `header.converter.`.
    fn config_def() -> ConfigDef;

    /// As [`Converter::validate`].
    fn validate(_config: &Config) -> Vec<ConfigValue> {
        Vec::new()
    }

    /// Makes the converter.
    fn configure(config: Config) -> Result<Self>;

    /// Appends the bytes for Kafka of the header `name` to `out`; false: null.
    #[allow(clippy::wrong_self_convention, reason = "Java's name, as `to_connect` is")]
    fn from_connect(
        &mut self,
        topic: &str,
        name: &str,
        value: Datum<'_>,
        out: &mut Vec<u8>,
    ) -> Result<bool, RecordFailure>;

    /// What Kafka's bytes of the header `name` mean; none: null.
    fn to_connect(&mut self, topic: &str, name: &str, bytes: Option<&[u8]>) -> Result<SchemaAndValue, RecordFailure>;
}

/// A converter of either kind at work, of which the headers' names are not asked for keys and values.
pub(crate) trait RunningConverter {
    fn role(&self) -> ConverterRole;
    #[allow(clippy::wrong_self_convention, reason = "Java's name")]
    fn from_connect(&mut self, at: At<'_>, value: Datum<'_>, out: &mut Vec<u8>) -> Result<bool, RecordFailure>;
    fn to_connect(&mut self, at: At<'_>, bytes: Option<&[u8]>) -> Result<SchemaAndValue, RecordFailure>;
}

/// What is converted: something of a topic, and the header's name if it is one.
#[derive(Clone, Copy)]
pub(crate) struct At<'a> {
    topic: &'a str,
    name: &'a str,
}

pub(crate) struct OfPart<C>(pub(crate) C, pub(crate) ConverterRole);
pub(crate) struct OfHeaders<C>(pub(crate) C);

impl<C: Converter> RunningConverter for OfPart<C> {
    fn role(&self) -> ConverterRole {
        self.1
    }

    fn from_connect(&mut self, at: At<'_>, value: Datum<'_>, out: &mut Vec<u8>) -> Result<bool, RecordFailure> {
        self.0.from_connect(at.topic, value, out)
    }

    fn to_connect(&mut self, at: At<'_>, bytes: Option<&[u8]>) -> Result<SchemaAndValue, RecordFailure> {
        self.0.to_connect(at.topic, bytes)
    }
}

impl<C: HeaderConverter> RunningConverter for OfHeaders<C> {
    fn role(&self) -> ConverterRole {
        ConverterRole::Headers
    }

    fn from_connect(&mut self, at: At<'_>, value: Datum<'_>, out: &mut Vec<u8>) -> Result<bool, RecordFailure> {
        self.0.from_connect(at.topic, at.name, value, out)
    }

    fn to_connect(&mut self, at: At<'_>, bytes: Option<&[u8]>) -> Result<SchemaAndValue, RecordFailure> {
        self.0.to_connect(at.topic, at.name, bytes)
    }
}

/// Which way a batch is converted.
#[derive(Clone, Copy)]
pub(crate) enum Direction {
    FromConnect,
    ToConnect,
}

/// A batch with the converted part in each record and nothing else, and the records that failed.
pub(crate) fn convert_batch(
    converter: &mut dyn RunningConverter,
    records: &Batch<'_>,
    direction: Direction,
) -> Result<(Vec<u8>, Vec<RecordError>)> {
    let (mut writer, mut failed, mut bytes) = (BatchWriter::new(), Vec::new(), Vec::new());
    for index in 0..records.len() {
        let before = writer.len();
        if let Some(record) = records.record(index)
            && let Err(failure) = convert_record(converter, &record, direction, &mut writer, &mut bytes)
        {
            failed.push(failure.of(record.position())?);
        }
        if writer.len() == before {
            writer.hole();
        }
    }
    Ok((writer.finish(), failed))
}

fn convert_record(
    converter: &mut dyn RunningConverter,
    record: &Record<'_>,
    direction: Direction,
    writer: &mut BatchWriter,
    bytes: &mut Vec<u8>,
) -> Result<(), RecordFailure> {
    let topic = record.topic().unwrap_or_default();
    let role = converter.role();
    let mut frame = writer.begin(&FrameHead::default());
    let mut convert = |name: &str, part: Datum<'_>, write: &mut dyn FnMut(Payload<'_>) -> Result<(), RecordFailure>| {
        let at = At { topic, name };
        match direction {
            Direction::FromConnect => {
                bytes.clear();
                match converter.from_connect(at, part, bytes)? {
                    true => write(Payload::Bytes(SchemaId::OPTIONAL_BYTES, bytes)),
                    false => write(Payload::Null(None)),
                }
            }
            Direction::ToConnect => {
                let given = match part.value()? {
                    ValueRef::Null => None,
                    ValueRef::Bytes(given) => Some(given),
                    _ => return Err(Error::fatal("to-connect: a part is neither bytes nor null").into()),
                };
                let SchemaAndValue { schema, value } = converter.to_connect(at, given)?;
                write(match &value {
                    Value::Null => Payload::Null(schema.as_ref()),
                    value => Payload::Value(schema.as_ref(), value),
                })
            }
        }
    };
    match role {
        ConverterRole::Key => {
            convert("", record.key(), &mut |payload| Ok(frame.key(payload).map(drop)?))?;
        }
        ConverterRole::Value => {
            convert("", record.value(), &mut |payload| Ok(frame.value(payload).map(drop)?))?;
        }
        ConverterRole::Headers => {
            for (name, value) in record.headers() {
                let id = frame.string(name);
                convert(name, value, &mut |payload| Ok(frame.header(id, payload).map(drop)?))?;
            }
        }
    }
    frame.finish();
    Ok(())
}
