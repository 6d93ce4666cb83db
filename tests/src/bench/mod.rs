//! `make bench`: Java Connect, our worker and a native loop do the same work, in turns, on one Kafka.
//!
//! What was done is counted where it must arrive: offsets of topics, bytes of files. What it cost is the system's account of the
//! contender's process: user and system time, resident memory, threads.

/// Who takes part.
pub mod contender;
/// Many connectors with nothing to do.
pub mod idle;
/// What a plugin costs by its language.
pub mod languages;
/// From a line's birth to its arrival.
pub mod latency;
/// The same work without Connect.
pub mod native;
/// What comes of it, as a page.
pub mod page;
/// Where the CPU goes.
pub mod profile;
/// The least, the middle and the most of several runs.
pub mod spread;
/// From the command to the first answer.
pub mod startup;
/// Files to topics and topics to files, as fast as it goes.
pub mod throughput;
/// What a process has used.
pub mod usage;

use std::time::Duration;

/// How much is done, and how often.
#[derive(Clone, Debug)]
pub struct Scale {
    /// Records of a measured run.
    pub records: usize,
    /// Records before that, so that a JIT compiler has seen the work.
    pub warm_up: usize,
    /// Runs of each contender, in turns.
    pub rounds: usize,
    /// Idle tasks: a small and a large number.
    pub idle: [usize; 2],
    /// How long each latency is measured.
    pub latency: Duration,
}

impl Scale {
    /// For figures to be quoted: half an hour and more.
    pub fn full() -> Self {
        Self { records: 1_000_000, warm_up: 500_000, rounds: 5, idle: [1_000, 5_000], latency: Duration::from_secs(20) }
    }

    /// To see that everything works: some minutes, and figures that mean little.
    pub fn short() -> Self {
        Self { records: 100_000, warm_up: 20_000, rounds: 1, idle: [50, 100], latency: Duration::from_secs(3) }
    }
}
