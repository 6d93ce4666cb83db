//! Promise: a sink gets no larger batches than its limits allow, and no more schemas than a plugin reads, whatever a poll brings; each
//! record comes once and in order all the same.

use std::path::PathBuf;

use serde_json::{Value, json};
use wasm_connect_tests::connectors::{file_source, with};
use wasm_connect_tests::files::append;
use wasm_connect_tests::kafka::Kafka;
use wasm_connect_tests::temp::TempDir;
use wasm_connect_tests::topic::Topics;
use wasm_connect_tests::wait::{seconds, wait_for};
use wasm_connect_tests::worker::{Worker, WorkerOptions};

/// Lines in a topic, all there before a sink reads them.
struct Scene {
    worker: Worker,
    topic: String,
    journal: PathBuf,
    _directory: TempDir,
}

impl Scene {
    fn new(name: &str, lines: usize, line: impl Fn(usize) -> String) -> Self {
        let kafka = Kafka::shared();
        let directory = TempDir::new(name);
        let (topic, input) = (kafka.unique_topic(name), directory.file("input.txt"));
        append(&input, &(0..lines).map(|number| line(number) + "\n").collect::<String>());
        let worker = WorkerOptions::new(&directory, kafka).with_test_plugins().start();
        worker.rest().create("source", file_source(&input, &topic));
        let topics = Topics::new(kafka);
        wait_for("the topic is full", seconds(60), || match topics.end(&topic, 0) {
            end if end == lines as u64 => Ok(()),
            end => Err(end.to_string()),
        });
        Self { worker, topic, journal: directory.file("journal.txt"), _directory: directory }
    }

    /// What the sink noted, once it has noted as many lines.
    fn noted(&self, class: &str, lines: usize, more: Value) -> Vec<String> {
        let config = json!({
            "connector.class": format!("tests.guests.{class}"),
            "topics": self.topic,
            "file": self.journal,
            "consumer.override.max.poll.records": "50000",
        });
        self.worker.rest().create(&self.topic, with(config, more));
        wait_for("the sink has noted everything", seconds(120), || {
            let noted: Vec<String> =
                std::fs::read_to_string(&self.journal).unwrap_or_default().lines().map(str::to_owned).collect();
            if noted.len() >= lines {
                return Ok(noted);
            }
            Err(format!("{} lines; {}", noted.len(), self.worker.rest().get("/connectors?expand=status").body))
        })
    }

    #[track_caller]
    fn check_each_once(&self, noted: &[String]) {
        for (offset, line) in noted.iter().enumerate() {
            assert!(line.starts_with(&format!("put {}-0@{offset} ", self.topic)), "{line:?} is not of offset {offset}");
        }
    }
}

#[test]
fn a_batch_has_no_more_records_than_allowed_also_when_it_is_put_again() {
    let scene = Scene::new("batch-records", 1_000, |number| format!("line {number}"));
    let more = json!({ "sandbox.batch.max.records": "30", "times": "2" });
    let noted = scene.noted("RetriablePut", 1_002, more);
    assert_eq!(noted[0], "refused 30 records, 1 more to come");
    assert_eq!(noted[1], "refused 30 records, 0 more to come");
    scene.check_each_once(&noted[2..]);
}

#[test]
fn a_batch_has_no_more_bytes_than_allowed_unless_one_record_alone_has() {
    let scene = Scene::new("batch-bytes", 200, |number| "x".repeat(if number == 100 { 100_000 } else { 1_000 }));
    let more = json!({ "sandbox.batch.max.bytes": "20000", "times": "1" });
    let noted = scene.noted("RetriablePut", 201, more);
    let refused: usize = noted[0].split(' ').nth(1).and_then(|count| count.parse().ok()).unwrap_or(0);
    assert!((10..20).contains(&refused), "{}", noted[0]);
    scene.check_each_once(&noted[1..]);
}

#[test]
fn a_poll_with_more_schemas_than_a_plugin_reads_comes_in_several_batches() {
    let scene = Scene::new("batch-schemas", 12_000, |number| {
        format!(r#"{{"schema":{{"type":"int64","optional":false,"name":"schema{number}"}},"payload":{number}}}"#)
    });
    let more = json!({ "value.converter": "org.apache.kafka.connect.json.JsonConverter", "leak.bytes": "0" });
    let noted = scene.noted("LeakySink", 12_000, more);
    scene.check_each_once(&noted);
    scene.worker.rest().assert_nothing_failed(&scene.topic);
}
