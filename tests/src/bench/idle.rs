//! Many connectors with nothing to do: what they cost while they wait.

use std::time::Duration;

use serde_json::{Map, json};

use super::Scale;
use super::contender::{Contender, Job};
use super::usage;
use crate::kafka::Kafka;
use crate::rest::Rest;
use crate::temp::TempDir;
use crate::wait::wait_for;

/// How long nothing happens before anything is read.
const SETTLE: Duration = Duration::from_secs(20);
/// How long it is watched then.
const WATCHED: Duration = Duration::from_secs(10);
/// Creating thousands takes a while.
const CREATED: Duration = Duration::from_secs(900);

/// What so many idle tasks cost.
pub struct Result {
    pub contender: Contender,
    pub what: String,
    pub resident_mb: f64,
    pub threads: f64,
    /// Of one core.
    pub cpu_percent: f64,
}

/// Sources of empty files and sinks of an empty topic. Java Connect gets a tenth of the sources: each has threads and a producer.
pub fn run(scale: &Scale, kafka: &Kafka) -> Vec<Result> {
    let [few, many] = scale.idle;
    vec![
        measure(Contender::Java, 0, false, kafka),
        measure(Contender::Wasm, 0, false, kafka),
        measure(Contender::Java, few / 10, false, kafka),
        measure(Contender::Wasm, few / 10, false, kafka),
        measure(Contender::Wasm, few, false, kafka),
        measure(Contender::Wasm, many, false, kafka),
        measure(Contender::Java, few / 20, true, kafka),
        measure(Contender::Wasm, few / 20, true, kafka),
        measure(Contender::Wasm, few / 2, true, kafka),
    ]
}

fn measure(contender: Contender, tasks: usize, sinks: bool, kafka: &Kafka) -> Result {
    let directory = TempDir::new("bench-idle");
    let file = directory.write("empty.txt", "");
    let topic = kafka.unique_topic("bench-idle");
    kafka.create_topic(&topic, 1);
    let mut running = contender.start(&directory, kafka);
    running.wait_ready();
    let name = kafka.unique_topic("idle");
    for number in 0..tasks {
        let job = match sinks {
            true => Job::Sink { topic: topic.clone(), file: directory.file(&format!("{number}.out")) },
            false => Job::Source { file: file.clone(), topic: topic.clone() },
        };
        running.begin(&format!("{name}-{number}"), &job, &Map::new());
    }
    wait_for("all tasks run", CREATED, || all_run(running.rest(), tasks));
    std::thread::sleep(SETTLE);
    let before = running.cpu_seconds();
    std::thread::sleep(WATCHED);
    let cpu_percent = (running.cpu_seconds() - before) / WATCHED.as_secs_f64() * 100.0;
    let what = match (tasks, sinks) {
        (0, _) => "no connector".to_owned(),
        (tasks, true) => format!("{tasks} idle sink tasks"),
        (tasks, false) => format!("{tasks} idle source tasks"),
    };
    let pid = running.pid();
    let result =
        Result { contender, what, resident_mb: usage::resident_mb(pid), threads: usage::threads(pid), cpu_percent };
    println!(
        "  {}, {}: {:.0} MB, {} threads, {:.2} % of a core",
        contender.name(),
        result.what,
        result.resident_mb,
        result.threads,
        result.cpu_percent
    );
    result
}

fn all_run(rest: &Rest, tasks: usize) -> std::result::Result<(), String> {
    let response = rest.try_request("GET", "/connectors?expand=status", None).map_err(|error| error.to_string())?;
    let all: serde_json::Value = serde_json::from_str(&response.body).map_err(|error| error.to_string())?;
    let runs = |status: &serde_json::Value| {
        let tasks = status["status"]["tasks"].as_array();
        tasks.is_some_and(|tasks| tasks.len() == 1 && tasks[0]["state"] == json!("RUNNING"))
    };
    let running = all.as_object().map_or(0, |all| all.values().filter(|status| runs(status)).count());
    if running == tasks { Ok(()) } else { Err(format!("{running} of {tasks}")) }
}
