//! What stages are given: values of every type, null wherever it can be, and bytes that mean nothing.

use wasm_connect_batch::{
    Batch, BatchWriter, EncodeError, FrameHead, Limits, Payload, Schema, Struct, TimestampType, Value, logical,
};

use crate::converter::ConverterType;
use crate::plugin::ports::StageRole;

/// A value with its schema, if it has one.
#[derive(Clone, Debug)]
pub struct Given {
    pub schema: Option<Schema>,
    pub value: Value,
}

impl Given {
    fn of(schema: Schema, value: Value) -> Self {
        Self { schema: Some(schema), value }
    }

    fn schemaless(value: Value) -> Self {
        Self { schema: None, value }
    }

    fn payload(&self) -> Payload<'_> {
        match &self.value {
            Value::Null => Payload::Null(self.schema.as_ref()),
            value => Payload::Value(self.schema.as_ref(), value),
        }
    }
}

/// A batch with each value in the parts that a stage of this role is given.
pub fn batch(role: StageRole, values: &[Given]) -> Result<Vec<u8>, EncodeError> {
    let mut writer = BatchWriter::new();
    let topic = writer.string("test");
    let name = writer.string("header");
    for (offset, given) in (0..).zip(values) {
        let head = FrameHead {
            topic: Some(topic),
            partition: Some(0),
            original_topic: Some(topic),
            original_partition: Some(0),
            offset,
            timestamp: Some((TimestampType::Create, 1_700_000_000_000)),
            ..FrameHead::default()
        };
        let mut frame = writer.begin(&head);
        let part = match role {
            StageRole::Transformation | StageRole::Predicate => None,
            StageRole::FromConnect(part) | StageRole::ToConnect(part) => Some(part),
        };
        if part.is_none_or(|part| part == ConverterType::Key) {
            frame.key(given.payload())?;
        }
        if part.is_none_or(|part| part == ConverterType::Value) {
            frame.value(given.payload())?;
        }
        if part.is_none_or(|part| part == ConverterType::Header) {
            frame.header(name, given.payload())?;
        }
        frame.finish();
    }
    Ok(writer.finish())
}

/// One record of a batch as a batch of its own.
pub fn alone(batch: &[u8], index: usize) -> Result<Vec<u8>, String> {
    let batch = Batch::parse(batch, &Limits::default()).map_err(|error| error.to_string())?;
    let record = batch.record(index).ok_or_else(|| format!("there is no record {index}"))?;
    let mut writer = BatchWriter::new();
    let head = FrameHead {
        topic: record.topic().map(|topic| writer.string(topic)),
        partition: record.partition(),
        original_topic: record.original_topic().map(|topic| writer.string(topic)),
        original_partition: record.original_partition(),
        offset: record.offset(),
        timestamp: record.timestamp(),
        ..FrameHead::default()
    };
    let mut frame = writer.begin(&head);
    let mut copy = || {
        frame.key(Payload::Datum(record.key()))?;
        frame.value(Payload::Datum(record.value()))?;
        for (name, value) in record.headers() {
            let name = frame.string(name);
            frame.header(name, Payload::Datum(value))?;
        }
        Ok(())
    };
    copy().map_err(|error: EncodeError| error.to_string())?;
    frame.finish();
    Ok(writer.finish())
}

fn text(text: &str) -> Value {
    Value::String(text.to_owned())
}

fn list() -> Value {
    Value::Array(vec![text("a"), text("b")])
}

fn map() -> Value {
    Value::Map(vec![(text("a"), Value::Int64(1)), (text("b"), Value::Int64(2))])
}

/// A struct with a struct, a list, a map and nothing in it.
fn nested() -> Given {
    let optional = |schema: Schema| schema.with_optional(true);
    let inner = Schema::structure().name("Inner").field("text", Schema::string().build()).build();
    let schema = Schema::structure()
        .name("com.example.Nested")
        .version(2)
        .field("id", Schema::int64().build())
        .field("inner", inner.clone())
        .field("list", Schema::array(inner.clone()).build())
        .field("map", Schema::map(Schema::string().build(), Schema::int64().build()).build())
        .field("none", optional(inner.clone()))
        .build();
    let filled = Struct::from_values(inner, vec![text("in it")]).map(Value::Struct).unwrap_or(Value::Null);
    let values = vec![Value::Int64(7), filled.clone(), Value::Array(vec![filled]), map(), Value::Null];
    let whole = Struct::from_values(schema.clone(), values).map(Value::Struct).unwrap_or(Value::Null);
    Given::of(schema, whole)
}

/// A value of each type, with a schema and without, and of each logical type.
pub fn every_type() -> Vec<Given> {
    let primitives = [
        (Schema::int8().build(), Value::Int8(i8::MIN)),
        (Schema::int16().build(), Value::Int16(i16::MAX)),
        (Schema::int32().build(), Value::Int32(-1)),
        (Schema::int64().build(), Value::Int64(i64::MIN)),
        (Schema::float32().build(), Value::Float32(-0.5)),
        (Schema::float64().build(), Value::Float64(f64::MAX)),
        (Schema::boolean().build(), Value::Boolean(true)),
        (Schema::string().build(), text("ä€𝄞 \"quoted\"\n\u{0}")),
        (Schema::string().build(), text("")),
        (Schema::bytes().build(), Value::Bytes(vec![0, 255, 128])),
        (Schema::bytes().build(), Value::Bytes(Vec::new())),
        (Schema::array(Schema::string().build()).build(), list()),
        (Schema::map(Schema::string().build(), Schema::int64().build()).build(), map()),
    ];
    let mut all = Vec::new();
    for (schema, value) in primitives {
        all.push(Given::schemaless(value.clone()));
        all.push(Given::of(schema.with_optional(true), value.clone()));
        all.push(Given::of(schema, value));
    }
    all.push(nested());
    all.push(Given::of(logical::decimal(2).build(), Value::Bytes(vec![0x04, 0xd2])));
    all.push(Given::of(logical::date().build(), Value::Int32(20_000)));
    all.push(Given::of(logical::time().build(), Value::Int32(3_600_000)));
    all.push(Given::of(logical::timestamp().build(), Value::Int64(1_700_000_000_000)));
    all.push(Given::of(Schema::string().name("com.example.Unheard").version(9).parameter("p", "q").build(), text("x")));
    all.push(Given::schemaless(Value::Array(vec![Value::Null, Value::Int8(1), list(), map()])));
    all.push(Given::schemaless(Value::Map(vec![(Value::Int32(1), Value::Null), (text("deep"), map())])));
    all
}

/// Null without a schema, which is a tombstone, and with those that allow it.
pub fn nulls() -> Vec<Given> {
    let mut all = vec![Given::schemaless(Value::Null)];
    let schemas = every_type().into_iter().filter_map(|given| given.schema).filter(Schema::is_optional);
    all.extend(schemas.map(|schema| Given::of(schema, Value::Null)));
    let whole = nested().schema.map(|schema| schema.with_optional(true));
    all.extend(whole.map(|schema| Given::of(schema, Value::Null)));
    all
}

/// Bytes as Kafka may hold them, whoever wrote them.
pub fn any_bytes() -> Vec<Given> {
    let contents: [&[u8]; 12] = [
        b"",
        b"\0",
        b"text",
        b"0",
        b"-17",
        b"{\"a\":1}",
        b"{",
        b"a,b,\"c\n",
        b"\xff\xfe\xfd",
        b"\0\0\0\0\x01",
        b"\x80\0\0\0\0\0\0\0",
        &[0x5a; 3_000],
    ];
    let bytes = contents.map(|content| Given::of(optional_bytes(), Value::Bytes(content.to_vec())));
    bytes.into_iter().chain([Given::schemaless(Value::Null)]).collect()
}

/// The schema of what converters are given and answer.
pub fn optional_bytes() -> Schema {
    Schema::bytes().optional().build()
}
