//! The records that all rows are about, the same in each run.

use wasm_connect_batch::{
    Batch, BatchWriter, EncodeError, FrameHead, Limits, Payload, RowWriter, Schema, SchemaBuilder, SchemaId,
    TimestampType, Value, logical,
};

pub const TOPIC: &str = "orders";
/// 2024-01-01.
const SINCE_MS: i64 = 1_704_067_200_000;

/// A batch, to the end of the process.
#[derive(Clone, Copy)]
pub struct Records {
    pub bytes: &'static [u8],
    pub batch: &'static Batch<'static>,
}

impl Records {
    pub fn of(bytes: Vec<u8>) -> Self {
        let bytes = bytes.leak();
        let batch = Batch::parse(bytes, &Limits::default()).expect("a batch");
        Self { bytes, batch: Box::leak(Box::new(batch)) }
    }

    /// `count` records, each as `write` writes its value.
    pub fn written(count: usize, schema: Option<&Schema>, write: impl Fn(usize) -> Value) -> Self {
        let mut writer = BatchWriter::new();
        for number in 0..count {
            let head = head(&mut writer, number);
            let mut frame = writer.begin(&head);
            frame.value(Payload::Value(schema, &write(number))).expect("a value of its schema");
            frame.finish();
        }
        Self::of(writer.finish())
    }
}

/// What a frame says of record `number`.
pub fn head(writer: &mut BatchWriter, number: usize) -> FrameHead {
    FrameHead {
        topic: Some(writer.string(TOPIC)),
        partition: Some(0),
        offset: number as i64,
        timestamp: Some((TimestampType::Create, SINCE_MS + number as i64)),
        ..FrameHead::default()
    }
}

/// A line of 100 bytes.
pub fn line(number: usize) -> String {
    let mut line = format!("{number:010} ");
    line.extend((0..100 - line.len()).map(|at| char::from(b'a' + ((at * 7 + number) % 26) as u8)));
    line
}

/// Lines, as a file source brings them.
pub fn lines(count: usize) -> Records {
    let mut writer = BatchWriter::new();
    Records::of(write_lines(&mut writer, &(0..count).map(line).collect::<Vec<_>>()))
}

pub fn write_lines(writer: &mut BatchWriter, lines: &[String]) -> Vec<u8> {
    for (number, line) in lines.iter().enumerate() {
        let head = head(writer, number);
        let mut frame = writer.begin(&head);
        frame.value(Payload::Str(SchemaId::STRING, line)).expect("a string");
        frame.finish();
    }
    writer.finish()
}

/// The schema of ten fields.
pub fn order() -> Schema {
    fields(Schema::structure().name("tests.Order")).build()
}

fn fields(schema: SchemaBuilder) -> SchemaBuilder {
    schema
        .field("id", Schema::int64().build())
        .field("customer", Schema::string().build())
        .field("email", Schema::string().optional().build())
        .field("note", Schema::string().optional().build())
        .field("items", Schema::int32().build())
        .field("weight", Schema::float64().build())
        .field("discount", Schema::float32().build())
        .field("paid", Schema::boolean().build())
        .field("created", logical::timestamp().build())
        .field("token", Schema::bytes().build())
}

fn write_order(row: &mut RowWriter<'_>, number: usize) -> Result<(), EncodeError> {
    let n = number as i32;
    row.int64(i64::from(n) * 7_919)?
        .string("Ada Lovelace, London")?
        .string("ada@example.com")?
        .null()?
        .int32(n % 100)?
        .float64(f64::from(n) + 0.25)?
        .float32(0.125)?
        .boolean(n % 2 == 0)?
        .int64(SINCE_MS + i64::from(n) * 1_000)?
        .bytes(&[n as u8; 16])?;
    Ok(())
}

pub fn write_orders(writer: &mut BatchWriter, schema: &Schema, count: usize) -> Vec<u8> {
    for number in 0..count {
        let head = head(writer, number);
        let id = writer.schema(schema);
        let mut frame = writer.begin(&head);
        let written = frame.value_with(id, |buffer| {
            let mut row = RowWriter::structure(buffer, schema)?;
            write_order(&mut row, number)?;
            row.finish()
        });
        written.expect("a struct of its schema");
        frame.finish();
    }
    writer.finish()
}

/// Structs of ten fields.
pub fn orders(count: usize) -> Records {
    Records::of(write_orders(&mut BatchWriter::new(), &order(), count))
}

/// Structs in structs.
pub fn nested_orders(count: usize) -> Records {
    let schema = Schema::structure().field("order", order()).field("shop", Schema::int32().build()).build();
    let mut writer = BatchWriter::new();
    for number in 0..count {
        let head = head(&mut writer, number);
        let id = writer.schema(&schema);
        let mut frame = writer.begin(&head);
        let written = frame.value_with(id, |buffer| {
            let mut row = RowWriter::structure(buffer, &schema)?;
            row.nested(|inner, buffer| {
                let mut row = RowWriter::structure(buffer, inner)?;
                write_order(&mut row, number)?;
                row.finish()
            })?;
            row.int32(7)?;
            row.finish()
        });
        written.expect("a struct of its schema");
        frame.finish();
    }
    Records::of(writer.finish())
}

/// Schemaless maps.
pub fn maps(count: usize) -> Records {
    Records::written(count, None, |number| {
        let entry = |key: &str, value: Value| (Value::String(key.to_owned()), value);
        Value::Map(vec![
            entry("id", Value::Int64(number as i64)),
            entry("customer", Value::String("Ada Lovelace, London".to_owned())),
            entry("weight", Value::Float64(number as f64 + 0.25)),
            entry("paid", Value::Boolean(true)),
            entry("note", Value::Null),
        ])
    })
}
