//! Promise: a guest whose memory only grows is replaced by a fresh instance between two batches, before it hits its limit; nothing is
//! lost, nothing comes twice, and the worker's own memory stays as it is.

use std::time::Duration;

use serde_json::{Value, json};
use wasm_connect_tests::connectors::{file_source, with};
use wasm_connect_tests::files::append;
use wasm_connect_tests::kafka::Kafka;
use wasm_connect_tests::temp::TempDir;
use wasm_connect_tests::topic::Topics;
use wasm_connect_tests::wait::{seconds, wait_for};
use wasm_connect_tests::worker::{Worker, WorkerOptions};

const MIB: u64 = 1 << 20;
/// How many times each guest is recycled; `SOAK_RECYCLES=1000` makes it a longer test (`make soak`).
const RECYCLES: u64 = 100;
/// How much the worker may grow from the tenth part of the test to its end, as allocators and Kafka's clients do.
const GROWTH: u64 = 24 * MIB;

fn recycles() -> u64 {
    std::env::var("SOAK_RECYCLES").ok().and_then(|text| text.parse().ok()).unwrap_or(RECYCLES)
}

fn worker(directory: &TempDir) -> Worker {
    WorkerOptions::new(directory, Kafka::shared())
        .with_test_plugins()
        .set("sandbox.memory.max.bytes", (32 * MIB).to_string())
        .set("sandbox.memory.recycle.bytes", (4 * MIB).to_string())
        .start()
}

fn recycled(worker: &Worker, name: &str) -> u64 {
    let context = format!("[{name}|task-0]");
    let log = worker.log();
    log.lines().filter(|line| line.contains(&context) && line.contains("Recycled the instance of")).count() as u64
}

/// Waits until `done` says how far it is and that it is all; meanwhile looks at the worker's memory.
fn memory_until(worker: &Worker, what: &str, end: u64, done: impl Fn() -> u64) {
    let (mut early, mut most) = (None, 0);
    wait_for(what, Duration::from_secs(60 + recycles() * 2), || {
        let (at, resident) = (done(), worker.resident_bytes());
        most = most.max(resident);
        if at >= end / 10 {
            early.get_or_insert(resident);
        }
        if at >= end { Ok(()) } else { Err(format!("{at} of {end}")) }
    });
    let early = early.unwrap_or(most);
    println!("{what}: resident memory {} MiB after a tenth, {} MiB at most", early / MIB, most / MIB);
    assert!(most < early + GROWTH, "the worker has grown from {early} to {most} bytes");
}

#[test]
fn a_leaky_source_is_recycled_many_times_under_load() {
    let directory = TempDir::new("leaky-source");
    let worker = worker(&directory);
    let topic = Kafka::shared().unique_topic("leaky-source");
    // Some two dozen polls make an instance full.
    let (leak, a_poll) = (128 * 1024, 100);
    let records = recycles() * 28 * a_poll;
    let config = json!({
        "connector.class": "tests.guests.LeakySource",
        "topic": topic,
        "records": records.to_string(),
        "poll.records": a_poll.to_string(),
        "leak.bytes": leak.to_string(),
    });
    worker.rest().create("leaky", config);
    let topics = Topics::new(Kafka::shared());
    memory_until(&worker, "all records are in the topic", records, || topics.end(&topic, 0));
    let times = recycled(&worker, "leaky");
    println!("recycled {times} times");
    assert!(times >= recycles() * 8 / 10, "recycled {times} times only");
    let values = topics.values(&topic);
    assert_eq!(values.len() as u64, records, "none twice");
    assert!(values.iter().enumerate().all(|(at, value)| *value == at.to_string()), "in order");
    let status = worker.rest().status("leaky").expect("a status");
    assert_eq!(status["tasks"][0]["state"], "RUNNING", "{status}");
}

#[test]
fn a_leaky_sink_is_recycled_many_times_under_load() {
    let kafka = Kafka::shared();
    let directory = TempDir::new("leaky-sink");
    let worker = worker(&directory);
    let (topic, input, journal) =
        (kafka.unique_topic("leaky-sink"), directory.file("input.txt"), directory.file("journal.txt"));
    let lines = recycles() * 28 * 10;
    append(&input, &(0..lines).map(|line| format!("{line}\n")).collect::<String>());
    worker.rest().create("source", file_source(&input, &topic));
    let topics = Topics::new(kafka);
    wait_for("the topic is full", seconds(120), || match topics.end(&topic, 0) {
        end if end == lines => Ok(()),
        end => Err(format!("{end} of {lines}")),
    });
    let config = json!({
        "connector.class": "tests.guests.LeakySink",
        "topics": topic,
        "file": journal,
        "leak.bytes": (128 * 1024).to_string(),
        "consumer.override.max.poll.records": "10",
    });
    worker.rest().create(&topic, config);
    let noted = || std::fs::read_to_string(&journal).unwrap_or_default();
    memory_until(&worker, "all records are noted", lines, || noted().lines().count() as u64);
    let times = recycled(&worker, &topic);
    println!("recycled {times} times");
    assert!(times >= recycles() * 8 / 10, "recycled {times} times only");
    let expected: String = (0..lines).map(|line| format!("put {topic}-0@{line} {line}\n")).collect();
    assert!(noted() == expected, "each record once and in order");
    worker.rest().wait_running(&topic, 1);
}

/// A guest that lets nothing be committed gets everything again.
#[test]
fn what_a_sink_does_not_call_safe_is_delivered_again_to_its_successor() {
    let kafka = Kafka::shared();
    let directory = TempDir::new("unsafe-sink");
    let worker = worker(&directory);
    let (topic, input, journal) =
        (kafka.unique_topic("unsafe-sink"), directory.file("input.txt"), directory.file("journal.txt"));
    append(&input, "one\ntwo\n");
    worker.rest().create("source", file_source(&input, &topic));
    let sink = |more: Value| {
        let config = json!({ "connector.class": "tests.guests.LeakySink", "topics": topic, "file": journal, "leak.bytes": "5000000" });
        with(config, more)
    };
    worker.rest().create(&topic, sink(json!({ "safe": "false" })));
    wait_for("the records came to a second instance", seconds(30), || {
        let text = std::fs::read_to_string(&journal).unwrap_or_default();
        let twice = |value: &str| text.lines().filter(|line| line.ends_with(value)).count() >= 2;
        if twice(" one") && twice(" two") { Ok(()) } else { Err(text) }
    });
    worker.rest().wait_running(&topic, 1);
}

#[test]
fn the_instance_of_a_connector_with_nothing_to_do_is_put_away() {
    let directory = TempDir::new("put-away");
    let worker = WorkerOptions::new(&directory, Kafka::shared()).with_test_plugins().start();
    let topic = Kafka::shared().unique_topic("put-away");
    // Its stop is seen in the log, and is no reason to fail.
    worker.rest().create(
        "quiet",
        json!({
            "connector.class": "tests.guests.MisbehavingSource",
            "topic": topic,
            "call": "connector.stop",
            "act": "panic",
        }),
    );
    worker.rest().wait_running("quiet", 1);
    wait_for("the connector's instance is stopped", seconds(60), || match worker.log().matches(": stop").count() {
        0 => Err("no stop in the log".to_owned()),
        _ => Ok(()),
    });
    worker.rest().wait_running("quiet", 1);
    worker.rest().request("PUT", "/connectors/quiet/pause", None).expect(202);
    wait_for("it is paused", seconds(60), || match worker.rest().status("quiet")?["connector"]["state"].as_str() {
        Some("PAUSED") => Ok(()),
        other => Err(format!("{other:?}")),
    });
    worker.rest().request("PUT", "/connectors/quiet/resume", None).expect(202);
    worker.rest().wait_running("quiet", 1);
}
