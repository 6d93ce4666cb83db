//! Promise: whatever a guest does in whatever call, its own connector or task says so by name, and the one beside it loses nothing
//! and keeps its pace.

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use wasm_connect_tests::connectors::with;
use wasm_connect_tests::files::append;
use wasm_connect_tests::kafka::Kafka;
use wasm_connect_tests::temp::TempDir;
use wasm_connect_tests::wait::{seconds, wait_for};
use wasm_connect_tests::worker::{Worker, WorkerOptions};

use crate::pair::{Pair, wait_for_text};

/// Soon enough for a test, and enough for any honest call beside a dozen that compute.
const CALL_TIMEOUT_MS: u32 = 4_000;
/// A line that is written arrives, though all the others misbehave.
const PACE: Duration = Duration::from_secs(10);

/// One way to misbehave: a connector's name, class and configuration, and what becomes of it.
struct Way {
    name: String,
    class: &'static str,
    config: Value,
    fate: Fate,
}

enum Fate {
    /// The task is FAILED, with each of these in its trace.
    Task(Vec<String>),
    /// The connector is FAILED, with each of these in its trace.
    Connector(Vec<String>),
    /// The request is answered with this status, and each of these in the message.
    Refused(u16, Vec<String>),
    /// All is RUNNING, and these are in the log.
    Warned(Vec<String>),
}

impl Way {
    fn new(name: impl Into<String>, class: &'static str, config: Value, fate: Fate) -> Self {
        Self { name: name.into(), class, config, fate }
    }
}

fn parts(parts: &[&str]) -> Vec<String> {
    parts.iter().map(|part| (*part).to_owned()).collect()
}

/// A worker with a copy at work, which goes on while others misbehave.
struct Scene {
    worker: Worker,
    pair: Pair,
    _directory: TempDir,
}

impl Scene {
    fn new(name: &str) -> Self {
        let kafka = Kafka::shared();
        let directory = TempDir::new(name);
        let pair = Pair::new(&directory, kafka, name);
        let worker = WorkerOptions::new(&directory, kafka)
            .with_test_plugins()
            .set("sandbox.call.timeout.ms", CALL_TIMEOUT_MS.to_string())
            .set("sandbox.memory.max.bytes", (32 << 20).to_string())
            .set("sandbox.batch.max.bytes", (1 << 20).to_string())
            .set("sandbox.batch.max.records", "2000")
            .start();
        append(&pair.input, "first\n");
        pair.create(&worker);
        wait_for_text(&worker, &pair.output, "first\n");
        Self { worker, pair, _directory: directory }
    }

    /// Lets all of them misbehave at once, beside the copy.
    fn check(&self, ways: &[Way]) {
        let done = AtomicBool::new(false);
        thread::scope(|scope| {
            let copying = scope.spawn(|| self.copy_until(&done));
            let played = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
                for way in ways {
                    self.create(way);
                }
                for way in ways {
                    self.check_fate(way);
                }
                for way in ways.iter().filter(|way| !matches!(way.fate, Fate::Refused(..))) {
                    self.worker.rest().delete(&format!("/connectors/{}", way.name)).expect(204);
                }
            }));
            done.store(true, Ordering::Relaxed);
            let (lines, slowest) = copying.join().expect("the copy keeps its pace");
            if let Err(panic) = played {
                std::panic::resume_unwind(panic);
            }
            println!(
                "{} ways to misbehave; beside them {lines} lines were copied, the slowest in {slowest:?}",
                ways.len()
            );
        });
        self.pair.assert_nothing_failed(&self.worker);
    }

    /// Writes a line, waits until it has arrived, and so on: how many, and the longest that one took.
    fn copy_until(&self, done: &AtomicBool) -> (usize, Duration) {
        let (mut written, mut lines, mut slowest) = ("first\n".to_owned(), 0, Duration::ZERO);
        while !done.load(Ordering::Relaxed) {
            let line = format!("line {lines}\n");
            append(&self.pair.input, &line);
            written += &line;
            let began = Instant::now();
            wait_for("a line is copied beside the others", PACE, || {
                let found = std::fs::read_to_string(&self.pair.output).unwrap_or_default();
                if found == written { Ok(()) } else { Err(format!("{} of {} bytes", found.len(), written.len())) }
            });
            slowest = slowest.max(began.elapsed());
            lines += 1;
        }
        (lines, slowest)
    }

    fn create(&self, way: &Way) {
        let config = with(
            json!({ "connector.class": format!("tests.guests.{}", way.class), "tasks.max": "1" }),
            way.config.clone(),
        );
        let body = json!({ "name": way.name, "config": config });
        let response = self.worker.rest().post("/connectors", &body);
        match &way.fate {
            Fate::Refused(status, parts) => contains(way, &response.error(*status), parts),
            _ => drop(response.expect(201)),
        }
    }

    fn check_fate(&self, way: &Way) {
        let rest = self.worker.rest();
        match &way.fate {
            Fate::Refused(..) => {}
            Fate::Task(parts) => {
                let trace = rest.wait_task_failed(&way.name, 0, seconds(60));
                contains(way, &trace, parts);
                contains(way, &trace, &[format!("tests.guests.{} 1.0.0", way.class)]);
                let status = rest.status(&way.name).expect("a status");
                assert_eq!(status["connector"]["state"], "RUNNING", "{}: {status}", way.name);
            }
            Fate::Connector(parts) => {
                let trace = wait_for(&format!("connector {} is FAILED", way.name), seconds(60), || {
                    let status = rest.status(&way.name)?;
                    match (status["connector"]["state"].as_str(), status["connector"]["trace"].as_str()) {
                        (Some("FAILED"), Some(trace)) => Ok(trace.to_owned()),
                        _ => Err(status.to_string()),
                    }
                });
                contains(way, &trace, parts);
            }
            Fate::Warned(parts) => {
                for part in parts {
                    wait_for(&format!("{}: {part:?} is in the log", way.name), seconds(60), || {
                        let log = self.worker.log();
                        let context = format!("[{}|", way.name);
                        let found = log.lines().any(|line| line.contains(&context) && line.contains(part));
                        if found { Ok(()) } else { Err("no such line".to_owned()) }
                    });
                }
                rest.wait_running(&way.name, 1);
            }
        }
    }

    fn held_file(&self) -> &Path {
        &self.pair.input
    }
}

#[track_caller]
fn contains(way: &Way, text: &str, parts: &[String]) {
    for part in parts {
        assert!(text.contains(part), "{}: {part:?} is missing in: {text}", way.name);
    }
}

/// What a call that traps or takes too long says.
fn trapped(call: &str) -> Vec<String> {
    let operation = call.trim_start_matches("connector.");
    vec![
        format!(": {operation}: wasm trap: wasm `unreachable` instruction executed"),
        "at test_guests.wasm!".to_owned(),
    ]
}

fn overdue(call: &str) -> Vec<String> {
    let operation = call.trim_start_matches("connector.");
    vec![
        format!(": {operation}: the call did not return within"),
        format!("(sandbox.call.timeout.ms is {CALL_TIMEOUT_MS})"),
    ]
}

fn in_call(call: &str, act: &str) -> Value {
    json!({ "call": call, "act": act })
}

fn name_of(class: &str, call: &str, act: &str) -> String {
    format!("{class}-{call}-{act}")
}

#[test]
fn traps_and_loops_and_sleeps_in_the_calls_of_a_source() {
    let scene = Scene::new("bad-source-calls");
    let mut ways = Vec::new();
    for call in ["start", "poll", "acknowledged", "commit"] {
        let topic = Kafka::shared().unique_topic("bad-source-calls-out");
        for (act, parts) in [("trap", trapped(call)), ("loop", overdue(call)), ("sleep", overdue(call))] {
            let config = with(in_call(call, act), json!({ "topic": topic }));
            ways.push(Way::new(name_of("source", call, act), "MisbehavingSource", config, Fate::Task(parts)));
        }
    }
    for call in ["connector.start", "task-configs", "monitor"] {
        for (act, parts) in [("trap", trapped(call)), ("loop", overdue(call))] {
            // The start comes before the answer, as in Java.
            let fate = if call == "connector.start" { Fate::Refused(500, parts) } else { Fate::Connector(parts) };
            ways.push(Way::new(name_of("source", call, act), "MisbehavingSource", in_call(call, act), fate));
        }
    }
    for (act, parts) in [("trap", trapped("validate")), ("loop", overdue("validate"))] {
        let fate = Fate::Refused(500, parts);
        ways.push(Way::new(name_of("source", "validate", act), "MisbehavingSource", in_call("validate", act), fate));
    }
    scene.check(&ways);
}

#[test]
fn traps_and_loops_and_sleeps_in_the_calls_of_a_sink() {
    let scene = Scene::new("bad-sink-calls");
    let topics = json!({ "topics": scene.pair.topic });
    let mut ways = Vec::new();
    for call in ["start", "open", "put", "pre-commit"] {
        for (act, parts) in [("trap", trapped(call)), ("loop", overdue(call)), ("sleep", overdue(call))] {
            let name = format!("{}-{}", scene.pair.topic, name_of("sink", call, act));
            ways.push(Way::new(name, "MisbehavingSink", with(in_call(call, act), topics.clone()), Fate::Task(parts)));
        }
    }
    for (call, warning) in [
        (
            "open.offsets",
            "Ignoring invalid task provided offset not-mine-7/5 -- partition not assigned, or offset negative",
        ),
        ("pre-commit.offsets", "Ignoring invalid task provided offset not-mine-7/5 -- partition not assigned"),
        ("pre-commit.offsets", "not yet consumed, current offset"),
    ] {
        let name = format!("{}-{call}-{}", scene.pair.topic, ways.len());
        let config = with(in_call(call, ""), topics.clone());
        ways.push(Way::new(name, "MisbehavingSink", config, Fate::Warned(parts(&[warning]))));
    }
    let missing = Fate::Task(parts(&["put: record 1000000: there is no such record in the batch"]));
    let name = format!("{}-put-errors", scene.pair.topic);
    ways.push(Way::new(name, "MisbehavingSink", with(in_call("put.errors", ""), topics), missing));
    scene.check(&ways);
}

#[test]
fn everything_that_a_guest_can_use_up() {
    let scene = Scene::new("bad-uses");
    let topic = Kafka::shared().unique_topic("bad-uses-out");
    let held = scene.held_file();
    let poll = |act: &str, more: Value| with(with(in_call("poll", act), json!({ "topic": topic })), more);
    let task = |act: &str, more: Value, expected: &[&str]| {
        Way::new(format!("uses-{act}"), "MisbehavingSource", poll(act, more), Fate::Task(parts(expected)))
    };
    scene.check(&[
        task("panic", json!({}), &["poll: wasm trap", "the guest panicked on purpose", "acts.rs", "Act::play"]),
        task("exit", json!({}), &["poll: the plugin ended itself with exit code 1"]),
        task("overflow", json!({}), &["poll: wasm trap: call stack exhausted"]),
        task("bounds", json!({}), &["poll: wasm trap: out of bounds memory access"]),
        task("fatal", json!({}), &["poll: failing on purpose"]),
        task("memory", json!({}), &["poll: the instance needs ", "sandbox.memory.max.bytes is 33554432"]),
        task("files", json!({ "held": held, "sandbox.open.files.max": "20" }), &["poll: holding 20 files: "]),
        task(
            "handles",
            json!({ "held": held, "sandbox.handles.max": "30" }),
            &["poll: the instance needs more handles than sandbox.handles.max allows (30)"],
        ),
        Way::new(
            "uses-tables",
            "MisbehavingSource",
            poll("fatal", json!({ "sandbox.table.max.elements": "10" })),
            Fate::Refused(
                500,
                parts(&["instantiate: the instance needs tables of ", "sandbox.table.max.elements is 10"]),
            ),
        ),
        Way::new(
            "uses-logs",
            "MisbehavingSource",
            poll("logs", json!({})),
            Fate::Warned(parts(&[
                "log lines were dropped: more in a second than sandbox.log.max.lines.per.second (1000)",
            ])),
        ),
    ]);
    let flood = scene.worker.log().lines().filter(|line| line.contains("of a flood")).count();
    assert!(flood < 100_000, "{flood} lines of a flood were written");
}

#[test]
fn batches_that_are_none_or_too_much() {
    let scene = Scene::new("bad-batches");
    let topic = Kafka::shared().unique_topic("bad-batches-out");
    let kinds: &[(&str, &[&str])] = &[
        ("noise", &["malformed batch: is no batch: starts with"]),
        ("empty", &["malformed batch: magic wants 3 bytes, 0 are left"]),
        ("cut", &["malformed batch: has ", "its header says "]),
        ("version", &["malformed batch: is of version 99, this reader knows version 1"]),
        ("string", &["malformed batch: record 0: value: value: string is not valid UTF-8"]),
        ("topic", &["malformed batch: record 0: it has no topic"]),
        ("index", &["malformed batch: record 0: "]),
        ("length", &["malformed batch: record 0: "]),
        ("cyclic", &["malformed batch: ", "schema"]),
        ("schemas", &["malformed batch: ", "schema"]),
        ("partition", &["malformed batch: record 0: "]),
        ("timestamp", &["malformed batch: record 0: Invalid record timestamp -5"]),
        ("oversized", &["poll: the batch has 2097", "bytes and sandbox.batch.max.bytes is 1048576"]),
        ("many", &["poll: the batch has 3000 records and sandbox.batch.max.records is 2000"]),
    ];
    let way = |(kind, expected): &(&str, &[&str])| {
        let config = json!({ "kind": kind, "topic": topic });
        Way::new(format!("batch-{kind}"), "MalformedBatch", config, Fate::Task(parts(expected)))
    };
    let ways: Vec<Way> = kinds.iter().map(way).collect();
    scene.check(&ways);
}

#[test]
fn calls_at_the_end_of_a_connector() {
    let scene = Scene::new("bad-ends");
    let topic = Kafka::shared().unique_topic("bad-ends-out");
    let rest = scene.worker.rest();
    let sources =
        ["stop", "connector.stop", "alter-offsets"].map(|call| ("MisbehavingSource", call, json!({ "topic": topic })));
    let sinks = ["stop", "close"].map(|call| ("MisbehavingSink", call, json!({ "topics": scene.pair.topic })));
    let ends: Vec<_> = sources.into_iter().chain(sinks).collect();
    for act in ["trap", "loop"] {
        for (class, call, more) in &ends {
            let name = format!("{}-{act}", name_of(class, call, &scene.pair.topic));
            let config = with(
                in_call(call, act),
                with(json!({ "connector.class": format!("tests.guests.{class}") }), more.clone()),
            );
            rest.create(&name, config);
            rest.wait_running(&name, 1);
            wait_for(&format!("{name} is at work"), seconds(30), || {
                let offsets = rest.get(&format!("/connectors/{name}/offsets")).expect(200).body;
                if offsets.contains("\"offset\"") { Ok(()) } else { Err(offsets) }
            });
            if *call == "alter-offsets" {
                rest.request("PUT", &format!("/connectors/{name}/stop"), None).expect(204);
                let message = rest.delete(&format!("/connectors/{name}/offsets")).error(500);
                assert_eq!(message, format!("Failed to modify offsets for source connector {name}"));
            }
            rest.delete(&format!("/connectors/{name}")).expect(204);
            append(&scene.pair.input, &format!("{name}\n"));
        }
    }
    let names = |act: &'static str| {
        let topic = scene.pair.topic.clone();
        ends.iter().map(move |(class, call, _)| format!("{}-{act}\n", name_of(class, call, &topic)))
    };
    let expected: String = std::iter::once("first\n".to_owned()).chain(names("trap")).chain(names("loop")).collect();
    wait_for_text(&scene.worker, &scene.pair.output, &expected);
    scene.pair.assert_nothing_failed(&scene.worker);
    let log = scene.worker.log();
    for line in [
        "stop: wasm trap",
        "close: wasm trap",
        "alter-offsets: wasm trap",
        "alter-offsets: the call did not return within 4000 ms",
    ] {
        assert!(log.contains(line), "{line:?} is not in the log");
    }
}
