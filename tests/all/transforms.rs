//! Promise: records pass through the transforms that a connector lists, and what fails there fails or is skipped as in Java.

use rdkafka::message::{Headers, Message};
use serde_json::{Value, json};
use wasm_connect_tests::connectors::{file_source, with};
use wasm_connect_tests::files::append;
use wasm_connect_tests::kafka::Kafka;
use wasm_connect_tests::temp::TempDir;
use wasm_connect_tests::topic::Topics;
use wasm_connect_tests::wait::{seconds, wait_for, wait_until};
use wasm_connect_tests::worker::{Worker, WorkerOptions};

const JSON: &str = "org.apache.kafka.connect.json.JsonConverter";
const TRANSFORMS: &str = "org.apache.kafka.connect.transforms";

/// A worker with the test plugins, and a file with these lines.
fn start(name: &str, lines: &str) -> (TempDir, Worker) {
    let directory = TempDir::new(name);
    append(&directory.file("input.txt"), lines);
    let worker = WorkerOptions::new(&directory, Kafka::shared()).with_test_plugins().start();
    (directory, worker)
}

/// The keys of a transform.
fn transform(alias: &str, class: &str, keys: Value) -> Value {
    let mut config = json!({ format!("transforms.{alias}.type"): format!("{TRANSFORMS}.{class}") });
    for (key, value) in keys.as_object().expect("keys are an object") {
        config[format!("transforms.{alias}.{key}")] = value.clone();
    }
    config
}

/// A record as a test states it: key, value and headers.
type Stated = (Option<String>, Option<String>, Vec<(String, String)>);

fn records(topic: &str) -> Vec<Stated> {
    let text = |bytes: Option<&[u8]>| bytes.map(|bytes| String::from_utf8_lossy(bytes).into_owned());
    let mut records = Vec::new();
    Topics::new(Kafka::shared()).read(topic, 1, |message| {
        let headers = message.headers().into_iter().flat_map(|headers| headers.iter());
        let headers = headers.map(|header| (header.key.to_owned(), text(header.value).unwrap_or_default())).collect();
        records.push((text(message.key()), text(message.payload()), headers));
    });
    records
}

#[track_caller]
fn wait_for_records(worker: &Worker, connector: &str, topic: &str, count: u64) {
    let topics = Topics::new(Kafka::shared());
    wait_until("all records are in the topic", seconds(60), || {
        worker.rest().assert_nothing_failed(connector);
        topics.end(topic, 0) >= count
    });
}

#[test]
fn a_source_sends_what_its_chain_makes_to_the_topic_that_it_names() {
    let kafka = Kafka::shared();
    let (directory, worker) = start("transforms-source", "one\ntwo\n");
    let topic = kafka.unique_topic("transforms-source");
    let routed = format!("{topic}-routed");
    kafka.create_topic(&routed, 1);
    let mut config = with(
        file_source(&directory.file("input.txt"), &topic),
        json!({
            "transforms": "hoist, mark, route, never",
            "value.converter": JSON,
            "value.converter.schemas.enable": "false",
            "predicates": "isMarked",
            "predicates.isMarked.type": "HasHeaderKey",
            "predicates.isMarked.name": "mark",
        }),
    );
    for keys in [
        transform("hoist", "HoistField$Value", json!({ "field": "line" })),
        transform("mark", "InsertHeader", json!({ "header": "mark", "value.literal": "7" })),
        transform(
            "route",
            "RegexRouter",
            json!({ "regex": "(.*)", "replacement": "$1-routed", "predicate": "isMarked" }),
        ),
        transform("never", "Filter", json!({ "predicate": "isMarked", "negate": "true" })),
    ] {
        config = with(config, keys);
    }
    worker.rest().create("source", config);
    wait_for_records(&worker, "source", &routed, 2);
    let mark = vec![("mark".to_owned(), "7".to_owned())];
    let record = |text: &str| (None, Some(text.to_owned()), mark.clone());
    assert_eq!(records(&routed), [record(r#"{"line":"one"}"#), record(r#"{"line":"two"}"#)]);
    assert_eq!(Topics::new(kafka).end(&topic, 0), 0);
    wait_for("only the topic that records went to is active", seconds(10), || {
        let topics = worker.rest().get("/connectors/source/topics").expect(200).json();
        if topics["source"]["topics"] == json!([routed]) { Ok(()) } else { Err(topics.to_string()) }
    });
}

#[test]
fn a_sink_is_given_what_its_chain_makes_and_offsets_count_what_is_filtered() {
    let kafka = Kafka::shared();
    let tombstone = r#"{"schema":null,"payload":null}"#;
    let envelope = |n: i32| {
        format!(
            r#"{{"schema":{{"type":"struct","fields":[{{"type":"int32","optional":false,"field":"n"}}],"optional":false}},"payload":{{"n":{n}}}}}"#
        )
    };
    let lines = format!("{}\n{tombstone}\n{}\n{tombstone}\n", envelope(1), envelope(2));
    let (directory, worker) = start("transforms-sink", &lines);
    let topic = kafka.unique_topic("transforms-sink");
    kafka.create_topic(&topic, 1);
    let header = |alias: &str| transform(alias, "InsertHeader", json!({ "header": alias, "value.literal": alias }));
    let source = with(file_source(&directory.file("input.txt"), &topic), json!({ "transforms": "a,b" }));
    worker.rest().create("source", with(with(source, header("a")), header("b")));
    wait_for_records(&worker, "source", &topic, 4);
    let sink = format!("{topic}-sink");
    let journal = directory.file("journal.txt");
    let mut config = json!({
        "connector.class": "tests.guests.WholeRecords",
        "topics": topic,
        "file": journal,
        "value.converter": JSON,
        "transforms": "filter, key, drop, route",
        "predicates": "isTombstone, isOurs",
        "predicates.isTombstone.type": "RecordIsTombstone",
        "predicates.isOurs.type": "TopicNameMatches",
        "predicates.isOurs.pattern": "transforms-.*",
    });
    for keys in [
        transform("filter", "Filter", json!({ "predicate": "isTombstone" })),
        transform("key", "ValueToKey", json!({ "fields": "n" })),
        transform("drop", "DropHeaders", json!({ "headers": "a" })),
        transform("route", "RegexRouter", json!({ "regex": ".*", "replacement": "renamed", "predicate": "isOurs" })),
    ] {
        config = with(config, keys);
    }
    worker.rest().create(&sink, config);
    let seen = wait_for("both records are put", seconds(60), || {
        worker.rest().assert_nothing_failed(&sink);
        let text = std::fs::read_to_string(&journal).unwrap_or_default();
        if text.lines().count() == 2 { Ok(text) } else { Err(text) }
    });
    for (line, (n, offset)) in seen.lines().zip([(1, 0), (2, 2)]) {
        let place = format!("renamed-0 from {topic}-0@{offset}: ");
        assert!(line.starts_with(&place), "{line}");
        assert!(line.matches(&format!("values: [Int32({n})]")).count() == 2, "{line}");
        assert!(line.ends_with(r#"["b=String(\"b\")"]"#), "{line}");
    }
    wait_for("the offset behind the last tombstone is committed", seconds(60), || {
        let offsets = worker.rest().get(&format!("/connectors/{sink}/offsets")).expect(200).body;
        if offsets.contains("\"kafka_offset\":4") { Ok(()) } else { Err(offsets) }
    });
}

fn cast() -> Value {
    with(json!({ "transforms": "cast" }), transform("cast", "Cast$Value", json!({ "spec": "int8" })))
}

#[test]
fn a_record_that_a_transform_refuses_fails_the_task_behind_those_before_it() {
    let kafka = Kafka::shared();
    let (directory, worker) = start("transforms-refused", "1\n2\nthree\n4\n");
    let topic = kafka.unique_topic("transforms-refused");
    worker.rest().create("source", with(file_source(&directory.file("input.txt"), &topic), cast()));
    let trace = worker.rest().wait_task_failed("source", 0, seconds(60));
    let lines: Vec<&str> = trace.lines().collect();
    let [failure, place, cause] = lines.as_slice() else { panic!("{trace}") };
    assert_eq!(*failure, "org.apache.kafka.connect.errors.ConnectException: Tolerance exceeded in error handler");
    let start = format!("\tat stage 'TRANSFORMATION' with class '{TRANSFORMS}.Cast$Value', where source record is ");
    assert!(place.starts_with(&start) && place.contains(&topic) && place.contains("position"), "{trace}");
    let expected =
        "org.apache.kafka.connect.errors.DataException: Value (three) was out of range for requested data type";
    assert_eq!(*cause, format!("Caused by: {expected}"));
    assert_eq!(Topics::new(kafka).values(&topic), ["1", "2"]);
}

/// The numbers that stand before `word` in the lines about acknowledgements.
fn sum_before(log: &str, word: &str) -> usize {
    let lines = log.lines().filter(|line| line.contains("acknowledged "));
    let numbers = lines.filter_map(|line| line.split(word).next()?.rsplit(' ').next()?.parse::<usize>().ok());
    numbers.sum()
}

#[test]
fn records_that_a_transform_refuses_are_skipped_and_acknowledged_if_errors_are_tolerated() {
    let kafka = Kafka::shared();
    let (_directory, worker) = start("transforms-tolerant", "");
    let topic = kafka.unique_topic("transforms-tolerant");
    let config = json!({
        "connector.class": "tests.guests.AckRecorder",
        "topic": topic,
        "records": "200",
        "errors.tolerance": "all",
        "errors.log.enable": "true",
        "errors.log.include.messages": "true",
    });
    worker.rest().create("source", with(config, cast()));
    // Java, too, tells of a dropped record at once, before those that are on their way.
    let log = wait_for("the guest has heard of all records", seconds(60), || {
        worker.rest().assert_nothing_failed("source");
        let log = worker.log();
        let heard = [" placed", " dropped"].map(|fate| sum_before(&log, fate));
        if heard == [128, 72] { Ok(log) } else { Err(format!("placed and dropped: {heard:?}")) }
    });
    let skipped =
        format!("Executing stage 'TRANSFORMATION' with class '{TRANSFORMS}.Cast$Value', where source record is ");
    assert_eq!(log.matches(&skipped).count(), 72, "{log}");
    let expected: Vec<_> = (0..128).map(|number| number.to_string()).collect();
    assert_eq!(Topics::new(kafka).values(&topic), expected);
}

#[test]
fn a_sink_record_that_a_transform_refuses_is_told_with_its_place_in_kafka() {
    let kafka = Kafka::shared();
    let (directory, worker) = start("transforms-sink-refused", "1\ntwo\n3\n");
    let topic = kafka.unique_topic("transforms-sink-refused");
    kafka.create_topic(&topic, 1);
    worker.rest().create("source", file_source(&directory.file("input.txt"), &topic));
    wait_for_records(&worker, "source", &topic, 3);
    let sink = |file: &str| {
        let config = json!({
            "connector.class": "tests.guests.WholeRecords",
            "topics": topic,
            "file": directory.file(file),
        });
        with(config, cast())
    };
    let (strict, tolerant) = (format!("{topic}-strict"), format!("{topic}-tolerant"));
    worker.rest().create(&strict, sink("strict.txt"));
    let trace = worker.rest().wait_task_failed(&strict, 0, seconds(60));
    let place = format!("where consumed record is {{topic='{topic}', partition=0, offset=1}}");
    assert!(trace.contains(&place) && trace.contains("Value (two) was out of range"), "{trace}");
    let queue = format!("{topic}-dlq");
    let tolerance = json!({
        "errors.tolerance": "all",
        "errors.deadletterqueue.topic.name": queue,
        "errors.deadletterqueue.topic.replication.factor": "1",
        "errors.deadletterqueue.context.headers.enable": "true",
    });
    worker.rest().create(&tolerant, with(sink("tolerant.txt"), tolerance));
    wait_for("the other records are put", seconds(60), || {
        worker.rest().assert_nothing_failed(&tolerant);
        let text = std::fs::read_to_string(directory.file("tolerant.txt")).unwrap_or_default();
        if text.contains("Int8(1)") && text.contains("Int8(3)") { Ok(()) } else { Err(text) }
    });
    wait_for_records(&worker, &tolerant, &queue, 1);
    let [(None, Some(value), headers)] = &records(&queue)[..] else { panic!("one letter") };
    assert_eq!(value, "two");
    let has = |key: &str, value: &str| {
        let key = format!("__connect.errors.{key}");
        assert!(headers.iter().any(|header| header.0 == key && header.1 == value), "{key}={value}: {headers:?}");
    };
    has("stage", "TRANSFORMATION");
    has("class.name", &format!("{TRANSFORMS}.Cast$Value"));
    has("exception.class.name", "org.apache.kafka.connect.errors.DataException");
    has("offset", "1");
}

#[test]
fn a_topic_that_kafka_cannot_have_fails_the_task() {
    for name in ["", "no topic"] {
        let (directory, worker) = start("transforms-topic", "1\n");
        let source = file_source(&directory.file("input.txt"), &Kafka::shared().unique_topic("transforms-topic"));
        let route = transform("route", "RegexRouter", json!({ "regex": ".*", "replacement": name }));
        worker.rest().create("source", with(with(source, json!({ "transforms": "route" })), route));
        let trace = worker.rest().wait_task_failed("source", 0, seconds(30));
        assert!(trace.contains("Invalid topic"), "{trace}");
    }
}
