//! Promise: guests that compute all the time share the processors fairly, and everybody else goes on beside them.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use serde_json::json;
use wasm_connect_tests::files::append;
use wasm_connect_tests::kafka::Kafka;
use wasm_connect_tests::temp::TempDir;
use wasm_connect_tests::wait::{seconds, wait_for};
use wasm_connect_tests::worker::WorkerOptions;

use crate::pair::{Pair, wait_for_text};

const GUESTS: usize = 16;
/// A request is answered within this, though all processors are busy; most are within a tenth of it.
const ANSWER: Duration = Duration::from_secs(5);

/// How far each guest says that it got.
fn turns(log: &str) -> HashMap<String, u64> {
    let mut turns = HashMap::new();
    for line in log.lines().filter(|line| line.contains("turned ")) {
        let name =
            line.split_once("[burner-").and_then(|(_, rest)| rest.split_once('|')).map(|(name, _)| name.to_owned());
        let count = line.split_once("turned ").and_then(|(_, rest)| rest.split(' ').next()?.parse().ok());
        if let (Some(name), Some(count)) = (name, count) {
            turns.insert(name, count);
        }
    }
    turns
}

#[test]
fn sixteen_busy_guests_on_two_threads() {
    let kafka = Kafka::shared();
    let directory = TempDir::new("fair-share");
    let pair = Pair::new(&directory, kafka, "fair-share");
    let worker = WorkerOptions::new(&directory, kafka).with_test_plugins().start();
    append(&pair.input, "before\n");
    pair.create(&worker);
    wait_for_text(&worker, &pair.output, "before\n");
    for guest in 0..GUESTS {
        let config = json!({ "connector.class": "tests.guests.Burner", "poll.ms": "200" });
        worker.rest().create(&format!("burner-{guest}"), config);
    }
    wait_for("all guests compute", seconds(60), || match turns(&worker.log()).len() {
        GUESTS => Ok(()),
        some => Err(format!("{some} do")),
    });
    let before = turns(&worker.log());
    let (began, mut answers) = (Instant::now(), Vec::new());
    while began.elapsed() < Duration::from_secs(6) {
        let asked = Instant::now();
        worker.rest().get("/connectors?expand=status").expect(200);
        answers.push(asked.elapsed());
        assert!(asked.elapsed() < ANSWER, "an answer took {:?}", asked.elapsed());
    }
    append(&pair.input, "beside\n");
    wait_for_text(&worker, &pair.output, "before\nbeside\n");
    let after = turns(&worker.log());
    let mut got: Vec<u64> = after.iter().map(|(name, turns)| turns - before.get(name).unwrap_or(&0)).collect();
    got.sort_unstable();
    answers.sort_unstable();
    let (least, most) = (got[0], got[GUESTS - 1]);
    println!(
        "turns from {least} to {most}; {} answers, half of them within {:?}, the slowest {:?}",
        answers.len(),
        answers[answers.len() / 2],
        answers[answers.len() - 1]
    );
    assert!(answers[answers.len() / 2] < ANSWER / 10, "{answers:?}");
    assert!(least * 3 > most, "some got {least} turns and others {most}");
}
