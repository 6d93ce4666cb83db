//! Sources that fail, each in its own way.

use std::time::Duration;

use wasm_connect_sdk::{
    Config, ConfigDef, ConfigKey, Error, FrameHead, Payload, Polled, Records, Result, SchemaId, SourceTask,
    SourceTaskContext,
};

use crate::connectors::{SourceGuest, class, count, number, topic};

const IDLE: Polled = Polled::Idle(Duration::from_millis(100));

fn write_text(records: &mut Records, route: &FrameHead, text: &str) -> Result<()> {
    let mut frame = records.begin(route);
    frame.value(Payload::Str(SchemaId::STRING, text))?;
    frame.finish();
    Ok(())
}

/// Brings a record a poll, then traps.
pub struct TrapInPoll {
    topic: String,
    left: u64,
}

impl SourceGuest for TrapInPoll {
    class!("TrapInPoll");

    fn keys() -> ConfigDef {
        count("after", 0, "Polls that bring a record before the one that traps.")
    }
}

impl SourceTask for TrapInPoll {
    fn start(config: Config, _context: SourceTaskContext) -> Result<Self> {
        Ok(Self { topic: topic(&config), left: number(&Self::keys(), &config, "after")? })
    }

    fn poll(&mut self, records: &mut Records) -> Result<Polled> {
        let Some(left) = self.left.checked_sub(1) else { std::process::abort() };
        self.left = left;
        let route = records.route(&self.topic, None);
        write_text(records, &route, "before the trap")?;
        Ok(Polled::Records)
    }
}

/// Traps in start.
pub struct TrapInStart;

impl SourceGuest for TrapInStart {
    class!("TrapInStart");

    fn keys() -> ConfigDef {
        ConfigDef::new()
    }
}

impl SourceTask for TrapInStart {
    fn start(_config: Config, _context: SourceTaskContext) -> Result<Self> {
        std::process::abort()
    }

    fn poll(&mut self, _records: &mut Records) -> Result<Polled> {
        Ok(IDLE)
    }
}

/// Panics in poll with the configured message.
pub struct PanicWithMessage(String);

impl SourceGuest for PanicWithMessage {
    class!("PanicWithMessage");

    fn keys() -> ConfigDef {
        ConfigDef::new()
            .define(ConfigKey::string("message").default("the guest panicked on purpose").doc("What the panic says."))
    }
}

impl SourceTask for PanicWithMessage {
    fn start(config: Config, _context: SourceTaskContext) -> Result<Self> {
        let message = Self::keys().parse(&config)?.string("message").unwrap_or_default().to_owned();
        Ok(Self(message))
    }

    fn poll(&mut self, _records: &mut Records) -> Result<Polled> {
        panic!("{}", self.0)
    }
}

/// Never returns from poll, and calls nothing.
pub struct LoopForever;

impl SourceGuest for LoopForever {
    class!("LoopForever");

    fn keys() -> ConfigDef {
        ConfigDef::new()
    }
}

impl SourceTask for LoopForever {
    fn start(_config: Config, _context: SourceTaskContext) -> Result<Self> {
        Ok(Self)
    }

    fn poll(&mut self, _records: &mut Records) -> Result<Polled> {
        let mut turns = 0_u64;
        loop {
            turns = std::hint::black_box(turns.wrapping_add(1));
        }
    }
}

/// Allocates in poll until there is no more.
pub struct EatMemory(u64);

impl SourceGuest for EatMemory {
    class!("EatMemory");

    fn keys() -> ConfigDef {
        count("step.bytes", 1 << 20, "Bytes of each allocation.")
    }
}

impl SourceTask for EatMemory {
    fn start(config: Config, _context: SourceTaskContext) -> Result<Self> {
        Ok(Self(number(&Self::keys(), &config, "step.bytes")?.max(1)))
    }

    fn poll(&mut self, _records: &mut Records) -> Result<Polled> {
        let mut eaten = Vec::new();
        loop {
            eaten.push(std::hint::black_box(vec![1_u8; self.0 as usize]));
        }
    }
}

/// Answers errors from poll, then brings one record.
pub struct FailingPoll {
    topic: String,
    kind: String,
    left: u64,
    done: bool,
}

impl SourceGuest for FailingPoll {
    class!("FailingPoll");

    fn keys() -> ConfigDef {
        count("times", 3, "Polls that fail.")
            .define(ConfigKey::string("kind").default("retriable").doc("retriable, config or fatal."))
    }
}

impl SourceTask for FailingPoll {
    fn start(config: Config, _context: SourceTaskContext) -> Result<Self> {
        let kind = Self::keys().parse(&config)?.string("kind").unwrap_or_default().to_owned();
        Ok(Self { topic: topic(&config), kind, left: number(&Self::keys(), &config, "times")?, done: false })
    }

    fn poll(&mut self, records: &mut Records) -> Result<Polled> {
        if let Some(left) = self.left.checked_sub(1) {
            self.left = left;
            let message = format!("failing on purpose, {left} more to come");
            return Err(match self.kind.as_str() {
                "config" => Error::Config(message),
                "fatal" => Error::Fatal(message),
                _ => Error::Retriable(message),
            });
        }
        if !std::mem::replace(&mut self.done, true) {
            let route = records.route(&self.topic, None);
            write_text(records, &route, "after the failures")?;
        }
        Ok(IDLE)
    }
}
