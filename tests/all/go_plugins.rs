//! Promise: plugins in Go do what those in Rust do: run, resume, validate and fail with their reason; their collector works while the
//! worker allocates in their memory.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};
use wasm_connect_tests::kafka::Kafka;
use wasm_connect_tests::paths;
use wasm_connect_tests::server::{Server, answer};
use wasm_connect_tests::temp::TempDir;
use wasm_connect_tests::topic::Topics;
use wasm_connect_tests::wait::{seconds, wait_until};
use wasm_connect_tests::worker::WorkerOptions;

/// A component of Go's size is compiled at its first use, unless an earlier test has.
const FIRST_USE: u64 = 120;
const STRING_CONVERTER: &str = "org.apache.kafka.connect.storage.StringConverter";

/// How often the server has seen each offset of the topic, in envelopes of values that name it.
#[derive(Default)]
struct Seen {
    offsets: HashMap<u64, usize>,
    requests: u64,
}

impl Seen {
    /// Notes a request's records, unless it is one of those that a busy server refuses.
    fn take(&mut self, body: &[u8]) -> String {
        self.requests += 1;
        if self.requests.is_multiple_of(5) {
            return answer(503, "Retry-After: 0\r\n", "busy");
        }
        let records: Vec<Value> = serde_json::from_slice(body).expect("a list in JSON");
        for record in records {
            let offset = record["offset"].as_u64().expect("an offset");
            assert_eq!(record["value"], json!(format!("line {offset}")));
            *self.offsets.entry(offset).or_default() += 1;
        }
        answer(204, "", "")
    }
}

#[test]
fn a_webhook_gets_all_records_through_a_kill_and_a_busy_server() {
    const RECORDS: u64 = 6_000;
    let kafka = Kafka::shared();
    let directory = TempDir::new("go-webhook");
    let topic = kafka.unique_topic("webhook");
    kafka.create_topic(&topic, 1);
    let topics = Topics::new(kafka);
    let seen = Arc::new(Mutex::new(Seen::default()));
    let noting = seen.clone();
    let server = Server::http(move |line, body| {
        assert_eq!(line, "POST /hook?from=kafka");
        noting.lock().expect("no panic while it is held").take(body)
    });
    let config = format!(
        "name={topic}-sink\nconnector.class=WebhookSink\ntopics={topic}\nurl=http://127.0.0.1:{}/hook?from=kafka\n\
         format=envelope\nbatch.size=50\nvalue.converter={STRING_CONVERTER}\nkey.converter={STRING_CONVERTER}\n\
         consumer.override.session.timeout.ms=1500\nconsumer.override.heartbeat.interval.ms=400\n",
        server.port()
    );
    let mut worker = WorkerOptions::new(&directory, kafka)
        .set("plugin.path", paths::go_plugin("webhook-sink"))
        .set("sandbox.net.connect", "127.0.0.0/8")
        .connector_file(&directory.write("webhook.properties", config))
        .spawn();
    worker.wait_ready(seconds(FIRST_USE));
    let count = || seen.lock().expect("no panic while it is held").offsets.len() as u64;
    let half: Vec<String> = (0..RECORDS / 2).map(|offset| format!("line {offset}")).collect();
    topics.produce(&topic, &half);
    wait_until("some records have arrived", seconds(FIRST_USE), || count() >= RECORDS / 4);
    worker.kill();
    let rest: Vec<String> = (RECORDS / 2..RECORDS).map(|offset| format!("line {offset}")).collect();
    topics.produce(&topic, &rest);
    worker.start_again();
    wait_until("all records have arrived", seconds(FIRST_USE), || count() >= RECORDS);

    let seen = seen.lock().expect("no panic while it is held");
    assert!((0..RECORDS).all(|offset| seen.offsets.contains_key(&offset)), "a record is missing");
    let repeated: usize = seen.offsets.values().map(|times| times - 1).sum();
    println!("{} requests, {repeated} records repeated", seen.requests);
    // What was sent since the last commit comes again, and of it nothing twice.
    assert!(seen.offsets.values().all(|times| *times <= 2), "a record came three times");
    worker.rest().assert_nothing_failed(&format!("{topic}-sink"));
}

#[test]
fn a_server_that_refuses_a_record_fails_the_task_or_fills_the_queue() {
    let kafka = Kafka::shared();
    let directory = TempDir::new("go-refused");
    let (topic, queue) = (kafka.unique_topic("refused"), kafka.unique_topic("refused-dlq"));
    kafka.create_topic(&topic, 1);
    kafka.create_topic(&queue, 1);
    let server = Server::http(|_, body| match body {
        b"bad" => answer(422, "", "no such thing"),
        _ => answer(200, "", ""),
    });
    let worker = WorkerOptions::new(&directory, kafka)
        .set("plugin.path", paths::go_plugin("webhook-sink"))
        .set("sandbox.net.connect", "127.0.0.0/8")
        .start();
    let mut config = json!({
        "connector.class": "WebhookSink", "topics": topic, "url": format!("http://127.0.0.1:{}/", server.port()),
        "format": "raw", "batch.size": 1, "value.converter": STRING_CONVERTER, "key.converter": STRING_CONVERTER,
    });
    let topics = Topics::new(kafka);
    topics.produce(&topic, &["good", "bad", "good"].map(str::to_owned));
    worker.rest().create("strict", config.clone());
    let trace = worker.rest().wait_task_failed("strict", 0, seconds(FIRST_USE));
    assert!(trace.contains("the server answered 422: no such thing"), "{trace}");
    let tolerant = config.as_object_mut().expect("an object");
    tolerant.insert("errors.tolerance".into(), "all".into());
    tolerant.insert("errors.deadletterqueue.topic.name".into(), queue.as_str().into());
    tolerant.insert("errors.deadletterqueue.topic.replication.factor".into(), 1.into());
    worker.rest().create("tolerant", config);
    wait_until("the bad record is in the queue", seconds(FIRST_USE), || topics.end(&queue, 0) == 1);
    assert_eq!(topics.values(&queue), ["bad"]);
}

#[test]
fn a_failure_in_go_says_what_and_where() {
    let kafka = Kafka::shared();
    let directory = TempDir::new("go-fails");
    let worker =
        WorkerOptions::new(&directory, kafka).set("plugin.path", paths::go_guests().display().to_string()).start();
    for (kind, parts) in [
        ("panic", &["poll: panic: on purpose", "main.(*fails).Poll"][..]),
        (
            "nil",
            &["poll: panic: runtime error: invalid memory address or nil pointer dereference", "main.(*fails).Poll"],
        ),
        ("fatal", &["poll: fatal on purpose"]),
        ("exit", &["poll: "]),
        ("deadlock", &["poll: "]),
        ("memory", &["sandbox.memory.max.bytes"]),
    ] {
        worker.rest().create(kind, json!({ "connector.class": "tests.go.Fails", "kind": kind }));
        let trace = worker.rest().wait_task_failed(kind, 0, seconds(FIRST_USE));
        println!("{kind}: {trace}");
        for part in parts {
            assert!(trace.contains(part), "{kind}: {part:?} is missing in: {trace}");
        }
    }
    let log = worker.log();
    assert!(log.contains("WARN [fatal|task-0] about to fail kind=fatal"), "{log}");
}

#[test]
fn many_times_its_memory_of_garbage_is_collected() {
    const RECORDS: u64 = 300_000;
    let kafka = Kafka::shared();
    let directory = TempDir::new("go-garbage");
    let topic = kafka.unique_topic("go-garbage");
    kafka.create_topic(&topic, 1);
    let worker =
        WorkerOptions::new(&directory, kafka).set("plugin.path", paths::go_guests().display().to_string()).start();
    let config = json!({
        "connector.class": "tests.go.Garbage", "topic": topic, "records": RECORDS, "value.converter": STRING_CONVERTER,
        "sandbox.memory.max.bytes": 48 << 20, "sandbox.memory.recycle.bytes": 48 << 20,
    });
    worker.rest().create("garbage", config);
    let topics = Topics::new(kafka);
    wait_until("all records are in the topic", seconds(FIRST_USE), || {
        worker.rest().assert_nothing_failed("garbage");
        topics.end(&topic, 0) >= RECORDS
    });
    let log = worker.log();
    assert!(!log.contains("Recycled"), "the collector is enough: {log}");
}
