//! Promise: with `connector.plugin.upgrade=auto` a running connector goes on with a newer version of its plugin, loses nothing, and
//! goes back to the old one if the new one is not good for it; nobody else notices.

use std::fs;
use std::path::PathBuf;
use std::thread;
use std::time::Duration;

use serde_json::{Value, json};
use wasm_connect_tests::compare::assert_same_bytes;
use wasm_connect_tests::connectors::{file_sink, file_source, with};
use wasm_connect_tests::files::{append, append_numbered_lines, count_lines};
use wasm_connect_tests::kafka::Kafka;
use wasm_connect_tests::plugins;
use wasm_connect_tests::temp::TempDir;
use wasm_connect_tests::topic::Topics;
use wasm_connect_tests::wait::{seconds, wait_for, wait_until};
use wasm_connect_tests::worker::{Worker, WorkerOptions};

const LINES: usize = 1_000_000;
/// So many lines are written at a time, …
const STEP: usize = 5_000;
/// … and this is waited between them, so that they flow until the last version is there.
const PACE: Duration = Duration::from_millis(100);
/// Long enough for a test to see that it is over, and no longer.
const PROBATION_MS: &str = "1500";

/// A worker with a plugin path of its own.
struct Scene {
    worker: Worker,
    plugins: PathBuf,
    directory: TempDir,
}

impl Scene {
    fn new(name: &str, plugins: &[(&str, Vec<u8>)]) -> Self {
        let directory = TempDir::new(name);
        let path = directory.file("plugins");
        fs::create_dir(&path).expect("the plugin path");
        for (file, component) in plugins {
            fs::write(path.join(file), component).expect("a plugin");
        }
        let options = WorkerOptions::new(&directory, Kafka::shared());
        let worker = options.set("plugin.path", path.display().to_string()).start();
        Self { worker, plugins: path, directory }
    }

    fn install(&self, file: &str, component: &[u8]) {
        plugins::install(&self.plugins.join(file), component);
    }

    #[track_caller]
    fn wait_logged(&self, text: &str) {
        wait_for(&format!("{text:?} is in the log"), seconds(60), || {
            let log = self.worker.log();
            if log.contains(text) { Ok(()) } else { Err(log.lines().last().unwrap_or_default().to_owned()) }
        });
    }

    /// Waits until the connector and all its tasks are RUNNING in this version.
    #[track_caller]
    fn wait_version(&self, name: &str, version: &str) {
        wait_for(&format!("{name} runs in version {version}"), seconds(60), || {
            let status = self.worker.rest().status(name)?;
            let tasks = status["tasks"].as_array().map_or(&[][..], Vec::as_slice);
            let good = |of: &Value| of["state"] == "RUNNING" && of["version"] == version;
            if good(&status["connector"]) && !tasks.is_empty() && tasks.iter().all(good) {
                Ok(())
            } else {
                Err(status.to_string())
            }
        });
    }

    /// How often a task was started, in whatever version.
    fn starts(&self, task: &str) -> usize {
        self.worker.log().matches(&format!("Creating task {task} ")).count()
    }
}

fn auto() -> Value {
    json!({ "connector.plugin.upgrade": "auto", "connector.plugin.upgrade.probation.ms": PROBATION_MS })
}

// === good versions

#[test]
fn newer_versions_take_over_while_a_million_lines_flow() {
    let kafka = Kafka::shared();
    let both = [("file-source.wasm", plugins::file_source("4.3.1")), ("file-sink.wasm", plugins::file_sink("4.3.1"))];
    let scene = Scene::new("upgrade", &both);
    let rest = scene.worker.rest();
    let (input, output) = (scene.directory.file("input.txt"), scene.directory.file("output.txt"));
    let topic = kafka.unique_topic("upgrade");
    let sink = format!("{topic}-sink");
    append(&input, "");
    rest.create("source", with(file_source(&input, &topic), auto()));
    rest.create(&sink, with(file_sink(&topic, &output), auto()));
    // Of the same plugin, and it does not follow.
    let others = kafka.unique_topic("bystander");
    let bystander_input = scene.directory.file("bystander.txt");
    append(&bystander_input, "before\n");
    rest.create("bystander", file_source(&bystander_input, &others));

    let writer = thread::spawn({
        let input = input.clone();
        move || {
            for from in (0..LINES).step_by(STEP) {
                append_numbered_lines(&input, from..from + STEP);
                thread::sleep(PACE);
            }
        }
    });
    for (step, version) in ["4.3.2", "4.3.3", "4.3.4"].into_iter().enumerate() {
        let share = LINES / 8 * (step + 1);
        wait_until("the copy has come further", seconds(120), || count_lines(&output) >= share);
        scene.install("file-source.wasm", &plugins::file_source(version));
        scene.install("file-sink.wasm", &plugins::file_sink(version));
        scene.wait_version("source", version);
        scene.wait_version(&sink, version);
        let lines = count_lines(&output);
        println!("version {version} took over at line {lines}");
        assert!(lines < LINES, "the lines ran out before version {version} took over");
        scene.wait_logged(&format!("Connector source is upgraded to version {version}"));
        scene.wait_logged(&format!("Connector {sink} is upgraded to version {version}"));
    }
    writer.join().expect("the writer");
    wait_for("all lines have arrived", seconds(180), || match count_lines(&output) {
        LINES => Ok(()),
        lines => Err(format!("{lines} lines")),
    });
    assert_same_bytes(&input, &output);

    append(&bystander_input, "after\n");
    wait_until("the bystander goes on", seconds(30), || Topics::new(kafka).end(&others, 0) == 2);
    let status = rest.status("bystander").expect("a status");
    assert_eq!((&status["connector"]["version"], &status["tasks"][0]["version"]), (&json!("4.3.1"), &json!("4.3.1")));
    for task in ["source-0", &format!("{sink}-0"), "bystander-0"] {
        assert_eq!(scene.starts(task), 1, "{task} was restarted");
    }
    for file in ["file-source.wasm", "file-sink.wasm"] {
        fs::remove_file(scene.plugins.join(file)).expect("the plugin can be removed");
    }
    wait_until("no connector plugin is listed", seconds(2), || rest.get("/connector-plugins").expect(200).body == "[]");
    append(&input, "the last line\n");
    wait_until("what runs goes on without its file", seconds(30), || count_lines(&output) == LINES + 1);
}

#[test]
fn a_version_that_splits_the_work_in_another_way_gets_its_tasks() {
    let scene = Scene::new("upgrade-split", &[("guests.wasm", plugins::guests("1.0.0"))]);
    let source = VersionDependent::create(&scene, "splits", "2.0.0");
    scene.install("guests.wasm", &plugins::guests("2.0.0"));
    scene.worker.rest().wait_running("source", 2);
    scene.wait_version("source", "2.0.0");
    source.wait_for_more();
}

#[test]
fn only_versions_that_are_allowed_and_newer_are_taken() {
    let scene = Scene::new("upgrade-pin", &[("guests.wasm", plugins::guests("1.5.0"))]);
    let topic = Kafka::shared().unique_topic("upgrade-pin");
    let config = json!({
        "connector.class": "tests.guests.VersionDependent", "topic": topic, "connector.plugin.version": "[1.0,2.0)",
    });
    scene.worker.rest().create("source", with(config, auto()));
    for version in ["2.0.0", "1.4.0", "1.6.0"] {
        scene.install(&format!("{version}.wasm"), &plugins::guests(version));
        let listed = || scene.worker.rest().get("/connector-plugins").expect(200).body.contains(version);
        wait_until(&format!("{version} is listed"), seconds(10), listed);
    }
    scene.wait_version("source", "1.6.0");
    let log = scene.worker.log();
    let upgrades: Vec<_> = log.lines().filter(|line| line.contains("Upgrading connector")).collect();
    assert!(upgrades.len() == 1 && upgrades[0].contains("from version 1.5.0 to 1.6.0"), "{upgrades:?}");
}

#[test]
fn a_paused_connector_is_upgraded_when_it_goes_on() {
    let scene = Scene::new("upgrade-paused", &[("guests.wasm", plugins::guests("1.0.0"))]);
    let source = VersionDependent::create(&scene, "objects", "9.9.9");
    let rest = scene.worker.rest();
    rest.request("PUT", "/connectors/source/pause", None).expect(202);
    let paused = || rest.status("source").is_ok_and(|status| status["tasks"][0]["state"] == "PAUSED");
    wait_until("the task is paused", seconds(30), paused);
    scene.install("guests.wasm", &plugins::guests("2.0.0"));
    wait_until("2.0.0 is listed", seconds(10), || rest.get("/connector-plugins").expect(200).body.contains("2.0.0"));
    assert_eq!(rest.status("source").expect("a status")["connector"]["version"], "1.0.0");
    rest.request("PUT", "/connectors/source/resume", None).expect(202);
    scene.wait_version("source", "2.0.0");
    source.wait_for_more();
}

#[test]
fn what_is_wrong_with_the_keys_is_a_400() {
    let scene = Scene::new("upgrade-keys", &[("guests.wasm", plugins::guests("1.0.0"))]);
    let config = json!({ "connector.class": "tests.guests.VersionDependent", "connector.plugin.upgrade": "sometimes" });
    let refusal = scene.worker.rest().post("/connectors", &json!({ "name": "source", "config": config })).error(400);
    assert!(refusal.contains("String must be one of: manual, auto"), "{refusal}");
}

// === versions that are not good

/// A source that counts, and is different in one version.
struct VersionDependent<'a> {
    scene: &'a Scene,
    topic: String,
}

impl<'a> VersionDependent<'a> {
    fn create(scene: &'a Scene, what: &str, version: &str) -> Self {
        let topic = Kafka::shared().unique_topic("version-dependent");
        let config = json!({
            "connector.class": "tests.guests.VersionDependent", "topic": topic, "it": what, "in.version": version,
            "tasks.max": "2",
        });
        scene.worker.rest().create("source", with(config, auto()));
        scene.wait_version("source", "1.0.0");
        let source = Self { scene, topic };
        source.wait_for_more();
        source
    }

    fn records(&self) -> u64 {
        Topics::new(Kafka::shared()).end(&self.topic, 0)
    }

    #[track_caller]
    fn wait_for_more(&self) {
        let before = self.records();
        wait_until("more records come", seconds(30), || self.records() >= before + 20);
    }

    /// Each number once and in order, up to now.
    #[track_caller]
    fn assert_nothing_lost_or_repeated(&self) {
        self.scene.worker.rest().delete("/connectors/source").expect(204);
        let values = Topics::new(Kafka::shared()).values(&self.topic);
        for (expected, value) in values.iter().enumerate() {
            assert_eq!(*value, expected.to_string(), "record {expected} of {}", values.len());
        }
    }
}

/// A version that `what`s is installed and found out, with `found_out` and the reason in the log, and not tried again; a better one
/// is taken.
fn check_bad_version(what: &str, found_out: &str, reason: &str) {
    let scene = Scene::new(what, &[("guests.wasm", plugins::guests("1.0.0"))]);
    let source = VersionDependent::create(&scene, what, "2.0.0");
    scene.install("guests.wasm", &plugins::guests("2.0.0"));
    let found_out = format!("Connector source {found_out} version 1.0.0, because version 2.0.0 is not good for it");
    scene.wait_logged(&found_out);
    let log = scene.worker.log();
    let line = log.lines().find(|line| line.contains(&found_out)).unwrap_or_default();
    assert!(line.contains(reason), "{reason:?} is missing in: {line}");
    scene.wait_version("source", "1.0.0");
    source.wait_for_more();
    // Another file comes: the bad version is there still.
    scene.install("others.wasm", &plugins::file_source("4.3.1"));
    scene.wait_logged("others.wasm has source");
    source.wait_for_more();
    scene.wait_version("source", "1.0.0");
    scene.install("guests.wasm", &plugins::guests("3.0.0"));
    scene.wait_version("source", "3.0.0");
    source.wait_for_more();
    assert_eq!(scene.worker.log().matches(&found_out).count(), 1, "2.0.0 was tried again");
    source.assert_nothing_lost_or_repeated();
}

#[test]
fn a_version_that_fails_on_probation_gives_way_to_the_one_before() {
    check_bad_version("traps-in-poll", "goes back to", "wasm trap");
}

#[test]
fn a_version_whose_task_does_not_start_gives_way_to_the_one_before() {
    check_bad_version("traps-in-start", "goes back to", "wasm trap");
}

#[test]
fn a_version_whose_connector_does_not_start_gives_way_to_the_one_before() {
    check_bad_version("traps-as-connector", "goes back to", "wasm trap");
}

#[test]
fn a_version_that_does_not_take_the_configuration_is_not_tried() {
    check_bad_version("objects", "stays with", "this version does not take this configuration");
}
