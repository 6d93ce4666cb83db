//! Promise: a guest that traps, hangs, eats memory or answers nonsense fails its own task, by name, and nothing else.

use std::time::Duration;

use serde_json::{Value, json};
use wasm_connect_tests::connectors::with;
use wasm_connect_tests::files::append;
use wasm_connect_tests::kafka::Kafka;
use wasm_connect_tests::temp::TempDir;
use wasm_connect_tests::wait::seconds;
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
        let mut scene = Self {
            worker,
            pair,
            written: String::new(),
            _directory: directory,
        };
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
    fn check(&mut self, class: &str, more: Value, parts: &[&str]) {
        let full = format!("tests.guests.{class}");
        self.worker
            .rest()
            .create(class, with(json!({ "connector.class": full, "tasks.max": "1" }), more));
        let trace = self.worker.rest().wait_task_failed(class, 0, seconds(30));
        println!("{class}: {trace}");
        let version = self.worker.rest().status(class).expect("a status")["tasks"][0]["version"].clone();
        let version = version.as_str().expect("a version");
        for part in [full.as_str(), version].iter().chain(parts) {
            assert!(trace.contains(part), "{class}: {part:?} is missing in: {trace}");
        }
        self.check_the_others(class);
    }
}

#[test]
fn a_source_task_that_misbehaves_fails_with_plugin_version_operation_and_reason() {
    let mut scene = Scene::new("bad-sources");
    let topic = || json!({ "topic": Kafka::shared().unique_topic("bad-sources") });
    scene.check("TrapInStart", topic(), &["start", "trap"]);
    scene.check("TrapInPoll", topic(), &["poll", "trap"]);
    scene.check("PanicWithMessage", topic(), &["poll"]);
    scene.check("MalformedBatch", topic(), &["poll", "malformed batch"]);
    scene.check("LoopForever", topic(), &["poll", "sandbox.call.timeout.ms"]);
    scene.check("EatMemory", topic(), &["poll", "sandbox.memory.max.bytes"]);
}

#[test]
fn a_sink_task_that_traps_fails_and_its_neighbour_on_the_topic_goes_on() {
    let mut scene = Scene::new("bad-sinks");
    let topics = json!({ "topics": scene.pair.topic });
    scene.check("TrapInPut", topics, &["put", "trap"]);
}

#[test]
fn a_failed_task_is_restarted_by_rest_and_fails_again() {
    let mut scene = Scene::new("restart-bad");
    let topic = json!({ "topic": Kafka::shared().unique_topic("restart-bad") });
    scene.check("TrapInPoll", topic, &["trap"]);
    let rest = scene.worker.rest();
    rest.request("POST", "/connectors/TrapInPoll/tasks/0/restart", None)
        .expect(204);
    let trace = rest.wait_task_failed("TrapInPoll", 0, seconds(30));
    assert!(trace.contains("trap"), "{trace}");
    rest.delete("/connectors/TrapInPoll").expect(204);
    scene.check_the_others("after the deletion");
}

#[test]
fn a_put_that_asks_to_be_called_again_is() {
    let scene = Scene::new("retriable");
    let topics = json!({ "connector.class": "tests.guests.RetriablePut", "topics": scene.pair.topic });
    scene.worker.rest().create("retriable", topics);
    scene.worker.rest().wait_running("retriable", 1);
    let told = || scene.worker.log();
    wasm_connect_tests::wait::wait_until("the guest has taken the record at last", seconds(60), || {
        told().contains("took")
    });
    scene.worker.rest().assert_nothing_failed("retriable");
}
