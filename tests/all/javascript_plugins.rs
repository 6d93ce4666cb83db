//! Promise: plugins in JavaScript do what those in Rust do: run, resume, reach what they are granted, and fail with their reason.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use rdkafka::Message;
use serde_json::{Value, json};
use wasm_connect_tests::kafka::Kafka;
use wasm_connect_tests::paths;
use wasm_connect_tests::server::{Server, answer};
use wasm_connect_tests::temp::TempDir;
use wasm_connect_tests::topic::Topics;
use wasm_connect_tests::wait::{seconds, wait_for, wait_until};
use wasm_connect_tests::worker::{Worker, WorkerOptions};

const JSON_CONVERTER: &str = "org.apache.kafka.connect.json.JsonConverter";
/// A component of QuickJS's size is compiled at its first use, unless an earlier test has.
const FIRST_USE: u64 = 120;

fn options(directory: &TempDir, kafka: &Kafka) -> WorkerOptions {
    let plugins = format!(
        "{},{}",
        paths::plugins().join("http-poll-source.wasm").display(),
        paths::javascript_guests().display()
    );
    WorkerOptions::new(directory, kafka)
        .set("plugin.path", plugins)
        .set("offset.flush.interval.ms", "100")
        .set("sandbox.net.connect", "127.0.0.1:*")
}

// === a source and a sink

/// A document that has versions, and a server of it.
struct Document {
    server: Server,
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    etag: String,
    body: String,
    /// How often there was nothing new.
    unchanged: usize,
}

impl Document {
    fn new() -> Self {
        let state = Arc::new(Mutex::new(State::default()));
        let served = state.clone();
        let server = Server::http_with_headers(move |head| {
            let mut state = served.lock().expect("the state");
            let condition =
                head.lines().find_map(|line| line.to_lowercase().strip_prefix("if-none-match:").map(str::to_owned));
            if condition.is_some_and(|tag| tag.trim() == state.etag) {
                state.unchanged += 1;
                return "HTTP/1.1 304 Not Modified\r\n\r\n".to_owned();
            }
            answer(200, &format!("ETag: {}\r\n", state.etag), &state.body)
        });
        Self { server, state }
    }

    fn publish(&self, etag: &str, body: String) {
        let mut state = self.state.lock().expect("the state");
        *state = State { etag: etag.to_owned(), body, unchanged: 0 };
    }

    fn url(&self) -> String {
        format!("http://127.0.0.1:{}/document", self.server.port())
    }

    /// Waits until the server has been asked for what is new, and there was nothing.
    fn wait_unchanged(&self) {
        wait_until("a request for what is new was made", seconds(60), || {
            self.state.lock().expect("the state").unchanged > 0
        });
    }
}

/// The committed offset of a connector with one source partition.
fn committed(worker: &Worker, name: &str) -> Option<Value> {
    let offsets = worker.rest().get(&format!("/connectors/{name}/offsets")).json();
    offsets["offsets"].get(0).map(|entry| entry["offset"].clone())
}

#[track_caller]
fn wait_committed(worker: &Worker, name: &str, expected: &str, is_it: impl Fn(&Value) -> bool) -> Value {
    wait_for(expected, seconds(FIRST_USE), || {
        worker.rest().assert_nothing_failed(name);
        match committed(worker, name) {
            Some(offset) if is_it(&offset) => Ok(offset),
            other => Err(format!("the offset is {other:?}")),
        }
    })
}

#[test]
fn a_document_goes_through_a_topic_into_a_file_once_a_version_also_over_a_kill() {
    let kafka = Kafka::shared();
    let directory = TempDir::new("javascript-copy");
    let topic = kafka.unique_topic("javascript");
    kafka.create_topic(&topic, 1);
    let (document, file) = (Document::new(), directory.file("lines.txt"));
    document
        .publish("\"v1\"", r#"{"items":[{"id":"a","n":9007199254740993},{"id":"b","n":1.5},{"id":"ä"}]}"#.to_owned());
    let converters = format!(
        "key.converter={JSON_CONVERTER}\nkey.converter.schemas.enable=false\n\
         value.converter={JSON_CONVERTER}\nvalue.converter.schemas.enable=false\n"
    );
    let source = directory.write(
        "source.properties",
        format!(
            "name=poll\nconnector.class=HttpPollSource\ntopic={topic}\nurl={}\nrecords.pointer=/items\nkey.field=id\n\
             interval.ms=50\n{converters}",
            document.url()
        ),
    );
    let sink = directory.write(
        "sink.properties",
        format!(
            "name=lines-{topic}\nconnector.class=tests.javascript.LinesSink\ntopics={topic}\nfile={}\n\
             consumer.override.session.timeout.ms=1500\nconsumer.override.heartbeat.interval.ms=400\n{converters}",
            file.display()
        ),
    );
    let mut worker = options(&directory, kafka).connector_file(&source).connector_file(&sink).spawn();
    worker.wait_ready(seconds(FIRST_USE));
    let lines = |count: usize| {
        wait_for("the lines are in the file", seconds(FIRST_USE), || {
            let text = std::fs::read_to_string(&file).unwrap_or_default();
            let lines: BTreeSet<&str> = text.lines().collect();
            if lines.len() >= count {
                Ok(text.clone())
            } else {
                Err(format!("{count} are expected, there is {text:?}"))
            }
        })
    };
    let first =
        "0 \"a\" {\"id\":\"a\",\"n\":9007199254740992}\n1 \"b\" {\"id\":\"b\",\"n\":1.5}\n2 \"ä\" {\"id\":\"ä\"}\n";
    assert_eq!(lines(3), first, "the sink shows bigint as numbers");
    wait_committed(&worker, "poll", "the first version is committed", |offset| offset["next"] == 3);
    worker.kill();
    document.publish("\"v1\"", String::new());
    worker.start_again();
    document.wait_unchanged();
    assert!(worker.log().contains("goes on after record 3 of 3 of \"v1\""), "{}", worker.log());
    document.publish("\"v2\"", r#"{"items":[{"id":"c"}]}"#.to_owned());
    assert!(lines(4).contains("3 \"c\" {\"id\":\"c\"}\n"), "nothing was brought twice, and the new version was");
    let mut values = Vec::new();
    Topics::new(kafka).read(&topic, 1, |message| {
        values.push(String::from_utf8_lossy(message.payload().unwrap_or_default()).into_owned());
    });
    assert_eq!(values[0], r#"{"id":"a","n":9007199254740993}"#, "64 bits are exact");
    assert_eq!(values.len(), 4);
}

const LINES: usize = 300_000;

#[test]
fn a_kill_in_the_middle_of_a_document_goes_on_there() {
    let kafka = Kafka::shared();
    let directory = TempDir::new("javascript-middle");
    let topic = kafka.unique_topic("javascript-middle");
    kafka.create_topic(&topic, 1);
    let document = Document::new();
    document.publish("\"long\"", (0..LINES).map(|i| format!("line {i}\n")).collect());
    let source = directory.write(
        "source.properties",
        format!("name=poll\nconnector.class=HttpPollSource\ntopic={topic}\nurl={}\nformat=lines\n", document.url()),
    );
    let mut worker = options(&directory, kafka).connector_file(&source).spawn();
    worker.wait_ready(seconds(FIRST_USE));
    let some = |offset: &Value| offset["next"].as_u64().is_some_and(|next| next > 0);
    let at_kill = wait_committed(&worker, "poll", "some lines are committed", some);
    worker.kill();
    assert!(at_kill["next"].as_u64() < Some(LINES as u64), "all of it was brought before it could be interrupted");
    worker.start_again();
    wait_committed(&worker, "poll", "all lines are committed", |offset| offset["next"] == LINES);

    let log = worker.log();
    let resumed = log.lines().filter(|line| line.contains("goes on after record")).count();
    assert_eq!(resumed, 1, "{log}");
    let (mut seen, mut records) = (vec![false; LINES], 0);
    Topics::new(kafka).read(&topic, 1, |message| {
        let text = std::str::from_utf8(message.payload().unwrap_or_default()).expect("text");
        let number: usize = text.strip_prefix("line ").and_then(|number| number.parse().ok()).expect("a line");
        seen[number] = true;
        records += 1;
    });
    println!("killed at {at_kill}, {} lines were repeated", records - LINES);
    assert!(seen.iter().all(|seen| *seen), "a line is missing");
    assert!(records < 2 * LINES, "it began anew");
}

// === what is refused and what fails

#[test]
fn a_url_that_is_not_granted_fails_the_task_before_anything_is_sent() {
    let kafka = Kafka::shared();
    let directory = TempDir::new("javascript-grant");
    let document = Document::new();
    let worker = options(&directory, kafka).set("sandbox.net.connect", "example.com:443").start();
    let config = json!({ "connector.class": "HttpPollSource", "topic": "t", "url": document.url() });
    let refused = worker.rest().put("/connector-plugins/HttpPollSource/config/validate", &config).expect(200).body;
    assert!(refused.contains("sandbox.net.connect"), "{refused}");
    assert_eq!(document.server.connections(), 0);
}

#[test]
fn the_codec_in_a_component_agrees_with_the_vectors() {
    let kafka = Kafka::shared();
    let directory = TempDir::new("javascript-vectors");
    let topic = kafka.unique_topic("javascript-vectors");
    kafka.create_topic(&topic, 1);
    let vectors = paths::repository().join("wit/vectors");
    let names: BTreeSet<String> = std::fs::read_dir(&vectors)
        .expect("vectors")
        .filter_map(|entry| Some(entry.ok()?.file_name().to_str()?.strip_suffix(".json")?.to_owned()))
        .collect();
    let worker = options(&directory, kafka).set("sandbox.fs.read", vectors.display().to_string()).start();
    let listed = names.iter().cloned().collect::<Vec<_>>().join(",");
    let config =
        json!({ "connector.class": "tests.javascript.Vectors", "topic": topic, "vectors": vectors, "names": listed });
    worker.rest().create("vectors", config);
    let topics = Topics::new(kafka);
    wait_until("all vectors were tried", seconds(FIRST_USE), || {
        worker.rest().assert_nothing_failed("vectors");
        topics.end(&topic, 0) as usize == names.len()
    });
    for answer in topics.values(&topic) {
        let expected = if answer.starts_with("bad-") { ": refused" } else { ": agrees" };
        assert!(answer.ends_with(expected), "{answer}");
    }
}

#[test]
fn an_error_fails_its_task_with_its_stack() {
    let kafka = Kafka::shared();
    let directory = TempDir::new("javascript-throws");
    let worker = options(&directory, kafka).start();
    for (kind, parts) in [
        ("unexpected", &["poll: TypeError: ", "    at unexpected (", "    at poll ("][..]),
        ("fatal", &["poll: fatal on purpose"]),
        ("memory", &["sandbox.memory.max.bytes"]),
    ] {
        worker.rest().create(kind, json!({ "connector.class": "tests.javascript.Throws", "kind": kind }));
        let trace = worker.rest().wait_task_failed(kind, 0, seconds(FIRST_USE));
        println!("{kind}: {trace}");
        for part in parts {
            assert!(trace.contains(part), "{kind}: {part:?} is missing in: {trace}");
        }
    }
    let log = worker.log();
    assert!(log.contains("WARN [fatal|task-0] about to throw"), "{log}");
    let numbers: Vec<&str> = log.lines().filter_map(|line| Some(line.split_once("a random number: ")?.1)).collect();
    assert_eq!(
        numbers.iter().collect::<BTreeSet<_>>().len(),
        3,
        "each instance has random numbers of its own: {numbers:?}"
    );
}
