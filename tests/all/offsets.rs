//! Promise: the offsets of a stopped connector can be read, altered and reset over REST (KIP-875), and it goes on from there.

use serde_json::{Value, json};
use wasm_connect_tests::connectors::{file_sink, file_source, with};
use wasm_connect_tests::files::append;
use wasm_connect_tests::kafka::Kafka;
use wasm_connect_tests::rest::Rest;
use wasm_connect_tests::temp::TempDir;
use wasm_connect_tests::wait::{seconds, wait_for};
use wasm_connect_tests::worker::{Worker, WorkerOptions};

use crate::pair::{Pair, wait_for_text};

const ALTERED: &str = "The offsets for this connector have been altered successfully";
const RESET: &str = "The offsets for this connector have been reset successfully";

fn start(name: &str) -> (TempDir, Pair, Worker) {
    let kafka = Kafka::shared();
    let directory = TempDir::new(name);
    let pair = Pair::new(&directory, kafka, name);
    let worker = WorkerOptions::new(&directory, kafka).start();
    (directory, pair, worker)
}

fn offsets_of(connector: &str) -> String {
    format!("/connectors/{connector}/offsets")
}

fn stop(rest: &Rest, connector: &str) {
    rest.request("PUT", &format!("/connectors/{connector}/stop"), None).expect(204);
    assert_eq!(rest.get(&format!("/connectors/{connector}/tasks")).expect(200).json(), json!([]));
}

fn resume(rest: &Rest, connector: &str) {
    rest.request("PUT", &format!("/connectors/{connector}/resume"), None).expect(202);
    rest.wait_running(connector, 1);
}

fn patch(rest: &Rest, connector: &str, offsets: &Value) -> wasm_connect_tests::rest::Response {
    rest.request("PATCH", &offsets_of(connector), Some(&json!({ "offsets": offsets }).to_string()))
}

#[track_caller]
fn wait_for_offsets(rest: &Rest, connector: &str, expected: &Value) {
    wait_for(&format!("the offsets of {connector} are {expected}"), seconds(30), || {
        let found = rest.get(&offsets_of(connector)).expect(200).json();
        if found["offsets"] == *expected { Ok(()) } else { Err(found.to_string()) }
    });
}

fn sink_offset(topic: &str, offset: i64) -> Value {
    json!([{ "partition": { "kafka_partition": 0, "kafka_topic": topic }, "offset": { "kafka_offset": offset } }])
}

#[test]
fn a_source_reads_on_from_the_altered_position() {
    let (_directory, pair, worker) = start("offsets-source");
    let rest = worker.rest();
    append(&pair.input, "one\ntwo\n");
    pair.create(&worker);
    wait_for_text(&worker, &pair.output, "one\ntwo\n");
    let at = |position: i64| json!([{ "partition": { "filename": pair.input }, "offset": { "position": position } }]);
    wait_for_offsets(rest, "source", &at(8));

    stop(rest, "source");
    let altered = patch(rest, "source", &at(4)).expect(200);
    assert_eq!(altered.body, json!({ "message": ALTERED }).to_string());
    wait_for_offsets(rest, "source", &at(4));
    resume(rest, "source");
    wait_for_text(&worker, &pair.output, "one\ntwo\ntwo\n");
    wait_for_offsets(rest, "source", &at(8));

    stop(rest, "source");
    assert_eq!(rest.delete(&offsets_of("source")).expect(200).json(), json!({ "message": RESET }));
    assert_eq!(rest.get(&offsets_of("source")).expect(200).body, r#"{"offsets":[]}"#);
    assert_eq!(rest.delete(&offsets_of("source")).expect(200).json(), json!({ "message": RESET }), "again");
    resume(rest, "source");
    wait_for_text(&worker, &pair.output, "one\ntwo\ntwo\none\ntwo\n");
}

#[test]
fn a_null_offset_forgets_one_partition_of_a_source() {
    let (_directory, pair, worker) = start("offsets-source-null");
    let rest = worker.rest();
    let config = file_source(&pair.input, &pair.topic);
    let created = json!({ "name": "source", "config": config, "initial_state": "stopped" });
    rest.post("/connectors", &created).expect(201);
    let at = |file: &str, offset: Value| json!({ "partition": { "filename": file }, "offset": offset });
    let both = json!([at("a", json!({ "position": 1 })), at("b", json!({ "position": 2 }))]);
    patch(rest, "source", &both).expect(200);
    wait_for_offsets(rest, "source", &both);
    patch(rest, "source", &json!([at("a", Value::Null)])).expect(200);
    wait_for_offsets(rest, "source", &json!([both[1]]));
}

#[test]
fn a_sink_reads_on_from_the_altered_offset_of_its_group() {
    let (_directory, pair, worker) = start("offsets-sink");
    let rest = worker.rest();
    append(&pair.input, "one\ntwo\nthree\n");
    pair.create(&worker);
    wait_for_text(&worker, &pair.output, "one\ntwo\nthree\n");
    wait_for_offsets(rest, &pair.sink, &sink_offset(&pair.topic, 3));

    stop(rest, &pair.sink);
    // As text, too.
    let text = json!([{
        "partition": { "kafka_topic": pair.topic, "kafka_partition": "0" }, "offset": { "kafka_offset": "2" }
    }]);
    assert_eq!(patch(rest, &pair.sink, &text).expect(200).json(), json!({ "message": ALTERED }));
    wait_for_offsets(rest, &pair.sink, &sink_offset(&pair.topic, 2));
    resume(rest, &pair.sink);
    wait_for_text(&worker, &pair.output, "one\ntwo\nthree\nthree\n");

    stop(rest, &pair.sink);
    let null = json!([{ "partition": { "kafka_topic": pair.topic, "kafka_partition": 0 }, "offset": null }]);
    assert_eq!(patch(rest, &pair.sink, &null).expect(200).json(), json!({ "message": ALTERED }));
    wait_for_offsets(rest, &pair.sink, &json!([]));
    patch(rest, &pair.sink, &sink_offset(&pair.topic, 3)).expect(200);
    assert_eq!(rest.delete(&offsets_of(&pair.sink)).expect(200).json(), json!({ "message": RESET }));
    wait_for_offsets(rest, &pair.sink, &json!([]));
    assert_eq!(rest.delete(&offsets_of(&pair.sink)).expect(200).json(), json!({ "message": RESET }), "without a group");
    resume(rest, &pair.sink);
    wait_for_text(&worker, &pair.output, "one\ntwo\nthree\nthree\none\ntwo\nthree\n");
}

#[test]
fn the_group_of_a_sink_is_the_one_that_it_names() {
    let (_directory, pair, worker) = start("offsets-group");
    let rest = worker.rest();
    append(&pair.input, "one\n");
    rest.create("source", file_source(&pair.input, &pair.topic));
    let group = format!("{}-group", pair.topic);
    let own = with(file_sink(&pair.topic, &pair.output), json!({ "consumer.override.group.id": group }));
    rest.create(&pair.sink, own.clone());
    wait_for_text(&worker, &pair.output, "one\n");
    wait_for_offsets(rest, &pair.sink, &sink_offset(&pair.topic, 1));

    // Another connector of that group sees its offsets, and may not touch them while the group has members.
    let other = format!("{}-other", pair.topic);
    rest.post("/connectors", &json!({ "name": other, "config": own, "initial_state": "stopped" })).expect(201);
    wait_for_offsets(rest, &other, &sink_offset(&pair.topic, 1));
    let zombies = |word: &str| {
        format!(
            "Failed to {word} consumer group offsets for connector {other} either because its tasks haven't stopped completely yet \
             or the connector was resumed before the request to {word} its offsets could be successfully completed. If the \
             connector is in a stopped state, this operation can be safely retried. If it doesn't eventually succeed, the Connect \
             cluster may need to be restarted to get rid of the zombie sink tasks."
        )
    };
    assert_eq!(patch(rest, &other, &sink_offset(&pair.topic, 0)).error(500), zombies("alter"));
    let null = json!([{ "partition": { "kafka_topic": pair.topic, "kafka_partition": 0 }, "offset": null }]);
    assert_eq!(patch(rest, &other, &null).error(500), zombies("alter"));
    assert_eq!(rest.delete(&offsets_of(&other)).error(500), zombies("reset"));
    wait_for_offsets(rest, &pair.sink, &sink_offset(&pair.topic, 1));
}

#[test]
fn what_cannot_be_done_is_refused_in_javas_words() {
    let (_directory, pair, worker) = start("offsets-errors");
    let rest = worker.rest();
    append(&pair.input, "one\n");
    pair.create(&worker);
    wait_for_text(&worker, &pair.output, "one\n");
    let good = json!([{ "partition": { "filename": pair.input }, "offset": { "position": 0 } }]);

    let nothing = "Partitions / offsets need to be provided for an alter offsets request";
    for body in ["{}", r#"{"offsets":[]}"#] {
        assert_eq!(rest.request("PATCH", "/connectors/nope/offsets", Some(body)).error(400), nothing, "{body}");
    }
    assert_eq!(patch(rest, "nope", &good).error(404), "Connector nope not found");
    assert_eq!(rest.delete("/connectors/nope/offsets").error(404), "Connector nope not found");
    assert_eq!(rest.get("/connectors/nope/offsets").error(404), "Connector nope not found");

    for connector in ["source", pair.sink.as_str()] {
        let stopped = format!(
            "Connectors must be in the STOPPED state before their offsets can be modified. This can be done for the specified \
             connector by issuing a 'PUT' request to the '/connectors/{connector}/stop' endpoint"
        );
        assert_eq!(patch(rest, connector, &good).error(400), stopped);
        assert_eq!(rest.delete(&offsets_of(connector)).error(400), stopped);
        rest.request("PUT", &format!("/connectors/{connector}/pause"), None).expect(202);
        assert_eq!(patch(rest, connector, &good).error(400), stopped, "paused is not stopped");
        stop(rest, connector);
    }

    // What the connector says is passed on.
    let refused = |offset: Value| {
        patch(rest, "source", &json!([{ "partition": { "filename": pair.input }, "offset": offset }])).error(500)
    };
    assert_eq!(
        refused(json!({ "position": "0" })),
        "The value for the 'position' key in the offset is expected to be a Long value"
    );
    assert_eq!(refused(json!({ "bogus": 0 })), "Offset objects should either be null or contain the key 'position'");
    // Unlike in Java, what no connector can have is the client's fault.
    patch(rest, "source", &json!([{ "partition": null, "offset": { "position": 0 } }])).error(400);
    patch(rest, "source", &json!([{ "partition": { "a": [1] }, "offset": null }])).error(400);
    patch(rest, "source", &json!([{ "partition": { "a": 1 }, "offset": { "position": { "b": 1 } } }])).error(400);

    let refused = |partition: Value, offset: Value| {
        patch(rest, &pair.sink, &json!([{ "partition": partition, "offset": offset }])).error(400)
    };
    assert_eq!(
        refused(Value::Null, Value::Null),
        "The partition for a sink connector offset cannot be null or missing"
    );
    assert_eq!(
        refused(json!({ "kafka_topic": "t" }), Value::Null),
        "The partition for a sink connector offset must contain the keys 'kafka_topic' and 'kafka_partition'"
    );
    assert_eq!(
        refused(json!({ "kafka_topic": "t", "kafka_partition": "x" }), Value::Null),
        "Failed to parse the following Kafka partition value in the provided offsets: 'x'. Partition values for sink connectors \
         need to be integers."
    );
    assert_eq!(
        refused(json!({ "kafka_topic": "t", "kafka_partition": 0 }), json!({ "a": 1 })),
        "The offset for a sink connector should either be null or contain the key 'kafka_offset'"
    );
    let unknown = json!([{
        "partition": { "kafka_topic": format!("{}-nope", pair.topic), "kafka_partition": 0 }, "offset": { "kafka_offset": 1 }
    }]);
    assert_eq!(
        patch(rest, &pair.sink, &unknown).error(500),
        format!("Failed to alter consumer group offsets for connector {}", pair.sink)
    );
    wait_for_offsets(rest, &pair.sink, &sink_offset(&pair.topic, 1));
}

#[test]
fn a_plugin_may_have_no_say_object_or_die_over_its_offsets() {
    let kafka = Kafka::shared();
    let directory = TempDir::new("offsets-plugin");
    let worker = WorkerOptions::new(&directory, kafka).with_test_plugins().start();
    let rest = worker.rest();
    let create = |answer: &str| {
        let config = json!({ "connector.class": "tests.guests.OffsetObjector", "answer": answer });
        rest.post("/connectors", &json!({ "name": answer, "config": config, "initial_state": "stopped" })).expect(201);
    };
    let change = json!([{ "partition": { "p": 1 }, "offset": { "at": 7 } }]);
    let framework_only = |word: &str| {
        json!({ "message": format!(
            "The Connect framework-managed offsets for this connector have been {word} successfully. However, if this connector \
             manages offsets externally, they will need to be manually {word} in the system that the connector uses."
        ) })
    };
    create("abstain");
    assert_eq!(patch(rest, "abstain", &change).expect(200).json(), framework_only("altered"));
    wait_for_offsets(rest, "abstain", &change);
    assert_eq!(rest.delete(&offsets_of("abstain")).expect(200).json(), framework_only("reset"));

    create("refuse");
    assert_eq!(patch(rest, "refuse", &change).error(500), "1 offsets are too many");
    assert_eq!(rest.delete(&offsets_of("refuse")).error(500), "0 offsets are too many");
    create("trap");
    let died = "Failed to modify offsets for source connector trap";
    assert_eq!(patch(rest, "trap", &change).error(500), died);
    assert_eq!(rest.delete(&offsets_of("trap")).error(500), died);
    for name in ["refuse", "trap"] {
        assert_eq!(rest.get(&offsets_of(name)).expect(200).json(), json!({ "offsets": [] }));
    }

    create("agree");
    assert_eq!(patch(rest, "agree", &change).expect(200).json(), json!({ "message": ALTERED }));
}
