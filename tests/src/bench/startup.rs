//! From the command to the first answer of REST, and what an idle worker has in memory.

use std::time::Duration;

use super::Scale;
use super::contender::Contender;
use super::spread::Spread;
use super::usage;
use crate::kafka::Kafka;
use crate::temp::TempDir;

/// How long a worker is left alone before its memory is read.
const SETTLE: Duration = Duration::from_secs(3);

/// As an operator starts it, but for the first time.
pub const WARM: &str = "Wasm Connect, plugins compiled before";

/// One way to start.
pub struct Result {
    pub name: &'static str,
    pub milliseconds: Spread,
    /// Resident, some seconds later.
    pub idle_mb: Spread,
}

/// Java Connect, and our worker with compiled plugins and without, in turns.
pub fn run(scale: &Scale, kafka: &Kafka) -> Vec<Result> {
    let ways = [
        ("Java Connect", Contender::Java, false),
        (WARM, Contender::Wasm, false),
        ("Wasm Connect, nothing compiled", Contender::Wasm, true),
    ];
    let mut runs = vec![(Vec::new(), Vec::new()); ways.len()];
    for _ in 0..scale.rounds {
        for ((_, contender, cold), (times, memory)) in ways.iter().zip(&mut runs) {
            let directory = TempDir::new("bench-startup");
            let mut running = match cold {
                true => contender.start_with_cache(&directory, kafka, &directory.file("cache")),
                false => contender.start(&directory, kafka),
            };
            times.push(running.wait_first_answer().as_secs_f64() * 1e3);
            std::thread::sleep(SETTLE);
            memory.push(usage::resident_mb(running.pid()));
        }
    }
    let results = ways.iter().zip(runs).filter_map(|((name, ..), (times, memory))| {
        Some(Result { name, milliseconds: Spread::of(times)?, idle_mb: Spread::of(memory)? })
    });
    results.collect()
}
