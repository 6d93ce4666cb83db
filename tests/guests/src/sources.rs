//! Sources that behave, for tests of what the worker does with their records.

use std::time::Duration;

use wasm_connect_sdk::{
    Acks, Config, ConfigDef, ConfigKey, NumberOffset, Payload, Polled, Records, Result, ScalarMap, SchemaId,
    SourceTask, SourceTaskContext, SourceTaskOptions, info,
};

use crate::connectors::{SourceGuest, class, count, number, topic};

/// Counts from its committed offset to `records`; what a record of a number is, is said by the guests.
struct Counter {
    topic: String,
    partition: ScalarMap,
    offset: NumberOffset,
    next: u64,
    end: u64,
}

impl Counter {
    fn start(name: &str, keys: &ConfigDef, config: &Config, context: &SourceTaskContext) -> Result<Self> {
        let partition = ScalarMap::of("guest", name);
        let committed = context.offset(&partition)?.and_then(|offset| offset.integer("next"));
        Ok(Self {
            topic: topic(config),
            partition,
            offset: NumberOffset::new("next"),
            next: committed.and_then(|next| next.try_into().ok()).unwrap_or(0),
            end: number(keys, config, "records")?,
        })
    }

    fn poll(&mut self, records: &mut Records, record: impl Fn(u64) -> (Option<String>, String)) -> Result<Polled> {
        let route = records.route(&self.topic, Some(&self.partition));
        while self.next < self.end && !records.is_full() {
            let (key, value) = record(self.next);
            self.next += 1;
            let mut frame = records.begin(&route);
            if let Some(key) = &key {
                frame.key(Payload::Str(SchemaId::STRING, key))?;
            }
            frame.value(Payload::Str(SchemaId::STRING, &value))?;
            frame.source_offset_with(|json| self.offset.write(self.next, json))?;
            frame.finish();
        }
        Ok(if records.is_full() { Polled::Records } else { Polled::Idle(Duration::from_millis(100)) })
    }
}

fn records() -> ConfigDef {
    count("records", 1000, "How many records in all.")
}

/// Keyed records: the key of record `i` is [`key`], its value `i`.
pub struct KeyedSource(Counter);

/// Record 0 has the empty key; the others are ASCII, two-byte, four-byte, and of every length up to 63, in turn.
fn key(i: u64) -> String {
    match i % 4 {
        _ if i == 0 => String::new(),
        0 => "k".repeat((i % 64) as usize),
        1 => format!("key-{i}"),
        2 => format!("schlüssel-äöü-{i}"),
        _ => format!("鍵-🔑-{i}"),
    }
}

impl SourceGuest for KeyedSource {
    class!("KeyedSource");

    fn keys() -> ConfigDef {
        records()
    }
}

impl SourceTask for KeyedSource {
    fn start(config: Config, context: SourceTaskContext) -> Result<Self> {
        Ok(Self(Counter::start("keyed", &Self::keys(), &config, &context)?))
    }

    fn poll(&mut self, records: &mut Records) -> Result<Polled> {
        self.0.poll(records, |i| (Some(key(i)), i.to_string()))
    }
}

/// Numbered records, one of them big.
pub struct BigRecord {
    counter: Counter,
    big: u64,
    bytes: usize,
}

impl SourceGuest for BigRecord {
    class!("BigRecord");

    fn keys() -> ConfigDef {
        let number = ConfigKey::long("big.record").default(1).doc("Which record is big, from 0.");
        let bytes = ConfigKey::long("big.bytes").default(2 << 20).doc("How big it is: that many letters x.");
        count("records", 3, "How many records in all.").define(number).define(bytes)
    }
}

impl SourceTask for BigRecord {
    fn start(config: Config, context: SourceTaskContext) -> Result<Self> {
        let keys = Self::keys();
        Ok(Self {
            counter: Counter::start("big", &keys, &config, &context)?,
            big: number(&keys, &config, "big.record")?,
            bytes: number(&keys, &config, "big.bytes")? as usize,
        })
    }

    fn poll(&mut self, records: &mut Records) -> Result<Polled> {
        let (big, bytes) = (self.big, self.bytes);
        self.counter.poll(records, |i| (None, if i == big { "x".repeat(bytes) } else { i.to_string() }))
    }
}

/// Logs what it hears of its records: `acknowledged 0..10: 9 placed, 1 dropped` and `committed after 10`.
pub struct AckRecorder {
    counter: Counter,
    acknowledged: u64,
}

impl SourceGuest for AckRecorder {
    class!("AckRecorder");

    fn keys() -> ConfigDef {
        records()
    }
}

impl SourceTask for AckRecorder {
    fn start(config: Config, context: SourceTaskContext) -> Result<Self> {
        Ok(Self { counter: Counter::start("acks", &Self::keys(), &config, &context)?, acknowledged: 0 })
    }

    fn options(&self) -> SourceTaskOptions {
        SourceTaskOptions { acknowledge_records: true, commit: true }
    }

    fn poll(&mut self, records: &mut Records) -> Result<Polled> {
        self.counter.poll(records, |i| (None, i.to_string()))
    }

    fn acknowledged(&mut self, acks: &Acks<'_>) -> Result<()> {
        let first = self.acknowledged;
        for ack in acks.iter() {
            if ack.sequence != self.acknowledged {
                info!("acknowledged {} out of order: {} was next", ack.sequence, self.acknowledged);
            }
            self.acknowledged = ack.sequence + 1;
        }
        let placed = acks.iter().filter(|ack| ack.placed.is_some()).count();
        info!("acknowledged {first}..{}: {placed} placed, {} dropped", self.acknowledged, acks.len() - placed);
        Ok(())
    }

    fn commit(&mut self) -> Result<()> {
        info!("committed after {}", self.acknowledged);
        Ok(())
    }
}
