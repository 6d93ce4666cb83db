//! Promise: a file in the plugin path that cannot be used is a line in the log, never a worker that does not start.

use wasm_connect_tests::connectors::{FILE_SINK, FILE_SOURCE};
use wasm_connect_tests::kafka::Kafka;
use wasm_connect_tests::paths;
use wasm_connect_tests::temp::TempDir;
use wasm_connect_tests::worker::WorkerOptions;

/// What `write_broken_files` writes.
pub const BROKEN_FILES: [&str; 4] = ["empty.wasm", "junk.wasm", "core-module.wasm", "torn.wasm"];

/// Files that end in .wasm and are no plugin, each in its own way.
pub fn write_broken_files(directory: &TempDir) {
    directory.write("empty.wasm", "");
    directory.write("junk.wasm", "this is text");
    // A WebAssembly module without anything in it: valid, but no component.
    directory.write("core-module.wasm", b"\0asm\x01\0\0\0");
    let whole = std::fs::read(paths::plugins().join("file-source.wasm")).expect("file-source.wasm can be read");
    directory.write("torn.wasm", &whole[..whole.len() / 2]);
}

#[test]
fn broken_files_are_named_and_the_others_work() {
    let kafka = Kafka::shared();
    let directory = TempDir::new("broken-plugins");
    write_broken_files(&directory);
    let both = format!("{},{}", directory.path().display(), paths::file_plugins());
    let worker = WorkerOptions::new(&directory, kafka).set("plugin.path", both).start();
    let plugins = worker.rest().get("/connector-plugins").expect(200).json();
    let classes: Vec<&str> =
        plugins.as_array().expect("a list").iter().filter_map(|plugin| plugin["class"].as_str()).collect();
    assert_eq!(classes, [FILE_SINK, FILE_SOURCE]);
    let log = worker.log();
    for name in BROKEN_FILES {
        assert!(log.contains(name), "{name} is not in the log: {log}");
    }
}

#[test]
fn jars_are_mentioned_once() {
    let kafka = Kafka::shared();
    let directory = TempDir::new("jars");
    directory.write("one-connector.jar", "PK");
    directory.write("another-connector.jar", "PK");
    let both = format!("{},{}", directory.path().display(), paths::file_plugins());
    let worker = WorkerOptions::new(&directory, kafka).set("plugin.path", both).start();
    let log = worker.log();
    let lines = log.lines().filter(|line| line.contains("INFO") && line.contains("jar")).count();
    assert_eq!(lines, 1, "{log}");
    assert!(log.contains("one-connector.jar"), "{log}");
}

#[test]
fn a_plugin_path_that_is_not_there_is_named() {
    let kafka = Kafka::shared();
    let directory = TempDir::new("no-plugin-path");
    let missing = directory.file("no-such-directory");
    let both = format!("{},{}", missing.display(), paths::file_plugins());
    let worker = WorkerOptions::new(&directory, kafka).set("plugin.path", both).start();
    assert!(worker.log().contains("no-such-directory"), "{}", worker.log());
}
