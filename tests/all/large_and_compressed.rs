//! Promise: records are compressed as their connector or their topic says, in every codec; a record as large as its clients are told to
//! take passes end to end, whatever batches are limited to; and connectors override what the worker's policy lets them.

use serde_json::{Value, json};
use wasm_connect_tests::connectors::{file_sink, file_source, with};
use wasm_connect_tests::files::append;
use wasm_connect_tests::kafka::Kafka;
use wasm_connect_tests::temp::TempDir;
use wasm_connect_tests::topic::Topics;
use wasm_connect_tests::wait::{seconds, wait_for, wait_until};
use wasm_connect_tests::worker::{Worker, WorkerOptions};

/// By the number that the attributes of a batch have.
const CODECS: [&str; 5] = ["none", "gzip", "snappy", "lz4", "zstd"];

#[track_caller]
fn wait_for_end(worker: &Worker, connector: &str, topic: &str, end: u64) {
    let topics = Topics::new(Kafka::shared());
    wait_until(&format!("{topic} has {end} records"), seconds(60), || {
        worker.rest().assert_nothing_failed(connector);
        topics.end(topic, 0) == end
    });
}

/// The codecs of all batches in the first segment of a topic's only partition, each once.
fn codecs(topic: &str) -> Vec<&'static str> {
    let log = Kafka::shared().segment(topic);
    let (mut rest, mut codecs) = (log.as_slice(), Vec::new());
    // Base offset, length of what follows, leader epoch, magic, checksum, attributes.
    while let Some((head, _)) = rest.split_first_chunk::<23>() {
        let length = u32::from_be_bytes([head[8], head[9], head[10], head[11]]) as usize;
        let codec = CODECS[usize::from(head[22] & 7)];
        if length == 0 {
            break;
        }
        if !codecs.contains(&codec) {
            codecs.push(codec);
        }
        rest = rest.get(12 + length..).unwrap_or_default();
    }
    codecs
}

#[test]
fn every_codec_is_written_by_the_producer_and_by_the_broker_and_read_again() {
    let kafka = Kafka::shared();
    let directory = TempDir::new("codecs");
    let lines: String = (0..2000).map(|number| format!("line {number} of the same text again and again\n")).collect();
    let input = directory.file("input.txt");
    append(&input, &lines);
    let worker = WorkerOptions::new(&directory, kafka).start();
    for codec in CODECS {
        for by in ["producer", "broker"] {
            let topic = kafka.unique_topic(&format!("codec-{codec}-{by}"));
            let (of_topic, more) = match by {
                "broker" => (if codec == "none" { "uncompressed" } else { codec }, json!({})),
                _ => ("producer", json!({ "producer.override.compression.type": codec })),
            };
            kafka.create_topic_with(&topic, 1, &[("compression.type", of_topic)]);
            let source = format!("source-{topic}");
            worker.rest().create(&source, with(file_source(&input, &topic), more));
            wait_for_end(&worker, &source, &topic, 2000);
            assert_eq!(codecs(&topic), [codec], "{topic}");
            let output = directory.file(&format!("{topic}.txt"));
            worker.rest().create(&topic, file_sink(&topic, &output));
            wait_for(&format!("all lines of {topic} are back"), seconds(60), || {
                worker.rest().assert_nothing_failed(&topic);
                let read = std::fs::read_to_string(&output).unwrap_or_default();
                if read == lines { Ok(()) } else { Err(format!("{} bytes", read.len())) }
            });
            for connector in [&source, &topic] {
                worker.rest().delete(&format!("/connectors/{connector}")).expect(204);
            }
        }
    }
}

#[test]
fn a_record_as_large_as_allowed_passes_end_to_end() {
    const LARGE: usize = 5_000_000;
    let kafka = Kafka::shared();
    let directory = TempDir::new("large");
    let worker = WorkerOptions::new(&directory, kafka).with_test_plugins().start();
    let topic = kafka.unique_topic("large");
    kafka.create_topic_with(&topic, 1, &[("max.message.bytes", "6000000")]);
    let source = json!({
        "connector.class": "tests.guests.BigRecord",
        "topic": topic,
        "records": "6",
        "big.record": "2",
        "big.bytes": LARGE.to_string(),
        "producer.override.max.request.size": "6000000",
        "transforms": "obey",
        "transforms.obey.type": "tests.guests.Obedient",
    });
    worker.rest().create("source", source);
    wait_for_end(&worker, "source", &topic, 6);
    let expected: Vec<usize> = [1, 1, LARGE, 1, 1, 1].into();
    // The client's own limits, far above and far below; and batches that are limited to less than the record.
    for (name, more) in [
        (
            "raised",
            json!({ "consumer.override.fetch.max.bytes": "2147483647", "consumer.override.max.partition.fetch.bytes": "6000000" }),
        ),
        (
            "small",
            json!({ "consumer.override.fetch.max.bytes": "1000", "consumer.override.max.partition.fetch.bytes": "1000" }),
        ),
        ("limited", json!({ "sandbox.batch.max.bytes": "20000" })),
        (
            "transformed",
            json!({
                "sandbox.batch.max.bytes": "20000",
                "transforms": "obey",
                "transforms.obey.type": "tests.guests.Obedient",
            }),
        ),
    ] {
        let output = directory.file(&format!("{name}.txt"));
        let sink = format!("{topic}-{name}");
        worker.rest().create(&sink, with(file_sink(&topic, &output), more));
        wait_for(&format!("all records are in {name}.txt"), seconds(60), || {
            worker.rest().assert_nothing_failed(&sink);
            let read = std::fs::read_to_string(&output).unwrap_or_default();
            let lengths: Vec<usize> = read.lines().map(str::len).collect();
            if lengths == expected { Ok(()) } else { Err(format!("{lengths:?}")) }
        });
        worker.rest().delete(&format!("/connectors/{sink}")).expect(204);
    }
    // Without being told to, a producer takes what Java's takes.
    let small = json!({
        "connector.class": "tests.guests.BigRecord",
        "topic": topic,
        "big.bytes": LARGE.to_string(),
    });
    worker.rest().create("small", small);
    let trace = worker.rest().wait_task_failed("small", 0, seconds(60));
    assert!(trace.contains("larger than 1048576") && trace.contains("max.request.size"), "{trace}");
}

#[test]
fn connectors_override_what_the_policy_allows() {
    let directory = TempDir::new("policies");
    let kafka = Kafka::shared();
    let overrides = ["producer.override.linger.ms", "producer.override.sasl.mechanism", "producer.override.acks"];
    for (policy, refused) in [
        ("All", &[][..]),
        ("None", &overrides[..]),
        ("Principal", &["producer.override.linger.ms", "producer.override.acks"][..]),
        ("Allowlist", &["producer.override.sasl.mechanism", "producer.override.acks"][..]),
    ] {
        let worker = WorkerOptions::new(&directory, kafka)
            .set("connector.client.config.override.policy", policy)
            .set("connector.client.config.override.allowlist", "linger.ms")
            .start();
        let given = json!({ "name": "c", overrides[0]: "3", overrides[1]: "PLAIN", overrides[2]: "all" });
        let config = with(file_source(&directory.file("input.txt"), "policies"), given);
        let path = "/connector-plugins/FileStreamSource/config/validate";
        let answer = worker.rest().put(path, &config).expect(200).json();
        let values = answer["configs"].as_array().expect("configs").iter().map(|config| &config["value"]);
        let wrong: Vec<(&str, &Value)> = values
            .filter(|value| value["errors"] != json!([]))
            .map(|value| (value["name"].as_str().expect("a name"), &value["errors"]))
            .collect();
        let mut keys: Vec<_> = wrong.iter().map(|(key, _)| *key).collect();
        keys.sort_unstable();
        let mut expected = refused.to_vec();
        expected.sort_unstable();
        assert_eq!(keys, expected, "{policy}: {wrong:?}");
        for (key, errors) in wrong {
            let key = key.trim_start_matches("producer.override.");
            let text = format!(
                "The '{policy}' policy does not allow '{key}' to be overridden in the connector configuration."
            );
            assert_eq!(*errors, json!([text]));
        }
        let created = worker.rest().post("/connectors", &json!({ "name": "c", "config": config }));
        assert_eq!(created.status, if refused.is_empty() { 201 } else { 400 }, "{policy}: {}", created.body);
    }
}
