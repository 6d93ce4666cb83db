//! Promise: `wasm-connect standalone` takes Java's arguments and files, and ends with Java's exit codes and a reason.

use std::io::Read;
use std::net::TcpListener;
use std::process::{Command, Output, Stdio};

use wasm_connect_tests::kafka::Kafka;
use wasm_connect_tests::paths;
use wasm_connect_tests::ports;
use wasm_connect_tests::temp::TempDir;
use wasm_connect_tests::wait::{seconds, wait_for};
use wasm_connect_tests::worker::WorkerOptions;

use crate::pair::{Pair, wait_for_text};

/// Runs a worker that must end by itself.
fn run(mut command: Command) -> (Option<i32>, String) {
    let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("worker");
    let outputs = [
        read_in_background(child.stdout.take().expect("stdout")),
        read_in_background(child.stderr.take().expect("stderr")),
    ];
    let status = wait_for("the worker ends by itself", seconds(60), || match child.try_wait() {
        Ok(Some(status)) => Ok(status),
        other => Err(format!("{other:?}")),
    });
    let text = outputs.map(|output| output.join().expect("output")).concat();
    (status.code(), text)
}

fn read_in_background(mut from: impl Read + Send + 'static) -> std::thread::JoinHandle<String> {
    std::thread::spawn(move || {
        let mut text = Vec::new();
        let _ = from.read_to_end(&mut text);
        String::from_utf8_lossy(&text).into_owned()
    })
}

/// Asserts the exit code, and that what was printed has each of `parts`.
#[track_caller]
fn check(command: Command, code: i32, parts: &[&str]) {
    let (found, text) = run(command);
    assert_eq!(found, Some(code), "{text}");
    for part in parts {
        assert!(text.contains(part), "{part:?} is missing in: {text}");
    }
}

// === arguments and files

#[test]
fn without_arguments_it_shows_the_usage() {
    let mut command = Command::new(paths::worker());
    command.arg("standalone");
    check(command, 1, &["Usage:"]);
}

#[test]
fn a_worker_file_that_is_not_there_is_named() {
    let mut command = Command::new(paths::worker());
    command.args(["standalone", "no-such-worker.properties"]);
    check(command, 2, &["no-such-worker.properties"]);
}

#[test]
fn a_worker_key_that_must_be_given_is_named() {
    let directory = TempDir::new("missing-key");
    let file = directory.write("worker.properties", "bootstrap.servers=127.0.0.1:1\n");
    let mut command = Command::new(paths::worker());
    command.arg("standalone").arg(file);
    check(command, 2, &["key.converter"]);
}

#[test]
fn a_connector_file_that_is_not_there_is_named() {
    let kafka = Kafka::shared();
    let directory = TempDir::new("no-connector-file");
    let options = WorkerOptions::new(&directory, kafka).connector_file(&directory.file("no-such.properties"));
    check(options.command(), 3, &["no-such.properties"]);
}

#[test]
fn a_connector_file_without_a_name_is_refused() {
    let kafka = Kafka::shared();
    let directory = TempDir::new("no-name");
    let file = directory.write("nameless.json", r#"{"connector.class": "FileStreamSource", "topic": "t"}"#);
    let options = WorkerOptions::new(&directory, kafka).connector_file(&file);
    check(options.command(), 3, &["nameless.json", "is missing the mandatory 'name' configuration"]);
}

#[test]
fn a_connector_that_is_invalid_ends_the_worker_with_its_errors() {
    let kafka = Kafka::shared();
    let directory = TempDir::new("invalid-connector");
    let file = directory.write("invalid.properties", "name=broken\nconnector.class=FileStreamSource\n");
    let options = WorkerOptions::new(&directory, kafka).connector_file(&file);
    check(options.command(), 3, &["Missing required configuration \"topic\" which has no default value."]);
}

#[test]
fn a_port_in_use_is_named() {
    let kafka = Kafka::shared();
    let directory = TempDir::new("port-in-use");
    let port = ports::free();
    let _holder = TcpListener::bind(("127.0.0.1", port)).expect("a port to hold");
    let options = WorkerOptions::new(&directory, kafka).set("listeners", format!("http://127.0.0.1:{port}"));
    check(options.command(), 2, &[&port.to_string()]);
}

#[test]
fn an_offsets_file_that_is_not_ours_is_refused_and_left_alone() {
    let kafka = Kafka::shared();
    let directory = TempDir::new("foreign-offsets");
    // How Java's serialised java.util.HashMap begins.
    let foreign = b"\xac\xed\x00\x05sr\x00\x11java.util.HashMap";
    let offsets = directory.write("connect.offsets", foreign);
    let (code, text) = run(WorkerOptions::new(&directory, kafka).command());
    assert!(matches!(code, Some(2 | 3)), "{code:?}: {text}");
    assert!(text.contains(&offsets.display().to_string()), "{text}");
    assert_eq!(std::fs::read(&offsets).expect("the file is still there"), foreign);
}

#[test]
fn an_unknown_worker_key_is_warned_about_by_name() {
    let kafka = Kafka::shared();
    let directory = TempDir::new("unknown-key");
    let worker = WorkerOptions::new(&directory, kafka).set("ofset.flush.interval.ms", "5").start();
    assert!(worker.log().contains("ofset.flush.interval.ms"), "{}", worker.log());
}

#[test]
fn connector_files_come_in_all_of_javas_forms() {
    let kafka = Kafka::shared();
    let directory = TempDir::new("file-forms");
    let pair = Pair::new(&directory, kafka, "file-forms");
    std::fs::write(&pair.input, "through three forms\n").expect("the input can be written");
    let source = directory.write(
        "source.properties",
        format!(
            "# a comment\n! another\nname : source\nconnector.class\\\n   =FileStreamSource\nfile={}\ntopic={}\ndoc=\\u00fc\n",
            pair.input.display(),
            pair.topic
        ),
    );
    let (output, topic) = (pair.output.display().to_string(), &pair.topic);
    let sink = serde_json::json!({
        "name": pair.sink, "connector.class": "FileStreamSink", "file": output, "topics": topic,
    });
    let paused = serde_json::json!({
        "name": "paused", "initial_state": "paused",
        "config": { "connector.class": "FileStreamSink", "file": directory.file("paused.txt"), "topics": topic },
    });
    let worker = WorkerOptions::new(&directory, kafka)
        .connector_file(&source)
        .connector_file(&directory.write("sink.json", sink.to_string()))
        .connector_file(&directory.write("paused.json", paused.to_string()))
        .start();
    wait_for_text(&worker, &pair.output, "through three forms\n");
    assert_eq!(worker.rest().get("/connectors/source/config").expect(200).json()["doc"], "ü");
    wait_for("the third connector is PAUSED", seconds(20), || {
        let status = worker.rest().status("paused")?;
        if status["connector"]["state"] == "PAUSED" { Ok(()) } else { Err(status.to_string()) }
    });
}

// === plugins

/// What `wasm-connect plugins list` prints for these directories.
fn list(plugin_path: &str) -> Output {
    let mut command = Command::new(paths::worker());
    command.args(["plugins", "list", "--plugin-path", plugin_path]);
    command.output().expect("wasm-connect plugins list")
}

#[test]
fn plugins_list_shows_class_version_and_file() {
    let output = list(&paths::file_plugins());
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{text}");
    for part in ["FileStreamSourceConnector", "FileStreamSinkConnector", "4.3.1", "file-source.wasm", "file-sink.wasm"]
    {
        assert!(text.contains(part), "{part:?} is missing in: {text}");
    }
}

#[test]
fn plugins_list_shows_why_a_file_is_not_usable() {
    let directory = TempDir::new("list-broken");
    crate::bad_plugins::write_broken_files(&directory);
    let output = list(&directory.path().display().to_string());
    let text = String::from_utf8_lossy(&output.stdout);
    for name in crate::bad_plugins::BROKEN_FILES {
        assert!(text.contains(name), "{name:?} is missing in: {text}");
    }
}
