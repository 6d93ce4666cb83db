//! Promise: a connector reaches the file that its own configuration names, if the worker allows it, and nothing beside it.

use std::os::unix::fs::symlink;
use std::path::Path;

use serde_json::{Value, json};
use wasm_connect_tests::connectors::{file_sink, file_source, with};
use wasm_connect_tests::files::append;
use wasm_connect_tests::kafka::Kafka;
use wasm_connect_tests::temp::TempDir;
use wasm_connect_tests::topic::Topics;
use wasm_connect_tests::wait::{seconds, wait_for};
use wasm_connect_tests::worker::{Worker, WorkerOptions};

use crate::pair::{Pair, wait_for_text};

/// A worker that may touch `allowed/` only; a secret lies beside it.
struct Scene {
    directory: TempDir,
    worker: Worker,
}

impl Scene {
    fn new(name: &str) -> Self {
        let directory = TempDir::new(name);
        let allowed = directory.file("allowed");
        std::fs::create_dir(&allowed).expect("a directory");
        directory.write("secret.txt", "a secret\n");
        let allowed = allowed.display().to_string();
        let worker = WorkerOptions::new(&directory, Kafka::shared())
            .with_test_plugins()
            .set("sandbox.fs.read", allowed.clone())
            .set("sandbox.fs.write", allowed)
            .start();
        Self { directory, worker }
    }

    fn refused(&self, config: Value) -> String {
        self.worker.rest().post("/connectors", &json!({ "name": "refused", "config": config })).error(400)
    }
}

#[test]
fn a_file_outside_the_allowlist_is_refused_before_anything_runs() {
    let scene = Scene::new("grants-outside");
    let secret = scene.directory.file("secret.txt");
    let dotted = scene.directory.file("allowed/../secret.txt");
    for path in [secret.as_path(), Path::new("/etc/shadow")] {
        let message = scene.refused(file_source(path, "t"));
        assert!(message.contains("sandbox.fs.read"), "{}: {message}", path.display());
    }
    let message = scene.refused(file_source(&dotted, "t"));
    assert!(message.contains("secret.txt' may not be read"), "{message}");
    let message = scene.refused(file_sink("t", &scene.directory.file("written.txt")));
    assert!(message.contains("sandbox.fs.write"), "{message}");
    assert!(!scene.directory.file("written.txt").exists());
    assert_eq!(scene.worker.rest().get("/connectors").expect(200).json(), json!([]));
}

#[test]
fn validation_answers_with_an_error_on_the_key() {
    let scene = Scene::new("grants-validate");
    let config = with(file_source(&scene.directory.file("secret.txt"), "t"), json!({ "name": "x" }));
    let infos =
        scene.worker.rest().put("/connector-plugins/FileStreamSource/config/validate", &config).expect(200).json();
    assert_eq!(infos["error_count"], 1, "{infos}");
    let configs = infos["configs"].as_array().expect("configs");
    let file = configs.iter().find(|config| config["value"]["name"] == "file").expect("the key file");
    assert!(file["value"]["errors"].to_string().contains("sandbox.fs.read"), "{file}");
}

#[test]
fn without_an_allowlist_nothing_is_granted() {
    let directory = TempDir::new("grants-none");
    let worker =
        WorkerOptions::new(&directory, Kafka::shared()).set("sandbox.fs.read", "").set("sandbox.fs.write", "").start();
    let input = directory.write("input.txt", "line\n");
    let body = json!({ "name": "refused", "config": file_source(&input, "t") });
    let message = worker.rest().post("/connectors", &body).error(400);
    assert!(message.contains("sandbox.fs.read"), "{message}");
}

#[test]
fn a_link_out_of_the_allowlist_leads_nowhere() {
    let scene = Scene::new("grants-link");
    let kafka = Kafka::shared();
    let link = scene.directory.file("allowed/link.txt");
    symlink(scene.directory.file("secret.txt"), &link).expect("a link");
    let topic = kafka.unique_topic("grants-link");
    let body = json!({ "name": "linked", "config": file_source(&link, &topic) });
    let answer = scene.worker.rest().post("/connectors", &body);
    if answer.status != 400 {
        answer.expect(201);
        let trace = scene.worker.rest().wait_task_failed("linked", 0, seconds(30));
        assert!(!trace.contains("a secret"), "{trace}");
    }
    assert_eq!(Topics::new(kafka).end(&topic, 0), 0, "nothing was read");
}

#[test]
fn a_sibling_can_be_neither_read_listed_created_nor_removed() {
    let scene = Scene::new("grants-sibling");
    let kafka = Kafka::shared();
    let granted = scene.directory.write("allowed/granted.txt", "granted\n");
    let sibling = scene.directory.write("allowed/sibling.txt", "not for you\n");
    let topic = kafka.unique_topic("grants-sibling");
    let config = json!({
        "connector.class": "tests.guests.NosyReader",
        "file": granted,
        "sibling": sibling,
        "dial": kafka.bootstrap(),
        "topic": topic,
    });
    scene.worker.rest().create("nosy", config);
    let topics = Topics::new(kafka);
    let report = wait_for("the guest has reported its last attempt", seconds(60), || {
        scene.worker.rest().assert_nothing_failed("nosy");
        let report = topics.values(&topic);
        if report.iter().any(|line| line.starts_with("dial: ")) { Ok(report) } else { Err(format!("{report:?}")) }
    });
    println!("{report:#?}");
    assert!(report.contains(&"environment: 0 variables".to_owned()), "{report:#?}");
    assert!(report.contains(&"granted read: allowed".to_owned()), "{report:#?}");
    let allowed: Vec<&String> =
        report.iter().filter(|line| line.ends_with(": allowed") && !line.starts_with("granted read")).collect();
    assert!(allowed.is_empty(), "{allowed:#?}");
    for attempt in ["read", "list", "create", "remove"] {
        assert!(
            report.iter().any(|line| line.starts_with(&format!("{attempt}: "))),
            "{attempt} was tried: {report:#?}"
        );
    }
    assert_eq!(std::fs::read_to_string(&granted).expect("the granted file is still there"), "granted\n");
    assert_eq!(std::fs::read_to_string(&sibling).expect("the sibling is still there"), "not for you\n");
    let mut names: Vec<_> = std::fs::read_dir(scene.directory.file("allowed"))
        .expect("allowed/")
        .map(|entry| entry.expect("an entry").file_name().into_string().expect("UTF-8"))
        .collect();
    names.sort();
    assert_eq!(names, ["granted.txt", "sibling.txt"]);
}

#[test]
fn files_inside_the_allowlist_work() {
    let scene = Scene::new("grants-inside");
    let kafka = Kafka::shared();
    let pair = Pair::of(
        scene.directory.file("allowed/in.txt"),
        kafka.unique_topic("grants-inside"),
        scene.directory.file("allowed/out.txt"),
    );
    append(&pair.input, "line\n");
    pair.create(&scene.worker);
    wait_for_text(&scene.worker, &pair.output, "line\n");
}
