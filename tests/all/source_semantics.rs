//! Promise: a source task hears what became of its records, and a record that Kafka cannot take is an error with a name.

use serde_json::{Value, json};
use wasm_connect_tests::kafka::Kafka;
use wasm_connect_tests::temp::TempDir;
use wasm_connect_tests::topic::Topics;
use wasm_connect_tests::wait::{seconds, wait_for, wait_until};
use wasm_connect_tests::worker::{Worker, WorkerOptions};

/// A worker with a guest at work that writes to the topic.
fn start(class: &str, topic: &str, more: Value) -> (TempDir, Worker) {
    let directory = TempDir::new(class);
    let worker = WorkerOptions::new(&directory, Kafka::shared()).with_test_plugins().start();
    let config = json!({ "connector.class": format!("tests.guests.{class}"), "topic": topic });
    worker.rest().create("source", wasm_connect_tests::connectors::with(config, more));
    (directory, worker)
}

#[test]
fn each_record_is_acknowledged_in_order_before_its_offset_is_committed() {
    let topic = Kafka::shared().unique_topic("acks");
    let (_directory, worker) = start("AckRecorder", &topic, json!({ "records": "500" }));
    wait_for("the offsets of all records are committed", seconds(60), || {
        worker.rest().assert_nothing_failed("source");
        let log = worker.log();
        if log.contains("committed after 500") { Ok(()) } else { Err("not in the log".to_owned()) }
    });
    let log = worker.log();
    assert!(log.contains("acknowledged 0.."), "{log}");
    assert!(!log.contains("out of order"), "{log}");
    assert_eq!(Topics::new(Kafka::shared()).end(&topic, 0), 500);
}

#[test]
fn a_record_above_the_largest_request_fails_the_task_by_name() {
    let topic = Kafka::shared().unique_topic("big-record");
    let (_directory, worker) = start("BigRecord", &topic, json!({}));
    let trace = worker.rest().wait_task_failed("source", 0, seconds(60));
    assert!(trace.contains("max.request.size"), "{trace}");
}

#[test]
fn a_record_above_the_largest_request_is_skipped_if_errors_are_tolerated() {
    let kafka = Kafka::shared();
    let topic = kafka.unique_topic("big-record");
    let (_directory, worker) = start("BigRecord", &topic, json!({ "errors.tolerance": "all" }));
    let topics = Topics::new(kafka);
    wait_until("the two small records have arrived", seconds(60), || topics.end(&topic, 0) == 2);
    assert_eq!(topics.values(&topic), ["0", "2"]);
    worker.rest().assert_nothing_failed("source");
}
