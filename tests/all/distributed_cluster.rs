//! Promise: workers of ours share connectors as one cluster; whoever comes, goes or dies, every task runs once and no line is lost.

use std::path::PathBuf;
use std::time::Duration;

use serde_json::{Value, json};
use wasm_connect_tests::compare::Tally;
use wasm_connect_tests::files::{append_numbered_lines, numbered_line};
use wasm_connect_tests::growing_files::GrowingFiles;
use wasm_connect_tests::kafka::Kafka;
use wasm_connect_tests::temp::TempDir;
use wasm_connect_tests::topic::Topics;
use wasm_connect_tests::wait::{seconds, wait_for};
use wasm_connect_tests::worker::Worker;
use wasm_connect_tests::worker_cluster::{WorkerCluster, retried, wait_placed};

const CONNECTORS: usize = 20;
const TASKS_EACH: usize = 3;
const FILES: usize = CONNECTORS * TASKS_EACH;
/// Connectors and tasks.
const PARTS: usize = CONNECTORS + FILES;
/// Session and delay are seconds; the machine is busy with other tests.
const SETTLED: Duration = seconds(90);

#[test]
fn three_workers_run_every_task_once_through_a_kill_scaling_and_a_rolling_restart() {
    let kafka = Kafka::shared();
    let directory = TempDir::new("distributed-cluster");
    let topic = kafka.unique_topic("distributed-cluster");
    kafka.create_topic(&topic, 1);
    let files = make_files(&directory);
    let cluster = WorkerCluster::new(&directory, kafka, "three");
    let mut workers: Vec<Worker> =
        ["one", "two", "three"].map(|name| cluster.worker(name).with_test_plugins().spawn()).into();
    workers.iter_mut().for_each(|worker| worker.wait_ready(seconds(60)));
    let ids: Vec<String> = workers.iter().map(Worker::id).collect();

    // Through any of them, the leader or not.
    for number in 0..CONNECTORS {
        let config = json!({
            "connector.class": "tests.guests.DirectoryWatcher",
            "tasks.max": TASKS_EACH.to_string(),
            "directory": directory.file(&format!("watched-{number}")),
            "topic": topic,
        });
        let body = json!({ "name": format!("watcher-{number}"), "config": config });
        retried("a creation", || workers[number % 3].rest().post("/connectors", &body)).expect(201);
    }
    let writer = GrowingFiles::start(files, numbered_line);
    let placement = wait_placed(workers[0].rest(), PARTS, &ids, SETTLED);
    assert_shared_fairly(&placement, &ids);

    println!("one is killed");
    workers[2].kill();
    wait_placed(workers[0].rest(), PARTS, &ids[..2], SETTLED);
    println!("it comes back");
    workers[2].start_again();
    let placement = wait_shared_fairly(&workers[2], &ids);
    println!("{} parts are on it", placement.iter().filter(|(_, worker)| *worker == ids[2]).count());

    println!("one alone");
    for worker in &mut workers[1..] {
        stop(worker);
    }
    wait_placed(workers[0].rest(), PARTS, &ids[..1], SETTLED);
    println!("three again");
    for worker in &mut workers[1..] {
        worker.start_again();
    }
    wait_shared_fairly(&workers[0], &ids);

    println!("all are restarted, one after the other");
    for number in 0..3 {
        stop(&mut workers[number]);
        workers[number].start_again();
        wait_shared_fairly(&workers[(number + 1) % 3], &ids);
    }

    let lines = writer.finish();
    let mut tally = Tally::new(lines);
    wait_for("all lines are in the topic", seconds(60), || {
        tally = Tally::new(lines);
        Topics::new(kafka).read(&topic, 1, |message| tally.add(rdkafka::Message::payload(message).unwrap_or_default()));
        if tally.lost() == 0 { Ok(()) } else { Err(tally.to_string()) }
    });
    println!("{tally}");
    assert!(tally.foreign().is_empty() && tally.torn() == 0, "{tally}");
    cluster.assert_ran_once_in_each_generation(FILES);
}

/// A directory with three files for each connector.
fn make_files(directory: &TempDir) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for connector in 0..CONNECTORS {
        let watched = directory.file(&format!("watched-{connector}"));
        std::fs::create_dir(&watched).expect("a directory to watch");
        files.extend((0..TASKS_EACH).map(|file| watched.join(format!("{file}.txt"))));
    }
    files.iter().for_each(|file| append_numbered_lines(file, 0..0));
    files
}

/// As an operator would.
fn stop(worker: &mut Worker) {
    worker.signal(libc::SIGTERM);
    let status = worker.wait_exit(seconds(40));
    assert!(status.success(), "the worker ended with {status}");
}

/// Waits until everything runs and nobody has two more connectors or tasks than another.
#[track_caller]
fn wait_shared_fairly(through: &Worker, ids: &[String]) -> Vec<(String, String)> {
    wait_for("the work is shared fairly", SETTLED, || {
        let placement = wasm_connect_tests::worker_cluster::placement(through.rest())?;
        match unfair(&placement, ids) {
            _ if placement.len() != PARTS => Err(format!("{} parts run", placement.len())),
            Some(reason) => Err(reason),
            None => Ok(placement),
        }
    })
}

#[track_caller]
fn assert_shared_fairly(placement: &[(String, String)], ids: &[String]) {
    assert_eq!(unfair(placement, ids), None);
}

fn unfair(placement: &[(String, String)], ids: &[String]) -> Option<String> {
    // A connector is `watcher-1`, a task `watcher-1-0`.
    let is_task = |part: &str| part.matches('-').count() == 2;
    for tasks in [false, true] {
        let on = |id: &String| placement.iter().filter(|(part, on)| on == id && is_task(part) == tasks).count();
        let counts: Vec<usize> = ids.iter().map(on).collect();
        let (least, most) = (counts.iter().min()?, counts.iter().max()?);
        if most - least > 1 {
            return Some(format!("{} on {ids:?}: {counts:?}", if tasks { "tasks" } else { "connectors" }));
        }
    }
    None
}

/// What a connector's status says.
fn trace_of(status: &Value) -> &str {
    status["connector"]["trace"].as_str().or_else(|| status["tasks"][0]["trace"].as_str()).unwrap_or_default()
}

#[test]
fn requests_through_any_worker_are_answered_as_by_the_one_that_can() {
    let kafka = Kafka::shared();
    let directory = TempDir::new("distributed-requests");
    let topic = kafka.unique_topic("distributed-requests");
    kafka.create_topic(&topic, 1);
    let input = directory.file("input.txt");
    append_numbered_lines(&input, 0..100);
    let cluster = WorkerCluster::new(&directory, kafka, "requests");
    let mut workers: Vec<Worker> = ["one", "two"].map(|name| cluster.worker(name).with_test_plugins().spawn()).into();
    workers.iter_mut().for_each(|worker| worker.wait_ready(seconds(60)));
    let ids: Vec<String> = workers.iter().map(Worker::id).collect();
    let config = json!({ "connector.class": "FileStreamSource", "tasks.max": "1", "file": input, "topic": topic });
    for (number, worker) in workers.iter().enumerate() {
        let body = json!({ "name": format!("lines-{number}"), "config": config });
        let created = retried("a creation", || worker.rest().post("/connectors", &body)).expect(201);
        let location = created.header("location").expect("where it is").to_owned();
        assert!(location.starts_with(&worker.rest().url()), "the client asked {}: {location}", worker.id());
    }
    let placement = wait_placed(workers[0].rest(), 4, &ids, SETTLED);
    for (part, on) in &placement {
        println!("{part} on {on}");
    }
    for worker in &workers {
        let rest = worker.rest();
        let again = json!({ "name": "lines-0", "config": config });
        assert_eq!(rest.post("/connectors", &again).error(409), "Connector lines-0 already exists");
        for number in [0, 1] {
            // One is here, the other is not.
            retried("a restart", || rest.post(&format!("/connectors/lines-{number}/restart"), &Value::Null))
                .expect(204);
            let task = format!("/connectors/lines-{number}/tasks/0/restart");
            retried("a task's restart", || rest.post(&task, &Value::Null)).expect(204);
        }
        wait_placed(rest, 4, &ids, SETTLED);
        rest.put("/connectors/lines-0/pause", &Value::Null).expect(202);
        wait_state(&workers, "lines-0", "PAUSED");
        rest.put("/connectors/lines-0/resume", &Value::Null).expect(202);
        wait_state(&workers, "lines-0", "RUNNING");
        retried("a stop", || rest.put("/connectors/lines-1/stop", &Value::Null)).expect(204);
        wait_state(&workers, "lines-1", "STOPPED");
        let offsets = rest.get("/connectors/lines-1/offsets").expect(200).json();
        assert_eq!(offsets["offsets"].as_array().map(Vec::len), Some(1), "{offsets}");
        retried("a reset of offsets", || rest.delete("/connectors/lines-1/offsets")).expect(200);
        rest.put("/connectors/lines-1/resume", &Value::Null).expect(202);
        wait_placed(rest, 4, &ids, SETTLED);
    }
    let missing = workers[1].rest().post("/connectors/none/restart", &Value::Null);
    assert_eq!(missing.error(404), "Unknown connector: none");
    // Nobody but workers may give task configurations.
    for worker in &workers {
        let refused = worker.rest().post("/connectors/lines-0/tasks", &json!([]));
        assert!([400, 403].contains(&refused.status), "{refused:?}");
    }
    retried("a deletion", || workers[1].rest().delete("/connectors/lines-0")).expect(204);
    wait_for("it is gone everywhere", seconds(30), || {
        let left = workers.iter().filter(|worker| worker.rest().get("/connectors").body != r#"["lines-1"]"#).count();
        if left == 0 { Ok(()) } else { Err(format!("{left} workers have it")) }
    });
}

#[track_caller]
fn wait_state(workers: &[Worker], connector: &str, state: &str) {
    for worker in workers {
        wait_for(&format!("{} says that {connector} is {state}", worker.id()), seconds(30), || {
            let status = worker.rest().status(connector)?;
            let tasks = status["tasks"].as_array().map_or(&[][..], Vec::as_slice);
            let settled = status["connector"]["state"] == state
                && (state == "STOPPED") == tasks.is_empty()
                && tasks.iter().all(|task| task["state"] == state);
            if settled { Ok(()) } else { Err(format!("{} {}", status, trace_of(&status))) }
        });
    }
}

#[test]
fn a_connector_runs_where_its_plugin_is_and_a_plugin_that_comes_later_counts() {
    let kafka = Kafka::shared();
    let directory = TempDir::new("distributed-plugins");
    let topic = kafka.unique_topic("distributed-plugins");
    let input = directory.write("input.txt", "line\n");
    let own_plugins = directory.file("own-plugins");
    std::fs::create_dir(&own_plugins).expect("a plugin directory");
    let cluster = WorkerCluster::new(&directory, kafka, "plugins");
    let without = cluster.worker("without").set("plugin.path", own_plugins.display().to_string());
    // The one with the plugin is first, and leads: as in Java, the leader looks at what it is to write.
    let mut workers: Vec<Worker> = vec![cluster.worker("with").start(), without.spawn()];
    workers[1].wait_ready(seconds(60));
    let ids: Vec<String> = workers.iter().map(Worker::id).collect();
    for number in 0..4 {
        let config = json!({ "connector.class": "FileStreamSource", "file": input, "topic": topic });
        let body = json!({ "name": format!("lines-{number}"), "config": config });
        retried("a creation", || workers[0].rest().post("/connectors", &body)).expect(201);
    }
    wait_placed(workers[1].rest(), 8, &ids[..1], SETTLED);

    let plugin = wasm_connect_tests::paths::all_plugins().join("file-source.wasm");
    std::fs::copy(&plugin, own_plugins.join("file-source.wasm")).expect("the plugin is dropped in");
    wait_for("the worker that has it now takes its share", SETTLED, || {
        let placement = wasm_connect_tests::worker_cluster::placement(workers[1].rest())?;
        let shares: Vec<usize> =
            ids.iter().map(|id| placement.iter().filter(|(_, worker)| worker == id).count()).collect();
        if shares == [4, 4] { Ok(()) } else { Err(format!("{shares:?}")) }
    });
}
