//! Promise: a guest that traps, hangs, eats memory or answers nonsense fails its own task, by name, and nothing else.

use std::time::Duration;

use serde_json::{Value, json};
use wasm_connect_tests::connectors::with;
use wasm_connect_tests::files::append;
use wasm_connect_tests::kafka::Kafka;
use wasm_connect_tests::temp::TempDir;
use wasm_connect_tests::topic::Topics;
use wasm_connect_tests::wait::{seconds, wait_until};
use wasm_connect_tests::worker::{Worker, WorkerOptions};

use crate::pair::{Pair, wait_for_text};

/// Enough for any honest call, and soon enough for a test.
const CALL_TIMEOUT: Duration = Duration::from_millis(3_000);
const MEMORY: u64 = 32 * 1024 * 1024;

/// A worker with a copy at work, beside which guests misbehave.
struct Scene {
    worker: Worker,
    pair: Pair,
    written: String,
    _directory: TempDir,
}

impl Scene {
    fn new(name: &str) -> Self {
        let kafka = Kafka::shared();
        let directory = TempDir::new(name);
        let pair = Pair::new(&directory, kafka, name);
        let worker = WorkerOptions::new(&directory, kafka)
            .with_test_plugins()
            .set("sandbox.call.timeout.ms", CALL_TIMEOUT.as_millis().to_string())
            .set("sandbox.memory.max.bytes", MEMORY.to_string())
            .start();
        pair.create(&worker);
        let mut scene = Self { worker, pair, written: String::new(), _directory: directory };
        scene.check_the_others("before");
        scene
    }

    /// The copy goes on: a line written now arrives.
    fn check_the_others(&mut self, line: &str) {
        append(&self.pair.input, &format!("{line}\n"));
        self.written += &format!("{line}\n");
        wait_for_text(&self.worker, &self.pair.output, &self.written);
        self.pair.assert_nothing_failed(&self.worker);
    }

    /// Runs a guest whose task must fail, with each of `parts` in its trace.
    #[track_caller]
    fn check(&mut self, name: &str, class: &str, more: Value, parts: &[&str]) {
        let full = format!("tests.guests.{class}");
        self.worker.rest().create(name, with(json!({ "connector.class": full, "tasks.max": "1" }), more));
        let trace = self.worker.rest().wait_task_failed(name, 0, seconds(30));
        println!("{name}: {trace}");
        for part in [full.as_str(), "1.0.0"].iter().chain(parts) {
            assert!(trace.contains(part), "{name}: {part:?} is missing in: {trace}");
        }
        self.check_the_others(name);
    }
}

#[test]
fn a_source_task_that_misbehaves_fails_with_plugin_version_operation_and_reason() {
    let mut scene = Scene::new("bad-sources");
    for (class, parts) in [
        ("TrapInStart", ["start", "wasm trap"]),
        ("TrapInPoll", ["poll", "wasm trap"]),
        ("PanicWithMessage", ["poll", "the guest panicked on purpose"]),
        ("LoopForever", ["poll", "sandbox.call.timeout.ms"]),
        ("EatMemory", ["poll", "sandbox.memory.max.bytes"]),
    ] {
        scene.check(class, class, json!({}), &parts);
    }
}

#[test]
fn a_malformed_batch_fails_its_task_and_says_what_is_wrong() {
    let mut scene = Scene::new("malformed");
    for kind in ["noise", "empty", "cut", "version", "string", "topic"] {
        scene.check(kind, "MalformedBatch", json!({ "kind": kind }), &["poll", "malformed"]);
    }
}

#[test]
fn an_error_that_a_guest_answers_is_retried_or_fails_its_task() {
    let mut scene = Scene::new("failing-poll");
    let topic = Kafka::shared().unique_topic("failing-poll");
    let retriable = json!({ "connector.class": "tests.guests.FailingPoll", "topic": topic });
    scene.worker.rest().create("retriable", retriable);
    let topics = Topics::new(Kafka::shared());
    wait_until("the record after the failures has arrived", seconds(30), || topics.end(&topic, 0) == 1);
    scene.worker.rest().assert_nothing_failed("retriable");
    for kind in ["config", "fatal"] {
        scene.check(kind, "FailingPoll", json!({ "kind": kind }), &["poll", "failing on purpose, 2 more to come"]);
    }
}

#[test]
fn a_sink_task_that_traps_fails_and_its_neighbour_on_the_topic_goes_on() {
    let mut scene = Scene::new("bad-sinks");
    let topics = json!({ "topics": scene.pair.topic });
    scene.check("TrapInPut", "TrapInPut", topics.clone(), &["put", "wasm trap"]);
    scene.check("SlowPut", "SlowPut", topics, &["put", "sandbox.call.timeout.ms"]);
}

#[test]
fn a_failed_task_is_restarted_by_rest_and_fails_again() {
    let mut scene = Scene::new("restart-bad");
    let topic = Kafka::shared().unique_topic("restart-bad");
    scene.check("bad", "TrapInPoll", json!({ "after": "1", "topic": topic }), &["wasm trap"]);
    let topics = Topics::new(Kafka::shared());
    assert_eq!(topics.end(&topic, 0), 1, "what came before the trap is in the topic");
    scene.worker.rest().request("POST", "/connectors/bad/tasks/0/restart", None).expect(204);
    wait_until("the fresh instance has brought a record too", seconds(30), || topics.end(&topic, 0) == 2);
    let trace = scene.worker.rest().wait_task_failed("bad", 0, seconds(30));
    assert!(trace.contains("wasm trap"), "{trace}");
    scene.worker.rest().delete("/connectors/bad").expect(204);
    scene.check_the_others("after the deletion");
}

#[test]
fn a_guest_that_sleeps_for_ever_can_be_deleted() {
    let mut scene = Scene::new("sleepers");
    for through in ["clock", "host"] {
        let config = json!({ "connector.class": "tests.guests.SleepForever", "through": through });
        // Asleep in poll for less than the time that a call may take.
        scene.worker.rest().create(through, config);
        scene.worker.rest().wait_running(through, 1);
        scene.worker.rest().delete(&format!("/connectors/{through}")).expect(204);
        scene.check_the_others(through);
    }
}
