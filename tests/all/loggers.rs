//! Promise: `/admin/loggers` shows and sets levels under Java's names, and a level that is set changes what is logged.

use serde_json::json;
use wasm_connect_tests::kafka::Kafka;
use wasm_connect_tests::temp::TempDir;
use wasm_connect_tests::worker::{Worker, WorkerOptions};

const REST: &str = "org.apache.kafka.connect.runtime.rest.RestServer";

fn start(name: &str) -> (TempDir, Worker) {
    let directory = TempDir::new(name);
    let worker = WorkerOptions::new(&directory, Kafka::shared()).start();
    (directory, worker)
}

fn set(worker: &Worker, logger: &str, level: &str) {
    worker.rest().put(&format!("/admin/loggers/{logger}"), &json!({ "level": level })).expect(200);
}

#[test]
fn levels_are_shown_and_set_as_in_java() {
    let (_directory, worker) = start("loggers");
    let rest = worker.rest();
    let info = json!({ "level": "INFO", "last_modified": null });
    assert_eq!(rest.get("/admin/loggers").expect(200).json(), json!({ "root": info }));
    assert_eq!(rest.get("/admin/loggers/root").expect(200).json(), info);
    assert_eq!(rest.get(&format!("/admin/loggers/{REST}")).expect(200).json(), info);
    assert_eq!(rest.get("/admin/loggers/nope").error(404), "Logger nope not found.");

    let debug = json!({ "level": "DEBUG" });
    let path = "/admin/loggers/org.apache.kafka.connect.runtime.WorkerTask";
    let changed = rest.put(path, &debug).expect(200);
    assert_eq!(changed.json(), json!(["org.apache.kafka.connect.runtime.WorkerTask"]));
    let level = rest.get(path).expect(200).json();
    assert!(level["level"] == "DEBUG" && level["last_modified"].as_i64().is_some_and(|at| at > 0), "{level}");
    assert_eq!(rest.get("/admin/loggers").expect(200).json()["org.apache.kafka.connect.runtime.WorkerTask"], level);

    assert_eq!(rest.put("/admin/loggers/a.b", &json!({ "level": "BOGUS" })).error(404), "invalid log level 'BOGUS'.");
    let missing = "Desired 'level' parameter was not specified in request.";
    assert_eq!(rest.put("/admin/loggers/a.b", &json!({})).error(400), missing);
    assert_eq!(rest.put("/admin/loggers/a.b", &json!({ "level": null })).error(400), missing);
    assert_eq!(rest.put("/admin/loggers/a.b?scope=cluster", &debug).expect(204).body, "");
    assert_eq!(rest.put("/admin/loggers/a.b?scope=zzz", &debug).expect(200).json(), json!([]));
}

#[test]
fn a_level_changes_what_is_logged() {
    let (_directory, worker) = start("loggers-effect");
    let rest = worker.rest();
    let logged =
        |path: &str| worker.log().contains(&format!("{path} HTTP")) || worker.log().contains(&format!("{path}\""));
    rest.get("/connectors?at=info").expect(200);
    assert!(logged("/connectors?at=info"), "{}", worker.log());

    set(&worker, REST, "WARN");
    rest.get("/connectors?at=warn").expect(200);
    assert!(!logged("/connectors?at=warn"));
    set(&worker, "root", "INFO");
    rest.get("/connectors?at=info-again").expect(200);
    assert!(logged("/connectors?at=info-again"));
}
