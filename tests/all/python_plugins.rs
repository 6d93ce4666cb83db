//! Promise: plugins in Python do what those in Rust do: run, resume, validate and fail with their reason, beside all the others.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use rdkafka::Message;
use serde_json::{Value, json};
use wasm_connect_tests::connectors::{FILE_SINK, FILE_SOURCE};
use wasm_connect_tests::kafka::Kafka;
use wasm_connect_tests::paths;
use wasm_connect_tests::temp::TempDir;
use wasm_connect_tests::topic::Topics;
use wasm_connect_tests::wait::{seconds, wait_for, wait_until};
use wasm_connect_tests::worker::{Worker, WorkerOptions};

const DATAGEN: &str = "wasmconnect.datagen.DatagenSourceConnector";
const CSV: &str = "wasmconnect.csv.CsvSinkConnector";
const JSON_CONVERTER: &str = "org.apache.kafka.connect.json.JsonConverter";
const FIELDS: &str = "id: sequence; user: choice(ada, bob, cyd); price: float(0, 99.99, 2) ?0.2; \
                      at: timestamp(2024-02-29T12:00:00Z, 500); note: string(0, 12); ok: boolean";
const HEADER: &str = "id,user,price,at,note,ok";
/// Records of each of the two sequences.
const RECORDS: u64 = 4_000;
/// Of each of the two tasks.
const PER_SECOND: u64 = 500;
/// A component of Python's size is compiled at its first use, unless an earlier test has.
const FIRST_USE: u64 = 240;

// === a source and a sink

/// Random records through a topic into a table.
struct Copy {
    topic: String,
    table: PathBuf,
    connector_files: [PathBuf; 2],
}

impl Copy {
    fn new(directory: &TempDir, kafka: &Kafka) -> Self {
        let topic = kafka.unique_topic("python");
        kafka.create_topic(&topic, 1);
        let table = directory.file("table.csv");
        let converter = format!("value.converter={JSON_CONVERTER}\nkey.converter={JSON_CONVERTER}\n");
        let source = format!(
            "name=datagen\nconnector.class=DatagenSource\ntasks.max=2\ntopic={topic}\nfields={FIELDS}\nkey.field=id\n\
             schema.name=Order\nsequences=2\nrecords.max={RECORDS}\nrecords.per.second={PER_SECOND}\n{converter}"
        );
        let sink = format!(
            "name={topic}-sink\nconnector.class=CsvSink\ntasks.max=3\ntopics={topic}\nfile={}\n\
             consumer.override.session.timeout.ms=1500\nconsumer.override.heartbeat.interval.ms=400\n{converter}",
            table.display()
        );
        let connector_files = [directory.write("datagen.properties", source), directory.write("csv.properties", sink)];
        Self { topic, table, connector_files }
    }

    /// Waits until the table has a row for each of at least `count` records.
    #[track_caller]
    fn wait_for_rows(&self, worker: &Worker, count: usize) -> Table {
        wait_for(&format!("{count} records are in the table"), seconds(FIRST_USE), || {
            let status = worker.rest().get("/connectors?expand=status").body;
            assert!(!status.contains("\"FAILED\""), "{status}");
            let table = Table::read(&self.table);
            if table.rows.len() >= count { Ok(table) } else { Err(format!("there are {}: {status}", table.rows.len())) }
        })
    }
}

/// The rows of a table by their first cell.
struct Table {
    rows: HashMap<u64, String>,
    repeated: usize,
}

impl Table {
    /// Fails if a row is no row, or differs from another one with its number.
    #[track_caller]
    fn read(path: &Path) -> Self {
        let text = std::fs::read_to_string(path).unwrap_or_default();
        // What is being written now may end anywhere.
        let whole = text.rsplit_once('\n').map_or("", |(whole, _)| whole);
        let mut lines = whole.lines();
        if let Some(header) = lines.next() {
            assert_eq!(header, HEADER);
        }
        let mut table = Self { rows: HashMap::new(), repeated: 0 };
        for line in lines {
            assert_eq!(line.split(',').count(), HEADER.split(',').count(), "{line}");
            let id = line.split(',').next().and_then(|id| id.parse().ok()).unwrap_or_else(|| panic!("no row: {line}"));
            if let Some(before) = table.rows.insert(id, line.to_owned()) {
                assert_eq!(before, line, "a record that was made again is another one");
                table.repeated += 1;
            }
        }
        table
    }
}

#[test]
fn a_source_and_a_sink_survive_a_kill_and_go_on_from_their_offsets() {
    let kafka = Kafka::shared();
    let directory = TempDir::new("python-copy");
    let copy = Copy::new(&directory, kafka);
    let mut options =
        WorkerOptions::new(&directory, kafka).set("plugin.path", paths::all_plugins().display().to_string());
    for file in &copy.connector_files {
        options = options.connector_file(file);
    }
    let mut worker = options.spawn();
    worker.wait_ready(seconds(FIRST_USE));
    let half = usize::try_from(RECORDS).expect("a count");
    copy.wait_for_rows(&worker, half);
    worker.kill();
    worker.start_again();
    let table = copy.wait_for_rows(&worker, 2 * half);

    assert!((0..2 * RECORDS).all(|id| table.rows.contains_key(&id)), "a record is missing");
    let resumed: Vec<u64> = worker.log().lines().filter_map(resumed_at).collect();
    assert_eq!(resumed.len(), 4, "two tasks, started twice: {resumed:?}");
    assert!(resumed[..2].iter().all(|at| *at == 0) && resumed[2..].iter().all(|at| *at > 0), "{resumed:?}");
    let in_topic = Topics::new(kafka).end(&copy.topic, 0);
    // One flush interval is a second; the rest is a margin for a busy machine.
    assert!(in_topic <= 2 * RECORDS + 3 * 2 * PER_SECOND, "{in_topic} records in the topic");
    println!("{in_topic} records in the topic, {} rows repeated", table.repeated);
    check_first_record(kafka, &copy.topic);
}

/// From `sequence 0 goes on with record 2103 module=...`.
fn resumed_at(line: &str) -> Option<u64> {
    line.split_once("goes on with record ")?.1.split_whitespace().next()?.parse().ok()
}

/// Key and value as Java's converters would write them.
fn check_first_record(kafka: &Kafka, topic: &str) {
    let mut first = None;
    Topics::new(kafka).read(topic, 1, |message| {
        let json = |bytes: Option<&[u8]>| serde_json::from_slice(bytes.unwrap_or_default()).expect("JSON");
        let (key, value): (Value, Value) = (json(message.key()), json(message.payload()));
        if key["payload"] == 0 {
            first = Some((key, value));
        }
    });
    let (key, value) = first.expect("the record 0");
    assert_eq!(key["schema"], json!({ "type": "int64", "optional": false }));
    assert_eq!(value["schema"]["name"], "Order");
    let fields: Vec<&Value> = value["schema"]["fields"].as_array().expect("fields").iter().collect();
    assert_eq!(fields[0], &json!({ "type": "int64", "optional": false, "field": "id" }));
    assert_eq!(fields[3]["name"], "org.apache.kafka.connect.data.Timestamp");
    assert_eq!(value["payload"]["at"], 1_709_208_000_000_i64);
}

// === the bytes that componentize-py does not give back

/// Linear memory of a Python instance that has just started is about half of it.
const RECYCLE_BYTES: u64 = 40 << 20;
const MEMORY_MAX_BYTES: u64 = 56 << 20;
/// What a source's batches leave behind is this, all in all: many times the room that there is.
const LEAKED_BYTES: u64 = 160 << 20;
const RECORD_BYTES: u64 = 2_000;

#[test]
fn a_source_whose_memory_grows_with_each_batch_is_recycled_and_loses_and_repeats_nothing() {
    let kafka = Kafka::shared();
    let directory = TempDir::new("python-recycle");
    let topic = kafka.unique_topic("python-recycle");
    kafka.create_topic(&topic, 1);
    let worker =
        WorkerOptions::new(&directory, kafka).set("plugin.path", paths::all_plugins().display().to_string()).start();
    let records = LEAKED_BYTES / RECORD_BYTES;
    let padding = "x".repeat(usize::try_from(RECORD_BYTES).expect("a length"));
    let config = json!({
        "connector.class": "DatagenSource", "topic": topic, "fields": "id: sequence",
        "template": format!("{{id}} {padding}"), "records.max": records, "records.per.second": 0,
        "sandbox.memory.max.bytes": MEMORY_MAX_BYTES, "sandbox.memory.recycle.bytes": RECYCLE_BYTES,
        "producer.override.compression.type": "lz4",
    });
    worker.rest().create("leaky", config);
    let topics = Topics::new(kafka);
    wait_until("all records are in the topic", seconds(FIRST_USE), || {
        worker.rest().assert_nothing_failed("leaky");
        topics.end(&topic, 0) >= records
    });

    let log = worker.log();
    let recycled = log.lines().filter(|line| line.contains("Recycled the instance of wasmconnect.datagen")).count();
    println!("recycled {recycled} times");
    assert!(recycled >= 4, "{LEAKED_BYTES} bytes went through {MEMORY_MAX_BYTES}: {log}");
    let mut next = 0;
    topics.read(&topic, 1, |message| {
        let text = std::str::from_utf8(message.payload().unwrap_or_default()).expect("text");
        let id: u64 = text.split(' ').next().and_then(|id| id.parse().ok()).expect("a number");
        assert_eq!(id, next, "records come in their order, each once");
        next += 1;
    });
    assert_eq!(next, records);
    worker.rest().wait_running("leaky", 1);
}

// === beside the others

#[test]
fn all_plugins_are_listed_and_those_in_python_are_not_compiled_for_it() {
    let kafka = Kafka::shared();
    let directory = TempDir::new("python-list");
    let cache = directory.file("cache");
    let worker = WorkerOptions::new(&directory, kafka)
        .set("plugin.path", paths::all_plugins().display().to_string())
        .set("sandbox.cache.dir", cache.display().to_string())
        .start();
    let plugins = worker.rest().get("/connector-plugins").expect(200).json();
    let classes: Vec<&str> =
        plugins.as_array().expect("a list").iter().filter_map(|plugin| plugin["class"].as_str()).collect();
    for class in [FILE_SINK, FILE_SOURCE, CSV, DATAGEN] {
        assert!(classes.contains(&class), "{class} is missing in {classes:?}");
    }
    let config = worker.rest().get("/connector-plugins/CsvSink/config").expect(200).json();
    let file = config.as_array().expect("keys").iter().find(|key| key["name"] == "file").expect("the key file");
    assert_eq!((&file["required"], &file["importance"]), (&json!(true), &json!("HIGH")));
    let compiled = std::fs::read_dir(&cache).map_or(0, Iterator::count);
    assert_eq!(compiled, 0, "files in the cache");
}

#[test]
fn a_configuration_is_checked_by_the_worker_and_by_the_plugin() {
    let kafka = Kafka::shared();
    let directory = TempDir::new("python-validate");
    let worker =
        WorkerOptions::new(&directory, kafka).set("plugin.path", paths::all_plugins().display().to_string()).start();
    let errors = |plugin: &str, config: Value| -> HashMap<String, String> {
        let path = format!("/connector-plugins/{plugin}/config/validate");
        let answer = worker.rest().put(&path, &config).expect(200).json();
        let values = answer["configs"].as_array().expect("configs").iter().map(|config| &config["value"]);
        let wrong = values.filter(|value| value["errors"].as_array().is_some_and(|errors| !errors.is_empty()));
        wrong
            .map(|value| (value["name"].as_str().unwrap_or_default().to_owned(), value["errors"].to_string()))
            .collect()
    };
    let source = errors(
        "DatagenSource",
        json!({ "name": "x", "connector.class": DATAGEN, "topic": "t", "fields": "a: b", "batch.size": 0 }),
    );
    assert!(source["fields"].contains("a: there is no kind b; there are sequence,"), "{source:?}");
    assert!(source["batch.size"].contains("Value must be at least 1"), "{source:?}");
    let sink = errors(
        "CsvSink",
        json!({ "name": "x", "connector.class": CSV, "topics": "t", "file": "/etc/passwd", "columns": "a,@b",
                "delimiter": "dot" }),
    );
    assert!(sink["file"].contains("sandbox.fs.write"), "{sink:?}");
    assert!(sink["columns"].contains("there is no @b"), "{sink:?}");
    assert!(sink.contains_key("delimiter"), "{sink:?}");
}

// === the codec, and exceptions

fn guests(directory: &TempDir, kafka: &Kafka) -> WorkerOptions {
    WorkerOptions::new(directory, kafka).set("plugin.path", paths::python_guests().display().to_string())
}

#[test]
fn the_codec_in_a_component_agrees_with_the_vectors() {
    let kafka = Kafka::shared();
    let directory = TempDir::new("python-vectors");
    let topic = kafka.unique_topic("python-vectors");
    kafka.create_topic(&topic, 1);
    let vectors = paths::repository().join("wit/vectors");
    let count = std::fs::read_dir(&vectors).expect("vectors").filter_map(Result::ok);
    let count = count.filter(|entry| entry.path().extension().is_some_and(|extension| extension == "json")).count();
    let worker = guests(&directory, kafka).set("sandbox.fs.read", vectors.display().to_string()).start();
    let config = json!({ "connector.class": "tests.python.Vectors", "topic": topic, "vectors": vectors });
    worker.rest().create("vectors", config);
    let topics = Topics::new(kafka);
    wait_until("all vectors were tried", seconds(FIRST_USE), || {
        worker.rest().assert_nothing_failed("vectors");
        topics.end(&topic, 0) as usize == count
    });
    for answer in topics.values(&topic) {
        let expected = if answer.starts_with("bad-") { ": refused" } else { ": agrees" };
        assert!(answer.ends_with(expected), "{answer}");
    }
}

#[test]
fn an_exception_fails_its_task_with_its_traceback() {
    let kafka = Kafka::shared();
    let directory = TempDir::new("python-raises");
    let worker = guests(&directory, kafka).start();
    for (kind, parts) in [
        (
            "unexpected",
            &[
                "poll: Traceback (most recent call last):",
                "in poll\n    self._unexpected({\"a\": 1})",
                "in _unexpected\n    Decimal(entries[\"b\"])",
                "KeyError: 'b'",
            ][..],
        ),
        ("fatal", &["poll: fatal on purpose"]),
        ("exit", &["poll: Traceback", "SystemExit: 3"]),
        ("memory", &["sandbox.memory.max.bytes", "MemoryError"]),
    ] {
        worker.rest().create(kind, json!({ "connector.class": "tests.python.Raises", "kind": kind }));
        let trace = worker.rest().wait_task_failed(kind, 0, seconds(FIRST_USE));
        println!("{kind}: {trace}");
        for part in parts {
            assert!(trace.contains(part), "{kind}: {part:?} is missing in: {trace}");
        }
        let of_sdk = trace.contains("_dispatch.py");
        assert_eq!(of_sdk, kind == "memory", "only a trap tells of the SDK's own calls: {trace}");
    }
    let log = worker.log();
    assert!(log.contains("WARN [fatal|task-0] about to raise"), "{log}");
    assert!(!log.contains("the sandbox refused"), "a traceback looks for no files: {log}");
}
