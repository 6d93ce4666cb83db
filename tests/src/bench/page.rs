//! What comes of a bench, as a page of Markdown; losses are shown like wins.

use std::fmt::Write as _;
use std::process::Command;

use super::contender::Contender;
use super::throughput::{Result, Row};
use super::{Scale, idle, languages, latency, profile, startup};

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

/// The largest multiple of the CPU that librdkafka alone takes for a record, where it takes part.
const NATIVE_CPU_RATIO: f64 = 1.25;
/// The most memory while records are copied.
const BUSY_MB: f64 = 150.0;
/// With compiled plugins in the cache.
const START_MS: f64 = 300.0;
const IDLE_MB: f64 = 60.0;
/// Of so many idle source tasks.
const IDLE_TASKS: &str = "1000 idle source tasks";
const IDLE_TASKS_MB: f64 = 150.0;
const IDLE_TASKS_CPU_PERCENT: f64 = 1.0;

/// The page, grown section by section.
#[derive(Default)]
pub struct Page {
    text: String,
    /// Rows of the last section, which says what holds.
    targets: String,
}

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

    /// All of it.
    pub fn text(&self) -> String {
        let Self { text, targets } = self;
        if targets.is_empty() {
            return text.clone();
        }
        format!(
            "{text}\n## Against the targets\n\n| work | target | measured | |\n| --- | --- | --- | --- |\n{targets}"
        )
    }

    fn line(&mut self, line: &str) {
        self.text.push_str(line);
        self.text.push('\n');
    }

    fn target(&mut self, work: &str, target: &str, measured: &str, holds: bool) {
        let verdict = if holds { "held" } else { "**missed**" };
        let _ = writeln!(self.targets, "| {work} | {target} | {measured} | {verdict} |");
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

    pub fn targets(&mut self, row: &Row, results: &[Result]) {
        let of = |contender| results.iter().find(|result| result.contender == contender);
        let (Some(target), Some(ours), Some(java)) = (row.target, of(Contender::Wasm), of(Contender::Java)) else {
            return;
        };
        let (cpu, ratio) = (ours.cpu_us.median, ours.cpu_us.median / java.cpu_us.median);
        self.target(
            row.name,
            &format!("at most {} us of CPU a record, or {} of Java's", target.cpu_us, target.cpu_ratio),
            &format!("{cpu:.2} us, {ratio:.2}"),
            cpu <= target.cpu_us || ratio <= target.cpu_ratio,
        );
        let speed = ours.records_per_second.median / java.records_per_second.median;
        let wanted = format!("{} times Java's records/s", target.speed);
        self.target(row.name, &wanted, &format!("{speed:.2}"), speed >= target.speed);
        let wanted = format!("at most {BUSY_MB} MB");
        let memory = ours.peak_mb.median;
        self.target(row.name, &wanted, &format!("{memory:.0} MB"), memory <= BUSY_MB);
        if let Some(native) = of(Contender::Native) {
            let ratio = cpu / native.cpu_us.median;
            let wanted = format!("at most {NATIVE_CPU_RATIO} of the CPU of librdkafka alone");
            self.target(row.name, &wanted, &format!("{ratio:.2}"), ratio <= NATIVE_CPU_RATIO);
        }
    }

    /// Where the CPU goes; or why that is not known.
    pub fn profile(&mut self, results: &std::result::Result<Vec<profile::Result>, String>) {
        self.line("\n## Where the CPU goes\n");
        let results = match results {
            Ok(results) => results,
            Err(why) => return self.line(&format!("Not profiled: {why}.")),
        };
        self.line(
            "Percent of our worker's samples (`perf`, one run each). Of libc, most is librdkafka's: memory, locks and the clock for each\n\
             record. The rest is Rust's library and the runtime.\n",
        );
        self.line(&format!("| work | {} |", profile::PARTS.join(" | ")));
        self.line(&format!("| --- |{}", " ---: |".repeat(profile::PARTS.len())));
        for profile::Result { row, shares } in results {
            let shares: Vec<String> = shares.iter().map(|share| format!("{share:.0}")).collect();
            self.line(&format!("| {row} | {} |", shares.join(" | ")));
        }
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
        if let Some(ours) = results.iter().find(|result| result.name == startup::WARM) {
            let (start, idle) = (ours.milliseconds.median, ours.idle_mb.median);
            let wanted = format!("at most {START_MS} ms");
            self.target(ours.name, &wanted, &format!("{start:.0} ms"), start <= START_MS);
            self.target("no connector", &format!("at most {IDLE_MB} MB"), &format!("{idle:.0} MB"), idle <= IDLE_MB);
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
        let is_target = |result: &&idle::Result| result.contender == Contender::Wasm && result.what == IDLE_TASKS;
        if let Some(ours) = results.iter().find(is_target) {
            let (memory, cpu) = (ours.resident_mb, ours.cpu_percent);
            let wanted = format!("at most {IDLE_TASKS_MB} MB");
            self.target(IDLE_TASKS, &wanted, &format!("{memory:.0} MB"), memory <= IDLE_TASKS_MB);
            let wanted = format!("less than {IDLE_TASKS_CPU_PERCENT} % of a core");
            self.target(IDLE_TASKS, &wanted, &format!("{cpu:.2} %"), cpu < IDLE_TASKS_CPU_PERCENT);
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
