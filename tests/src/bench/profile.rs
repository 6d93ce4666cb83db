//! Where our worker's CPU goes while it works, by parts of the program, as `perf` samples it.

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use super::Scale;
use super::contender::Contender;
use super::throughput::{self, Row};
use crate::kafka::Kafka;
use crate::temp::TempDir;

/// Samples a second of CPU.
const FREQUENCY: &str = "4000";
/// Until perf has opened its counters.
const PERF_STARTS: Duration = Duration::from_millis(500);

/// Parts of the program, in the order of a record's way.
pub const PARTS: [&str; 9] =
    ["the plugin", "calls of it", "batches", "transforms", "converters", "worker", "librdkafka", "libc", "kernel"];

/// What a row's work was spent on.
pub struct Result {
    pub row: &'static str,
    /// Percent, as [`PARTS`]; the rest is Rust's library and the runtime.
    pub shares: [f64; PARTS.len()],
}

/// Profiles the rows that have targets. The error says why there is no profile.
pub fn run(scale: &Scale, kafka: &Kafka) -> std::result::Result<Vec<Result>, String> {
    let of_row = |row: Row| {
        println!("  {}", row.name);
        let directory = TempDir::new("bench-profile");
        let samples = directory.file("perf.data");
        let perf = throughput::run_watched(&row, Contender::Wasm, scale, kafka, |pid| Perf::start(pid, &samples))?;
        kafka.clear(None);
        perf.stop()?;
        Ok(Result { row: row.name, shares: shares(&report(&samples)?) })
    };
    throughput::rows().into_iter().filter(|row| row.target.is_some()).map(of_row).collect()
}

/// Samples a process until it is stopped.
struct Perf(Child);

impl Perf {
    fn start(pid: u32, samples: &Path) -> std::result::Result<Self, String> {
        let perf = Command::new("perf")
            .args(["record", "-F", FREQUENCY, "-p", &pid.to_string(), "-o"])
            .arg(samples)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .map_err(|error| format!("perf could not be started: {error}"))?;
        std::thread::sleep(PERF_STARTS);
        Ok(Self(perf))
    }

    fn stop(mut self) -> std::result::Result<(), String> {
        let pid = i32::try_from(self.0.id()).map_err(|error| error.to_string())?;
        // SAFETY: a signal to a child that was not waited for yet.
        unsafe { libc::kill(pid, libc::SIGINT) };
        self.0.wait().map(drop).map_err(|error| format!("perf: {error}"))
    }
}

/// Lines of a share, a file of code and a symbol.
fn report(samples: &Path) -> std::result::Result<String, String> {
    let output = Command::new("perf")
        .args(["report", "--stdio", "--no-children", "-F", "overhead,dso,symbol", "-t", "|", "-i"])
        .arg(samples)
        .output()
        .map_err(|error| format!("perf report: {error}"))?;
    match output.status.success() {
        true => Ok(String::from_utf8_lossy(&output.stdout).into_owned()),
        false => Err(format!("perf report: {}", String::from_utf8_lossy(&output.stderr).trim())),
    }
}

fn shares(report: &str) -> [f64; PARTS.len()] {
    let mut shares = [0.0; PARTS.len()];
    for line in report.lines().filter(|line| !line.starts_with('#')) {
        let mut columns = line.splitn(3, '|').map(str::trim);
        let (Some(share), Some(file), Some(symbol)) = (columns.next(), columns.next(), columns.next()) else {
            continue;
        };
        let part = PARTS.iter().position(|name| Some(*name) == part(file, symbol));
        if let (Some(part), Ok(share)) = (part, share.trim_end_matches('%').parse::<f64>()) {
            shares[part] += share;
        }
    }
    shares
}

fn part(file: &str, symbol: &str) -> Option<&'static str> {
    const OF_SYMBOLS: [(&str, &str); 9] = [
        ("wasm_connect_batch::", "batches"),
        ("wasm_connect::transform::", "transforms"),
        ("wasm_connect::converter::", "converters"),
        ("wasm_connect::plugin::", "calls of it"),
        ("wasmtime", "calls of it"),
        ("wasm_connect::", "worker"),
        ("rd_", "librdkafka"),
        ("rdk_", "librdkafka"),
        ("rwlock_", "librdkafka"),
    ];
    if file.ends_with(".cwasm") {
        return Some("the plugin");
    }
    if file.contains("kernel") {
        return Some("kernel");
    }
    if file.contains("libc.") || file.contains("vdso") {
        return Some("libc");
    }
    // `[.] symbol`; a method of a trait is `<type as trait>::method`.
    let symbol = symbol.split_once("] ").map_or(symbol, |(_, symbol)| symbol).trim_start_matches(['<', '&']);
    OF_SYMBOLS.iter().find(|(start, _)| symbol.starts_with(start)).map(|(_, part)| *part)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn samples_are_counted_by_part() {
        let report = "# Overhead|Shared Object|Symbol\n\
            \x20   40.00%|wasm-connect|[.] rd_kafka_producev\n\
            \x20   10.50%|wasm-connect|[.] <wasm_connect::converter::string::StringConverter as wasm_connect::converter::Converter>::from_connect\n\
            \x20    5.00%|wasm-connect|[.] wasm_connect::worker::source_task::converting::Converting::convert\n\
            \x20    4.00%|1f2e.cwasm|[.] wasm[0]::function[45]::poll\n\
            \x20    3.00%|[kernel.kallsyms]|[k] copy_page\n\
            \x20    2.00%|libc.so.6|[.] malloc\n\
            \x20    1.00%|wasm-connect|[.] core::str::converts::from_utf8\n\n";
        let share = |name| shares(report)[PARTS.iter().position(|part| *part == name).unwrap()];
        assert_eq!(share("librdkafka"), 40.0);
        assert_eq!(share("converters"), 10.5);
        assert_eq!(share("worker"), 5.0);
        assert_eq!(share("the plugin"), 4.0);
        assert_eq!(share("kernel"), 3.0);
        assert_eq!(share("libc"), 2.0);
        assert_eq!(shares(report).iter().sum::<f64>(), 64.5);
    }
}
