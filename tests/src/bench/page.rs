//! What comes of a bench, as a page of Markdown; losses are shown like wins.

use std::fmt::Write as _;
use std::process::Command;

use super::contender::Contender;
use super::throughput::{Result, Row};
use super::{Scale, idle, languages, latency, startup};

/// What design asks of our worker in a row, on a quiet machine.
#[derive(Clone, Copy, Debug)]
pub struct Target {
    /// The most microseconds of CPU a record.
    pub cpu_us: f64,
    /// The least multiple of Java's records a second.
    pub speed: f64,
    /// The largest share of Java's CPU a record, where the machine is slower.
    pub cpu_ratio: f64,
}

/// The page, grown section by section.
#[derive(Default)]
pub struct Page(String);

// === impl Page

impl Page {
    pub fn new(scale: &Scale) -> Self {
        let mut page = Self::default();
        page.line("# What it costs beside Java Connect\n");
        page.line("Written by `make bench`. Each figure is the median of the runs, with the least and the most; the contenders take turns.\n");
        page.line("| | |\n| --- | --- |");
        for (what, value) in [
            ("machine", machine()),
            ("system", command("uname", &["-sr"])),
            ("Java", command("java", &["-version"])),
            ("Java Connect", "4.3.1, started as by connect-standalone.sh (heap up to 2 GB, G1)".to_owned()),
            ("Wasm Connect", env!("CARGO_PKG_VERSION").to_owned()),
            ("records a run", scale.records.to_string()),
            ("records before it", scale.warm_up.to_string()),
            ("runs of each", scale.rounds.to_string()),
            ("settings", "one broker beside, one partition a topic, batch.size=2000, max.poll.records=2000".to_owned()),
        ] {
            page.line(&format!("| {what} | {value} |"));
        }
        page
    }

    pub fn text(&self) -> &str {
        &self.0
    }

    fn line(&mut self, line: &str) {
        self.0.push_str(line);
        self.0.push('\n');
    }

    pub fn throughput_head(&mut self) {
        self.line("\n## Throughput and CPU\n");
        self.line(
            "| work | who | records/s | x Java | CPU us a record | of Java's | of librdkafka's | peak memory MB |",
        );
        self.line("| --- | --- | --- | --- | --- | --- | --- | --- |");
    }

    /// A row of each contender, and whether the target holds.
    pub fn throughput(&mut self, row: &Row, results: &[Result]) {
        let of = |contender| results.iter().find(|result| result.contender == contender);
        let (java, native) = (of(Contender::Java), of(Contender::Native));
        for result in results {
            let ratio =
                |own: f64, other: Option<f64>| other.map_or(String::new(), |other| format!("{:.2}", own / other));
            let (speed, cpu) = (result.records_per_second, result.cpu_us);
            self.line(&format!(
                "| {} | {} | {} | {} | {} | {} | {} | {} |",
                row.name,
                result.contender.name(),
                speed.show(|value| format!("{:.0} k", value / 1e3)),
                ratio(speed.median, java.map(|java| java.records_per_second.median)),
                cpu.show(|value| format!("{value:.2}")),
                ratio(cpu.median, java.map(|java| java.cpu_us.median)),
                ratio(cpu.median, native.map(|native| native.cpu_us.median)),
                result.peak_mb.show(|value| format!("{value:.0}")),
            ));
        }
    }

    pub fn targets_head(&mut self) {
        self.line("\n## Against the targets\n");
        self.line("| work | target | measured | |\n| --- | --- | --- | --- |");
    }

    pub fn targets(&mut self, row: &Row, results: &[Result]) {
        let of = |contender| results.iter().find(|result| result.contender == contender);
        let (Some(target), Some(ours), Some(java)) = (row.target, of(Contender::Wasm), of(Contender::Java)) else {
            return;
        };
        let held = |holds: bool| if holds { "held" } else { "**missed**" };
        let (cpu, ratio) = (ours.cpu_us.median, ours.cpu_us.median / java.cpu_us.median);
        self.line(&format!(
            "| {} | {} us a record, or {} of Java's | {cpu:.2} us, {ratio:.2} | {} |",
            row.name,
            target.cpu_us,
            target.cpu_ratio,
            held(cpu <= target.cpu_us || ratio <= target.cpu_ratio)
        ));
        let speed = ours.records_per_second.median / java.records_per_second.median;
        self.line(&format!(
            "| {} | {} times Java's records/s | {speed:.2} | {} |",
            row.name,
            target.speed,
            held(speed >= target.speed)
        ));
    }

    pub fn startup(&mut self, results: &[startup::Result]) {
        self.line("\n## Start and idle\n");
        self.line("| who | first answer of REST, ms | memory some seconds later, MB |\n| --- | --- | --- |");
        for result in results {
            self.line(&format!(
                "| {} | {} | {} |",
                result.name,
                result.milliseconds.show(|value| format!("{value:.0}")),
                result.idle_mb.show(|value| format!("{value:.0}"))
            ));
        }
    }

    pub fn idle(&mut self, results: &[idle::Result]) {
        self.line("\n## Many idle tasks\n");
        self.line("| what | who | memory MB | threads | CPU, % of a core |\n| --- | --- | --- | --- | --- |");
        for result in results {
            self.line(&format!(
                "| {} | {} | {:.0} | {} | {:.2} |",
                result.what,
                result.contender.name(),
                result.resident_mb,
                result.threads,
                result.cpu_percent
            ));
        }
    }

    pub fn latency(&mut self, results: &[latency::Result]) {
        self.line("\n## Latency\n");
        self.line("| way | records/s | who | p50 ms | p99 ms | p99.9 ms |\n| --- | --- | --- | --- | --- | --- |");
        for result in results {
            self.line(&format!(
                "| {} | {} | {} | {:.1} | {:.1} | {:.1} |",
                result.what,
                result.rate,
                result.contender.name(),
                result.p50,
                result.p99,
                result.p999
            ));
        }
    }

    pub fn languages(&mut self, results: &[languages::Result]) {
        self.line("\n## By the language of a plugin\n");
        self.line(
            "The same source and sink in each (`tests/bench/*-figures`), in batches of 1,000 records. Times are the processor's; that of\n\
             a record is the guest's and the call's, without Kafka, converters and transforms: the best of ten runs in each round.\n",
        );
        self.line(languages::table(results, |spread| spread.show(languages::short)).trim_end());
    }
}

fn machine() -> String {
    let info = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let name = info.lines().find_map(|line| line.strip_prefix("model name")?.split_once(": ").map(|(_, name)| name));
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    format!("{}, {cores} cores", name.unwrap_or("unknown"))
}

/// The first line that a command prints, wherever.
fn command(name: &str, arguments: &[&str]) -> String {
    let Ok(output) = Command::new(name).args(arguments).output() else { return "unknown".to_owned() };
    let mut text = String::from_utf8_lossy(&output.stdout).into_owned();
    let _ = write!(text, "{}", String::from_utf8_lossy(&output.stderr));
    text.lines().next().unwrap_or("unknown").to_owned()
}
