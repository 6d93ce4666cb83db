//! Promise: a worker that Kafka does not hear of for a while costs time and repeated lines, and so does a broker that is away; no line
//! is lost and no task runs on two workers that are in the group.

use serde_json::json;
use wasm_connect_tests::compare::Tally;
use wasm_connect_tests::files::append_numbered_lines;
use wasm_connect_tests::kafka::Kafka;
use wasm_connect_tests::temp::TempDir;
use wasm_connect_tests::topic::Topics;
use wasm_connect_tests::wait::{seconds, wait_for};
use wasm_connect_tests::worker::Worker;
use wasm_connect_tests::worker_cluster::{WorkerCluster, placement, retried, wait_placed};

const CONNECTORS: usize = 6;
/// Connectors with a task each.
const PARTS: usize = 2 * CONNECTORS;
const STEP: usize = 2_000;

/// Lines of some files to one topic.
struct Lines<'a> {
    kafka: &'a Kafka,
    directory: &'a TempDir,
    topic: String,
    written: usize,
}

impl<'a> Lines<'a> {
    fn new(kafka: &'a Kafka, directory: &'a TempDir, topic: &str) -> Self {
        let topic = kafka.unique_topic(topic);
        kafka.create_topic(&topic, 1);
        Self { kafka, directory, topic, written: 0 }
    }

    fn create_connectors(&self, worker: &Worker) {
        for number in 0..CONNECTORS {
            let file = self.directory.write(&format!("{number}.txt"), "");
            let config = json!({ "connector.class": "FileStreamSource", "file": file, "topic": self.topic });
            let body = json!({ "name": format!("lines-{number}"), "config": config });
            retried("a creation", || worker.rest().post("/connectors", &body)).expect(201);
        }
    }

    /// More lines in each file.
    fn grow(&mut self) {
        for number in 0..CONNECTORS {
            append_numbered_lines(&self.directory.file(&format!("{number}.txt")), self.written..self.written + STEP);
            self.written += STEP;
        }
    }

    #[track_caller]
    fn wait_all_in_topic(&self) {
        let tally = wait_for("all lines are in the topic", seconds(90), || {
            let mut tally = Tally::new(self.written);
            Topics::new(self.kafka)
                .read(&self.topic, 1, |message| tally.add(rdkafka::Message::payload(message).unwrap_or_default()));
            if tally.lost() == 0 { Ok(tally) } else { Err(tally.to_string()) }
        });
        println!("{tally}");
        assert!(tally.foreign().is_empty() && tally.torn() == 0, "{tally}");
    }
}

#[test]
fn a_worker_that_is_cut_off_from_the_broker_stops_its_work_and_comes_back_for_a_share() {
    let (kafka, cable, address) = Kafka::start_behind_proxy("cut-off-kafka");
    let directory = TempDir::new("cut-off");
    let mut lines = Lines::new(&kafka, &directory, "cut-off");
    let cluster = WorkerCluster::new(&directory, &kafka, "cut-off");
    let mut workers: Vec<Worker> =
        vec![cluster.worker("near").start(), cluster.worker("far").set("bootstrap.servers", address).spawn()];
    workers[1].wait_ready(seconds(60));
    let ids: Vec<String> = workers.iter().map(Worker::id).collect();
    lines.create_connectors(&workers[0]);
    wait_shared(&workers[0], &ids);
    lines.grow();
    lines.wait_all_in_topic();

    println!("cut");
    lines.grow();
    cable.cut();
    lines.grow();
    wait_placed(workers[0].rest(), PARTS, &ids[..1], seconds(90));
    lines.grow();
    lines.wait_all_in_topic();
    wait_for("the worker that is cut off gives its work up", seconds(60), || {
        let log = workers[1].log();
        // Java's line.
        if log.contains("was unreachable") || log.contains("no member of the group") { Ok(()) } else { Err(log) }
    });

    println!("mended");
    cable.mend();
    lines.grow();
    wait_shared(&workers[0], &ids);
    lines.grow();
    lines.wait_all_in_topic();
    cluster.assert_ran_once_in_each_generation(CONNECTORS);
}

#[test]
fn a_cluster_outlives_its_broker_being_away() {
    let kafka = Kafka::start("cluster-broker");
    let directory = TempDir::new("cluster-broker");
    let mut lines = Lines::new(&kafka, &directory, "cluster-broker");
    let cluster = WorkerCluster::new(&directory, &kafka, "cluster-broker");
    let mut workers: Vec<Worker> = vec![cluster.worker("one").start(), cluster.worker("two").spawn()];
    workers[1].wait_ready(seconds(60));
    let ids: Vec<String> = workers.iter().map(Worker::id).collect();
    lines.create_connectors(&workers[0]);
    wait_shared(&workers[0], &ids);
    lines.grow();
    kafka.stop();
    lines.grow();
    // What was read of the topics is answered still.
    let known = workers[0].rest().get("/connectors").expect(200).json();
    assert_eq!(known.as_array().map(Vec::len), Some(CONNECTORS));
    kafka.start_again();
    wait_shared(&workers[1], &ids);
    lines.grow();
    lines.wait_all_in_topic();
    cluster.assert_ran_once_in_each_generation(CONNECTORS);
}

/// Waits until everything runs, half on each worker.
#[track_caller]
fn wait_shared(through: &Worker, ids: &[String]) {
    wait_for("the work is shared", seconds(120), || {
        let placement = placement(through.rest())?;
        let shares: Vec<usize> =
            ids.iter().map(|id| placement.iter().filter(|(_, worker)| worker == id).count()).collect();
        if shares == [PARTS / 2; 2] { Ok(()) } else { Err(format!("{shares:?}")) }
    });
}
