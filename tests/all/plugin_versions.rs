//! Promise: several versions of a class live side by side, and `connector.plugin.version` picks one (KIP-891).

use std::fs;

use serde_json::{Value, json};
use wasm_connect_tests::kafka::Kafka;
use wasm_connect_tests::plugins::guests;
use wasm_connect_tests::temp::TempDir;
use wasm_connect_tests::worker::{Worker, WorkerOptions};

fn worker(directory: &TempDir, versions: &[&str]) -> Worker {
    let plugins = directory.path().join("plugins");
    fs::create_dir(&plugins).expect("the plugin path");
    for version in versions {
        fs::write(plugins.join(format!("guests-{version}.wasm")), guests(version)).expect("a copy of the guests");
    }
    WorkerOptions::new(directory, Kafka::shared()).set("plugin.path", plugins.display().to_string()).start()
}

fn config(version: Option<&str>) -> Value {
    let mut config = json!({ "connector.class": "tests.guests.Particular" });
    if let Some(version) = version {
        config["connector.plugin.version"] = version.into();
    }
    config
}

#[test]
fn a_range_picks_the_newest_version_that_it_covers() {
    let directory = TempDir::new("versions");
    let worker = worker(&directory, &["1.0.0", "1.1.0", "2.0.0"]);
    for (name, asked, expected) in [
        ("newest", None, "2.0.0"),
        ("exact", Some("1.0.0"), "1.0.0"),
        ("hard", Some("[1.1.0]"), "1.1.0"),
        ("below", Some("[1.0,2.0.0)"), "1.1.0"),
    ] {
        worker.rest().create(name, config(asked));
        worker.rest().wait_running(name, 1);
        let status = worker.rest().status(name).expect("a status");
        assert_eq!(
            (&status["connector"]["version"], &status["tasks"][0]["version"]),
            (&json!(expected), &json!(expected))
        );
    }
    let plugins = worker.rest().get("/connector-plugins").expect(200).json();
    let of_class =
        plugins.as_array().expect("a list").iter().filter(|plugin| plugin["class"] == "tests.guests.Particular");
    let versions: Vec<_> = of_class.map(|plugin| plugin["version"].clone()).collect();
    assert_eq!(versions, ["1.0.0", "1.1.0", "2.0.0"]);
}

#[test]
fn a_version_that_is_not_there_is_refused_with_those_that_are() {
    let directory = TempDir::new("no-version");
    let worker = worker(&directory, &["1.0.0", "1.1.0"]);
    let request = json!({ "name": "x", "config": config(Some("[2.0,)")) });
    let message = worker.rest().post("/connectors", &request).error(400);
    for part in ["tests.guests.Particular not found that matches the version range [2.0,)", "[1.0.0, 1.1.0]"] {
        assert!(message.contains(part), "{part:?} is missing in: {message}");
    }
}
