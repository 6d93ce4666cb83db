//! What records cost in Rust: a source and a sink that do what any plugin must, and nothing else.

use std::hint::black_box;

use wasm_connect_sdk::{
    Batch, Config, ConfigDef, ConfigKey, Error, NumberOffset, Payload, Polled, RecordError, Records, Result, ScalarMap,
    Schema, SchemaId, SinkConnector, SinkConnectorContext, SinkTask, SinkTaskContext, SourceConnector,
    SourceConnectorContext, SourceTask, SourceTaskContext, Struct, Validator, Value, ValueRef,
};

wasm_connect_sdk::export! { sources: [FiguresSource], sinks: [FiguresSink] }

/// The connector of the source: one task.
pub struct FiguresSource(Config);

impl SourceConnector for FiguresSource {
    const CLASS: &'static str = "bench.FiguresSource";
    const VERSION: &'static str = env!("CARGO_PKG_VERSION");
    const TASK_CLASS: &'static str = "bench.FiguresSourceTask";

    type Task = FiguresSourceTask;

    fn config_def() -> ConfigDef {
        let one_of = Validator::OneOf(vec!["text".to_owned(), "struct".to_owned()]);
        ConfigDef::new().define(ConfigKey::string("value").default("text").validator(one_of).doc("What it brings."))
    }

    fn start(config: Config, _context: SourceConnectorContext) -> Result<Self> {
        Ok(Self(config))
    }

    fn task_configs(&mut self, _max_tasks: usize) -> Result<Vec<Config>> {
        Ok(vec![self.0.clone()])
    }
}

/// Brings as many records as a poll may have: a text of 100 letters, or a struct of ten fields that is made anew for each.
pub struct FiguresSourceTask {
    /// Of structs; none: it brings text.
    schema: Option<Schema>,
    text: String,
    partition: ScalarMap,
    offset: NumberOffset,
    next: u64,
}

fn row() -> Schema {
    Schema::structure()
        .name("bench.Row")
        .field("id", Schema::int64().build())
        .field("at", Schema::int64().build())
        .field("count", Schema::int32().build())
        .field("rank", Schema::int32().build())
        .field("price", Schema::float64().build())
        .field("weight", Schema::float64().build())
        .field("paid", Schema::boolean().build())
        .field("customer", Schema::string().build())
        .field("city", Schema::string().build())
        .field("note", Schema::string().optional().build())
        .build()
}

impl SourceTask for FiguresSourceTask {
    fn start(config: Config, _context: SourceTaskContext) -> Result<Self> {
        let config = FiguresSource::config_def().parse(&config)?;
        let schema = (config.string("value") == Some("struct")).then(row);
        let (partition, offset) = (ScalarMap::of("figures", "all"), NumberOffset::new("next"));
        Ok(Self { schema, text: "x".repeat(100), partition, offset, next: 0 })
    }

    fn poll(&mut self, records: &mut Records) -> Result<Polled> {
        let route = records.route("figures", Some(&self.partition));
        while !records.is_full() {
            let next = self.next;
            self.next += 1;
            let mut record = records.begin(&route);
            match &self.schema {
                None => record.value(Payload::Str(SchemaId::STRING, &self.text))?,
                Some(schema) => {
                    let values = vec![
                        Value::Int64(next as i64),
                        Value::Int64(1_700_000_000_000 + next as i64),
                        Value::Int32(7),
                        Value::Int32(-1),
                        Value::Float64(next as f64 / 8.0),
                        Value::Float64(0.5),
                        Value::Boolean(true),
                        Value::String("Ada Lovelace".to_owned()),
                        Value::String("London".to_owned()),
                        Value::Null,
                    ];
                    let row = Struct::from_values(schema.clone(), values);
                    let row = row.map_err(|error| Error::fatal(error.to_string()))?;
                    record.value(Payload::Value(Some(schema), &Value::Struct(row)))?
                }
            };
            record.source_offset_with(|json| self.offset.write(self.next, json))?;
            record.finish();
        }
        Ok(Polled::Records)
    }
}

/// The connector of the sink.
pub struct FiguresSink(Config);

impl SinkConnector for FiguresSink {
    const CLASS: &'static str = "bench.FiguresSink";
    const VERSION: &'static str = env!("CARGO_PKG_VERSION");
    const TASK_CLASS: &'static str = "bench.FiguresSinkTask";

    type Task = FiguresSinkTask;

    fn config_def() -> ConfigDef {
        ConfigDef::new()
    }

    fn start(config: Config, _context: SinkConnectorContext) -> Result<Self> {
        Ok(Self(config))
    }

    fn task_configs(&mut self, max_tasks: usize) -> Result<Vec<Config>> {
        Ok(vec![self.0.clone(); max_tasks])
    }
}

/// Looks at the text of each record, or at all fields of its struct.
pub struct FiguresSinkTask {
    seen: usize,
}

impl SinkTask for FiguresSinkTask {
    fn start(_config: Config, _context: SinkTaskContext) -> Result<Self> {
        Ok(Self { seen: 0 })
    }

    fn put(&mut self, records: &Batch<'_>) -> Result<Vec<RecordError>> {
        for (_, record) in records.records() {
            match record.value().value()? {
                ValueRef::String(text) => self.seen += text.len(),
                ValueRef::Struct(row) => {
                    for field in 0..row.schema().fields().len() {
                        self.seen += usize::from(!matches!(black_box(row.get(field)?), ValueRef::Null));
                    }
                }
                _ => return Err(Error::fatal("the value is neither text nor a struct")),
            }
        }
        black_box(self.seen);
        Ok(Vec::new())
    }
}
