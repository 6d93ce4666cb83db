//! Promise: plugins are installed, replaced and removed while the worker runs, and a file is used only when it is whole.

use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::Instant;

use serde_json::{Value, json};
use wasm_connect_tests::connectors::{FILE_SOURCE, file_source, with};
use wasm_connect_tests::files::append;
use wasm_connect_tests::kafka::Kafka;
use wasm_connect_tests::plugins;
use wasm_connect_tests::temp::TempDir;
use wasm_connect_tests::topic::Topics;
use wasm_connect_tests::wait::{seconds, wait_for, wait_until};
use wasm_connect_tests::worker::{Worker, WorkerOptions};

/// A worker whose plugin path is empty at first.
struct Scene {
    worker: Worker,
    plugins: PathBuf,
    directory: TempDir,
}

impl Scene {
    fn new(name: &str) -> Self {
        let directory = TempDir::new(name);
        let plugins = directory.file("plugins");
        fs::create_dir(&plugins).expect("the plugin path");
        let options = WorkerOptions::new(&directory, Kafka::shared());
        let worker = options.set("plugin.path", plugins.display().to_string()).start();
        Self { worker, plugins, directory }
    }

    /// The versions of a class that are listed.
    fn versions(&self, class: &str) -> Vec<String> {
        let listed = self.worker.rest().get("/connector-plugins").expect(200).json();
        let of_class = listed.as_array().expect("a list").iter().filter(|plugin| plugin["class"] == class);
        of_class.map(|plugin| plugin["version"].as_str().expect("a version").to_owned()).collect()
    }

    /// Waits until these versions are listed and no others; the promise is two seconds.
    #[track_caller]
    fn wait_listed(&self, class: &str, versions: &[&str]) {
        let began = Instant::now();
        wait_for(&format!("{class} is listed in {versions:?}"), seconds(2), || match self.versions(class) {
            found if found == versions => Ok(()),
            found => Err(format!("{found:?}")),
        });
        println!("{versions:?} after {:?}", began.elapsed());
    }

    #[track_caller]
    fn wait_logged(&self, text: &str) {
        wait_for(&format!("{text:?} is in the log"), seconds(30), || {
            let log = self.worker.log();
            if log.contains(text) { Ok(()) } else { Err(format!("{} bytes of other lines", log.len())) }
        });
    }
}

/// Waits until the connector and its task have this version.
#[track_caller]
fn wait_version(worker: &Worker, name: &str, version: &str) {
    wait_for(&format!("{name} is in version {version}"), seconds(30), || {
        let status = worker.rest().status(name)?;
        if in_version(&status, version) { Ok(()) } else { Err(status.to_string()) }
    });
}

#[track_caller]
fn assert_version(worker: &Worker, name: &str, version: &str) {
    let status = worker.rest().status(name).expect("a status");
    assert!(in_version(&status, version), "{name} should be in version {version}: {status}");
}

fn in_version(status: &Value, version: &str) -> bool {
    [&status["connector"], &status["tasks"][0]].into_iter().all(|of| of["version"] == version)
}

fn wait_records(topic: &str, records: u64) {
    let topics = Topics::new(Kafka::shared());
    wait_until(&format!("{records} records are in {topic}"), seconds(30), || topics.end(topic, 0) == records);
}

#[test]
fn a_plugin_comes_changes_and_goes_while_the_worker_runs() {
    let scene = Scene::new("hot");
    let (rest, path) = (scene.worker.rest(), scene.plugins.join("file-source.wasm"));
    assert_eq!(scene.versions(FILE_SOURCE), [""; 0]);

    // Written where it is found, as `cp` does.
    fs::write(&path, plugins::file_source("4.3.1")).expect("the plugin");
    scene.wait_listed(FILE_SOURCE, &["4.3.1"]);
    let (input, topic) = (scene.directory.file("input.txt"), Kafka::shared().unique_topic("hot"));
    append(&input, "one\n");
    rest.create("source", file_source(&input, &topic));
    wait_records(&topic, 1);

    // What runs keeps its version until it is restarted.
    plugins::install(&path, &plugins::file_source("4.3.2"));
    scene.wait_listed(FILE_SOURCE, &["4.3.2"]);
    append(&input, "two\n");
    wait_records(&topic, 2);
    assert_version(&scene.worker, "source", "4.3.1");
    // A task alone stays what its connector is, though the file is gone.
    rest.request("POST", "/connectors/source/tasks/0/restart", None).expect(204);
    append(&input, "three\n");
    wait_records(&topic, 3);
    assert_version(&scene.worker, "source", "4.3.1");
    rest.request("POST", "/connectors/source/restart?includeTasks=true", None).expect(202);
    wait_version(&scene.worker, "source", "4.3.2");
    append(&input, "four\n");
    wait_records(&topic, 4);

    fs::remove_file(&path).expect("the plugin can be removed");
    scene.wait_listed(FILE_SOURCE, &[]);
    append(&input, "five\n");
    wait_records(&topic, 5);
    let request = json!({ "name": "late", "config": file_source(&input, &topic) });
    let refusal = rest.post("/connectors", &request).error(400);
    assert!(refusal.contains("Failed to find any class"), "{refusal}");
    // A restart goes on with what is in memory.
    rest.request("POST", "/connectors/source/restart?includeTasks=true", None).expect(202);
    append(&input, "six\n");
    wait_records(&topic, 6);
    rest.wait_running("source", 1);
    let values = Topics::new(Kafka::shared()).values(&topic);
    assert_eq!(values, ["one", "two", "three", "four", "five", "six"]);
}

#[test]
fn versions_of_several_files_live_side_by_side_and_a_pin_holds() {
    let scene = Scene::new("side-by-side");
    let rest = scene.worker.rest();
    plugins::install(&scene.plugins.join("one.wasm"), &plugins::file_source("4.3.1"));
    scene.wait_listed(FILE_SOURCE, &["4.3.1"]);
    let topic = Kafka::shared().unique_topic("side-by-side");
    let source = file_source(&scene.directory.file("input.txt"), &topic);
    rest.create("free", source.clone());
    rest.create("pinned", with(source, json!({ "connector.plugin.version": "[4.3.1]" })));
    plugins::install(&scene.plugins.join("two.wasm"), &plugins::file_source("4.3.2"));
    scene.wait_listed(FILE_SOURCE, &["4.3.1", "4.3.2"]);
    for (name, version) in [("free", "4.3.2"), ("pinned", "4.3.1")] {
        rest.request("POST", &format!("/connectors/{name}/restart?includeTasks=true"), None).expect(202);
        wait_version(&scene.worker, name, version);
    }
}

/// Writes slice by slice; each is on disk, and was looked at, before the next comes.
fn write_slowly(scene: &Scene, path: &Path, component: &[u8], slices: usize) {
    let mut file = File::create(path).expect("the plugin can be created");
    for slice in component.chunks(component.len().div_ceil(slices)) {
        file.write_all(slice).expect("the plugin can be written");
        let seen = Instant::now();
        wait_until("a look has passed", seconds(10), || seen.elapsed().as_millis() > 700);
        assert!(slice.is_empty() || scene.worker.rest().get("/health").status == 200);
    }
}

#[test]
fn a_file_that_is_written_slowly_is_used_when_it_is_whole() {
    let scene = Scene::new("slowly");
    let path = scene.plugins.join("file-source.wasm");
    let whole = plugins::file_source("4.3.1");
    write_slowly(&scene, &path, &whole[..whole.len() - 10], 6);
    assert_eq!(scene.versions(FILE_SOURCE), [""; 0], "half a file was used");
    // Left like this, it is broken, and says why …
    scene.wait_logged("file-source.wasm is no plugin: it ends in the middle of a section");
    // … but not for good.
    let mut file = File::options().append(true).open(&path).expect("the plugin can be opened");
    file.write_all(&whole[whole.len() - 10..]).expect("the plugin can be written");
    scene.wait_listed(FILE_SOURCE, &["4.3.1"]);

    // The version that is there stays until its successor is whole, though it is written over it.
    let topic = Kafka::shared().unique_topic("slowly");
    scene.worker.rest().create("source", file_source(&scene.directory.file("input.txt"), &topic));
    scene.worker.rest().wait_running("source", 1);
    write_slowly(&scene, &path, &plugins::file_source("4.3.2"), 4);
    scene.wait_listed(FILE_SOURCE, &["4.3.2"]);
    scene.worker.rest().assert_nothing_failed("source");
}
