//! Promise: a file in the plugin path that cannot be used is a line in the log, never a worker that does not start.

use wasm_connect_tests::connectors::{FILE_SINK, FILE_SOURCE};
use wasm_connect_tests::files::append;
use wasm_connect_tests::kafka::Kafka;
use wasm_connect_tests::paths;
use wasm_connect_tests::temp::TempDir;
use wasm_connect_tests::wait::{seconds, wait_for};
use wasm_connect_tests::worker::WorkerOptions;

use crate::pair::{Pair, wait_for_text};

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
fn a_component_of_another_contract_or_with_a_bad_description_says_why_it_is_no_plugin() {
    let kafka = Kafka::shared();
    let directory = TempDir::new("broken-components");
    let path = format!("{},{}", paths::broken_components().display(), paths::file_plugins());
    let worker = WorkerOptions::new(&directory, kafka)
        .set("plugin.path", path)
        .set("sandbox.call.timeout.validate.ms", "2000")
        .set("sandbox.memory.max.bytes", (64 << 20).to_string())
        .start();
    let pair = Pair::new(&directory, kafka, "broken-components");
    append(&pair.input, "a line\n");
    pair.create(&worker);
    for (name, reason) in [
        ("no-plugin", "it is a component but exports no interface of kafka:connect"),
        ("future-contract", "it speaks version 0.9.0 of the contract kafka:connect"),
        (
            "missing-interface",
            "it describes the sink tests.guests.MissingInterface and does not export the interface kafka:connect/sink-connector",
        ),
        ("config-def-traps", "config-def: wasm trap"),
        (
            "config-def-loops",
            "config-def: the call did not return within 2000 ms (sandbox.call.timeout.validate.ms is 2000)",
        ),
        ("config-def-floods", "sandbox.memory.max.bytes is 67108864"),
    ] {
        let refused = format!("{name}.wasm is no plugin: ");
        wait_for(&format!("{name} is refused"), seconds(60), || {
            let log = worker.log();
            let line = log.lines().find(|line| line.contains(&refused)).ok_or("no such line")?;
            if line.contains(reason) { Ok(()) } else { Err(line.to_owned()) }
        });
    }
    wait_for_text(&worker, &pair.output, "a line\n");
    let listed = worker.rest().get("/connector-plugins").expect(200).body;
    assert!(!listed.contains("tests.guests"), "{listed}");
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
