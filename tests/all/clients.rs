//! Promise: a published client of Kafka Connect's REST API manages a connector, from its validation to its deletion.
//!
//! Here it is the one from Maven Central, which needs no more than Kafka does; `make clients` plays those from PyPI and npm too.

use std::process::Command;

use wasm_connect_tests::files::append_numbered_lines;
use wasm_connect_tests::kafka::Kafka;
use wasm_connect_tests::paths;
use wasm_connect_tests::temp::TempDir;
use wasm_connect_tests::worker::WorkerOptions;

/// Plays a whole life of a connector of this name; answers what the client printed.
fn play(directory: &str, name: &str) -> String {
    let kafka = Kafka::shared();
    let directory = TempDir::new(directory);
    let file = directory.file("lines.txt");
    append_numbered_lines(&file, 0..10);
    let worker = WorkerOptions::new(&directory, kafka).start();
    let output = Command::new(paths::clients_script())
        .args(["play", "maven", &worker.rest().url()])
        .arg(&file)
        .args([&kafka.unique_topic("clients"), name])
        .env("CARGO_TARGET_DIR", paths::target())
        .output()
        .expect("clients.sh can be run");
    let printed = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{printed}{}", String::from_utf8_lossy(&output.stderr));
    printed
}

#[test]
fn the_client_from_maven_plays_a_connectors_whole_life() {
    let printed = play("client", "lines from Maven");
    let steps: Vec<&str> = printed.lines().filter_map(|line| line.split(": ").nth(1)).collect();
    let expected = ["server", "plugins", "validated", "created", "not created twice", "shown", "paused", "resumed"];
    assert_eq!(steps[..8], expected, "{printed}");
    assert_eq!(steps[8..], ["restarted", "updated", "deleted"], "{printed}");
}

/// Java Connect creates such a connector, and its HTTP server then refuses every path with the name in it.
#[test]
fn the_client_manages_a_connector_whose_name_must_be_escaped() {
    let name = "lines, from Maven/100 %?";
    let printed = play("client-escapes", name);
    assert!(printed.ends_with(&format!("deleted: Connector {name} not found\n")), "{printed}");
}
