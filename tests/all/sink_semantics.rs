//! Promise: a sink task is called, rewound, paused, committed and opened as Java's is.

use std::path::PathBuf;

use serde_json::{Value, json};
use wasm_connect_tests::connectors::{file_source, with};
use wasm_connect_tests::files::append;
use wasm_connect_tests::kafka::Kafka;
use wasm_connect_tests::temp::TempDir;
use wasm_connect_tests::wait::{seconds, wait_for};
use wasm_connect_tests::worker::{Worker, WorkerOptions};

/// A topic with the lines `0` to `count - 1` in it, and a sink guest that writes down what it sees.
struct Scene {
    worker: Worker,
    topic: String,
    input: PathBuf,
    journal: PathBuf,
    class: &'static str,
    more: Value,
    _directory: TempDir,
}

impl Scene {
    /// Commits come when the guest asks for them or when the worker stops.
    fn new(class: &'static str, count: usize, more: Value) -> Self {
        Self::committing_each(3_600_000, class, count, more)
    }

    /// As in Java, a sink without records is put an empty batch when a commit is due.
    fn committing_each(interval_ms: u64, class: &'static str, count: usize, more: Value) -> Self {
        let kafka = Kafka::shared();
        let directory = TempDir::new(class);
        let topic = kafka.unique_topic(class);
        kafka.create_topic(&topic, 1);
        let (input, journal) = (directory.file("input.txt"), directory.file("journal.txt"));
        append(&input, &(0..count).map(|number| format!("{number}\n")).collect::<String>());
        let worker = WorkerOptions::new(&directory, kafka)
            .with_test_plugins()
            .set("offset.flush.interval.ms", interval_ms.to_string())
            .start();
        let scene = Self { worker, topic, input, journal, class, more, _directory: directory };
        scene.create_source();
        scene.create_sink();
        scene
    }

    /// The sink is called like its topic: its consumer group is named after it, and tests share a broker.
    fn sink(&self) -> &str {
        &self.topic
    }

    fn create_source(&self) {
        self.worker.rest().create("source", file_source(&self.input, &self.topic));
    }

    fn create_sink(&self) {
        let config = json!({
            "connector.class": format!("tests.guests.{}", self.class),
            "topics": self.topic,
            "file": self.journal,
        });
        self.worker.rest().create(self.sink(), with(config, self.more.clone()));
    }

    /// Stops the worker in good order and starts it again with the same connectors.
    fn restart(&mut self) {
        self.worker.signal(libc::SIGTERM);
        assert_eq!(self.worker.wait_exit(seconds(25)).code(), Some(0));
        self.worker.start_again();
        self.create_sink();
    }

    fn journal(&self) -> Vec<String> {
        let text = std::fs::read_to_string(&self.journal).unwrap_or_default();
        text.lines().map(|line| line.replace(&self.topic, "t")).collect()
    }

    /// Waits until the journal has what `enough` wants.
    #[track_caller]
    fn wait(&self, what: &str, enough: impl Fn(&[String]) -> bool) -> Vec<String> {
        wait_for(what, seconds(60), || {
            self.worker.rest().assert_nothing_failed(self.sink());
            let journal = self.journal();
            if enough(&journal) { Ok(journal) } else { Err(format!("{journal:#?}")) }
        })
    }
}

fn puts(journal: &[String]) -> Vec<&str> {
    journal.iter().filter_map(|line| line.strip_prefix("put t-0@")).collect()
}

#[test]
fn a_put_that_asks_for_it_is_called_again_with_the_same_records() {
    let scene = Scene::new("RetriablePut", 5, json!({ "times": "3" }));
    let journal = scene.wait("all records were taken", |journal| puts(journal).len() >= 5);
    let refused: Vec<&String> = journal.iter().filter(|line| line.starts_with("refused ")).collect();
    assert_eq!(refused.len(), 3, "{journal:#?}");
    assert_eq!(puts(&journal), ["0 0", "1 1", "2 2", "3 3", "4 4"]);
}

#[test]
fn a_rewind_brings_records_again() {
    let scene = Scene::new("Rewinder", 10, json!({ "after": "10", "to": "7" }));
    let journal = scene.wait("the rewound records came again", |journal| puts(journal).len() >= 13);
    assert!(journal.contains(&"rewound 1 partitions".to_owned()), "{journal:#?}");
    assert_eq!(puts(&journal)[10..], ["7 7", "8 8", "9 9"]);
}

#[test]
fn paused_partitions_bring_nothing_until_they_are_resumed() {
    let scene = Scene::committing_each(300, "PartitionPauser", 1, json!({}));
    scene.wait("the partition is paused", |journal| journal.iter().any(|line| line == "paused"));
    append(&scene.input, "1\n");
    let journal = scene.wait("the second record came", |journal| puts(journal).len() == 2);
    assert_eq!(journal, ["put t-0@0 0", "paused", "resumed", "put t-0@1 1"]);
}

#[test]
fn a_commit_that_a_task_asks_for_comes_before_the_interval() {
    let scene = Scene::new("RequestCommitter", 3, json!({}));
    scene.wait("the last offset is committed", |journal| journal.iter().any(|line| line == "commit t-0@3"));
}

#[test]
fn what_pre_commit_leaves_out_is_not_committed() {
    let mut scene = Scene::new("PreCommitNone", 3, json!({}));
    scene.wait("all records were put", |journal| puts(journal).len() == 3);
    scene.restart();
    let journal = scene.wait("all records were put again", |journal| puts(journal).len() >= 6);
    assert_eq!(puts(&journal), ["0 0", "1 1", "2 2", "0 0", "1 1", "2 2"]);
}

#[test]
fn what_was_delivered_is_committed_when_the_worker_stops() {
    let mut scene = Scene::new("RetriablePut", 3, json!({ "times": "0" }));
    scene.wait("all records were put", |journal| puts(journal).len() == 3);
    scene.restart();
    append(&scene.input, "3\n");
    scene.create_source();
    let journal = scene.wait("the new record was put", |journal| journal.iter().any(|line| line == "put t-0@3 3"));
    assert_eq!(puts(&journal), ["0 0", "1 1", "2 2", "3 3"]);
}

#[test]
fn a_sink_that_keeps_offsets_is_read_on_from_where_it_says() {
    let scene = Scene::new("OffsetKeeper", 5, json!({ "offset": "3" }));
    let journal = scene.wait("the last record was put", |journal| journal.iter().any(|line| line == "put t-0@4 4"));
    assert_eq!(journal, ["open t-0", "put t-0@3 3", "put t-0@4 4"]);
    scene.worker.rest().delete(&format!("/connectors/{}", scene.sink())).expect(204);
    wait_for("the partition was closed", seconds(20), || match scene.journal().last() {
        Some(line) if line == "close t-0" => Ok(()),
        other => Err(format!("{other:?}")),
    });
}

#[test]
fn a_sink_that_never_committed_starts_where_auto_offset_reset_says() {
    let scene = Scene::new("RetriablePut", 3, json!({ "times": "0" }));
    scene.wait("there are records", |journal| puts(journal).len() == 3);
    let latest = scene.journal.with_extension("latest");
    for (reset, journal) in [("latest", &latest), ("none", &scene.journal.with_extension("none"))] {
        let config = json!({
            "connector.class": "tests.guests.RetriablePut",
            "topics": scene.topic,
            "file": journal,
            "times": "0",
            "consumer.override.auto.offset.reset": reset,
        });
        scene.worker.rest().create(&format!("{}-{reset}", scene.topic), config);
    }
    let first = wait_for("a new record was put", seconds(60), || {
        // It may be earlier than the sink.
        append(&scene.input, "new\n");
        let text = std::fs::read_to_string(&latest).unwrap_or_default();
        text.lines().find(|line| line.starts_with("put ")).map(str::to_owned).ok_or("nothing yet".to_owned())
    });
    assert!(first.ends_with(" new"), "{first}");
    let trace = scene.worker.rest().wait_task_failed(&format!("{}-none", scene.topic), 0, seconds(60));
    let expected = format!("Undefined offset with no reset policy for partitions: [{}-0]", scene.topic);
    assert!(trace.contains(&expected), "{trace}");
}

#[test]
fn records_that_a_sink_does_not_take_are_skipped_if_errors_are_tolerated() {
    for mode in ["answer", "report"] {
        // As in Java, there is a reporter for a task to report to only where somebody is told.
        let tolerated = json!({ "errors.tolerance": "all", "errors.log.enable": "true", "mode": mode });
        let scene = Scene::new("Errant", 1, tolerated);
        append(&scene.input, "bad\n2\n");
        let journal = scene.wait("the good records were put", |journal| puts(journal).len() == 2);
        assert_eq!(puts(&journal), ["0 0", "2 2"], "{mode}");
    }
}

#[test]
fn records_that_a_sink_does_not_take_fail_it_otherwise() {
    let scene = Scene::new("Errant", 1, json!({ "mode": "answer" }));
    append(&scene.input, "bad\n");
    let trace = scene.worker.rest().wait_task_failed(scene.sink(), 0, seconds(60));
    assert!(trace.contains("is bad on purpose"), "{trace}");
}
