//! Promise: a connector that watches its system gets its work split anew while it runs, with progress committed first.

use serde_json::json;
use wasm_connect_tests::compare::Tally;
use wasm_connect_tests::files::append_numbered_lines;
use wasm_connect_tests::kafka::Kafka;
use wasm_connect_tests::temp::TempDir;
use wasm_connect_tests::topic::Topics;
use wasm_connect_tests::wait::{seconds, wait_for};
use wasm_connect_tests::worker::{Worker, WorkerOptions};

const FILES: usize = 4;
const LINES: usize = 2_000;

#[test]
fn files_that_come_and_go_are_read_once_each_by_as_many_tasks_as_there_is_work_for() {
    let kafka = Kafka::shared();
    let directory = TempDir::new("directory-watcher");
    let watched = directory.file("watched");
    std::fs::create_dir(&watched).expect("a directory to watch");
    let file = |number: usize| watched.join(format!("{number}.txt"));
    let topic = kafka.unique_topic("directory-watcher");
    kafka.create_topic(&topic, 1);
    append_numbered_lines(&file(0), 0..LINES);
    let worker = WorkerOptions::new(&directory, kafka).with_test_plugins().start();
    worker.rest().create(
        "watcher",
        json!({
            "connector.class": "tests.guests.DirectoryWatcher",
            "tasks.max": "3",
            "directory": watched,
            "topic": topic,
        }),
    );
    worker.rest().wait_running("watcher", 1);
    wait_for_records(kafka, &worker, &topic, LINES);

    // More files while the first is read on: its task is stopped and started, and does not begin again.
    append_numbered_lines(&file(0), LINES..2 * LINES);
    for number in 1..FILES {
        append_numbered_lines(&file(number), (number + 1) * LINES..(number + 2) * LINES);
    }
    worker.rest().wait_running("watcher", 3);
    wait_for_records(kafka, &worker, &topic, (FILES + 1) * LINES);

    // Files go: fewer tasks, and what remains is followed from where it was.
    for number in 1..FILES {
        std::fs::remove_file(file(number)).expect("a watched file");
    }
    worker.rest().wait_running("watcher", 1);
    append_numbered_lines(&file(0), (FILES + 1) * LINES..(FILES + 2) * LINES);
    wait_for_records(kafka, &worker, &topic, (FILES + 2) * LINES);

    let mut tally = Tally::new((FILES + 2) * LINES);
    Topics::new(kafka).read(&topic, 1, |message| tally.add(rdkafka::Message::payload(message).unwrap_or_default()));
    assert_eq!((tally.lost(), tally.duplicates(), tally.foreign().len()), (0, 0, 0), "{tally}");
}

fn wait_for_records(kafka: &Kafka, worker: &Worker, topic: &str, expected: usize) {
    let topics = Topics::new(kafka);
    wait_for(&format!("{expected} records are in the topic"), seconds(60), || {
        worker.rest().assert_nothing_failed("watcher");
        let records = topics.end(topic, 0);
        if records >= expected as u64 { Ok(()) } else { Err(format!("{records} records")) }
    });
}
