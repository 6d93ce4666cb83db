//! Promise: SIGTERM and SIGINT end the worker in time and with everything flushed and committed.

use std::time::{Duration, Instant};

use wasm_connect_tests::compare::assert_same_bytes;
use wasm_connect_tests::files::{append_numbered_lines, size};
use wasm_connect_tests::kafka::Kafka;
use wasm_connect_tests::temp::TempDir;
use wasm_connect_tests::topic::Topics;
use wasm_connect_tests::wait::{seconds, wait_for};
use wasm_connect_tests::worker::{Worker, WorkerOptions};

use crate::pair::Pair;

const LINES: usize = 400_000;

/// A worker that commits only when it stops, with the pair on its command line.
fn worker_without_periodic_commits(directory: &TempDir, kafka: &Kafka, pair: &Pair) -> Worker {
    let connectors = pair.write_connector_files(directory, "");
    WorkerOptions::new(directory, kafka)
        .set("offset.flush.interval.ms", "3600000")
        .connector_file(&connectors[0])
        .connector_file(&connectors[1])
        .start()
}

#[test]
fn sigterm_in_the_middle_flushes_and_commits_so_that_no_line_comes_twice() {
    stops_in_the_middle("sigterm", libc::SIGTERM);
}

#[test]
fn sigint_does_the_same() {
    stops_in_the_middle("sigint", libc::SIGINT);
}

fn stops_in_the_middle(name: &str, signal: libc::c_int) {
    let kafka = Kafka::shared();
    let directory = TempDir::new(name);
    let pair = Pair::new(&directory, kafka, name);
    append_numbered_lines(&pair.input, 0..LINES);
    let mut worker = worker_without_periodic_commits(&directory, kafka, &pair);
    wait_for("some lines are in the output", seconds(60), || match size(&pair.output) {
        0 => Err("none".to_owned()),
        _ => Ok(()),
    });

    let began = Instant::now();
    worker.signal(signal);
    let status = worker.wait_exit(seconds(25));
    println!("ended in {:?} with {} of {} bytes copied", began.elapsed(), size(&pair.output), size(&pair.input));
    assert_eq!(status.code(), Some(0), "{status}");

    worker.start_again();
    append_numbered_lines(&pair.input, LINES..LINES + 1);
    wait_for("the output is as long as the input", seconds(90), || {
        pair.assert_nothing_failed(&worker);
        let (expected, arrived) = (size(&pair.input), size(&pair.output));
        if arrived >= expected { Ok(()) } else { Err(format!("{arrived} of {expected} bytes")) }
    });
    assert_same_bytes(&pair.input, &pair.output);
    assert_eq!(Topics::new(kafka).end(&pair.topic, 0), LINES as u64 + 1, "records in the topic");
}

/// A worker with a task whose stop takes a minute.
fn worker_that_stops_slowly(directory: &TempDir) -> Worker {
    let worker = WorkerOptions::new(directory, Kafka::shared()).with_test_plugins().start();
    worker.rest().create("slow", serde_json::json!({ "connector.class": "tests.guests.SlowStop" }));
    worker.rest().wait_running("slow", 1);
    worker
}

#[test]
fn a_task_that_does_not_stop_is_left_behind_in_time() {
    let directory = TempDir::new("slow-stop");
    let mut worker = worker_that_stops_slowly(&directory);
    worker.signal(libc::SIGTERM);
    assert_eq!(worker.wait_exit(seconds(25)).code(), Some(0));
}

#[test]
fn a_second_signal_ends_it_at_once() {
    let directory = TempDir::new("second-signal");
    let mut worker = worker_that_stops_slowly(&directory);
    worker.signal(libc::SIGTERM);
    wait_for("the worker stops to answer", seconds(10), || {
        match worker.rest().try_request("GET", "/connectors", None) {
            Ok(answer) if answer.status == 200 => Err(answer.body),
            _ => Ok(()),
        }
    });
    let began = Instant::now();
    // One that comes together with the first is the same wish.
    std::thread::sleep(Duration::from_millis(600));
    worker.signal(libc::SIGTERM);
    let status = worker.wait_exit(seconds(3));
    println!("ended in {:?}: {status}", began.elapsed());
}

#[test]
fn an_idle_worker_ends_at_once() {
    let kafka = Kafka::shared();
    let directory = TempDir::new("idle-stop");
    let mut worker = WorkerOptions::new(&directory, kafka).start();
    worker.signal(libc::SIGTERM);
    assert_eq!(worker.wait_exit(seconds(5)).code(), Some(0));
}
