//! Promise: a sink's failed records go to the dead letter queue as they were, with headers that say what happened, and all others
//! reach the sink; also when a record ends the guest itself.

use std::collections::{BTreeMap, BTreeSet};

use rdkafka::message::{Headers, Message};
use serde_json::{Value, json};
use wasm_connect_tests::connectors::{file_source, with};
use wasm_connect_tests::files::append;
use wasm_connect_tests::kafka::Kafka;
use wasm_connect_tests::temp::TempDir;
use wasm_connect_tests::topic::Topics;
use wasm_connect_tests::wait::{seconds, wait_for};
use wasm_connect_tests::worker::{Worker, WorkerOptions};

const TRAPS_EACH: usize = 10_000;

/// Lines in a topic, and a sink with a queue on it.
struct Scene {
    kafka: &'static Kafka,
    worker: Worker,
    topic: String,
    queue: String,
    journal: std::path::PathBuf,
    _directory: TempDir,
}

/// A letter: its value and its context headers, without their prefix.
type Letter = (String, BTreeMap<String, String>);

impl Scene {
    fn new(class: &str, lines: &str, more: Value) -> Self {
        let kafka = Kafka::shared();
        let directory = TempDir::new(&format!("dlq-{class}"));
        let (topic, queue) = (kafka.unique_topic("dlq-in"), kafka.unique_topic("dlq"));
        kafka.create_topic(&topic, 1);
        let (input, journal) = (directory.file("input.txt"), directory.file("journal.txt"));
        append(&input, lines);
        let worker = WorkerOptions::new(&directory, kafka).with_test_plugins().start();
        worker.rest().create("source", file_source(&input, &topic));
        let sink = json!({
            "connector.class": format!("tests.guests.{class}"),
            "topics": topic,
            "file": journal,
            "errors.tolerance": "all",
            "errors.deadletterqueue.topic.name": queue,
            "errors.deadletterqueue.topic.replication.factor": "1",
            "errors.deadletterqueue.context.headers.enable": "true",
        });
        worker.rest().create(&topic, with(sink, more));
        Self { kafka, worker, topic, queue, journal, _directory: directory }
    }

    /// The values that the sink wrote down, in order.
    fn taken(&self) -> Vec<String> {
        let text = std::fs::read_to_string(&self.journal).unwrap_or_default();
        text.lines()
            .filter_map(|line| line.strip_prefix("put ")?.split_once(' '))
            .map(|(_, text)| text.to_owned())
            .collect()
    }

    #[track_caller]
    fn wait_for_letters(&self, count: u64) {
        let topics = Topics::new(self.kafka);
        wait_for(&format!("{count} letters"), seconds(120), || match topics.end(&self.queue, 0) {
            end if end == count => Ok(()),
            end => Err(format!("{end} letters; {}", self.worker.rest().get("/connectors?expand=status").body)),
        });
    }

    fn letters(&self) -> Vec<Letter> {
        let mut letters = Vec::new();
        Topics::new(self.kafka).read(&self.queue, 1, |message| {
            let text = |bytes: Option<&[u8]>| String::from_utf8_lossy(bytes.unwrap_or_default()).into_owned();
            let headers = message.headers().map(|headers| headers.iter().collect::<Vec<_>>()).unwrap_or_default();
            let context = headers.iter().filter_map(|header| {
                Some((header.key.strip_prefix("__connect.errors.")?.to_owned(), text(header.value)))
            });
            letters.push((text(message.payload()), context.collect()));
        });
        letters
    }
}

#[test]
fn records_that_end_the_guest_are_found_and_the_others_arrive() {
    let line = |number: usize| match number % TRAPS_EACH {
        7_777 => format!("trap {number}"),
        _ => format!("line {number}"),
    };
    let lines: String = (0..30_000).map(|number| format!("{}\n", line(number))).collect();
    let scene = Scene::new("TrapOnRecord", &lines, json!({}));
    scene.wait_for_letters(3);
    let expected: BTreeSet<_> = (0..30_000).map(line).filter(|line| line.starts_with("line")).collect();
    wait_for("all other lines", seconds(120), || {
        let taken: BTreeSet<_> = scene.taken().into_iter().collect();
        if taken == expected { Ok(()) } else { Err(format!("{} of {}", taken.len(), expected.len())) }
    });
    scene.worker.rest().assert_nothing_failed(&scene.topic);
    let letters = scene.letters();
    assert_eq!(
        letters.iter().map(|(value, _)| value.as_str()).collect::<Vec<_>>(),
        ["trap 7777", "trap 17777", "trap 27777"]
    );
    let (_, context) = &letters[0];
    for (name, value) in [
        ("topic", scene.topic.as_str()),
        ("partition", "0"),
        ("offset", "7777"),
        ("connector.name", &scene.topic),
        ("task.id", "0"),
        ("stage", "TASK_PUT"),
        ("class.name", "tests.guests.TrapOnRecord"),
        ("exception.class.name", "org.apache.kafka.connect.errors.ConnectException"),
    ] {
        assert_eq!(context[name], value, "{name}");
    }
    assert!(context["exception.message"].contains("put"), "{context:?}");
    assert!(context["exception.stacktrace"].contains("stage 'TASK_PUT'"), "{context:?}");
}

#[test]
fn records_that_the_guest_reports_are_in_the_queue() {
    for mode in ["answer", "report"] {
        let scene = Scene::new("Errant", "good 1\nbad 2\ngood 3\nbad 4\n", json!({ "mode": mode }));
        scene.wait_for_letters(2);
        let letters = scene.letters();
        assert_eq!(letters.iter().map(|(value, _)| value.as_str()).collect::<Vec<_>>(), ["bad 2", "bad 4"]);
        assert_eq!(letters[0].1["exception.message"], "\"bad 2\" is bad on purpose");
        assert_eq!(scene.taken(), ["good 1", "good 3"]);
    }
}

#[test]
fn records_that_cannot_be_converted_are_in_the_queue_as_they_were() {
    let json = json!({
        "value.converter": "org.apache.kafka.connect.json.JsonConverter",
        "value.converter.schemas.enable": "false",
    });
    let scene = Scene::new("Errant", "\"good\"\n{not json\n", json);
    scene.wait_for_letters(1);
    let (value, context) = &scene.letters()[0];
    assert_eq!(value, "{not json");
    assert_eq!(context["stage"], "VALUE_CONVERTER");
    assert_eq!(context["class.name"], "org.apache.kafka.connect.json.JsonConverter");
    assert_eq!(context["exception.class.name"], "org.apache.kafka.connect.errors.DataException");
    wait_for("the good record", seconds(60), || match scene.taken() {
        taken if taken == ["good"] => Ok(()),
        taken => Err(format!("{taken:?}")),
    });
}

#[test]
fn a_task_that_fails_has_told_the_queue() {
    let scene = Scene::new("Errant", "bad\n", json!({ "errors.tolerance": "none" }));
    let trace = scene.worker.rest().wait_task_failed(&scene.topic, 0, seconds(60));
    assert!(trace.contains("Tolerance exceeded in error handler"), "{trace}");
    scene.wait_for_letters(1);
}
