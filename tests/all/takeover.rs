//! Promise: on the topics of a cluster of Java Connect's, ours goes on where that stopped.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use wasm_connect_tests::connectors::{file_sink, file_source, with};
use wasm_connect_tests::files::{append_lines, count_lines, plain_line, size};
use wasm_connect_tests::java_connect::JavaRelease;
use wasm_connect_tests::kafka::Kafka;
use wasm_connect_tests::paths;
use wasm_connect_tests::rest::Rest;
use wasm_connect_tests::temp::TempDir;
use wasm_connect_tests::topic::Topics;
use wasm_connect_tests::wait::{seconds, wait_for};
use wasm_connect_tests::worker_cluster::WorkerCluster;

const SOURCES: [&str; 3] = ["running", "paused", "stopped"];
/// Lines that Java copies of each file, and those that are there afterwards.
const BEFORE: usize = 500;
const AFTER: usize = 800;
const MIRROR: &str = "org.apache.kafka.connect.mirror.MirrorHeartbeatConnector";

/// A source's file and topic.
struct Lines {
    file: PathBuf,
    topic: String,
}

#[test]
fn connectors_that_java_ran_go_on_from_their_last_offset_and_in_their_state() {
    let kafka = Kafka::shared();
    let directory = TempDir::new("takeover");
    let cluster = WorkerCluster::new(&directory, kafka, "takeover")
        .set("offset.storage.partitions", "25")
        .set_java("plugin.path", paths::java_plugins().display().to_string());
    let mut java = cluster.java(JavaRelease::V4_3, "java");
    let sources = SOURCES.map(|name| {
        let topic = kafka.unique_topic(name);
        kafka.create_topic(&topic, 1);
        Lines { file: directory.file(&format!("{name}.txt")), topic }
    });
    sources.iter().for_each(|source| append_lines(&source.file, 0..BEFORE, plain_line));
    let output = directory.file("output.txt");
    java.wait_ready();
    let rest = java.rest();
    for (name, source) in SOURCES.iter().zip(&sources) {
        create(rest, name, file_source(&source.file, &source.topic));
    }
    create(rest, "sink", with(file_sink(&sources[0].topic, &output), json!({ "tasks.max": "2" })));
    create(rest, "mirror", mirror(kafka));
    for source in &sources {
        wait_copied(kafka, &source.topic, BEFORE);
    }
    wait_state(rest, "mirror", "RUNNING", 1);
    wait_lines(&output, BEFORE);
    rest.put("/connectors/paused/pause", &Value::Null).expect(202);
    rest.put("/connectors/stopped/stop", &Value::Null).expect(204);
    wait_all_as_java_left_them(rest);
    let end =
        json!([{ "partition": { "filename": sources[0].file }, "offset": { "position": size(&sources[0].file) } }]);
    wait_for("the running source's offset is committed", seconds(30), || {
        let offsets = rest.get("/connectors/running/offsets").json()["offsets"].clone();
        if offsets == end { Ok(()) } else { Err(offsets.to_string()) }
    });
    let told = told(rest);
    java.stop();

    sources.iter().for_each(|source| append_lines(&source.file, BEFORE..AFTER, plain_line));
    let worker = cluster.worker("ours").start();
    let rest = worker.rest();
    wait_all_as_java_left_them(rest);
    wait_copied(kafka, &sources[0].topic, AFTER);
    wait_lines(&output, AFTER);
    assert_eq!(told, self::told(rest));
    for source in &sources[1..] {
        assert_eq!(Topics::new(kafka).end(&source.topic, 0), BEFORE as u64, "{} was not started", source.topic);
    }
    let status = rest.status("mirror").expect("a status");
    for part in [&status["connector"], &status["tasks"][0]] {
        assert_eq!(part["state"], "FAILED", "{status}");
        let trace = part["trace"].as_str().unwrap_or_default();
        assert!(trace.contains(MIRROR), "{trace}");
    }

    for name in &SOURCES[1..] {
        rest.put(&format!("/connectors/{name}/resume"), &Value::Null).expect(202);
    }
    for source in &sources {
        wait_copied(kafka, &source.topic, AFTER);
        // Java had committed everything, so nothing comes twice.
        let expected: Vec<String> = (0..AFTER).map(plain_line).collect();
        assert!(Topics::new(kafka).values(&source.topic) == expected, "{} is not the file", source.topic);
    }
    rest.delete("/connectors/mirror").expect(204);
}

/// What any worker of the cluster must tell of the connectors; nobody has forgotten or changed anything.
fn told(rest: &Rest) -> Vec<Value> {
    let mut names = rest.get("/connectors").expect(200).json();
    // Java lists them in no order.
    names.as_array_mut().expect("names").sort_by_key(Value::to_string);
    let mut told = vec![names];
    told.push(rest.get("/connectors/mirror/config").expect(200).json());
    for name in SOURCES.into_iter().chain(["sink"]) {
        for part in ["", "/config", "/tasks", "/topics"] {
            told.push(rest.get(&format!("/connectors/{name}{part}")).expect(200).json());
        }
    }
    for name in &SOURCES[1..] {
        told.push(rest.get(&format!("/connectors/{name}/offsets")).expect(200).json());
    }
    told
}

#[track_caller]
fn wait_all_as_java_left_them(rest: &Rest) {
    wait_state(rest, "running", "RUNNING", 1);
    wait_state(rest, "paused", "PAUSED", 1);
    wait_state(rest, "stopped", "STOPPED", 0);
    wait_state(rest, "sink", "RUNNING", 2);
}

#[track_caller]
fn wait_state(rest: &Rest, name: &str, state: &str, tasks: usize) {
    wait_for(&format!("{name} and {tasks} tasks of it are {state}"), seconds(60), || {
        let status = rest.status(name)?;
        let states: Vec<_> = status["tasks"].as_array().into_iter().flatten().map(|task| &task["state"]).collect();
        let settled =
            states.len() == tasks && states.iter().chain([&&status["connector"]["state"]]).all(|is| **is == state);
        if settled { Ok(()) } else { Err(status.to_string()) }
    });
}

#[track_caller]
fn wait_copied(kafka: &Kafka, topic: &str, lines: usize) {
    let topics = Topics::new(kafka);
    wait_for(&format!("{topic} has {lines} records"), seconds(60), || {
        let end = topics.end(topic, 0);
        if end >= lines as u64 { Ok(()) } else { Err(format!("{end}")) }
    });
}

#[track_caller]
fn wait_lines(file: &Path, lines: usize) {
    wait_for(&format!("{} has {lines} lines", file.display()), seconds(60), || {
        let count = count_lines(file);
        if count >= lines { Ok(()) } else { Err(format!("{count}")) }
    });
}

#[track_caller]
fn create(rest: &Rest, name: &str, config: Value) {
    wait_for(&format!("{name} is created"), seconds(60), || {
        let response = rest.post("/connectors", &json!({ "name": name, "config": config }));
        if response.status == 201 { Ok(()) } else { Err(response.body) }
    });
}

/// A connector that there is no plugin for.
fn mirror(kafka: &Kafka) -> Value {
    json!({
        "connector.class": MIRROR,
        "tasks.max": "1",
        "source.cluster.alias": "here",
        "target.cluster.alias": "there",
        "source.cluster.bootstrap.servers": kafka.bootstrap(),
        "target.cluster.bootstrap.servers": kafka.bootstrap(),
        "heartbeats.topic.replication.factor": "1",
    })
}
