//! Promise: whatever a client sends, the answer is one that is documented, never a failure of the worker, which goes on.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::Path;
use std::time::Instant;

use serde_json::{Value, json};
use wasm_connect_tests::connectors::file_source;
use wasm_connect_tests::files::append;
use wasm_connect_tests::kafka::Kafka;
use wasm_connect_tests::random::Random;
use wasm_connect_tests::rest::{Response, Rest};
use wasm_connect_tests::temp::TempDir;
use wasm_connect_tests::wait::seconds;
use wasm_connect_tests::worker::WorkerOptions;

use crate::pair::{Pair, wait_for_text};

/// What no random request may touch.
const KEPT: &str = "kept";

/// An operation of the API, as the worker itself describes it.
struct Operation {
    method: String,
    path: String,
    parameters: Vec<String>,
    has_body: bool,
    answers: Vec<u16>,
}

#[test]
fn random_requests_get_documented_answers_and_harm_nothing() {
    let kafka = Kafka::shared();
    let directory = TempDir::new("rest-fuzz");
    let pair = Pair::new(&directory, kafka, "rest-fuzz");
    let mut worker = WorkerOptions::new(&directory, kafka).start();
    let rest = worker.rest().clone();
    append(&pair.input, "before\n");
    rest.create(KEPT, file_source(&pair.input, &pair.topic));
    rest.create(&pair.sink, wasm_connect_tests::connectors::file_sink(&pair.topic, &pair.output));
    wait_for_text(&worker, &pair.output, "before\n");

    let operations = operations(&rest);
    assert!(operations.len() >= 25, "the worker describes its operations");
    // What connectors that come to be may read, and wait for.
    let absent = directory.file("absent.txt");
    let mut random = Random::announced("rest_fuzz");
    let (begun, mut statuses) = (Instant::now(), BTreeMap::<u16, u32>::new());
    while begun.elapsed() < seconds(8) {
        let operation = &operations[random.below(operations.len() as u64) as usize];
        let path = path(&mut random, operation);
        let body = (operation.has_body || random.below(8) == 0).then(|| body(&mut random, &absent));
        let answer = rest.request(&operation.method, &path, body.as_deref());
        check(operation, &path, body.as_deref(), &answer);
        *statuses.entry(answer.status).or_default() += 1;
    }
    println!("answers by status: {statuses:?}");
    // Not everything was refused at the door.
    for status in [200, 201, 202, 204, 400, 404] {
        assert!(statuses.contains_key(&status), "no answer {status}: {statuses:?}");
    }

    assert!(worker.is_running());
    let log = worker.log();
    assert!(!log.contains("panicked at"), "the worker panicked: {log}");
    append(&pair.input, "after\n");
    wait_for_text(&worker, &pair.output, "before\nafter\n");
}

#[track_caller]
fn check(operation: &Operation, path: &str, body: Option<&str>, answer: &Response) {
    let Response { status, .. } = *answer;
    let request = format!("{} {path} {}", operation.method, body.unwrap_or_default());
    let is_documented = operation.answers.contains(&status) || matches!(status, 400 | 404 | 415);
    assert!(is_documented, "{request}: {answer:?}");
    if status >= 400 {
        assert!(!answer.error(status).is_empty(), "{request}: {answer:?}");
    }
}

fn operations(rest: &Rest) -> Vec<Operation> {
    let document = rest.get("/openapi.json").expect(200).json();
    let mut operations = Vec::new();
    for (path, item) in document["paths"].as_object().expect("paths") {
        for method in ["get", "put", "post", "patch", "delete"] {
            let Some(described) = item.get(method) else { continue };
            let parameters = described["parameters"].as_array().map_or(&[][..], Vec::as_slice);
            operations.push(Operation {
                method: method.to_uppercase(),
                path: path.clone(),
                parameters: parameters.iter().filter_map(|it| it["name"].as_str().map(str::to_owned)).collect(),
                has_body: described.get("requestBody").is_some(),
                answers: described["responses"]
                    .as_object()
                    .expect("responses")
                    .keys()
                    .filter_map(|status| status.parse().ok())
                    .collect(),
            });
        }
    }
    operations
}

// === random requests

fn path(random: &mut Random, operation: &Operation) -> String {
    let mut path = String::new();
    for segment in operation.path.split('/').skip(1) {
        path.push('/');
        match segment.strip_prefix('{') {
            Some("task}") if random.below(2) == 0 => path.push('0'),
            Some("plugin}") if random.below(2) == 0 => path.push_str("FileStreamSource"),
            // A namespace of nobody: levels of the worker's own would hide what the test looks for.
            Some("logger}") => path.push_str(&encoded(&format!("fuzz.{}", name(random)))),
            Some(_) => path.push_str(&encoded(&name(random))),
            None => path.push_str(segment),
        }
    }
    match random.below(30) {
        0 => path.push('/'),
        1 => path.push_str("%zz"),
        2 => path.push_str("%ff"),
        _ => {}
    }
    for (index, parameter) in operation.parameters.iter().enumerate() {
        if random.below(2) == 0 {
            let separator = if index == 0 { '?' } else { '&' };
            let value = match random.below(4) {
                0 => "true".to_owned(),
                1 => "status".to_owned(),
                2 => "%5B1,".to_owned(),
                _ => encoded(&text(random)),
            };
            let _ = write!(path, "{separator}{parameter}={value}");
        }
    }
    path
}

/// Few, so that connectors are met again.
fn name(random: &mut Random) -> String {
    match random.below(8) {
        0 => text(random),
        1 => "a/b c".to_owned(),
        2 => "%2F..".to_owned(),
        other => format!("c{other}"),
    }
}

fn text(random: &mut Random) -> String {
    let length = 1 + random.below(12);
    (0..length)
        .map(|_| match random.below(5) {
            0 => char::from(random.below(128) as u8),
            1 => char::from_u32(random.below(0x11_0000) as u32).unwrap_or('\u{fffd}'),
            _ => char::from(b'a' + random.below(26) as u8),
        })
        .collect()
}

fn encoded(text: &str) -> String {
    text.bytes().fold(String::new(), |mut encoded, byte| {
        let _ = write!(encoded, "%{byte:02X}");
        encoded
    })
}

fn body(random: &mut Random, file: &Path) -> String {
    let value = match random.below(6) {
        0 => config(random, file),
        1 => json!({ "name": name(random), "config": config(random, file), "initial_state": state(random) }),
        2 => json!({ "offsets": [{ "partition": value(random, 2), "offset": value(random, 2) }] }),
        3 => {
            let level = ["INFO", "off", "nope", ""][random.below(4) as usize];
            json!({ "level": level })
        }
        _ => value(random, 4),
    };
    let mut body = value.to_string();
    // Now and then one that is no JSON.
    if random.below(4) == 0 {
        let cut = random.below(body.len() as u64 + 1) as usize;
        body.truncate((0..=cut).rev().find(|at| body.is_char_boundary(*at)).unwrap_or(0));
    }
    body
}

fn state(random: &mut Random) -> Value {
    match random.below(4) {
        0 => json!("STOPPED"),
        1 => json!("paused"),
        2 => Value::Null,
        _ => value(random, 1),
    }
}

fn config(random: &mut Random, file: &Path) -> Value {
    let mut config = json!({ "connector.class": "FileStreamSource", "topic": "rest-fuzz-nobody" });
    for _ in 0..random.below(4) {
        let keys =
            ["name", "connector.class", "tasks.max", "key.converter", "transforms", "errors.tolerance", "batch.size"];
        let key = match random.below(10) as usize {
            known if known < keys.len() => keys[known].to_owned(),
            _ => text(random),
        };
        config[key] = value(random, 1);
    }
    config["file"] = json!(file);
    config
}

fn value(random: &mut Random, depth: u32) -> Value {
    match random.below(if depth == 0 { 6 } else { 8 }) {
        0 => Value::Null,
        1 => json!(random.below(2) == 0),
        2 => json!(random.number()),
        3 => json!(random.below(5)),
        4 => json!(-1.5e300),
        5 => json!(text(random)),
        6 => (0..random.below(4)).map(|_| value(random, depth - 1)).collect(),
        _ => {
            let pairs: Vec<_> = (0..random.below(4)).map(|_| (text(random), value(random, depth - 1))).collect();
            Value::Object(pairs.into_iter().collect())
        }
    }
}
