//! Sources that do not come back when they are asked to.

use std::time::Duration;

use wasm_connect_sdk::{Config, ConfigDef, ConfigKey, Polled, Records, Result, SourceTask, SourceTaskContext, info};

use crate::connectors::{SourceGuest, class, count, number};

/// Sleeps in stop.
pub struct SlowStop(Duration);

impl SourceGuest for SlowStop {
    class!("SlowStop");

    fn keys() -> ConfigDef {
        count("stop.ms", 60_000, "How long stop takes.")
    }
}

impl SourceTask for SlowStop {
    fn start(config: Config, _context: SourceTaskContext) -> Result<Self> {
        Ok(Self(Duration::from_millis(number(&Self::keys(), &config, "stop.ms")?)))
    }

    fn poll(&mut self, _records: &mut Records) -> Result<Polled> {
        Ok(Polled::Idle(Duration::from_millis(100)))
    }

    fn stop(&mut self) {
        std::thread::sleep(self.0);
    }
}

/// Sleeps in poll.
pub struct SleepForever {
    context: SourceTaskContext,
    through_host: bool,
}

impl SourceGuest for SleepForever {
    class!("SleepForever");

    fn keys() -> ConfigDef {
        let through = "clock: by the clock, which knows of no stop. host: by the context, which wakes for a stop.";
        ConfigDef::new().define(ConfigKey::string("through").default("clock").doc(through))
    }
}

impl SourceTask for SleepForever {
    fn start(config: Config, context: SourceTaskContext) -> Result<Self> {
        Ok(Self { context, through_host: config.get("through") == Some("host") })
    }

    fn poll(&mut self, _records: &mut Records) -> Result<Polled> {
        const DAY: Duration = Duration::from_secs(24 * 60 * 60);
        match self.through_host {
            true => info!("slept, stopping: {}", self.context.sleep(DAY)),
            false => std::thread::sleep(DAY),
        }
        Ok(Polled::Records)
    }
}
