//! What most tests need: a file source and a file sink with a topic between.
//!
//! A sink's name is unique, because the consumer group is named after it, and tests share a broker.

use std::path::{Path, PathBuf};

use wasm_connect_tests::connectors::{file_sink, file_source};
use wasm_connect_tests::kafka::Kafka;
use wasm_connect_tests::temp::TempDir;
use wasm_connect_tests::wait::{seconds, wait_for};
use wasm_connect_tests::worker::Worker;

/// Input file, topic and output file of the connector `source` and of a sink.
pub struct Pair {
    pub input: PathBuf,
    pub topic: String,
    pub output: PathBuf,
    /// The sink's name.
    pub sink: String,
}

impl Pair {
    pub fn new(directory: &TempDir, kafka: &Kafka, topic_prefix: &str) -> Self {
        Self::of(directory.file("input.txt"), kafka.unique_topic(topic_prefix), directory.file("output.txt"))
    }

    pub fn of(input: PathBuf, topic: String, output: PathBuf) -> Self {
        let sink = format!("{topic}-sink");
        Self { input, topic, output, sink }
    }

    /// Creates both connectors.
    #[track_caller]
    pub fn create(&self, worker: &Worker) {
        worker.rest().create("source", file_source(&self.input, &self.topic));
        worker.rest().create(&self.sink, file_sink(&self.topic, &self.output));
    }

    /// Writes the connectors as files for the command line, because a standalone worker forgets what REST created.
    pub fn write_connector_files(&self, directory: &TempDir, extra_sink_lines: &str) -> [PathBuf; 2] {
        let (input, topic, output, sink) = (self.input.display(), &self.topic, self.output.display(), &self.sink);
        let source =
            format!("name=source\nconnector.class=FileStreamSource\ntasks.max=1\nfile={input}\ntopic={topic}\n");
        let sink = format!(
            "name={sink}\nconnector.class=FileStreamSink\ntasks.max=1\nfile={output}\ntopics={topic}\n{extra_sink_lines}"
        );
        [directory.write("source.properties", source), directory.write("sink.properties", sink)]
    }

    #[track_caller]
    pub fn assert_nothing_failed(&self, worker: &Worker) {
        worker.rest().assert_nothing_failed("source");
        worker.rest().assert_nothing_failed(&self.sink);
    }
}

/// Waits until the file has exactly this text.
#[track_caller]
pub fn wait_for_text(worker: &Worker, path: &Path, expected: &str) {
    wait_for(&format!("{} is complete", path.display()), seconds(60), || {
        let found = std::fs::read(path).unwrap_or_default();
        if found == expected.as_bytes() {
            return Ok(());
        }
        let found = String::from_utf8_lossy(&found);
        let found: String = found.chars().rev().take(300).collect::<Vec<_>>().into_iter().rev().collect();
        let statuses = worker.rest().get("/connectors?expand=status").body;
        Err(format!("its end is {found:?}; the connectors: {statuses}"))
    });
}
