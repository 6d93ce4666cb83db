//! Promise: what only a plugin can know about a configuration is part of the answer, and a plugin that fails at it harms nothing.

use std::time::Duration;

use serde_json::{Value, json};
use wasm_connect_tests::connectors::with;
use wasm_connect_tests::kafka::Kafka;
use wasm_connect_tests::rest::Response;
use wasm_connect_tests::temp::TempDir;
use wasm_connect_tests::worker::{Worker, WorkerOptions};

const CALL_TIMEOUT: Duration = Duration::from_millis(1_500);

fn worker(directory: &TempDir) -> Worker {
    WorkerOptions::new(directory, Kafka::shared())
        .with_test_plugins()
        .set("sandbox.call.timeout.ms", CALL_TIMEOUT.as_millis().to_string())
        .start()
}

fn config(more: Value) -> Value {
    with(json!({ "name": "p", "connector.class": "tests.guests.Particular" }), more)
}

fn validate(worker: &Worker, more: Value) -> Response {
    worker.rest().put("/connector-plugins/tests.guests.Particular/config/validate", &config(more))
}

/// The value of one key in a validation's answer.
fn value(answer: &Value, key: &str) -> Value {
    let configs = answer["configs"].as_array().expect("configs");
    let of_key = configs.iter().find(|config| config["value"]["name"] == key);
    of_key.unwrap_or_else(|| panic!("{key} is missing in {answer}"))["value"].clone()
}

#[test]
fn errors_recommendations_and_visibility_depend_on_the_other_values() {
    let directory = TempDir::new("particular");
    let worker = worker(&directory);
    let answer = validate(&worker, json!({ "mode": "cloud" })).expect(200).json();
    assert_eq!(answer["error_count"], 1, "{answer}");
    let region = value(&answer, "region");
    assert_eq!(region["recommended_values"], json!(["north", "south"]));
    assert_eq!(region["errors"], json!(["mode cloud needs a region: north or south"]));
    assert_eq!((&region["visible"], &value(&answer, "directory")["visible"]), (&json!(true), &json!(false)));
    assert!(answer["groups"].as_array().expect("groups").contains(&json!("Place")), "{answer}");

    let answer = validate(&worker, json!({ "mode": "local" })).expect(200).json();
    assert_eq!(answer["error_count"], 0, "{answer}");
    assert_eq!(value(&answer, "region")["visible"], false);

    let refused =
        worker.rest().post("/connectors", &json!({ "name": "p", "config": config(json!({ "mode": "cloud" })) }));
    assert!(refused.error(400).contains("mode cloud needs a region"));
}

#[test]
fn the_hosts_own_checks_of_a_plugins_keys_speak_javas_words() {
    let directory = TempDir::new("particular-host");
    let answer = validate(&worker(&directory), json!({ "mode": "moon" })).expect(200).json();
    let errors = json!(["Invalid value moon for configuration mode: String must be one of: local, cloud, trap, loop"]);
    assert_eq!(value(&answer, "mode")["errors"], errors);
}

#[test]
fn a_password_is_shown_to_nobody() {
    let directory = TempDir::new("particular-secret");
    let worker = worker(&directory);
    let answer = validate(&worker, json!({ "secret": "opensesame" })).expect(200);
    assert_eq!(value(&answer.json(), "secret")["value"], "[hidden]");
    assert!(!answer.body.contains("opensesame"), "{}", answer.body);
    worker.rest().create("p", config(json!({ "secret": "opensesame" })));
    worker.rest().wait_running("p", 1);
    assert!(!worker.log().contains("opensesame"), "the log tells the password");
}

#[test]
fn a_plugin_that_traps_or_hangs_fails_that_request_only() {
    let directory = TempDir::new("particular-bad");
    let worker = worker(&directory);
    for (mode, reason) in [("trap", "wasm trap"), ("loop", "sandbox.call.timeout.ms")] {
        let message = validate(&worker, json!({ "mode": mode })).error(500);
        for part in ["tests.guests.Particular", "validate", reason] {
            assert!(message.contains(part), "{part:?} is missing in: {message}");
        }
        validate(&worker, json!({})).expect(200);
    }
}
