//! A source and a sink that behave, but never give back memory.

use std::time::Duration;

use wasm_connect_sdk::{
    Batch, Config, ConfigDef, ConfigKey, NumberOffset, PartitionOffset, Payload, Polled, RecordError, Records, Result,
    ScalarMap, SchemaId, SinkTask, SinkTaskContext, SourceTask, SourceTaskContext, info,
};

use crate::connectors::{SinkGuest, SourceGuest, class, count, number, topic};
use crate::journal::Journal;

/// The memory that each call leaks.
struct Leak(usize);

impl Leak {
    fn keys() -> ConfigDef {
        count("leak.bytes", 65_536, "Bytes that each call leaks.")
    }

    fn of(config: &Config) -> Result<Self> {
        Ok(Self(number(&Self::keys(), config, "leak.bytes")? as usize))
    }

    fn drip(&self) {
        std::mem::forget(std::hint::black_box(vec![1_u8; self.0]));
    }
}

/// Counts from its committed offset on, some records a poll.
pub struct LeakySource {
    leak: Leak,
    topic: String,
    partition: ScalarMap,
    offset: NumberOffset,
    next: u64,
    end: u64,
    a_poll: u64,
}

impl SourceGuest for LeakySource {
    class!("LeakySource");

    fn keys() -> ConfigDef {
        let a_poll = ConfigKey::long("poll.records").default(100).doc("Records of a poll.");
        let records = ConfigKey::long("records").default(1_000).doc("How many records in all.");
        Leak::keys().define(records).define(a_poll)
    }
}

impl SourceTask for LeakySource {
    fn start(config: Config, context: SourceTaskContext) -> Result<Self> {
        let partition = ScalarMap::of("guest", "leaky");
        let committed = context.offset(&partition)?.and_then(|offset| offset.integer("next"));
        let next = committed.and_then(|next| next.try_into().ok()).unwrap_or(0);
        info!("started at {next}");
        let number = |key| number(&Self::keys(), &config, key);
        Ok(Self {
            leak: Leak::of(&config)?,
            topic: topic(&config),
            partition,
            offset: NumberOffset::new("next"),
            next,
            end: number("records")?,
            a_poll: number("poll.records")?,
        })
    }

    fn poll(&mut self, records: &mut Records) -> Result<Polled> {
        if self.next >= self.end {
            return Ok(Polled::Idle(Duration::from_millis(200)));
        }
        self.leak.drip();
        let route = records.route(&self.topic, Some(&self.partition));
        for number in self.next..self.end.min(self.next + self.a_poll) {
            let mut frame = records.begin(&route);
            frame.value(Payload::Str(SchemaId::STRING, &number.to_string()))?;
            frame.source_offset_with(|json| self.offset.write(number + 1, json))?;
            frame.finish();
            self.next = number + 1;
        }
        Ok(Polled::Records)
    }
}

/// Notes what it takes.
pub struct LeakySink {
    leak: Leak,
    journal: Journal,
    safe: bool,
}

impl SinkGuest for LeakySink {
    class!("LeakySink");

    fn keys() -> ConfigDef {
        let safe = ConfigKey::boolean("safe").default(true).doc("Whether what it takes may be committed.");
        Leak::keys().define(safe)
    }
}

impl SinkTask for LeakySink {
    fn start(config: Config, _context: SinkTaskContext) -> Result<Self> {
        Ok(Self {
            leak: Leak::of(&config)?,
            journal: Journal::open(&config)?,
            safe: config.get("safe") != Some("false"),
        })
    }

    fn put(&mut self, records: &Batch<'_>) -> Result<Vec<RecordError>> {
        if !records.is_empty() {
            self.leak.drip();
        }
        self.journal.note_all(records)?;
        Ok(Vec::new())
    }

    fn pre_commit(&mut self, delivered: Vec<PartitionOffset>) -> Result<Vec<PartitionOffset>> {
        Ok(if self.safe { delivered } else { Vec::new() })
    }
}
