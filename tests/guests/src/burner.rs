//! A source that computes all the time.

use std::time::{Duration, Instant};

use wasm_connect_sdk::{Config, ConfigDef, Polled, Records, Result, SourceTask, SourceTaskContext, info};

use crate::connectors::{SourceGuest, class, count, number};

/// Turns between two looks at the clock.
const TURNS: u64 = 100_000;

/// Says how far it got in each poll.
pub struct Burner {
    time: Duration,
    turns: u64,
}

impl SourceGuest for Burner {
    class!("Burner");

    fn keys() -> ConfigDef {
        count("poll.ms", 500, "How long a poll computes.")
    }
}

impl SourceTask for Burner {
    fn start(config: Config, _context: SourceTaskContext) -> Result<Self> {
        Ok(Self { time: Duration::from_millis(number(&Self::keys(), &config, "poll.ms")?), turns: 0 })
    }

    fn poll(&mut self, _records: &mut Records) -> Result<Polled> {
        let began = Instant::now();
        while began.elapsed() < self.time {
            (0..TURNS).for_each(|turn| self.turns = std::hint::black_box(self.turns.wrapping_add(turn & 1)));
        }
        info!("turned {} times", self.turns);
        Ok(Polled::Records)
    }
}
