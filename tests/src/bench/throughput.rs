//! Files to topics and topics to files, as fast as it goes.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use rdkafka::ClientConfig;
use rdkafka::producer::{BaseRecord, DefaultProducerContext, Producer, ThreadedProducer};
use serde_json::{Value, json};

use super::Scale;
use super::contender::{Contender, Job, Running};
use super::page::Target;
use super::spread::Spread;
use super::usage;
use crate::files::size;
use crate::kafka::Kafka;
use crate::temp::TempDir;
use crate::topic::Topics;
use crate::wait::seconds;

/// One kind of work.
pub struct Row {
    pub name: &'static str,
    /// In the order of their turns.
    pub contenders: &'static [Contender],
    sink: bool,
    /// Bytes of a line of the file, with its end.
    line: usize,
    /// Of a sink: the record with a number, for lines of so many bytes.
    value: fn(usize, usize) -> String,
    /// Records are fewer by this divisor.
    fewer: usize,
    /// Connectors at a time, which share the records.
    tasks: usize,
    settings: fn() -> Value,
    /// What design asks of our worker.
    pub target: Option<Target>,
}

/// What each contender achieved in a row.
pub struct Result {
    pub contender: Contender,
    pub records_per_second: Spread,
    pub cpu_us: Spread,
    pub peak_mb: Spread,
}

/// One run.
#[derive(Clone, Copy, Debug)]
struct Run {
    records_per_second: f64,
    cpu_us: f64,
    peak_mb: f64,
}

const ALL: &[Contender] = &[Contender::Java, Contender::Wasm, Contender::Native, Contender::WasmAgain];
const THREE: &[Contender] = &[Contender::Java, Contender::Wasm, Contender::Native];
const TWO: &[Contender] = &[Contender::Java, Contender::Wasm];

/// All rows.
pub fn rows() -> Vec<Row> {
    let row = |name, contenders, sink, settings: fn() -> Value| Row {
        name,
        contenders,
        sink,
        line: 101,
        value: text,
        fewer: 1,
        tasks: 1,
        settings,
        target: None,
    };
    let target = |cpu_us, speed, cpu_ratio| Some(Target { cpu_us, speed, cpu_ratio });
    vec![
        Row { target: target(1.3, 3.0, 0.25), ..row("file source, String, 100 B", ALL, false, string) },
        Row { line: 1025, fewer: 4, ..row("file source, String, 1 KiB", THREE, false, string) },
        Row { target: target(1.8, 3.0, 0.25), ..row("file source, JSON with schemas", TWO, false, json) },
        Row { target: target(2.2, 2.5, 0.35), ..row("file source, three transforms, JSON", TWO, false, transforms) },
        Row { tasks: 4, ..row("four file sources, String", TWO, false, string) },
        Row { tasks: 16, ..row("sixteen file sources, String", TWO, false, string) },
        Row { target: target(0.6, 1.5, 0.35), ..row("file sink, String, 100 B", ALL, true, string) },
        Row { line: 1025, fewer: 4, ..row("file sink, String, 1 KiB", THREE, true, string) },
        Row {
            value: json_text,
            target: target(1.0, 2.0, 0.40),
            ..row("file sink, JSON with schemas", TWO, true, json)
        },
        Row {
            value: json_struct,
            line: struct_line(0).len() + 1,
            fewer: 4,
            ..row("file sink, JSON with schemas, ten fields", TWO, true, json)
        },
        Row { tasks: 4, ..row("four file sinks, String", TWO, true, string) },
        Row { tasks: 16, ..row("sixteen file sinks, String", TWO, true, string) },
    ]
}

fn string() -> Value {
    json!({})
}

fn json() -> Value {
    json!({
        "value.converter": "org.apache.kafka.connect.json.JsonConverter",
        "value.converter.schemas.enable": "true",
    })
}

/// A line becomes a field, gets two more and loses one.
fn transforms() -> Value {
    let mut settings = json();
    let chain = json!({
        "transforms": "hoist,insert,replace",
        "transforms.hoist.type": "org.apache.kafka.connect.transforms.HoistField$Value",
        "transforms.hoist.field": "line",
        "transforms.insert.type": "org.apache.kafka.connect.transforms.InsertField$Value",
        "transforms.insert.static.field": "origin",
        "transforms.insert.static.value": "bench",
        "transforms.insert.topic.field": "topic",
        "transforms.replace.type": "org.apache.kafka.connect.transforms.ReplaceField$Value",
        "transforms.replace.exclude": "topic",
    });
    if let (Some(settings), Value::Object(chain)) = (settings.as_object_mut(), chain) {
        settings.extend(chain);
    }
    settings
}

// === running

/// Runs a row: every contender once in each round, in turns.
pub fn run(row: &Row, scale: &Scale, kafka: &Kafka) -> Vec<Result> {
    let inputs = Inputs::new(row, scale, kafka);
    let mut runs: Vec<(Contender, Vec<Run>)> =
        row.contenders.iter().map(|contender| (*contender, Vec::new())).collect();
    for round in 0..scale.rounds {
        for (contender, runs) in &mut runs {
            let (run, ()) = inputs.run(*contender, kafka, |_| ());
            println!(
                "  round {}: {:<24} {:>9.0} records/s {:>6.2} us CPU {:>6.0} MB",
                round + 1,
                contender.name(),
                run.records_per_second,
                run.cpu_us,
                run.peak_mb
            );
            runs.push(run);
        }
    }
    let spread = |runs: &[Run], of: fn(&Run) -> f64| Spread::of(runs.iter().map(of).collect());
    let result = |(contender, runs): (Contender, Vec<Run>)| {
        Some(Result {
            contender,
            records_per_second: spread(&runs, |run| run.records_per_second)?,
            cpu_us: spread(&runs, |run| run.cpu_us)?,
            peak_mb: spread(&runs, |run| run.peak_mb)?,
        })
    };
    runs.into_iter().filter_map(result).collect()
}

/// One run, watched from before its measured part on by what `watch` makes of the process's id.
pub fn run_watched<W>(
    row: &Row,
    contender: Contender,
    scale: &Scale,
    kafka: &Kafka,
    watch: impl FnOnce(u32) -> W,
) -> W {
    Inputs::new(row, scale, kafka).run(contender, kafka, watch).1
}

/// What is copied, the same for all.
struct Inputs<'a> {
    row: &'a Row,
    directory: TempDir,
    /// Records of each connector.
    records: usize,
    warm_up: usize,
    /// Topics of a sink, each with the records of one connector; then the one for the warm-up.
    topics: Vec<String>,
    /// Files of a source, likewise.
    files: Vec<PathBuf>,
}

impl<'a> Inputs<'a> {
    fn new(row: &'a Row, scale: &Scale, kafka: &Kafka) -> Self {
        let directory = TempDir::new("bench-input");
        let records = scale.records / row.fewer / row.tasks;
        let warm_up = scale.warm_up / row.fewer;
        let (mut topics, mut files) = (Vec::new(), Vec::new());
        for number in 0..=row.tasks {
            let count = if number == row.tasks { warm_up } else { records };
            if row.sink {
                let topic = kafka.unique_topic("bench-in");
                kafka.create_topic(&topic, 1);
                fill_topic(kafka, &topic, count, |number| (row.value)(number, row.line));
                topics.push(topic);
            } else {
                let file = directory.file(&format!("{number}.txt"));
                fill_file(&file, count, row.line);
                files.push(file);
            }
        }
        Self { row, directory, records, warm_up, topics, files }
    }

    fn run<W>(&self, contender: Contender, kafka: &Kafka, watch: impl FnOnce(u32) -> W) -> (Run, W) {
        // Beside the input, where our worker's sandbox lets connectors in.
        let own = TempDir::new("bench-run");
        let _ = &self.directory;
        let mut running = contender.start(&own, kafka);
        running.wait_ready();
        let Value::Object(settings) = (self.row.settings)() else { unreachable!("settings are an object") };

        // Names of its own, and so consumer groups without offsets.
        let name = kafka.unique_topic("run");
        let warm_up = self.job(self.row.tasks, &own, kafka);
        running.begin(&name, &warm_up, &settings);
        self.wait(&mut running, &[(warm_up, self.warm_up)], kafka);
        running.end(&name);

        let jobs: Vec<(Job, usize)> =
            (0..self.row.tasks).map(|number| (self.job(number, &own, kafka), self.records)).collect();
        let watched = watch(running.pid());
        let (cpu, began) = (running.cpu_seconds(), Instant::now());
        for (number, (job, _)) in jobs.iter().enumerate() {
            running.begin(&format!("{name}-{number}"), job, &settings);
        }
        self.wait(&mut running, &jobs, kafka);
        let (took, cpu) = (began.elapsed().as_secs_f64(), running.cpu_seconds() - cpu);
        let records = (self.records * self.row.tasks) as f64;
        let peak_mb = usage::peak_mb(running.pid());
        (Run { records_per_second: records / took, cpu_us: cpu * 1e6 / records, peak_mb }, watched)
    }

    fn job(&self, number: usize, own: &TempDir, kafka: &Kafka) -> Job {
        if self.row.sink {
            return Job::Sink { topic: self.topics[number].clone(), file: own.file(&format!("{number}.out")) };
        }
        let topic = kafka.unique_topic("bench-out");
        kafka.create_topic(&topic, 1);
        Job::Source { file: self.files[number].clone(), topic }
    }

    /// Until everything has arrived.
    fn wait(&self, running: &mut Running, jobs: &[(Job, usize)], kafka: &Kafka) {
        let topics = Topics::new(kafka);
        let began = Instant::now();
        let arrived = |(job, records): &(Job, usize)| match job {
            Job::Source { topic, .. } => topics.end(topic, 0) >= *records as u64,
            Job::Sink { file, .. } => size(file) >= (*records * self.row.line) as u64,
        };
        while !jobs.iter().all(arrived) {
            running.assert_alive();
            assert!(began.elapsed() < seconds(300), "not all records of '{}' arrive", self.row.name);
            std::thread::sleep(Duration::from_millis(5));
        }
    }
}

/// Line `number` without its end, of `line - 1` bytes.
fn text(number: usize, line: usize) -> String {
    let mut text = format!("{number:010} ");
    while text.len() < line - 1 {
        text.push((b'a' + (text.len() * 7 + number) as u8 % 26) as char);
    }
    text
}

/// The same as the JsonConverter has it.
fn json_text(number: usize, line: usize) -> String {
    format!(r#"{{"schema":{{"type":"string","optional":false}},"payload":"{}"}}"#, text(number, line))
}

/// A struct of ten fields as the JsonConverter has it.
fn json_struct(number: usize, _line: usize) -> String {
    const SCHEMA: &str = r#"{"type":"struct","optional":false,"name":"bench.Row","fields":[
{"type":"int64","optional":false,"field":"id"},{"type":"int64","optional":false,"field":"at"},
{"type":"int32","optional":false,"field":"count"},{"type":"int32","optional":false,"field":"rank"},
{"type":"double","optional":false,"field":"price"},{"type":"double","optional":false,"field":"weight"},
{"type":"boolean","optional":false,"field":"paid"},{"type":"string","optional":false,"field":"customer"},
{"type":"string","optional":false,"field":"city"},{"type":"string","optional":true,"field":"note"}]}"#;
    let (id, at) = (1_000_000_000 + number, 1_700_000_000_000 + number);
    let payload = format!(
        r#"{{"id":{id},"at":{at},"count":7,"rank":-1,"price":12.5,"weight":0.5,"paid":true,"customer":"Ada Lovelace","city":"London","note":null}}"#
    );
    format!(r#"{{"schema":{},"payload":{payload}}}"#, SCHEMA.replace('\n', ""))
}

/// How the file sink writes that struct (Java's `Struct.toString`), always in as many bytes.
fn struct_line(number: usize) -> String {
    let (id, at) = (1_000_000_000 + number, 1_700_000_000_000_usize + number);
    format!(
        "Struct{{id={id},at={at},count=7,rank=-1,price=12.5,weight=0.5,paid=true,customer=Ada Lovelace,city=London}}"
    )
}

fn fill_file(file: &Path, count: usize, line: usize) {
    let mut out = BufWriter::new(File::create(file).expect("the input can be made"));
    for number in 0..count {
        writeln!(out, "{}", text(number, line)).expect("the input can be written");
    }
    out.flush().expect("the input can be written");
}

fn fill_topic(kafka: &Kafka, topic: &str, count: usize, value: impl Fn(usize) -> String) {
    let producer: ThreadedProducer<DefaultProducerContext> = ClientConfig::new()
        .set("bootstrap.servers", kafka.bootstrap())
        .set("linger.ms", "20")
        .set("queue.buffering.max.messages", "0")
        .create()
        .expect("a producer");
    for number in 0..count {
        let value = value(number);
        while producer.send(BaseRecord::<(), str>::to(topic).payload(&value)).is_err() {
            std::thread::sleep(Duration::from_millis(5));
        }
    }
    producer.flush(seconds(120)).expect("the input is in the topic");
}
