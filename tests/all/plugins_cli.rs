//! Promise: `wasm-connect plugins` tells what is in a file and what is wrong with it, without Kafka or a worker.

use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;
use wasm_connect_tests::connectors::FILE_SOURCE;
use wasm_connect_tests::paths;
use wasm_connect_tests::plugins;
use wasm_connect_tests::temp::TempDir;

fn plugins_command(arguments: &[&str]) -> Output {
    Command::new(paths::worker()).arg("plugins").args(arguments).output().expect("the command runs")
}

/// Asserts how it ends, and that what it says on standard output has each of `parts`.
#[track_caller]
fn check(arguments: &[&str], success: bool, parts: &[&str]) -> String {
    let output = plugins_command(arguments);
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert_eq!(output.status.code(), Some(i32::from(!success)), "{arguments:?}: {output:?}");
    for part in parts {
        assert!(said.contains(part), "{part:?} is missing in: {said}");
    }
    said
}

fn text(path: &Path) -> &str {
    path.to_str().expect("a path in UTF-8")
}

#[test]
fn inspect_tells_what_a_file_is_and_what_it_may_ask_for() {
    let file = paths::plugins().join("file-source.wasm");
    let parts = [
        "kafka:connect@0.1.0",
        "sha256",
        "wasi:filesystem/preopens",
        &format!("source {FILE_SOURCE} 4.3.1"),
        "may ask for: reading the file that `file` names",
        "may ask for: the worker's standard input, without `file`",
        "batch.size  int     \"2000\"",
    ];
    check(&["inspect", text(&file)], true, &parts);
    let json: Value = serde_json::from_str(&check(&["inspect", "--json", text(&file)], true, &[])).expect("JSON");
    assert_eq!(json["plugins"][0]["class"], FILE_SOURCE);
    assert_eq!(json["bytes"], std::fs::metadata(&file).expect("the file").len());
    assert_eq!(json["sha256"].as_str().map(str::len), Some(64));
    assert_eq!(json["embedded"], true);
}

#[test]
fn a_file_that_is_no_plugin_is_told_with_the_reason() {
    let directory = TempDir::new("inspect-text");
    let file = directory.write("text.wasm", "this is text");
    let output = plugins_command(&["inspect", text(&file)]);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(!output.status.success() && said.contains("text.wasm: it is not a WebAssembly file"), "{said}");
    check(&["check", text(&file)], false, &["failed", "it is not a WebAssembly file"]);
    check(&["check", "no-such.wasm"], false, &["failed", "no-such.wasm"]);
}

#[test]
fn list_answers_in_json() {
    let said = check(&["list", "--json", "--plugin-path", &paths::file_plugins()], true, &[]);
    let json: Value = serde_json::from_str(&said).expect("JSON");
    let classes: Vec<_> = json["plugins"].as_array().expect("a list").iter().map(|plugin| &plugin["class"]).collect();
    assert!(classes.contains(&&Value::from(FILE_SOURCE)), "{said}");
}

#[test]
fn check_runs_a_plugin_and_finds_nothing_wrong_with_a_good_one() {
    let file = paths::plugins().join("file-source.wasm");
    let said = check(&["check", text(&file)], true, &["it compiles, starts and describes itself", "4.3.1 answers"]);
    assert!(!said.contains("failed"), "{said}");
}

#[test]
fn check_validates_a_configuration() {
    let directory = TempDir::new("check-config");
    let file = paths::plugins().join("file-source.wasm");
    let config = directory.write("source.properties", "name=a\nconnector.class=FileStreamSource\nbatch.size=many\n");
    let parts =
        ["failed  Missing required configuration \"topic\"", "failed  Invalid value many for configuration batch.size"];
    check(&["check", text(&file), "--config", text(&config)], false, &parts);
    let config = directory.write("good.properties", "name=a\nconnector.class=FileStreamSource\ntopic=t\nfile=/x\n");
    let parts = ["takes the configuration", "note    a worker must grant `file`", "sandbox.fs.read"];
    check(&["check", text(&file), "--config", text(&config)], true, &parts);
}

#[test]
fn check_says_when_a_description_is_not_the_plugins_own() {
    let directory = TempDir::new("check-liar");
    // Only the description, which is at the end, is changed.
    let mut bytes = plugins::file_source("4.3.1");
    let at = bytes.windows(5).rposition(|window| window == b"4.3.1").expect("a version");
    bytes[at..at + 5].copy_from_slice(b"9.9.9");
    let file = directory.write("liar.wasm", bytes);
    check(&["check", text(&file)], false, &["failed", "it contradicts its embedded description"]);
}

#[test]
fn check_keeps_a_compiler_bomb_within_limits() {
    let directory = TempDir::new("check-bomb");
    let file = directory.write("bomb.wasm", plugins::compile_bomb(&plugins::guests("1.0.0")));
    check(&["check", text(&file)], false, &["failed", "sandbox.compile."]);
}

#[test]
fn the_help_shows_the_way_from_source_to_worker() {
    check(&["--help"], true, &["package", "check", "compile", "inspect", "list", "two seconds"]);
    for command in ["list", "inspect", "check", "package", "compile"] {
        check(&[command, "--help"], true, &["Example: wasm-connect plugins", command]);
    }
}
