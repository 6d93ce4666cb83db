//! Plays a script at a worker and notes what it answers.

use std::path::Path;
use std::time::{Duration, Instant};

use serde_json::Value;

use super::data;
use super::normalise::{Answer, Normaliser};
use super::script::{Request, Script, Step};
use crate::files::append;
use crate::kafka::Kafka;
use crate::rest::{Response, Rest};
use crate::wait::{seconds, try_wait_for};
use crate::worker_cluster::WorkerCluster;

/// How long a script waits at most for a line.
const WAIT: Duration = seconds(30);

/// What workers of a cluster do comes a little later than they say so: nothing has changed for so long when it is done.
const QUIET: Duration = Duration::from_millis(200);

/// What a worker of a cluster answers while work is shared anew, which takes no longer than this.
const SETTLED: Duration = seconds(3);
const UNSETTLED: [&str; 3] = [
    "Cannot complete request because of a conflicting operation (e.g. worker rebalance)",
    "Cannot complete request momentarily due to stale configuration (typically caused by a concurrent config change)",
    "Cannot complete request momentarily due to no known leader URL, likely because a rebalance was underway.",
];

/// A request and its answer, or what came out of a pipeline.
#[derive(Clone, Debug, PartialEq)]
pub struct Exchange {
    /// The request's label in its script, or the line itself.
    pub label: String,
    pub answer: Answer,
}

/// What came of a script.
#[derive(Clone, Debug, Default)]
pub struct Played {
    pub exchanges: Vec<Exchange>,
    /// The waits that were in vain; the answers after them say little.
    pub in_vain: Vec<String>,
}

/// A worker to play at.
#[derive(Debug)]
pub struct Target<'a> {
    /// For messages, such as "Java Connect".
    pub name: &'a str,
    pub rest: &'a Rest,
    pub kafka: &'a Kafka,
    /// Each script has its files in a directory of its own below this.
    pub directory: &'a Path,
    /// What the worker is one of, if it runs in distributed mode.
    pub cluster: Option<&'a WorkerCluster<'a>>,
}

// === impl Target

impl Target<'_> {
    /// Plays the script, and removes its connectors, topics and groups.
    ///
    /// # Panics
    /// If the worker does not answer.
    pub fn play(&self, script: &Script) -> Played {
        let directory = self.directory.join(&script.name);
        std::fs::create_dir_all(&directory).expect("a script's directory can be made");
        let normaliser = Normaliser::new(self.rest, &directory);
        let mut played = Played::default();
        for step in &script.steps {
            match step {
                Step::Request(request) => {
                    let answer = self.exchange(request, &directory, &normaliser);
                    let is_change = request.method != "GET" && (200..300).contains(&answer.status);
                    played.exchanges.push(Exchange { label: request.label.clone(), answer });
                    if is_change && self.cluster.is_some() {
                        played.in_vain.extend(self.settle(&script.name, &request.label).err());
                    }
                }
                Step::WaitStates { name, states } => {
                    played.in_vain.extend(self.wait_states(&script.name, name, states).err())
                }
                Step::WaitText { path, text } => played.in_vain.extend(self.wait_text(&script.name, path, text).err()),
                Step::File { name, line } => append(&directory.join(name), &format!("{line}\n")),
                Step::Topic { name, partitions } => self.kafka.create_topic(name, *partitions),
                Step::Records { topic, count } => {
                    let read = || data::records(self.kafka, topic, *count);
                    self.data(&script.name, format!("records {topic} {count}"), read, &mut played);
                }
                Step::Lines { name, count } => {
                    let file = directory.join(name);
                    let read = || data::lines(&file, *count);
                    self.data(&script.name, format!("lines {name} {count}"), read, &mut played);
                }
            }
        }
        self.clear();
        played
    }

    /// Notes what `read` finds once it finds enough.
    fn data(&self, script: &str, label: String, read: impl FnMut() -> Result<Value, String>, played: &mut Played) {
        let answer = match try_wait_for(&format!("{} in {script}: {label}", self.name), WAIT, read) {
            Ok(data) => Answer::of_data(data),
            Err(in_vain) => {
                played.in_vain.push(in_vain);
                Answer::of_data(Value::Null)
            }
        };
        played.exchanges.push(Exchange { label, answer });
    }

    fn exchange(&self, request: &Request, directory: &Path, normaliser: &Normaliser) -> Answer {
        let fill = |text: &str| text.replace("$DIR", &directory.display().to_string());
        let path = fill(&request.path);
        let body = request.body.as_deref().map(fill);
        let ask = || {
            let response = self.rest.exchange(&request.method, &path, &request.headers, body.as_deref());
            response.unwrap_or_else(|error| panic!("{}: {}: {error}", self.name, request.label))
        };
        let mut response = ask();
        let is_unsettled =
            |response: &Response| response.status == 409 && UNSETTLED.iter().any(|text| response.body.contains(text));
        // After that time it is the answer to the request itself.
        let _ = try_wait_for(&format!("{} answers {}", self.name, request.label), SETTLED, || {
            if self.cluster.is_none() || !is_unsettled(&response) {
                return Ok(());
            }
            response = ask();
            Err(response.body.clone())
        });
        normaliser.answer(&response)
    }

    /// Until what a change has brought about is over.
    fn settle(&self, script: &str, label: &str) -> Result<(), String> {
        let (mut before, mut changed) = (String::new(), Instant::now());
        try_wait_for(&format!("{} in {script}: the cluster has settled after {label}", self.name), WAIT, || {
            let response = self.rest.try_request("GET", "/connectors?expand=status", None);
            let now = response.map_err(|error| error.to_string())?.body;
            if now != before || now.contains("UNASSIGNED") || now.contains("RESTARTING") {
                changed = Instant::now();
            }
            before = now;
            if changed.elapsed() > QUIET { Ok(()) } else { Err(before.clone()) }
        })
    }

    fn wait_states(&self, script: &str, name: &str, states: &[String]) -> Result<(), String> {
        let what = format!("{} in {script}: connector {name} and its tasks are {states:?}", self.name);
        try_wait_for(&what, WAIT, || {
            let status = self.rest.status(name)?;
            let tasks = status["tasks"].as_array().map_or(&[][..], Vec::as_slice);
            let all = std::iter::once(&status["connector"]).chain(tasks).map(|of| of["state"].as_str());
            let same = all.eq(states.iter().map(|state| Some(state.as_str())));
            if same { Ok(()) } else { Err(status.to_string()) }
        })
    }

    fn wait_text(&self, script: &str, path: &str, text: &str) -> Result<(), String> {
        try_wait_for(&format!("{} in {script}: {path} answers {text}", self.name), WAIT, || {
            let response = self.rest.try_request("GET", path, None).map_err(|error| error.to_string())?;
            if response.body.contains(text) { Ok(()) } else { Err(response.body) }
        })
    }

    fn clear(&self) {
        let names = self.rest.get("/connectors").expect(200).json();
        for name in names.as_array().map_or(&[][..], Vec::as_slice) {
            let name = encode(name.as_str().unwrap_or_default());
            // Java's web server refuses some paths; such a connector has to stay.
            let _ = self.rest.delete(&format!("/connectors/{name}"));
        }
        self.kafka.clear(self.cluster);
    }
}

/// A path segment for any name.
fn encode(name: &str) -> String {
    name.bytes().fold(String::new(), |mut path, byte| {
        if byte.is_ascii_alphanumeric() || b"-_.".contains(&byte) {
            path.push(char::from(byte));
        } else {
            path.push_str(&format!("%{byte:02X}"));
        }
        path
    })
}
