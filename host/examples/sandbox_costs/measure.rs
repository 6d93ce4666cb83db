//! How it is measured: the best of several runs, the processor's time, and the memory that is a process's own.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use wasm_connect::connect::Config;
use wasm_connect::plugin::component::ComponentRuntime;
use wasm_connect::plugin::ports::{InstanceContext, PollLimits, StopSignal};
use wasm_connect::plugin::registry::Plugins;
use wasm_connect::plugin::scanner::Scanner;

/// The classes of a component.
pub async fn plugins(runtime: &Arc<ComponentRuntime>, component: PathBuf) -> Plugins {
    let scanner = Scanner { plugin_path: vec![component], max_bytes: u64::MAX, describe: runtime.clone() };
    Plugins::new(scanner.scan().await, [])
}

pub const LIMITS: PollLimits =
    PollLimits { max_records: 100_000, max_bytes: 16 << 20, max_wait: Duration::from_secs(1) };

pub fn context(entries: &[(&str, &str)]) -> InstanceContext {
    let config: Config = entries.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
    InstanceContext {
        connector: "figures".into(),
        task: Some(0),
        connector_config: config.clone().into(),
        config: config.into(),
        stop: StopSignal::default(),
        connector_context: None,
        offsets: None,
        sink: None,
    }
}

/// The best of several runs, each of several rounds: what the work costs when nobody else wants the processor.
pub struct Best {
    runs: u32,
    rounds: u32,
    /// Rounds of the present run that were done.
    done: u32,
    began: Instant,
    best: Duration,
}

impl Best {
    pub fn of(runs: u32, rounds: u32) -> Self {
        Self { runs, rounds, done: 0, began: Instant::now(), best: Duration::MAX }
    }

    /// Whether to do the work once more.
    pub fn again(&mut self) -> bool {
        if self.done == self.rounds {
            self.best = self.best.min(self.began.elapsed());
            (self.runs, self.done, self.began) = (self.runs - 1, 0, Instant::now());
        }
        self.done += 1;
        self.runs > 0
    }

    /// Of one round.
    pub fn nanoseconds(&self) -> f64 {
        self.best.as_nanos() as f64 / f64::from(self.rounds)
    }
}

/// Without the pages of code and constants, which all instances of a component share.
pub fn private_kb() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("RssAnon:")).unwrap_or_default();
    line.trim().trim_end_matches(" kB").parse().unwrap_or_default()
}

/// What this process has had of the processor, since it began.
pub fn processor_time() -> Duration {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: the call writes to the structure that it is given, and reads nothing.
    unsafe { libc::clock_gettime(libc::CLOCK_PROCESS_CPUTIME_ID, &mut time) };
    Duration::new(time.tv_sec.unsigned_abs(), time.tv_nsec.unsigned_abs() as u32)
}
