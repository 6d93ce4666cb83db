//! Promise: compiling a plugin takes no more time and memory than the worker allows, happens outside of it, and can be done ahead.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use serde_json::json;
use wasm_connect_tests::connectors::{FILE_SOURCE, file_source};
use wasm_connect_tests::files::append;
use wasm_connect_tests::kafka::Kafka;
use wasm_connect_tests::paths;
use wasm_connect_tests::plugins;
use wasm_connect_tests::temp::TempDir;
use wasm_connect_tests::wait::{seconds, wait_for};
use wasm_connect_tests::worker::{Worker, WorkerOptions};

use crate::pair::{Pair, wait_for_text};

/// A worker with a copy at work, and a limit that a compile bomb runs into.
fn check_bomb(name: &str, limit: (&str, &str), others: &[(&str, &str)]) {
    let kafka = Kafka::shared();
    let directory = TempDir::new(name);
    let path = directory.file("plugins");
    fs::create_dir(&path).expect("the plugin path");
    let both = format!("{},{}", paths::file_plugins(), path.display());
    let mut options = WorkerOptions::new(&directory, kafka).set("plugin.path", both).set(limit.0, limit.1);
    for (key, value) in others {
        options = options.set(key, *value);
    }
    let worker = options.start();
    let pair = Pair::new(&directory, kafka, name);
    append(&pair.input, "before\n");
    pair.create(&worker);
    wait_for_text(&worker, &pair.output, "before\n");

    plugins::install(&path.join("bomb.wasm"), &plugins::compile_bomb(&plugins::guests("1.0.0")));
    const REFUSED: &str = "bomb.wasm is no plugin: compiling it ";
    wait_for("the bomb is a broken file, and says why", seconds(30), || {
        let log = worker.log();
        let line = log.lines().find(|line| line.contains(REFUSED)).ok_or("no such line")?;
        if line.contains(&format!("{}, which is {}", limit.0, limit.1)) { Ok(()) } else { Err(line.to_owned()) }
    });
    let listed = worker.rest().get("/connector-plugins").expect(200).body;
    assert!(!listed.contains("tests.guests"), "{listed}");
    append(&pair.input, "after\n");
    wait_for_text(&worker, &pair.output, "before\nafter\n");
    pair.assert_nothing_failed(&worker);
}

#[test]
fn a_plugin_that_takes_too_much_memory_to_compile_is_refused_by_name() {
    check_bomb("memory-bomb", ("sandbox.compile.memory.max.bytes", "300000000"), &[]);
}

#[test]
fn a_plugin_that_takes_too_long_to_compile_is_refused_by_name() {
    let much_memory = ("sandbox.compile.memory.max.bytes", "16000000000");
    check_bomb("slow-bomb", ("sandbox.compile.timeout.ms", "700"), &[much_memory]);
}

#[test]
fn a_bomb_that_was_there_before_fails_its_own_connectors_only() {
    let kafka = Kafka::shared();
    let directory = TempDir::new("old-bomb");
    let path = directory.file("plugins");
    fs::create_dir(&path).expect("the plugin path");
    fs::write(path.join("bomb.wasm"), plugins::compile_bomb(&plugins::guests("1.0.0"))).expect("the bomb");
    let both = format!("{},{}", paths::file_plugins(), path.display());
    let worker = WorkerOptions::new(&directory, kafka)
        .set("plugin.path", both)
        .set("sandbox.compile.memory.max.bytes", "300000000")
        .start();
    let request = json!({ "name": "bomb", "config": { "connector.class": "tests.guests.Particular" } });
    let message = worker.rest().post("/connectors", &request).error(500);
    assert!(message.contains("sandbox.compile.memory.max.bytes"), "{message}");
    let topic = kafka.unique_topic("old-bomb");
    worker.rest().create("source", file_source(&directory.file("input.txt"), &topic));
    worker.rest().wait_running("source", 1);
}

// === ahead of time

fn compile(plugin_path: &Path, cache: &Path) -> Output {
    let mut command = Command::new(paths::worker());
    command.args(["plugins", "compile", "--plugin-path"]).arg(plugin_path).arg("--cache-directory").arg(cache);
    command.output().expect("the command runs")
}

fn code_files(directory: &Path) -> usize {
    let files = fs::read_dir(directory).map(|entries| entries.flatten().collect::<Vec<_>>()).unwrap_or_default();
    files.iter().filter(|entry| entry.path().extension().is_some_and(|extension| extension == "cwasm")).count()
}

/// A worker that has its own cache in its directory.
fn worker_with(directory: &TempDir, image: &Path) -> Worker {
    WorkerOptions::new(directory, Kafka::shared())
        .set("sandbox.cache.dir", directory.file("own").display().to_string())
        .set("sandbox.cache.readonly.dir", image.display().to_string())
        .start()
}

fn run_a_source(worker: &Worker, directory: &TempDir) {
    let topic = Kafka::shared().unique_topic("compiled");
    worker.rest().create("source", file_source(&directory.file("input.txt"), &topic));
    worker.rest().wait_running("source", 1);
}

#[test]
fn what_was_compiled_when_the_image_was_built_is_not_compiled_again() {
    let directory = TempDir::new("image");
    let image = directory.file("image");
    let output = compile(Path::new(&paths::file_plugins()), &image);
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success() && said.lines().count() == 2, "{output:?}");
    assert_eq!(code_files(&image), 2, "{said}");
    let worker = worker_with(&directory, &image);
    run_a_source(&worker, &directory);
    assert_eq!(code_files(&directory.file("own")), 0, "{}", worker.log());
}

#[test]
fn code_of_an_image_that_others_may_write_is_not_used() {
    use std::os::unix::fs::PermissionsExt;
    let directory = TempDir::new("open-image");
    let image = directory.file("image");
    assert!(compile(Path::new(&paths::file_plugins()), &image).status.success());
    fs::set_permissions(&image, fs::Permissions::from_mode(0o777)).expect("the mode can be changed");
    let worker = worker_with(&directory, &image);
    run_a_source(&worker, &directory);
    assert_eq!(code_files(&directory.file("own")), 1, "{}", worker.log());
    assert!(worker.log().contains("others may write it (mode 777)"), "{}", worker.log());
}

#[test]
fn compiling_ahead_names_what_cannot_be_used() {
    let directory = TempDir::new("bad-image");
    let path = directory.file("plugins");
    fs::create_dir(&path).expect("the plugin path");
    fs::copy(paths::plugins().join("file-source.wasm"), path.join("file-source.wasm")).expect("a copy");
    fs::write(path.join("text.wasm"), "this is text").expect("a text");
    let output = compile(&path, &directory.file("image"));
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    assert!(said.contains("text.wasm: it is not a WebAssembly file"), "{said}");
    assert_eq!(code_files(&directory.file("image")), 1, "{FILE_SOURCE} is compiled all the same: {said}");
}
