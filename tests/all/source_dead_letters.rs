//! Promise: a source that asks for it has a dead letter queue: each record that fails is there as the source brought it, with headers
//! that say what happened, and offsets are committed only behind letters that are in Kafka.

use std::collections::BTreeMap;

use rdkafka::message::{Headers, Message};
use serde_json::{Value, json};
use wasm_connect_tests::connectors::{file_source, with};
use wasm_connect_tests::files::append;
use wasm_connect_tests::kafka::Kafka;
use wasm_connect_tests::temp::TempDir;
use wasm_connect_tests::topic::Topics;
use wasm_connect_tests::wait::{seconds, wait_for, wait_until};
use wasm_connect_tests::worker::{Worker, WorkerOptions};

const CAST: &str = "org.apache.kafka.connect.transforms.Cast$Value";

/// A worker, a file, a topic and a queue.
struct Scene {
    directory: TempDir,
    worker: Worker,
    topic: String,
    queue: String,
}

/// A letter's value, and its headers.
type Letter = (String, BTreeMap<String, String>);

impl Scene {
    fn new(name: &str, lines: &str, topic: &[(&str, &str)]) -> Self {
        let kafka = Kafka::shared();
        let directory = TempDir::new(name);
        append(&directory.file("input.txt"), lines);
        let worker = WorkerOptions::new(&directory, kafka).start();
        let scene = Self { directory, worker, topic: kafka.unique_topic(name), queue: kafka.unique_topic("letters") };
        kafka.create_topic_with(&scene.topic, 1, topic);
        kafka.create_topic(&scene.queue, 1);
        scene
    }

    fn source(&self, more: Value) -> Value {
        let config = json!({
            "errors.tolerance": "all",
            "errors.deadletterqueue.topic.name": self.queue,
            "errors.deadletterqueue.topic.replication.factor": "1",
            "errors.deadletterqueue.context.headers.enable": "true",
        });
        with(with(file_source(&self.directory.file("input.txt"), &self.topic), config), more)
    }

    #[track_caller]
    fn wait_for_records(&self, topic: &str, count: u64) {
        let topics = Topics::new(Kafka::shared());
        wait_until(&format!("{count} records are in {topic}"), seconds(60), || topics.end(topic, 0) >= count);
    }

    fn letters(&self) -> Vec<Letter> {
        let text = |bytes: Option<&[u8]>| String::from_utf8_lossy(bytes.unwrap_or_default()).into_owned();
        let mut letters = Vec::new();
        Topics::new(Kafka::shared()).read(&self.queue, 1, |message| {
            let headers = message.headers().into_iter().flat_map(|headers| headers.iter());
            let headers = headers.map(|header| (header.key.to_owned(), text(header.value)));
            letters.push((text(message.payload()), headers.collect()));
        });
        letters
    }

    fn offsets(&self) -> String {
        self.worker.rest().get("/connectors/source/offsets").expect(200).body
    }

    #[track_caller]
    fn wait_for_position(&self, position: u64) {
        wait_for(&format!("the offset {position} is committed"), seconds(60), || match self.offsets() {
            offsets if offsets.contains(&format!("\"position\":{position}}}")) => Ok(()),
            offsets => Err(offsets),
        });
    }
}

fn cast(more: Value) -> Value {
    let cast = json!({ "transforms": "cast", "transforms.cast.type": CAST, "transforms.cast.spec": "int8" });
    with(cast, more)
}

#[track_caller]
fn check(letter: &Letter, value: &str, headers: &[(&str, &str)]) {
    assert_eq!(letter.0, value);
    for (name, expected) in headers {
        let found = letter.1.get(&format!("__connect.errors.{name}")).map(String::as_str);
        assert_eq!(found, Some(*expected), "{name}: {letter:?}");
    }
}

/// What `JsonConverter` writes of a string.
fn json_text(text: &str) -> String {
    format!(r#"{{"schema":{{"type":"string","optional":false}},"payload":"{text}"}}"#)
}

#[test]
fn records_that_a_transform_refuses_are_letters_as_the_source_brought_them() {
    let scene = Scene::new("source-dlq", "1\ntwo\n3\nfour\n", &[]);
    scene.worker.rest().create("source", scene.source(cast(json!({}))));
    scene.wait_for_records(&scene.queue, 2);
    scene.wait_for_records(&scene.topic, 2);
    assert_eq!(Topics::new(Kafka::shared()).values(&scene.topic), ["1", "3"]);
    let letters = scene.letters();
    let file = scene.directory.file("input.txt");
    let partition = format!(r#"{{"filename":"{}"}}"#, file.display());
    let message = "Value (two) was out of range for requested data type";
    check(
        &letters[0],
        &json_text("two"),
        &[
            ("topic", &scene.topic),
            ("source.partition", &partition),
            ("source.offset", r#"{"position":6}"#),
            ("connector.name", "source"),
            ("task.id", "0"),
            ("stage", "TRANSFORMATION"),
            ("class.name", CAST),
            ("exception.class.name", "org.apache.kafka.connect.errors.DataException"),
            ("exception.message", message),
        ],
    );
    check(&letters[1], &json_text("four"), &[("source.offset", r#"{"position":13}"#)]);
    assert!(!letters[0].1.contains_key("__connect.errors.offset"), "it has no place in Kafka");
    // A dropped record's own offset is not committed, as in Java: that of the record before it is.
    scene.wait_for_position(8);
    scene.worker.rest().assert_nothing_failed("source");
}

#[test]
fn records_that_a_converter_or_kafka_refuses_are_letters_too() {
    let (long, input) = ("x".repeat(3000), |scene: &Scene| scene.directory.file("input.txt"));
    let scene = Scene::new("source-dlq-kafka", "one\n", &[("max.message.bytes", "2000")]);
    scene.worker.rest().create("source", scene.source(json!({})));
    scene.wait_for_records(&scene.topic, 1);
    append(&input(&scene), &format!("{long}\n"));
    scene.wait_for_records(&scene.queue, 1);
    append(&input(&scene), "two\n");
    scene.wait_for_records(&scene.topic, 2);
    check(&scene.letters()[0], &json_text(&long), &[("stage", "KAFKA_PRODUCE"), ("topic", &scene.topic)]);
    scene.wait_for_position(3009);

    let number = json!({ "value.converter": "org.apache.kafka.connect.converters.IntegerConverter" });
    scene.worker.rest().create("converter", scene.source(number));
    scene.wait_for_records(&scene.queue, 4);
    let letters = scene.letters();
    let class = "org.apache.kafka.connect.converters.IntegerConverter";
    check(&letters[1], &json_text("one"), &[("stage", "VALUE_CONVERTER"), ("class.name", class)]);
    check(&letters[3], &json_text("two"), &[("connector.name", "converter")]);
}

#[test]
fn what_is_committed_has_its_letters_in_kafka() {
    let scene = Scene::new("source-dlq-order", "", &[]);
    scene.worker.rest().create("source", scene.source(cast(json!({}))));
    let (mut position, mut bad) = (0, 0);
    for chunk in 0..6 {
        // Each line of four bytes: a bad one, then a good one.
        let lines = "bad\n123\n".repeat(100 + chunk);
        append(&scene.directory.file("input.txt"), &lines);
        position += lines.len() as u64;
        bad += 100 + chunk as u64;
        wait_for("the chunk is committed", seconds(60), || {
            let offsets = scene.offsets();
            let letters = Topics::new(Kafka::shared()).end(&scene.queue, 0);
            let committed = offsets.split("\"position\":").nth(1).and_then(|rest| rest.split('}').next());
            let committed: u64 = committed.map_or(0, |text| text.parse().expect("a position"));
            assert!(letters >= committed / 8, "{committed} bytes are committed, and {letters} letters are there");
            if committed == position { Ok(()) } else { Err(offsets) }
        });
    }
    assert_eq!(Topics::new(Kafka::shared()).end(&scene.queue, 0), bad);
}

#[test]
fn without_a_topic_there_is_no_queue_and_wrong_keys_are_refused() {
    let scene = Scene::new("source-dlq-none", "1\ntwo\n3\n", &[]);
    let config = scene.source(cast(json!({ "errors.deadletterqueue.topic.replication.factor": "many" })));
    let refused = scene.worker.rest().post("/connectors", &json!({ "name": "source", "config": config })).error(400);
    assert!(refused.contains("errors.deadletterqueue.topic.replication.factor"), "{refused}");
    let mut config = scene.source(cast(json!({})));
    config.as_object_mut().expect("an object").remove("errors.deadletterqueue.topic.name");
    scene.worker.rest().create("source", config);
    scene.wait_for_records(&scene.topic, 2);
    scene.wait_for_position(8);
    assert_eq!(Topics::new(Kafka::shared()).end(&scene.queue, 0), 0);
}
