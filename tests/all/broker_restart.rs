//! Promise: a broker that goes away, or is not there yet, costs time and nothing else.

use wasm_connect_tests::compare::Tally;
use wasm_connect_tests::connectors::{file_sink, file_source};
use wasm_connect_tests::files::{append_numbered_lines, count_lines};
use wasm_connect_tests::kafka::Kafka;
use wasm_connect_tests::temp::TempDir;
use wasm_connect_tests::wait::{seconds, wait_for, wait_until};
use wasm_connect_tests::worker::{Worker, WorkerOptions};

use crate::pair::Pair;

const LINES: usize = 300_000;

#[test]
fn a_broker_that_restarts_in_the_middle_costs_no_line_and_fails_no_task() {
    let kafka = Kafka::start("broker-restart-kafka");
    let directory = TempDir::new("broker-restart");
    let pair = Pair::new(&directory, &kafka, "broker-restart");
    append_numbered_lines(&pair.input, 0..LINES / 3);
    let worker = WorkerOptions::new(&directory, &kafka).start();
    pair.create(&worker);
    wait_for_lines(&worker, &pair, LINES / 3);

    // Some of these are on their way when the broker goes, the rest meets no broker.
    append_numbered_lines(&pair.input, LINES / 3..LINES / 2);
    kafka.stop();
    append_numbered_lines(&pair.input, LINES / 2..LINES);
    worker.rest().get("/connectors").expect(200);
    pair.assert_nothing_failed(&worker);
    kafka.start_again();

    wait_for("no line is missing in the output", seconds(120), || {
        pair.assert_nothing_failed(&worker);
        let arrived = count_lines(&pair.output);
        // Cheap before exact: repeated lines count here.
        if arrived < LINES {
            return Err(format!("{arrived} of {LINES} lines"));
        }
        let tally = Tally::of_file(LINES, &pair.output);
        if tally.lost() == 0 { Ok(()) } else { Err(tally.to_string()) }
    });
    let tally = Tally::of_file(LINES, &pair.output);
    println!("after the restart: {tally}");
    assert_eq!((tally.torn(), tally.foreign().len()), (0, 0), "{tally}");
    worker.rest().wait_running("source", 1);
    worker.rest().wait_running(&pair.sink, 1);
}

#[test]
fn a_broker_that_is_down_at_start_is_waited_for() {
    let kafka = Kafka::start("late-kafka");
    kafka.stop();
    let directory = TempDir::new("late-broker");
    let pair = Pair::new(&directory, &kafka, "late");
    append_numbered_lines(&pair.input, 0..1_000);
    let connectors = pair.write_connector_files(&directory, "");
    let options = WorkerOptions::new(&directory, &kafka);
    let mut worker = options.connector_file(&connectors[0]).connector_file(&connectors[1]).spawn();
    wait_until("the log names the broker that is not there", seconds(60), || {
        assert!(worker.is_running(), "the worker gave up");
        worker.log().contains(kafka.bootstrap())
    });
    kafka.start_again();
    worker.wait_ready(seconds(60));
    wait_for_lines(&worker, &pair, 1_000);
}

#[test]
fn a_source_outlives_a_broker_that_is_away_when_it_is_created() {
    let kafka = Kafka::start("away-kafka");
    let directory = TempDir::new("away");
    let pair = Pair::new(&directory, &kafka, "away");
    append_numbered_lines(&pair.input, 0..100);
    let worker = WorkerOptions::new(&directory, &kafka).start();
    kafka.stop();
    worker.rest().create("source", file_source(&pair.input, &pair.topic));
    worker.rest().wait_running("source", 1);
    kafka.start_again();
    worker.rest().create(&pair.sink, file_sink(&pair.topic, &pair.output));
    wait_for_lines(&worker, &pair, 100);
}

fn wait_for_lines(worker: &Worker, pair: &Pair, lines: usize) {
    wait_for(&format!("{lines} lines are in the output"), seconds(90), || {
        for name in ["source", &pair.sink] {
            worker.rest().assert_nothing_failed(name);
        }
        let arrived = count_lines(&pair.output);
        if arrived >= lines { Ok(()) } else { Err(format!("{arrived} lines")) }
    });
}
