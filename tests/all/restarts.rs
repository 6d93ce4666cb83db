//! Promise: a failed task is started again if its connector asks for it, as often and for what it says, and not at all otherwise.

use serde_json::{Value, json};
use wasm_connect_tests::connectors::with;
use wasm_connect_tests::kafka::Kafka;
use wasm_connect_tests::temp::TempDir;
use wasm_connect_tests::topic::Topics;
use wasm_connect_tests::wait::{seconds, wait_for};
use wasm_connect_tests::worker::{Worker, WorkerOptions};

fn worker(directory: &TempDir) -> Worker {
    WorkerOptions::new(directory, Kafka::shared()).with_test_plugins().start()
}

fn restarts(worker: &Worker, name: &str) -> usize {
    let id = format!("WorkerTask{{id={name}-0}} is started again in ");
    worker.log().lines().filter(|line| line.contains(&id)).count()
}

#[track_caller]
fn wait_for_final_failure(worker: &Worker, name: &str, runs: usize) -> String {
    let failed = format!("WorkerTask{{id={name}-0}} failed: ");
    wait_for(&format!("{name} has failed {runs} times"), seconds(60), || {
        let times = worker.log().lines().filter(|line| line.contains(&failed)).count();
        if times >= runs { Ok(()) } else { Err(format!("{times} times")) }
    });
    worker.rest().wait_task_failed(name, 0, seconds(10))
}

fn trapping(topic: &str, more: Value) -> Value {
    with(json!({ "connector.class": "tests.guests.TrapInPoll", "after": "1", "topic": topic }), more)
}

#[test]
fn a_task_is_started_again_with_longer_waits_until_there_are_no_more() {
    let directory = TempDir::new("restarts");
    let worker = worker(&directory);
    let topic = Kafka::shared().unique_topic("restarts");
    let policy = json!({ "errors.restart.max": "3", "errors.restart.backoff.ms": "100" });
    worker.rest().create("again", trapping(&topic, policy));
    let trace = wait_for_final_failure(&worker, "again", 4);
    assert!(trace.contains("wasm trap"), "{trace}");
    let log = worker.log();
    for (wait, number) in [(100, 1), (200, 2), (400, 3)] {
        let line = format!("WorkerTask{{id=again-0}} is started again in {wait} ms: restart {number} of 3 in a row");
        assert!(log.contains(&line), "{line:?} is not in {log}");
    }
    assert_eq!(Topics::new(Kafka::shared()).end(&topic, 0), 4, "each run has brought a record");
    worker.rest().delete("/connectors/again").expect(204);
}

#[test]
fn a_failure_of_another_class_is_final() {
    let directory = TempDir::new("final");
    let worker = worker(&directory);
    let topic = Kafka::shared().unique_topic("final");
    let policy =
        |on: &str| json!({ "errors.restart.max": "5", "errors.restart.backoff.ms": "10", "errors.restart.on": on });
    worker.rest().create("other", trapping(&topic, policy("timeout, limit, malformed, error")));
    worker.rest().create("java", trapping(&topic, json!({})));
    for name in ["other", "java"] {
        wait_for_final_failure(&worker, name, 1);
        assert_eq!(restarts(&worker, name), 0, "{name}");
    }
    let answer =
        json!({ "connector.class": "tests.guests.FailingPoll", "kind": "fatal", "times": "1", "topic": topic });
    worker.rest().create("answer", with(answer, policy("error")));
    wait_for_final_failure(&worker, "answer", 6);
    assert_eq!(restarts(&worker, "answer"), 5);
}

#[test]
fn a_task_that_waits_to_be_started_again_can_be_deleted_and_restarted() {
    let directory = TempDir::new("waiting");
    let worker = worker(&directory);
    let topic = Kafka::shared().unique_topic("waiting");
    let policy = json!({ "errors.restart.max": "5", "errors.restart.backoff.ms": "3600000" });
    worker.rest().create("waiting", trapping(&topic, policy));
    wait_for_final_failure(&worker, "waiting", 1);
    worker.rest().request("POST", "/connectors/waiting/tasks/0/restart", None).expect(204);
    wait_for_final_failure(&worker, "waiting", 2);
    worker.rest().delete("/connectors/waiting").expect(204);
}

#[test]
fn a_wrong_policy_or_limit_is_an_error_of_the_configuration() {
    let directory = TempDir::new("wrong-policy");
    let worker = worker(&directory);
    let wrong = json!({
        "name": "wrong",
        "connector.class": "tests.guests.TrapInPoll",
        "errors.restart.max": "many",
        "errors.restart.on": "boredom",
        "sandbox.memory.max.bytes": "999999999999",
        "sandbox.call.timeout.put.ms": "0",
        "sandbox.handles.max": "100",
    });
    let answer = worker.rest().put("/connector-plugins/TrapInPoll/config/validate", &wrong).expect(200).json();
    let configs = answer["configs"].as_array().expect("a list");
    let shown = |key: &str| configs.iter().find(|config| config["value"]["name"] == key);
    for (key, error) in [
        ("errors.restart.max", "Not a number of type INT"),
        ("errors.restart.on", "String must be one of: trap, timeout, limit, malformed, error"),
        (
            "sandbox.memory.max.bytes",
            "Value must be no more than 268435456, the worker's 'sandbox.memory.max.bytes.cap'",
        ),
        ("sandbox.call.timeout.put.ms", "Value must be at least 1"),
    ] {
        let errors = shown(key).map(|config| config["value"]["errors"].to_string()).unwrap_or_default();
        assert!(errors.contains(error), "{key}: {errors}");
    }
    assert!(shown("sandbox.handles.max").is_none(), "what is right is not shown");
    assert_eq!(answer["error_count"], 4, "{answer}");
}
