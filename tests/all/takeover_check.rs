//! Promise: before a worker takes over a cluster, or joins one, it says what it would not run, and why.

use std::process::Output;

use rdkafka::ClientConfig;
use rdkafka::producer::{BaseProducer, BaseRecord, Producer};
use serde_json::{Value, json};
use wasm_connect_tests::kafka::Kafka;
use wasm_connect_tests::paths;
use wasm_connect_tests::temp::TempDir;
use wasm_connect_tests::topic::Topics;
use wasm_connect_tests::wait::{seconds, wait_for};
use wasm_connect_tests::worker::{Worker, WorkerOptions};
use wasm_connect_tests::worker_cluster::{WorkerCluster, wait_placed};

/// Writes a connector as a Java worker would have.
fn write_connector(kafka: &Kafka, topic: &str, name: &str, config: &Value) {
    let mut config = config.clone();
    config["name"] = name.into();
    write(kafka, topic, &format!("connector-{name}"), &json!({ "properties": config }).to_string());
}

fn write(kafka: &Kafka, topic: &str, key: &str, value: &str) {
    let producer: BaseProducer =
        ClientConfig::new().set("bootstrap.servers", kafka.bootstrap()).create().expect("a producer");
    producer.send(BaseRecord::to(topic).key(key).payload(value)).expect("room for a record");
    producer.flush(seconds(20)).expect("the record is written");
}

/// `wasm-connect takeover check` with the properties of these options.
fn check(options: &WorkerOptions, directory: &TempDir) -> Output {
    // Writes the properties.
    let _ = options.command();
    let properties = directory.path().join("checked").join("worker.properties");
    let mut command = std::process::Command::new(paths::worker());
    command.args(["takeover", "check"]).arg(properties).output().expect("the command runs")
}

#[test]
fn each_connector_is_held_against_what_the_worker_has_grants_and_understands() {
    let kafka = Kafka::shared();
    let directory = TempDir::new("takeover-check");
    let cluster = WorkerCluster::new(&directory, kafka, "takeover-check");
    let input = directory.write("input.txt", "line\n");
    let not_there = check(&cluster.worker("checked"), &directory);
    let said = String::from_utf8_lossy(&not_there.stderr).into_owned();
    assert_eq!(not_there.status.code(), Some(2), "{said}");
    assert!(
        said.contains(&format!("there is no topic '{}' (config.storage.topic)", cluster.topic("configs"))),
        "{said}"
    );

    // A worker makes the topics, runs something, and ends.
    let mut worker = cluster.worker("worker").start();
    let lines =
        json!({ "connector.class": "FileStreamSource", "file": input, "topic": kafka.unique_topic("takeover") });
    worker.rest().create("lines", lines);
    wait_placed(worker.rest(), 2, &[worker.id()], seconds(60));
    wait_for("its offset is committed", seconds(30), || {
        let offsets = worker.rest().get("/connectors/lines/offsets").body;
        if offsets.contains("position") { Ok(()) } else { Err(offsets) }
    });
    worker.signal(libc::SIGTERM);
    worker.wait_exit(seconds(40));
    let configs = cluster.topic("configs");
    let good = check(&cluster.worker("checked"), &directory);
    let said = String::from_utf8_lossy(&good.stdout).into_owned();
    assert_eq!(good.status.code(), Some(0), "{said}{}", String::from_utf8_lossy(&good.stderr));
    assert!(said.contains("lines (source, STARTED, tasks: 1)"), "{said}");
    assert!(said.contains("source offsets of 1 partition"), "{said}");
    assert!(said.contains("1 of 1 connectors would run"), "{said}");

    write_connector(
        kafka,
        &configs,
        "jdbc",
        &json!({ "connector.class": "io.example.JdbcSource", "value.converter": "io.example.AvroConverter",
                 "password": "${vault:db:password}" }),
    );
    write_connector(
        kafka,
        &configs,
        "elsewhere",
        &json!({ "connector.class": "FileStreamSource", "file": "/data/in/a.txt", "topic": "t",
                 "transforms": "e", "transforms.e.type": "io.example.Encrypt",
                 "producer.override.interceptor.classes": "io.example.Interceptor" }),
    );
    let end = Topics::new(kafka).end(&configs, 0);
    let bad = check(&cluster.worker("checked"), &directory);
    let said = String::from_utf8_lossy(&bad.stdout).into_owned();
    println!("{said}");
    assert_eq!(bad.status.code(), Some(1), "{said}");
    for line in [
        "failed  connector.class: no plugin has the class io.example.JdbcSource",
        "failed  value.converter: Class io.example.AvroConverter could not be found.",
        "failed  password refers to config provider 'vault', which the worker's config.providers does not declare",
        "failed  transforms.e.type: Class io.example.Encrypt could not be found.",
        "failed  file: File '/data/in/a.txt' may not be read",
        "producer.override.interceptor.classes",
        "sandbox.fs.read=/data/in\n",
        "1 of 3 connectors would run",
    ] {
        assert!(said.contains(line), "'{line}' is missing in:\n{said}");
    }
    assert_eq!(Topics::new(kafka).end(&configs, 0), end, "nothing was written");
}

#[test]
fn a_worker_warns_of_what_it_has_not_or_stays_out_of_the_group() {
    let kafka = Kafka::shared();
    let directory = TempDir::new("require-plugins");
    let cluster = WorkerCluster::new(&directory, kafka, "require-plugins");
    let mut first = cluster.worker("first").start();
    first.signal(libc::SIGTERM);
    first.wait_exit(seconds(40));
    let configs = cluster.topic("configs");
    write_connector(kafka, &configs, "jdbc", &json!({ "connector.class": "io.example.JdbcSource" }));

    let mut strict = cluster.worker("strict").set("group.require.plugins", "true").spawn();
    assert_eq!(strict.wait_exit(seconds(60)).code(), Some(3), "{}", strict.log());
    assert!(strict.log().contains("connector jdbc: connector.class: no plugin has the class"), "{}", strict.log());

    let mut lenient = cluster.worker("lenient").start();
    assert!(lenient.log().contains("would fail on this worker: connector jdbc: connector.class"), "{}", lenient.log());
    let trace = wait_for("it is FAILED", seconds(60), || {
        let status = lenient.rest().status("jdbc")?;
        let failed = status["connector"]["state"] == "FAILED";
        status["connector"]["trace"].as_str().filter(|_| failed).map(str::to_owned).ok_or(status.to_string())
    });
    assert!(trace.contains("Failed to find any class that implements Connector"), "{trace}");
    lenient.signal(libc::SIGTERM);
    lenient.wait_exit(seconds(40));

    // As a worker with exactly-once support has.
    write(kafka, &configs, "tasks-fencing-jdbc", r#"{"task-count":1}"#);
    let mut refused = cluster.worker("refused").spawn();
    assert_eq!(refused.wait_exit(seconds(60)).code(), Some(3), "{}", refused.log());
    assert!(refused.log().contains("holds task count records of jdbc"), "{}", refused.log());
}

#[test]
fn a_grant_that_only_one_worker_refuses_is_told_with_that_worker_and_its_rule() {
    let kafka = Kafka::shared();
    let directory = TempDir::new("one-refuses");
    let cluster = WorkerCluster::new(&directory, kafka, "one-refuses");
    let input = directory.write("input.txt", "line\n");
    let mut workers: Vec<Worker> =
        vec![cluster.worker("grants").start(), cluster.worker("refuses").set("sandbox.fs.read", "/nowhere").spawn()];
    workers.iter_mut().for_each(|worker| worker.wait_ready(seconds(60)));
    let topic = kafka.unique_topic("one-refuses");
    // Of three connectors at least one is on each.
    for number in 0..3 {
        let config = json!({ "connector.class": "FileStreamSource", "file": input, "topic": topic });
        let body = json!({ "name": format!("lines-{number}"), "config": config });
        wasm_connect_tests::worker_cluster::retried("a creation", || workers[0].rest().post("/connectors", &body))
            .expect(201);
    }
    let refusing = workers[1].id();
    let trace = wait_for("a task fails on the worker that refuses", seconds(60), || {
        let all = workers[0].rest().get("/connectors?expand=status").expect(200).json();
        let failed = (0..3).find_map(|number| {
            let status = &all[format!("lines-{number}")]["status"];
            let parts = [&status["connector"], &status["tasks"][0]];
            let failed =
                parts.into_iter().find(|part| part["state"] == "FAILED" && part["worker_id"] == refusing.as_str());
            Some(failed?["trace"].as_str()?.to_owned())
        });
        failed.ok_or(all.to_string())
    });
    assert!(trace.contains("sandbox.fs.read") && trace.contains(&refusing), "{refusing}: {trace}");
}
