//! A source and a sink for `host/examples/sandbox_costs`: they do what any plugin must, and nothing else.

use std::time::Duration;

use wasm_connect_sdk::{
    Batch, Config, ConfigDef, ConfigKey, Payload, Polled, RecordError, Records, Result, SchemaId, SinkTask,
    SinkTaskContext, SourceTask, SourceTaskContext,
};

use crate::connectors::{SinkGuest, SourceGuest, class, count, number};

/// Brings the same records in every poll.
pub struct FiguresSource {
    context: SourceTaskContext,
    records: u64,
    value: Vec<u8>,
    /// Calls of the host in each poll.
    imports: u64,
    /// The batch as it was written once, if it is not to be written anew.
    packed: Option<Vec<u8>>,
}

impl FiguresSource {
    fn write(&self, records: &mut Records) -> Result<()> {
        let route = records.route("figures", None);
        for _ in 0..self.records {
            let mut frame = records.begin(&route);
            frame.value(Payload::Bytes(SchemaId::OPTIONAL_BYTES, &self.value))?;
            frame.finish();
        }
        Ok(())
    }
}

impl SourceGuest for FiguresSource {
    class!("FiguresSource");

    fn keys() -> ConfigDef {
        count("records", 1_000, "Records of a poll.")
            .define(ConfigKey::long("bytes").default(100).doc("Bytes of a record."))
            .define(ConfigKey::long("imports").default(0).doc("Calls of the host in each poll."))
            .define(ConfigKey::boolean("packed").default(false).doc("Whether the batch is written once only."))
    }
}

impl SourceTask for FiguresSource {
    fn start(config: Config, context: SourceTaskContext) -> Result<Self> {
        let keys = Self::keys();
        let number = |key| number(&keys, &config, key);
        let value = vec![7; number("bytes")? as usize];
        let (records, imports) = (number("records")?, number("imports")?);
        let mut source = Self { context, records, value, imports, packed: None };
        if config.get("packed") == Some("true") {
            let mut records = Records::default();
            source.write(&mut records)?;
            source.packed = Some(records.finish());
        }
        Ok(source)
    }

    fn poll(&mut self, records: &mut Records) -> Result<Polled> {
        for _ in 0..self.imports {
            std::hint::black_box(self.context.stopping());
        }
        match &self.packed {
            Some(packed) => records.replace_with(packed.clone()),
            None => self.write(records)?,
        }
        Ok(match self.records {
            0 => Polled::Idle(Duration::ZERO),
            _ => Polled::Records,
        })
    }
}

/// Looks at every field of every record.
pub struct FiguresSink(u64);

impl SinkGuest for FiguresSink {
    class!("FiguresSink");

    fn keys() -> ConfigDef {
        ConfigDef::new()
    }
}

impl SinkTask for FiguresSink {
    fn start(_config: Config, _context: SinkTaskContext) -> Result<Self> {
        Ok(Self(0))
    }

    fn put(&mut self, records: &Batch<'_>) -> Result<Vec<RecordError>> {
        for (_, record) in records.records() {
            let (key, value) = (record.key().raw(), record.value().raw());
            let topic = record.topic().map_or(0, str::len) + record.partition().unwrap_or(0) as usize;
            let first = |bytes: Option<&[u8]>| bytes.and_then(|bytes| bytes.first()).map_or(0, |byte| u64::from(*byte));
            self.0 = self.0.wrapping_add(record.offset() as u64 + topic as u64 + first(key) + first(value));
            for (name, header) in record.headers() {
                self.0 = self.0.wrapping_add(name.len() as u64 + first(header.raw()));
            }
        }
        std::hint::black_box(self.0);
        Ok(Vec::new())
    }
}
