//! Promise: workers that are told different protocols speak one that all of them know, and lose nothing when it changes.

use std::path::PathBuf;
use std::time::Duration;

use serde_json::{Value, json};
use wasm_connect_tests::compare::Tally;
use wasm_connect_tests::connectors::file_source;
use wasm_connect_tests::files::numbered_line;
use wasm_connect_tests::growing_files::GrowingFiles;
use wasm_connect_tests::kafka::Kafka;
use wasm_connect_tests::rest::{Response, Rest};
use wasm_connect_tests::temp::TempDir;
use wasm_connect_tests::topic::Topics;
use wasm_connect_tests::wait::{seconds, wait_for, wait_until};
use wasm_connect_tests::worker::Worker;
use wasm_connect_tests::worker_cluster::{WorkerCluster, retried, wait_placed};

const CONNECTORS: usize = 4;
const SETTLED: Duration = seconds(90);

#[test]
fn the_oldest_worker_says_what_is_spoken() {
    let kafka = Kafka::shared();
    let directory = TempDir::new("cluster-protocols");
    let topic = kafka.unique_topic("cluster-protocols");
    kafka.create_topic(&topic, 1);
    let cluster = WorkerCluster::new(&directory, kafka, "protocols");
    let start = |protocol: &str| cluster.worker(protocol).set("connect.protocol", protocol).start();
    let first = start("sessioned");
    let files: Vec<PathBuf> = (0..CONNECTORS).map(|file| directory.file(&format!("{file}.txt"))).collect();
    for (number, file) in files.iter().enumerate() {
        let body = json!({ "name": format!("lines-{number}"), "config": file_source(file, &topic) });
        retried("a creation", || first.rest().post("/connectors", &body)).expect(201);
    }
    let growing = GrowingFiles::start(files, numbered_line);
    wait_spoken(&first, "sessioned", &[&first]);
    // Who has no session key cannot give tasks, as long as all know what that is.
    assert_eq!(same_tasks(first.rest()).error(400), "Internal request missing required signature");

    let mut second = start("compatible");
    wait_spoken(&first, "compatible", &[&first, &second]);
    same_tasks(first.rest()).expect(204);
    let mut third = start("eager");
    wait_spoken(&first, "default", &[&first, &second, &third]);
    retried("a restart", || third.rest().post("/connectors/lines-0/restart", &Value::Null)).expect(204);
    third.kill();
    wait_spoken(&first, "compatible", &[&first, &second]);
    second.kill();
    wait_spoken(&first, "sessioned", &[&first]);
    same_tasks(first.rest()).error(400);

    let lines = growing.finish();
    wait_for("all lines are in the topic", seconds(60), || {
        let mut tally = Tally::new(lines);
        Topics::new(kafka).read(&topic, 1, |message| tally.add(rdkafka::Message::payload(message).unwrap_or_default()));
        if tally.lost() == 0 { Ok(()) } else { Err(tally.to_string()) }
    });
}

/// Until the worker speaks this protocol with the others, and everything runs on them.
#[track_caller]
fn wait_spoken(worker: &Worker, protocol: &str, workers: &[&Worker]) {
    wait_until(&format!("the group speaks {protocol}"), SETTLED, || {
        let log = worker.log();
        let last = log.lines().rfind(|line| line.contains("Joined group at generation"));
        last.is_some_and(|line| line.contains(&format!("with protocol {protocol} ")))
    });
    let ids: Vec<String> = workers.iter().map(|worker| worker.id()).collect();
    wait_placed(worker.rest(), CONNECTORS * 2, &ids, SETTLED);
}

/// As a worker would that has asked a connector for its tasks, but without a signature; the tasks are those that it has.
fn same_tasks(rest: &Rest) -> Response {
    let tasks = rest.get("/connectors/lines-0/tasks").expect(200).json();
    let configs: Vec<&Value> = tasks.as_array().into_iter().flatten().map(|task| &task["config"]).collect();
    retried("tasks", || rest.post("/connectors/lines-0/tasks", &json!(configs)))
}
