//! Promise: a worker of Apache Kafka's and ours are one cluster: whoever leads and whoever dies, connectors go on where they were.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::time::Duration;

use rdkafka::Message as _;
use serde_json::{Value, json};
use wasm_connect_tests::compare::Tally;
use wasm_connect_tests::connectors::{file_source, with};
use wasm_connect_tests::files::{numbered_line, plain_line};
use wasm_connect_tests::growing_files::{GrowingFiles, LINES_A_SECOND};
use wasm_connect_tests::java_connect::{JavaConnect, JavaRelease};
use wasm_connect_tests::kafka::Kafka;
use wasm_connect_tests::rest::Rest;
use wasm_connect_tests::temp::TempDir;
use wasm_connect_tests::topic::Topics;
use wasm_connect_tests::wait::{seconds, wait_for};
use wasm_connect_tests::worker::Worker;
use wasm_connect_tests::worker_cluster::{WorkerCluster, placement, retried, wait_placed};

/// Of each topic that sources write to.
const PARTITIONS: i32 = 4;
/// Files of lines in ASCII, each with a connector.
const PLAIN: usize = 3;
/// Connectors for these, one for a file in UTF-8, and a sink; each with a task, the sink with two.
const PARTS: usize = (PLAIN + 1) * 2 + 3;
/// Session and delay are seconds; the machine is busy with other tests.
const SETTLED: Duration = seconds(90);
/// What a kill may repeat of each file: what came since the last commit, which is begun every second and takes some time.
const REPEATED_AT_MOST: usize = LINES_A_SECOND * 4;

#[test]
fn connectors_move_between_java_4_3_and_ours_and_lose_nothing() {
    live_together(JavaRelease::V4_3);
}

#[test]
fn connectors_move_between_java_3_9_and_ours_and_lose_nothing() {
    live_together(JavaRelease::V3_9);
}

fn live_together(release: JavaRelease) {
    let kafka = Kafka::shared();
    let directory = TempDir::new("mixed-cluster");
    let cluster = WorkerCluster::new(&directory, kafka, "mixed")
        .set("offset.storage.partitions", "25")
        // Keys are made anew all the time, also while requests are on their way.
        .set("inter.worker.key.ttl.ms", "3000");
    let mut history = History::new(kafka, &directory, &cluster, release);
    history.share_work();
    history.reconfigure_through_both();
    for round in 0..rounds() {
        println!("round {round}: ours, which leads, is killed");
        history.kill_ours();
        history.reconfigure_through_both();
        println!("round {round}: Java's, which leads now, is killed");
        history.kill_java(round + 1 < rounds());
    }
    history.finish();
}

/// How often both are killed.
fn rounds() -> usize {
    std::env::var("MIXED_CLUSTER_ROUNDS").map_or(1, |rounds| rounds.parse().expect("MIXED_CLUSTER_ROUNDS is a number"))
}

/// What happens to two workers, one of each kind.
struct History<'a> {
    kafka: &'a Kafka,
    cluster: &'a WorkerCluster<'a>,
    /// What the names of all topics begin with.
    topics: String,
    /// Of the sink.
    output: PathBuf,
    /// One for lines in ASCII, one in UTF-8.
    growing: [GrowingFiles; 2],
    java: JavaConnect,
    ours: Worker,
    both: [String; 2],
    kills: usize,
    changes: usize,
}

impl<'a> History<'a> {
    /// Ours is first and so leads.
    fn new(kafka: &'a Kafka, directory: &TempDir, cluster: &'a WorkerCluster<'a>, release: JavaRelease) -> Self {
        let topics = kafka.unique_topic("mixed");
        let ours = cluster.worker("ours").start();
        let mut java = cluster.java(release, "java");
        let both = [ours.id(), java.id()];
        let [plain, text] = ["plain", "text"].map(|kind| format!("{topics}-{kind}"));
        for topic in [&plain, &text] {
            kafka.create_topic(topic, PARTITIONS);
        }
        let plain_files: Vec<PathBuf> = (0..PLAIN).map(|file| directory.file(&format!("plain-{file}.txt"))).collect();
        let text_file = directory.file("Übergröße.txt");
        // One before Java is there, so that it moves when it comes; the file's name is part of the offset's key.
        create(ours.rest(), "text-Ω", keyed(file_source(&text_file, &text), "κλειδί"));
        for (number, file) in plain_files.iter().enumerate() {
            let rest = if number % 2 == 0 {
                ours.rest()
            } else {
                java.wait_ready();
                java.rest()
            };
            create(rest, &format!("plain-{number}"), keyed(file_source(file, &plain), &format!("ключ {number}")));
        }
        let growing =
            [GrowingFiles::start(plain_files, plain_line), GrowingFiles::start(vec![text_file], numbered_line)];
        let output = directory.file("output.txt");
        Self { kafka, cluster, topics, output, growing, java, ours, both, kills: 0, changes: 0 }
    }

    /// Until each runs about half of everything; then there is a sink, whose two tasks are one on each.
    fn share_work(&mut self) {
        wait_placed(self.ours.rest(), PARTS - 3, &self.both, SETTLED);
        wait_shared(self.ours.rest(), PARTS - 3, &self.both);
        let sink = json!({
            "connector.class": "FileStreamSink",
            "tasks.max": "2",
            "file": self.output,
            "topics.regex": format!("{}-.*", self.topics),
            // Members that are lost, and topics that are new, are noticed in this test's time.
            "consumer.override.session.timeout.ms": "4000",
            "consumer.override.heartbeat.interval.ms": "500",
            "consumer.override.metadata.max.age.ms": "1000",
        });
        create(self.java.rest(), "sink", sink);
        let placement = wait_shared(self.java.rest(), PARTS, &self.both);
        println!("{placement:?}");
        let on = |task: &str| placement.iter().find(|(part, _)| part == task).map(|(_, on)| on);
        assert_ne!(on("sink-0"), on("sink-1"), "{placement:?}");
        self.add_topic("later");
    }

    /// The sink finds it, and has its lines soon.
    fn add_topic(&self, name: &str) {
        let topic = format!("{}-{name}", self.topics);
        self.kafka.create_topic(&topic, PARTITIONS);
        let producer: rdkafka::producer::BaseProducer =
            rdkafka::ClientConfig::new().set("bootstrap.servers", self.kafka.bootstrap()).create().expect("a producer");
        let lines: BTreeSet<String> = (0..40).map(|number| format!("{name} {number}")).collect();
        for (number, line) in lines.iter().enumerate() {
            let partition = number as i32 % PARTITIONS;
            let record = rdkafka::producer::BaseRecord::<(), str>::to(&topic).partition(partition).payload(line);
            producer.send(record).unwrap_or_else(|(error, _)| panic!("could not write to {topic}: {error}"));
        }
        rdkafka::producer::Producer::flush(&producer, seconds(10)).expect("the lines are written");
        wait_for(&format!("the lines of {topic} are in the sink's file"), seconds(60), || {
            let there = self.output_lines();
            let missing = lines.iter().filter(|line| !there.contains(*line)).count();
            if missing == 0 { Ok(()) } else { Err(format!("{missing} are not")) }
        });
    }

    fn output_lines(&self) -> BTreeSet<String> {
        let content = std::fs::read(&self.output).unwrap_or_default();
        String::from_utf8_lossy(&content).lines().map(str::to_owned).collect()
    }

    /// Changes each connector of lines in ASCII through either worker, and sees that its task has the change; who owns the
    /// connector tells the leader, with a signature.
    fn reconfigure_through_both(&mut self) {
        let rests = [self.java.rest(), self.ours.rest()];
        for through in rests {
            self.changes += 1;
            let size = (1000 + self.changes).to_string();
            for number in 0..PLAIN {
                let name = format!("plain-{number}");
                let path = format!("/connectors/{name}/config");
                let config = through.get(&path).expect(200).json();
                let config = with(config, json!({ "batch.size": size }));
                retried("a change", || through.put(&path, &config)).expect(200);
                for rest in rests {
                    let tasks = format!("/connectors/{name}/tasks");
                    wait_for(&format!("{} has {name}'s task with batch.size={size}", rest.url()), seconds(60), || {
                        let response = rest.get(&tasks);
                        let is_new = response.status == 200 && response.json()[0]["config"]["batch.size"] == *size;
                        if is_new { Ok(()) } else { Err(response.body) }
                    });
                }
            }
            wait_placed(through, PARTS, &self.both, SETTLED);
            self.restart_everything(through);
            self.refuse_strangers(through);
        }
    }

    /// Half of it is on the other worker.
    fn restart_everything(&self, through: &Rest) {
        for number in 0..PLAIN {
            let path = format!("/connectors/plain-{number}");
            retried("a restart", || through.post(&format!("{path}/restart"), &Value::Null)).expect(204);
            retried("a task's restart", || through.post(&format!("{path}/tasks/0/restart"), &Value::Null)).expect(204);
        }
        wait_placed(through, PARTS, &self.both, SETTLED);
        let path = "/connectors/plain-0";
        through.put(&format!("{path}/pause"), &Value::Null).expect(202);
        wait_for("plain-0 is paused", SETTLED, || {
            let status = through.status("plain-0")?;
            let states = [&status["connector"]["state"], &status["tasks"][0]["state"]];
            if states.iter().all(|state| *state == "PAUSED") { Ok(()) } else { Err(status.to_string()) }
        });
        through.put(&format!("{path}/resume"), &Value::Null).expect(202);
        wait_placed(through, PARTS, &self.both, SETTLED);
        let path = "/connectors/plain-1/restart?includeTasks=true&onlyFailed=false";
        retried("a restart of all", || through.post(path, &Value::Null)).expect(202);
        wait_placed(through, PARTS, &self.both, SETTLED);
    }

    /// Only who has the session key may give tasks.
    fn refuse_strangers(&self, through: &Rest) {
        let unsigned = through.post("/connectors/plain-0/tasks", &json!([]));
        assert_eq!(unsigned.error(400), "Internal request missing required signature");
        let headers = [
            ("X-Connect-Authorization", "bm90IHRoZSBzaWduYXR1cmU="),
            ("X-Connect-Request-Signature-Algorithm", "HmacSHA256"),
        ];
        let headers = headers.map(|(name, value)| (name.to_owned(), value.to_owned()));
        let forged = through.exchange("POST", "/connectors/plain-0/tasks", &headers, Some("[]"));
        assert_eq!(forged.expect("an answer").error(403), "Internal request contained invalid signature.");
    }

    /// Everything goes to Java's, and some of it back.
    fn kill_ours(&mut self) {
        self.kills += 1;
        self.ours.kill();
        wait_placed(self.java.rest(), PARTS, &self.both[1..], SETTLED);
        self.ours.start_again();
        wait_shared(self.ours.rest(), PARTS, &self.both);
    }

    /// Everything goes to ours, which leads then.
    fn kill_java(&mut self, returns: bool) {
        self.kills += 1;
        self.java.kill();
        wait_placed(self.ours.rest(), PARTS, &self.both[..1], SETTLED);
        if returns {
            self.java.start_again();
            wait_shared(self.java.rest(), PARTS, &self.both);
        }
    }

    fn finish(self) {
        let Self { kafka, cluster, topics, ours, growing: [plain, text], output, kills, .. } = self;
        let (plain, text) = (plain.finish(), text.finish());
        let (plain, keys) = wait_complete(kafka, &format!("{topics}-plain"), plain, plain_line);
        println!("ASCII: {plain}");
        assert_eq!(keys.len(), PLAIN, "{keys:?}");
        let at_most = kills * PLAIN * REPEATED_AT_MOST;
        assert!(plain.duplicates() <= at_most, "{plain}, and {kills} kills may repeat {at_most}");
        // Java's connector counts characters where it skips bytes, so what it leaves behind is repeated.
        let (text, keys) = wait_complete(kafka, &format!("{topics}-text"), text, numbered_line);
        println!("UTF-8: {text}");
        assert_eq!(keys.len(), 1, "{keys:?}");
        assert_output(kafka, &topics, &output);
        cluster.assert_ran_once_in_each_generation(PARTS);
        let offsets: BTreeSet<String> = cluster.records("offsets", 25).into_iter().map(|(key, _)| key).collect();
        assert_eq!(offsets.len(), PLAIN + 1, "the same partition has several keys: {offsets:?}");
        assert!(placement(ours.rest()).is_ok_and(|placement| placement.len() == PARTS));
    }
}

/// Waits until no line is missing in the topic; answers the partitions that each key's records are in, of which there is one,
/// whoever wrote them.
fn wait_complete(
    kafka: &Kafka,
    topic: &str,
    lines: usize,
    line: fn(usize) -> String,
) -> (Tally, BTreeMap<String, BTreeSet<i32>>) {
    let (tally, keys) = wait_for(&format!("all lines are in {topic}"), seconds(60), || {
        let (mut tally, mut keys) = (Tally::of(lines, line), BTreeMap::<String, BTreeSet<i32>>::new());
        Topics::new(kafka).read(topic, PARTITIONS, |message| {
            tally.add(message.payload().unwrap_or_default());
            let key = String::from_utf8_lossy(message.key().unwrap_or_default()).into_owned();
            keys.entry(key).or_default().insert(message.partition());
        });
        if tally.lost() == 0 { Ok((tally, keys)) } else { Err(tally.to_string()) }
    });
    assert!(tally.foreign().is_empty() && tally.torn() == 0, "{tally}");
    assert!(keys.values().all(|partitions| partitions.len() == 1), "{keys:?}");
    (tally, keys)
}

/// The sink's file has everything that is in its topics, and nothing else.
fn assert_output(kafka: &Kafka, topics: &str, output: &PathBuf) {
    let mut expected = BTreeSet::new();
    for topic in ["plain", "text", "later"] {
        Topics::new(kafka).read(&format!("{topics}-{topic}"), PARTITIONS, |message| {
            expected.insert(String::from_utf8_lossy(message.payload().unwrap_or_default()).into_owned());
        });
    }
    let lines = wait_for("all records are in the sink's file", seconds(60), || {
        let content = std::fs::read(output).map_err(|error| error.to_string())?;
        let lines: BTreeSet<String> = String::from_utf8_lossy(&content).lines().map(str::to_owned).collect();
        let missing: Vec<_> = expected.difference(&lines).take(3).collect();
        if missing.is_empty() { Ok(lines) } else { Err(format!("missing: {missing:?}")) }
    });
    let foreign: Vec<_> = lines.difference(&expected).take(3).collect();
    assert!(foreign.is_empty(), "{foreign:?}");
}

/// The line as the value, and this key.
fn keyed(config: Value, key: &str) -> Value {
    with(
        config,
        json!({
            "transforms": "line,key,copy,bare,value",
            "transforms.line.type": "org.apache.kafka.connect.transforms.HoistField$Value",
            "transforms.line.field": "line",
            "transforms.key.type": "org.apache.kafka.connect.transforms.InsertField$Value",
            "transforms.key.static.field": "key",
            "transforms.key.static.value": key,
            "transforms.copy.type": "org.apache.kafka.connect.transforms.ValueToKey",
            "transforms.copy.fields": "key",
            "transforms.bare.type": "org.apache.kafka.connect.transforms.ExtractField$Key",
            "transforms.bare.field": "key",
            "transforms.value.type": "org.apache.kafka.connect.transforms.ExtractField$Value",
            "transforms.value.field": "line",
        }),
    )
}

#[track_caller]
fn create(rest: &Rest, name: &str, config: Value) {
    let body = json!({ "name": name, "config": config });
    retried("a creation", || rest.post("/connectors", &body)).expect(201);
}

/// Waits until everything runs and each worker has about half of it.
#[track_caller]
fn wait_shared(rest: &Rest, parts: usize, workers: &[String; 2]) -> Vec<(String, String)> {
    wait_for("both workers share the work", SETTLED, || {
        let placement = placement(rest)?;
        let counts = workers.each_ref().map(|worker| placement.iter().filter(|(_, on)| on == worker).count());
        if placement.len() != parts || counts[0] + counts[1] != parts || counts[0].abs_diff(counts[1]) > 2 {
            return Err(format!("{counts:?} of {parts}: {placement:?}"));
        }
        Ok(placement)
    })
}
