//! Promise: transforms, predicates and converters in Python and JavaScript stand in one chain with built-in ones; a record that one of
//! them refuses is found, and an instance that has outgrown its memory is replaced without a loss.

use rdkafka::message::{Headers, Message};
use serde_json::{Value, json};
use wasm_connect_tests::connectors::{file_source, with};
use wasm_connect_tests::files::append;
use wasm_connect_tests::kafka::Kafka;
use wasm_connect_tests::paths;
use wasm_connect_tests::temp::TempDir;
use wasm_connect_tests::topic::Topics;
use wasm_connect_tests::wait::{seconds, wait_for, wait_until};
use wasm_connect_tests::worker::{Worker, WorkerOptions};

const JSON: &str = "org.apache.kafka.connect.json.JsonConverter";
/// A component of Python's size is compiled at its first use, unless an earlier test has.
const FIRST_USE: u64 = 240;

/// A worker with the guests of both languages, and a file with these lines.
struct Scene {
    directory: TempDir,
    worker: Worker,
}

impl Scene {
    fn new(name: &str, lines: &str) -> Self {
        let directory = TempDir::new(name);
        append(&directory.file("input.txt"), lines);
        let options = WorkerOptions::new(&directory, Kafka::shared()).with_test_plugins();
        let plugin_path = format!(
            "{},{},{}",
            options.get("plugin.path").expect("a path"),
            paths::python_guests().display(),
            paths::javascript_guests().display()
        );
        let worker = options.set("plugin.path", plugin_path).start();
        Self { directory, worker }
    }

    fn topic(&self, name: &str) -> String {
        let topic = Kafka::shared().unique_topic(name);
        Kafka::shared().create_topic(&topic, 1);
        topic
    }

    /// Has the file's lines come to `topic` by way of `stages`.
    fn source(&self, name: &str, topic: &str, stages: Value) {
        self.worker.rest().create(name, with(file_source(&self.directory.file("input.txt"), topic), stages));
    }

    #[track_caller]
    fn wait_for_records(&self, connector: &str, topic: &str, count: u64) {
        let topics = Topics::new(Kafka::shared());
        wait_until("all records are in the topic", seconds(FIRST_USE), || {
            self.worker.rest().assert_nothing_failed(connector);
            topics.end(topic, 0) >= count
        });
    }
}

/// Values of a topic, each with its headers.
fn records(topic: &str) -> Vec<(String, Vec<(String, String)>)> {
    let text = |bytes: Option<&[u8]>| String::from_utf8_lossy(bytes.unwrap_or_default()).into_owned();
    let mut records = Vec::new();
    Topics::new(Kafka::shared()).read(topic, 1, |message| {
        let headers = message.headers().into_iter().flat_map(|headers| headers.iter());
        let headers = headers.map(|header| (header.key.to_owned(), text(header.value))).collect();
        records.push((text(message.payload()), headers));
    });
    records
}

#[test]
fn a_chain_holds_stages_in_python_and_javascript_among_built_in_ones() {
    let scene = Scene::new("scripts-chain", "Ada\ndrop\nBob\nskipped\nCleo\n");
    let topic = scene.topic("scripts-chain");
    let routed = format!("{topic}-routed");
    Kafka::shared().create_topic(&routed, 1);
    let stages = json!({
        "transforms": "skip, shout, mark, hoist, measure, route",
        "transforms.skip.type": "Filter",
        "transforms.skip.predicate": "isSkipped",
        "transforms.shout.type": "tests.python.Shout",
        "transforms.shout.header": "python",
        "transforms.mark.type": "InsertHeader",
        "transforms.mark.header": "is.ada",
        "transforms.mark.value.literal": "yes",
        "transforms.mark.predicate": "isAda",
        "transforms.hoist.type": "org.apache.kafka.connect.transforms.HoistField$Value",
        "transforms.hoist.field": "name",
        "transforms.measure.type": "tests.javascript.Measure",
        "transforms.measure.field": "name",
        "transforms.route.type": "RegexRouter",
        "transforms.route.regex": "(.*)",
        "transforms.route.replacement": "$1-routed",
        "predicates": "isSkipped, isAda",
        "predicates.isSkipped.type": "tests.python.IsText",
        "predicates.isSkipped.text": "skipped",
        "predicates.isAda.type": "tests.javascript.IsText",
        "predicates.isAda.text": "ADA",
        "value.converter": JSON,
    });
    scene.source("source", &topic, stages);
    scene.wait_for_records("source", &routed, 3);
    let schema = json!({
        "type": "struct", "optional": false, "fields": [
            { "type": "string", "optional": false, "field": "name" },
            { "type": "int32", "optional": false, "field": "length" },
        ],
    });
    let header = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    let expected = [("ADA", 3, true), ("BOB", 3, false), ("CLEO", 4, false)];
    let found = records(&routed);
    assert_eq!(found.len(), expected.len(), "{found:?}");
    for ((value, headers), (name, length, is_ada)) in found.into_iter().zip(expected) {
        let value: Value = serde_json::from_str(&value).expect("JSON");
        assert_eq!(value, json!({ "schema": schema, "payload": { "name": name, "length": length } }));
        let mut marks = vec![header("python", "shouted")];
        marks.extend(is_ada.then(|| header("is.ada", "yes")));
        assert_eq!(headers, marks);
    }
    wait_for("the offset behind the last line is committed", seconds(60), || {
        let offsets = scene.worker.rest().get("/connectors/source/offsets").expect(200).body;
        if offsets.contains("\"position\":26") { Ok(()) } else { Err(offsets) }
    });
}

#[test]
fn what_a_converter_in_one_language_writes_one_in_the_other_reads() {
    let scene = Scene::new("scripts-converters", "Ada\nBób\n");
    for (from, to) in [("python", "javascript"), ("javascript", "python")] {
        let topic = scene.topic("scripts-converters");
        let source = format!("source-{from}");
        let stages = json!({
            "transforms": "mark",
            "transforms.mark.type": "InsertHeader",
            "transforms.mark.header": "h",
            "transforms.mark.value.literal": "x",
            "value.converter": format!("tests.{from}.Backwards"),
            "header.converter": format!("tests.{from}.Tagged"),
        });
        scene.source(&source, &topic, stages);
        scene.wait_for_records(&source, &topic, 2);
        let (first, headers) = records(&topic).swap_remove(0);
        assert_eq!((first.as_str(), headers), ("adA", vec![("h".to_owned(), "h=x".to_owned())]));
        let (sink, journal) = (format!("sink-{from}"), scene.directory.file(&format!("{from}.txt")));
        let config = json!({
            "connector.class": "tests.guests.WholeRecords",
            "topics": topic,
            "file": journal,
            "value.converter": format!("tests.{to}.Backwards"),
            "header.converter": format!("tests.{to}.Tagged"),
        });
        scene.worker.rest().create(&sink, config);
        let seen = wait_for("both records are put", seconds(FIRST_USE), || {
            scene.worker.rest().assert_nothing_failed(&sink);
            let text = std::fs::read_to_string(&journal).unwrap_or_default();
            if text.lines().count() == 2 { Ok(text) } else { Err(text) }
        });
        for (line, name) in seen.lines().zip(["Ada", "Bób"]) {
            assert!(line.contains(&format!("String(\"{name}\")")) && line.contains(r#"h=String(\"x\")"#), "{line}");
        }
    }
}

#[test]
fn a_record_that_a_transform_refuses_is_left_out_with_its_reason() {
    let scene = Scene::new("scripts-refused", "a\nrefuse\nraise\neat memory\nb\n");
    let plain = scene.topic("scripts-refused");
    scene.source("plain", &plain, json!({}));
    scene.wait_for_records("plain", &plain, 5);
    let queue = format!("{plain}-dlq");
    let config = json!({
        "connector.class": "tests.guests.WholeRecords",
        "topics": plain,
        "file": scene.directory.file("journal.txt"),
        "transforms": "shout",
        "transforms.shout.type": "tests.python.Shout",
        "transforms.shout.header": "python",
        "errors.tolerance": "all",
        "errors.deadletterqueue.topic.name": queue,
        "errors.deadletterqueue.topic.replication.factor": "1",
        "errors.deadletterqueue.context.headers.enable": "true",
    });
    scene.worker.rest().create("sink", config);
    scene.wait_for_records("sink", &queue, 3);
    let message = |headers: &[(String, String)]| {
        let found = headers.iter().find(|(name, _)| name == "__connect.errors.exception.message");
        found.map(|(_, text)| text.clone()).expect("a reason")
    };
    let letters = records(&queue);
    let values: Vec<_> = letters.iter().map(|(value, _)| value.as_str()).collect();
    assert_eq!(values, ["refuse", "raise", "eat memory"]);
    assert_eq!(message(&letters[0].1), "it was told to refuse");
    let raised = message(&letters[1].1);
    assert!(raised.starts_with("Traceback") && raised.ends_with("KeyError: 'raised on purpose'"), "{raised}");
    assert!(message(&letters[2].1).contains("sandbox.memory.max.bytes"), "{}", message(&letters[2].1));

    let topic = scene.topic("scripts-refused-js");
    let hoisted = json!({
        "transforms": "hoist, measure",
        "transforms.hoist.type": "org.apache.kafka.connect.transforms.HoistField$Value",
        "transforms.hoist.field": "name",
        "transforms.measure.type": "tests.javascript.Measure",
        "transforms.measure.field": "name",
    });
    scene.source("source", &topic, hoisted);
    let trace = scene.worker.rest().wait_task_failed("source", 0, seconds(FIRST_USE));
    assert!(trace.contains("stage 'TRANSFORMATION' with class 'tests.javascript.Measure'"), "{trace}");
    assert!(trace.contains("it was told to refuse"), "{trace}");
}

/// Linear memory of a Python instance that has just started is about half of it.
const RECYCLE_BYTES: u64 = 40 << 20;
const MEMORY_MAX_BYTES: u64 = 56 << 20;
const LINE_BYTES: usize = 2_000;
/// All in all several times the room that there is.
const LINES: usize = 40_000;

#[test]
fn a_transform_whose_memory_grows_with_each_batch_is_replaced_and_loses_nothing() {
    let padding = "x".repeat(LINE_BYTES);
    let lines: Vec<_> = (0..LINES).map(|number| format!("{number} {padding}\n")).collect();
    let scene = Scene::new("scripts-recycle", &lines.concat());
    let topic = scene.topic("scripts-recycle");
    let stages = json!({
        "transforms": "shout",
        "transforms.shout.type": "tests.python.Shout",
        "transforms.shout.header": "python",
        "transforms.shout.sandbox.memory.max.bytes": MEMORY_MAX_BYTES.to_string(),
        "transforms.shout.sandbox.memory.recycle.bytes": RECYCLE_BYTES.to_string(),
        "producer.override.compression.type": "lz4",
    });
    scene.source("leaky", &topic, stages);
    scene.wait_for_records("leaky", &topic, LINES as u64);
    let replaced = scene.worker.log().matches("Replacing the instance of the transformation shout").count();
    println!("replaced {replaced} times");
    assert!(replaced >= 2, "{} bytes went through {MEMORY_MAX_BYTES}", LINES * LINE_BYTES);
    let mut next = 0;
    Topics::new(Kafka::shared()).read(&topic, 1, |message| {
        let text = std::str::from_utf8(message.payload().unwrap_or_default()).expect("text");
        assert_eq!(
            text.split(' ').next().and_then(|number| number.parse().ok()),
            Some(next),
            "each once, in their order"
        );
        next += 1;
    });
    assert_eq!(next, LINES);
}
