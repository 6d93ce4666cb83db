//! Promise: the converters put into topics, and take from them, what Java's do.

use serde_json::{Value, json};
use wasm_connect_tests::connectors::{file_sink, file_source, with};
use wasm_connect_tests::kafka::Kafka;
use wasm_connect_tests::temp::TempDir;
use wasm_connect_tests::topic::Topics;
use wasm_connect_tests::wait::seconds;
use wasm_connect_tests::worker::WorkerOptions;

use crate::pair::{Pair, wait_for_text};

const JSON: &str = "org.apache.kafka.connect.json.JsonConverter";

fn json_with_schemas() -> Value {
    json!({ "value.converter": JSON })
}

fn json_without_schemas() -> Value {
    json!({ "value.converter": JSON, "value.converter.schemas.enable": "false" })
}

/// Copies `input` with these converters and checks the topic's values and the output.
#[track_caller]
fn check(name: &str, input: &str, source: Value, sink: Value, values: &[&str], output: &str) {
    let kafka = Kafka::shared();
    let directory = TempDir::new(name);
    let pair = Pair::new(&directory, kafka, name);
    std::fs::write(&pair.input, input).expect("the input can be written");
    let worker = WorkerOptions::new(&directory, kafka).start();
    worker.rest().create("source", with(file_source(&pair.input, &pair.topic), source));
    worker.rest().create(&pair.sink, with(file_sink(&pair.topic, &pair.output), sink));
    wait_for_text(&worker, &pair.output, output);
    assert_eq!(Topics::new(kafka).values(&pair.topic), values);
}

#[test]
fn json_with_schemas_there_and_back() {
    check(
        "json-schemas",
        "one\n\nquote \" and ü\n",
        json_with_schemas(),
        json_with_schemas(),
        &[
            r#"{"schema":{"type":"string","optional":false},"payload":"one"}"#,
            r#"{"schema":{"type":"string","optional":false},"payload":""}"#,
            r#"{"schema":{"type":"string","optional":false},"payload":"quote \" and ü"}"#,
        ],
        "one\n\nquote \" and ü\n",
    );
}

#[test]
fn json_without_schemas_there_and_back() {
    check(
        "json-plain",
        "one\n\nquote \" and ü\n",
        json_without_schemas(),
        json_without_schemas(),
        &[r#""one""#, r#""""#, r#""quote \" and ü""#],
        "one\n\nquote \" and ü\n",
    );
}

#[test]
fn json_values_reach_a_sink_as_java_prints_them() {
    let lines = "{\"a\":1}\n[1,2.5,true,null]\n1e10\n\"text\"\n";
    let printed = "{a=1}\n[1, 2.5, true, null]\n1.0E10\ntext\n";
    let values: Vec<&str> = lines.lines().collect();
    check("json-printed", lines, json!({}), json_without_schemas(), &values, printed);
}

#[test]
fn json_structs_reach_a_sink_as_java_prints_them() {
    let line = concat!(
        r#"{"schema":{"type":"struct","fields":[{"type":"int32","optional":false,"field":"a"},"#,
        r#"{"type":"string","optional":true,"field":"b"}],"optional":false},"payload":{"a":1,"b":"x"}}"#
    );
    check("json-struct", &format!("{line}\n"), json!({}), json_with_schemas(), &[line], "Struct{a=1,b=x}\n");
}

/// Puts `lines` into a topic as they are, reads them with `sink`, and answers the sink task's trace.
#[track_caller]
fn failed_trace(name: &str, lines: &str, sink: Value) -> String {
    let kafka = Kafka::shared();
    let directory = TempDir::new(name);
    let pair = Pair::new(&directory, kafka, name);
    std::fs::write(&pair.input, lines).expect("the input can be written");
    let worker = WorkerOptions::new(&directory, kafka).start();
    worker.rest().create("source", file_source(&pair.input, &pair.topic));
    worker.rest().create(&pair.sink, with(file_sink(&pair.topic, &pair.output), sink));
    let trace = worker.rest().wait_task_failed(&pair.sink, 0, seconds(60));
    worker.rest().wait_running("source", 1);
    trace
}

#[test]
fn a_value_that_is_not_json_fails_the_sink_task_and_says_so() {
    let trace = failed_trace("json-bad", "{oops\n", json_without_schemas());
    let expected = "Converting byte[] to Kafka Connect data failed due to serialization error";
    assert!(trace.contains(expected), "{trace}");
}

#[test]
fn a_value_without_the_envelope_fails_the_sink_task_and_says_so() {
    let trace = failed_trace("json-envelope", "{\"a\":1}\n", json_with_schemas());
    assert!(trace.contains("JsonConverter with schemas.enable requires \"schema\" and \"payload\" fields"), "{trace}");
}

#[test]
fn values_that_are_not_json_are_skipped_if_the_connector_tolerates_them() {
    let sink = with(json_without_schemas(), json!({ "errors.tolerance": "all" }));
    check("json-tolerant", "1\n{oops\n2\n", json!({}), sink, &["1", "{oops", "2"], "1\n2\n");
}

#[test]
fn bytes_converter_refuses_text_as_java_does() {
    let kafka = Kafka::shared();
    let directory = TempDir::new("bytes");
    let pair = Pair::new(&directory, kafka, "bytes");
    std::fs::write(&pair.input, "text\n").expect("the input can be written");
    let worker = WorkerOptions::new(&directory, kafka).start();
    let bytes = json!({ "value.converter": "org.apache.kafka.connect.converters.ByteArrayConverter" });
    worker.rest().create("source", with(file_source(&pair.input, &pair.topic), bytes));
    let trace = worker.rest().wait_task_failed("source", 0, seconds(60));
    assert!(trace.contains("Invalid schema type for ByteArrayConverter: STRING"), "{trace}");
}
