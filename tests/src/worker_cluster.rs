//! Workers that form a cluster, each with a directory of its own beside files that all of them may read and write.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::Value;

use crate::java_connect::{JavaConnect, JavaRelease};
use crate::kafka::Kafka;
use crate::rest::Rest;
use crate::temp::TempDir;
use crate::topic::Topics;
use crate::wait::{seconds, wait_for};
use crate::worker::WorkerOptions;

/// What its workers have in common.
#[derive(Debug)]
pub struct WorkerCluster<'a> {
    kafka: &'a Kafka,
    directory: &'a TempDir,
    group: String,
    more: Vec<(String, String)>,
    java: Vec<(String, String)>,
}

impl<'a> WorkerCluster<'a> {
    /// A cluster with topics of its own. A worker that is lost is missed soon, and its work waits a few seconds for its return.
    pub fn new(directory: &'a TempDir, kafka: &'a Kafka, name: &str) -> Self {
        let more = [
            ("session.timeout.ms", "4000"),
            ("heartbeat.interval.ms", "500"),
            ("scheduled.rebalance.max.delay.ms", "3000"),
        ];
        let more = more.map(|(key, value)| (key.to_owned(), value.to_owned())).into();
        // What plugins say of themselves is enough: looking at all classes takes seconds.
        let java = vec![("plugin.discovery".to_owned(), "service_load".to_owned())];
        Self { kafka, directory, group: kafka.unique_topic(name), more, java }
    }

    /// Sets a property of all workers.
    pub fn set(mut self, key: &str, value: impl Into<String>) -> Self {
        self.more.retain(|(known, _)| known != key);
        self.more.push((key.to_owned(), value.into()));
        self
    }

    /// Sets a property of Apache Kafka's workers alone.
    pub fn set_java(mut self, key: &str, value: impl Into<String>) -> Self {
        self.java.push((key.to_owned(), value.into()));
        self
    }

    /// A worker of ours, to be started.
    pub fn worker(&self, name: &str) -> WorkerOptions {
        let own = self.directory.file(name);
        std::fs::create_dir_all(&own).unwrap_or_else(|error| panic!("could not create {}: {error}", own.display()));
        let mut options = WorkerOptions::distributed(self.directory, own, self.kafka);
        for (key, value) in self.properties() {
            options = options.set(&key, value);
        }
        options
    }

    /// A worker of Apache Kafka's, which is starting.
    pub fn java(&self, release: JavaRelease, name: &str) -> JavaConnect {
        let mut properties = self.properties();
        properties.extend(self.java.iter().cloned());
        JavaConnect::spawn_distributed(release, self.directory, name, self.kafka, &properties)
    }

    /// Its `group.id`.
    pub fn group(&self) -> &str {
        &self.group
    }

    /// The name of the topic that keeps `what`: `configs`, `offsets` or `status`.
    pub fn topic(&self, what: &str) -> String {
        format!("{}-{what}", self.group)
    }

    /// Whether a topic or a group of this name is the cluster's own.
    pub fn has(&self, name: &str) -> bool {
        name == self.group || ["configs", "offsets", "status"].iter().any(|what| name == self.topic(what))
    }

    /// The records of such a topic: keys, and values as JSON, null for a tombstone.
    pub fn records(&self, what: &str, partitions: i32) -> Vec<(String, Value)> {
        use rdkafka::Message as _;
        let mut records = Vec::new();
        Topics::new(self.kafka).read(&self.topic(what), partitions, |message| {
            let key = String::from_utf8_lossy(message.key().unwrap_or_default()).into_owned();
            let value = message.payload().and_then(|value| serde_json::from_slice(value).ok());
            records.push((key, value.unwrap_or(Value::Null)));
        });
        records
    }

    /// Fails if a task ran on two workers in one generation of the group, by what the workers wrote of themselves; `tasks`: how many
    /// statuses there must be at least.
    #[track_caller]
    pub fn assert_ran_once_in_each_generation(&self, tasks: usize) {
        let mut running: BTreeMap<(String, i64), String> = BTreeMap::new();
        let mut seen = 0;
        for (key, status) in self.records("status", 2) {
            if !key.starts_with("status-task-") || status["state"] != "RUNNING" {
                continue;
            }
            seen += 1;
            let worker = status["worker_id"].as_str().unwrap_or_default().to_owned();
            let generation = status["generation"].as_i64().unwrap_or_default();
            let first = running.entry((key.clone(), generation)).or_insert_with(|| worker.clone());
            assert_eq!(*first, worker, "{key} ran on two workers in generation {generation}");
        }
        assert!(seen >= tasks, "only {seen} statuses of running tasks are in the topic");
    }

    fn properties(&self) -> Vec<(String, String)> {
        let mut properties = vec![("group.id".to_owned(), self.group.clone())];
        for (key, what) in [("config", "configs"), ("offset", "offsets"), ("status", "status")] {
            properties.push((format!("{key}.storage.topic"), self.topic(what)));
            properties.push((format!("{key}.storage.replication.factor"), "1".to_owned()));
        }
        properties.push(("offset.storage.partitions".to_owned(), "3".to_owned()));
        properties.push(("status.storage.partitions".to_owned(), "2".to_owned()));
        properties.extend(self.more.iter().cloned());
        properties
    }
}

/// Where each connector (`name`) and task (`name-0`) runs, as a worker tells it; an error names what does not.
pub fn placement(rest: &Rest) -> Result<Vec<(String, String)>, String> {
    let response = rest.try_request("GET", "/connectors?expand=status", None).map_err(|error| error.to_string())?;
    if response.status != 200 {
        return Err(format!("{} {}", response.status, response.body));
    }
    let all: Value = serde_json::from_str(&response.body).map_err(|error| error.to_string())?;
    let mut placement = Vec::new();
    for (name, connector) in all.as_object().into_iter().flatten() {
        let status = &connector["status"];
        let parts = std::iter::once((name.clone(), &status["connector"])).chain(
            status["tasks"].as_array().into_iter().flatten().map(|task| (format!("{name}-{}", task["id"]), task)),
        );
        for (part, state) in parts {
            if state["state"] != "RUNNING" {
                return Err(format!("{part} is {state}"));
            }
            placement.push((part, state["worker_id"].as_str().unwrap_or_default().to_owned()));
        }
    }
    Ok(placement)
}

/// Waits until so many connectors and tasks run, and only on these workers; answers where.
#[track_caller]
pub fn wait_placed(rest: &Rest, parts: usize, workers: &[String], within: Duration) -> Vec<(String, String)> {
    wait_for(&format!("{parts} connectors and tasks run on {workers:?}"), within, || {
        let placement = placement(rest)?;
        let elsewhere = placement.iter().find(|(_, worker)| !workers.contains(worker));
        match elsewhere {
            _ if placement.len() != parts => Err(format!("{} run: {placement:?}", placement.len())),
            Some((part, worker)) => Err(format!("{part} runs on {worker}")),
            None => Ok(placement),
        }
    })
}

/// Repeats a change until it is not refused because of a rebalance.
#[track_caller]
pub fn retried(what: &str, ask: impl Fn() -> crate::rest::Response) -> crate::rest::Response {
    wait_for(&format!("{what} is not refused because of a rebalance"), seconds(60), || {
        let response = ask();
        if response.status == 409 { Err(response.body) } else { Ok(response) }
    })
}
