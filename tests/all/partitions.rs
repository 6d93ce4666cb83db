//! Promise: a keyed record goes to the partition that Java's producer would choose.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::Write as _;
use std::process::{Command, Stdio};

use rdkafka::Message;
use serde_json::json;
use wasm_connect_tests::kafka::Kafka;
use wasm_connect_tests::paths;
use wasm_connect_tests::temp::TempDir;
use wasm_connect_tests::topic::Topics;
use wasm_connect_tests::wait::{seconds, wait_for};
use wasm_connect_tests::worker::WorkerOptions;

const PARTITIONS: i32 = 12;
/// Some of the guest's keys repeat; these have a thousand different ones among them.
const RECORDS: usize = 1_400;
const KEYS: usize = 1_000;

#[test]
fn a_thousand_keys_go_where_javas_producer_puts_them() {
    let kafka = Kafka::shared();
    let directory = TempDir::new("partitions");
    let (ours, javas) = (kafka.unique_topic("partitions"), kafka.unique_topic("partitions"));
    kafka.create_topic(&ours, PARTITIONS);
    kafka.create_topic(&javas, PARTITIONS);
    let worker = WorkerOptions::new(&directory, kafka).with_test_plugins().start();
    worker.rest().create(
        "keyed",
        json!({ "connector.class": "tests.guests.KeyedSource", "topic": ours, "records": RECORDS.to_string() }),
    );

    let topics = Topics::new(kafka);
    wait_for("all records are in the topic", seconds(60), || {
        worker.rest().assert_nothing_failed("keyed");
        let records: u64 = (0..PARTITIONS).map(|partition| topics.end(&ours, partition)).sum();
        if records >= RECORDS as u64 { Ok(()) } else { Err(format!("{records} records")) }
    });
    let mut partitions: BTreeMap<Vec<u8>, i32> = BTreeMap::new();
    topics.read(&ours, PARTITIONS, |message| {
        let key = message.key().expect("each record has a key").to_vec();
        let before = partitions.insert(key, message.partition());
        assert!(before.is_none_or(|before| before == message.partition()), "a key is in two partitions");
    });
    assert!(partitions.len() >= KEYS, "only {} different keys", partitions.len());
    assert!(partitions.contains_key(&b""[..]), "an empty key is among them");
    assert!(partitions.keys().any(|key| !key.is_ascii()), "a key beyond ASCII is among them");

    let keys: Vec<&[u8]> = partitions.keys().map(Vec::as_slice).collect();
    let expected = java_partitions(kafka, &javas, &keys);
    let found: Vec<i32> = partitions.values().copied().collect();
    let different = expected.iter().zip(&found).filter(|(java, ours)| java != ours).count();
    assert_eq!(different, 0, "{different} of {} keys go elsewhere", keys.len());
}

/// Where Java's producer puts these keys.
fn java_partitions(kafka: &Kafka, topic: &str, keys: &[&[u8]]) -> Vec<i32> {
    let mut java = Command::new("java")
        .args(["-XX:TieredStopAtLevel=1", "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn", "-cp"])
        .arg(paths::kafka_jars().join("libs/*"))
        .arg(paths::repository().join("tests/kafka/Partitions.java"))
        .args([kafka.bootstrap(), topic])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("java can be run");
    let lines = keys.iter().fold(String::new(), |mut lines, key| {
        key.iter().for_each(|byte| write!(lines, "{byte:02x}").expect("text grows"));
        lines + "\n"
    });
    java.stdin.take().expect("stdin").write_all(lines.as_bytes()).expect("java reads the keys");
    let output = java.wait_with_output().expect("java ends");
    assert!(output.status.success(), "Partitions.java: {}", output.status);
    let text = String::from_utf8(output.stdout).expect("numbers");
    let partitions: Vec<i32> = text.lines().map(|line| line.parse().expect("a partition")).collect();
    assert_eq!(partitions.len(), keys.len(), "one partition for each key");
    partitions
}
