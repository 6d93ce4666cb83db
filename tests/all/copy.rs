//! Promise: what is in the file comes out of Kafka into the other file, byte for byte.

use std::path::Path;
use std::time::Instant;

use wasm_connect_tests::compare::assert_same_bytes;
use wasm_connect_tests::connectors::{file_sink, file_source, with};
use wasm_connect_tests::files::{append, size, write_mixed_lines};
use wasm_connect_tests::kafka::Kafka;
use wasm_connect_tests::temp::TempDir;
use wasm_connect_tests::topic::Topics;
use wasm_connect_tests::wait::{seconds, wait_for};
use wasm_connect_tests::worker::{Worker, WorkerOptions};

use crate::pair::{Pair, wait_for_text};

const LINES: usize = 1_000_000;

#[test]
fn a_million_mixed_lines_arrive_byte_for_byte() {
    let kafka = Kafka::shared();
    let directory = TempDir::new("copy");
    let pair = Pair::new(&directory, kafka, "copy");
    write_mixed_lines(&pair.input, LINES, 1);
    let worker = WorkerOptions::new(&directory, kafka).start();
    pair.create(&worker);
    wait_for("the output is as long as the input", seconds(180), || {
        pair.assert_nothing_failed(&worker);
        let (expected, arrived) = (size(&pair.input), size(&pair.output));
        if arrived >= expected { Ok(()) } else { Err(format!("{arrived} of {expected} bytes")) }
    });
    assert_same_bytes(&pair.input, &pair.output);
    assert_eq!(Topics::new(kafka).end(&pair.topic, 0), LINES as u64, "records in the topic");
}

#[test]
fn a_source_waits_for_its_file_follows_it_and_keeps_an_unfinished_line() {
    let kafka = Kafka::shared();
    let directory = TempDir::new("follow");
    let pair = Pair::new(&directory, kafka, "follow");
    let worker = WorkerOptions::new(&directory, kafka).start();
    pair.create(&worker);
    worker.rest().wait_running("source", 1);

    append(&pair.input, "one\ntwo");
    wait_for_text(&worker, &pair.output, "one\n");
    append(&pair.input, " and a half\n\nfour\n");
    wait_for_text(&worker, &pair.output, "one\ntwo and a half\n\nfour\n");
}

#[test]
fn a_file_that_was_idle_for_long_is_followed_as_soon_as_it_changes() {
    let kafka = Kafka::shared();
    let directory = TempDir::new("idle-file");
    let pair = Pair::new(&directory, kafka, "idle-file");
    let worker = WorkerOptions::new(&directory, kafka).start();
    pair.create(&worker);
    let mut expected = String::new();
    let mut arrives = |what: &str, write: &dyn Fn()| {
        // The source has asked for its longest wait by then, which is half a minute.
        let since = Instant::now();
        wait_for("nothing has come for long", seconds(10), || match since.elapsed() {
            elapsed if elapsed > seconds(4) => Ok(()),
            elapsed => Err(format!("{elapsed:?}")),
        });
        let since = Instant::now();
        write();
        expected += what;
        wait_for_text(&worker, &pair.output, &expected);
        assert!(since.elapsed() < seconds(15), "{what:?} after {:?}", since.elapsed());
    };
    arrives("created\n", &|| append(&pair.input, "created\n"));
    arrives("longer\n", &|| append(&pair.input, "longer\n"));
    arrives("replaced by a file that is longer\n", &|| {
        let other = directory.file("other.txt");
        append(&other, "replaced by a file that is longer\n");
        std::fs::rename(&other, &pair.input).expect("the file can be replaced");
    });
}

#[test]
fn lines_end_as_in_java() {
    let kafka = Kafka::shared();
    let directory = TempDir::new("line-ends");
    let pair = Pair::new(&directory, kafka, "line-ends");
    std::fs::write(&pair.input, b"unix\nwindows\r\nold mac\rinvalid \xff UTF-8\nend\n")
        .expect("the input can be written");
    let worker = WorkerOptions::new(&directory, kafka).start();
    pair.create(&worker);
    wait_for_text(&worker, &pair.output, "unix\nwindows\nold mac\ninvalid \u{fffd} UTF-8\nend\n");
}

#[test]
fn one_topic_feeds_two_sinks_and_one_sink_reads_two_topics() {
    let kafka = Kafka::shared();
    let directory = TempDir::new("fan");
    let (one, two) = (kafka.unique_topic("fan"), kafka.unique_topic("fan"));
    let inputs = [directory.write("one.txt", "1\n"), directory.write("two.txt", "2\n")];
    let worker = WorkerOptions::new(&directory, kafka).start();
    let rest = worker.rest();
    rest.create("source-one", file_source(&inputs[0], &one));
    rest.create("source-two", file_source(&inputs[1], &two));
    rest.create(&format!("{one}-sink"), file_sink(&one, &directory.file("first.txt")));
    let both = format!("{two}-sink");
    rest.create(&both, file_sink(&format!("{one},{two}"), &directory.file("both.txt")));
    wait_for_text(&worker, &directory.file("first.txt"), "1\n");
    wait_for_lines(&worker, &both, &directory.file("both.txt"), &["1", "2"]);
}

#[test]
fn small_polls_copy_the_same_lines() {
    let kafka = Kafka::shared();
    let directory = TempDir::new("small-polls");
    let pair = Pair::new(&directory, kafka, "small-polls");
    write_mixed_lines(&pair.input, 2_000, 2);
    let worker = WorkerOptions::new(&directory, kafka).start();
    worker
        .rest()
        .create("source", with(file_source(&pair.input, &pair.topic), serde_json::json!({ "batch.size": "7" })));
    let small = serde_json::json!({ "consumer.override.max.poll.records": "3" });
    worker.rest().create(&pair.sink, with(file_sink(&pair.topic, &pair.output), small));
    let expected = std::fs::read_to_string(&pair.input).expect("UTF-8");
    wait_for_text(&worker, &pair.output, &expected);
}

/// Waits until the file has these lines in any order.
fn wait_for_lines(worker: &Worker, sink: &str, path: &Path, expected: &[&str]) {
    wait_for("all lines are in the output", seconds(60), || {
        worker.rest().assert_nothing_failed(sink);
        let text = std::fs::read_to_string(path).unwrap_or_default();
        let mut lines: Vec<&str> = text.lines().collect();
        lines.sort_unstable();
        if lines == expected { Ok(()) } else { Err(format!("{lines:?}")) }
    });
}
