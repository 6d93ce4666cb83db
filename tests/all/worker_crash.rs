//! Promise: a worker that is killed at any moment loses no line, and repeats no more than one flush interval's worth.

use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use rdkafka::Message;
use wasm_connect_tests::compare::Tally;
use wasm_connect_tests::files::{append_numbered_lines, numbered_line, size};
use wasm_connect_tests::kafka::Kafka;
use wasm_connect_tests::random::Random;
use wasm_connect_tests::temp::TempDir;
use wasm_connect_tests::topic::Topics;
use wasm_connect_tests::wait::{seconds, wait_for, wait_until};
use wasm_connect_tests::worker::{Worker, WorkerOptions};

use crate::pair::Pair;

const LINES: usize = 1_000_000;
const KILLS: usize = 10;
/// One flush interval, and as much again for the flush itself and for a machine that is busy with other tests.
const WINDOW: Duration = Duration::from_millis(2_000);
/// A dead member's partitions are given away after this time; Java's default of 45 s would make the test take minutes.
const SESSION: &str = "consumer.override.session.timeout.ms=1500\nconsumer.override.heartbeat.interval.ms=400\n";

#[test]
fn ten_kills_lose_no_line_and_repeat_at_most_a_flush_interval() {
    let mut random = Random::announced("worker_crash");
    let kafka = Kafka::shared();
    let directory = TempDir::new("worker-crash");
    let pair = Pair::new(&directory, kafka, "worker-crash");
    // Before it is watched: asking for the end of a topic that is not there takes long.
    kafka.create_topic(&pair.topic, 1);
    std::fs::write(&pair.input, "").expect("the input can be made");
    let connectors = pair.write_connector_files(&directory, SESSION);
    let options = WorkerOptions::new(&directory, kafka).set("offset.flush.interval.ms", "1000");
    let mut worker = options.connector_file(&connectors[0]).connector_file(&connectors[1]).start();

    let progress = Progress::watch(kafka, &pair);
    let writer = Writer::start(pair.input.clone());
    let mut allowed = Grown::default();
    for kill in 0..KILLS {
        wait_for_progress(&progress, kill);
        let moment = Duration::from_millis(random.below(1_500));
        wait_until_passed(moment);
        worker.kill();
        // What was sent before the kill may reach the topic a moment later; the next sample after it has it all.
        let lost_at_most = progress.grown_within(WINDOW);
        println!("kill {} after {moment:?}: may repeat {lost_at_most:?}", kill + 1);
        allowed = allowed.plus(lost_at_most);
        worker.start_again();
    }
    writer.finish();
    wait_for_the_last_line(&worker, &pair);
    progress.stop();

    let topic = tally_of_topic(kafka, &pair.topic);
    println!("topic: {topic}; allowed duplicates: {}", allowed.records);
    assert_eq!((topic.lost(), topic.torn(), topic.foreign().len()), (0, 0, 0), "topic: {topic}");
    assert!(topic.duplicates() as u64 <= allowed.records, "topic: {topic}; allowed {}", allowed.records);

    let sink = Tally::of_file(LINES, &pair.output);
    println!("sink: {sink}; allowed to be written again: {} bytes", allowed.bytes);
    assert_eq!((sink.lost(), sink.foreign().len()), (0, 0), "sink: {sink}");
    assert!(sink.torn() <= KILLS, "a kill tears at most the line that is being written; sink: {sink}");
    let again = size(&pair.output).saturating_sub(bytes_of_topic(kafka, &pair.topic));
    assert!(again <= allowed.bytes, "the sink wrote {again} bytes again, of {} allowed; {sink}", allowed.bytes);
}

/// Before a kill both sides have moved since the start: the source every time, the sink every second time, so that kills also
/// hit a sink that waits for its partitions.
fn wait_for_progress(progress: &Progress, kill: usize) {
    let before = progress.now();
    wait_for("the copy goes on after the start", seconds(60), || {
        let now = progress.now();
        let sink_moved = kill % 2 == 1 || now.bytes > before.bytes;
        if now.records > before.records && sink_moved {
            Ok(())
        } else {
            Err(format!("{now:?}, at the start {before:?}"))
        }
    });
}

fn wait_until_passed(time: Duration) {
    let began = Instant::now();
    wait_until("the random moment", time + seconds(1), || began.elapsed() >= time);
}

fn wait_for_the_last_line(worker: &Worker, pair: &Pair) {
    let last = numbered_line(LINES - 1) + "\n";
    wait_for("the last line is in the output", seconds(90), || {
        pair.assert_nothing_failed(worker);
        let written = size(&pair.output);
        if ends_with(&pair.output, last.as_bytes()) { Ok(()) } else { Err(format!("{written} bytes")) }
    });
}

fn ends_with(path: &Path, end: &[u8]) -> bool {
    use std::io::{Read, Seek, SeekFrom};
    let read_tail = || {
        let mut file = std::fs::File::open(path)?;
        file.seek(SeekFrom::End(-(end.len() as i64)))?;
        let mut tail = Vec::new();
        file.read_to_end(&mut tail)?;
        std::io::Result::Ok(tail)
    };
    read_tail().is_ok_and(|tail| tail == end)
}

fn tally_of_topic(kafka: &Kafka, topic: &str) -> Tally {
    let mut tally = Tally::new(LINES);
    Topics::new(kafka).read(topic, 1, |message| tally.add(message.payload().unwrap_or_default()));
    tally
}

/// The bytes that a sink writes for the topic's records if it writes each once.
fn bytes_of_topic(kafka: &Kafka, topic: &str) -> u64 {
    let mut bytes = 0;
    Topics::new(kafka).read(topic, 1, |message| bytes += message.payload_len() as u64 + 1);
    bytes
}

// === the input grows while the worker dies and comes back

struct Writer(JoinHandle<()>);

impl Writer {
    /// Appends steadily for about as long as ten kills take, so that each of them meets a copy at work.
    fn start(input: PathBuf) -> Self {
        const STEP: usize = 4_000;
        const PAUSE: Duration = Duration::from_millis(160);
        Self(std::thread::spawn(move || {
            for first in (0..LINES).step_by(STEP) {
                append_numbered_lines(&input, first..(first + STEP).min(LINES));
                std::thread::sleep(PAUSE);
            }
        }))
    }

    fn finish(self) {
        self.0.join().expect("the input is complete");
    }
}

// === how far the copy is, and was

/// Records in the topic and bytes in the output.
#[derive(Clone, Copy, Debug, Default)]
struct Grown {
    records: u64,
    bytes: u64,
}

impl Grown {
    fn plus(self, other: Self) -> Self {
        Self { records: self.records + other.records, bytes: self.bytes + other.bytes }
    }

    fn minus(self, other: Self) -> Self {
        Self { records: self.records.saturating_sub(other.records), bytes: self.bytes.saturating_sub(other.bytes) }
    }
}

/// Samples the topic and the output a few times in a second.
struct Progress {
    samples: Arc<Mutex<VecDeque<(Instant, Grown)>>>,
    stop: Arc<AtomicBool>,
    thread: JoinHandle<()>,
}

impl Progress {
    fn watch(kafka: &'static Kafka, pair: &Pair) -> Self {
        let samples = Arc::new(Mutex::new(VecDeque::new()));
        let stop = Arc::new(AtomicBool::new(false));
        let (topic, output) = (pair.topic.clone(), pair.output.clone());
        let thread = std::thread::spawn({
            let (samples, stop) = (Arc::clone(&samples), Arc::clone(&stop));
            move || {
                let topics = Topics::new(kafka);
                while !stop.load(Ordering::Relaxed) {
                    let began = Instant::now();
                    let grown = Grown { records: topics.end(&topic, 0), bytes: size(&output) };
                    samples.lock().expect("samples").push_back((began, grown));
                    std::thread::sleep(Duration::from_millis(50));
                }
            }
        });
        Self { samples, stop, thread }
    }

    /// The newest sample.
    fn now(&self) -> Grown {
        self.samples.lock().expect("samples").back().map_or_else(Grown::default, |(_, grown)| *grown)
    }

    /// How much came in the last `window` before this call, measured with a sample that is taken after it.
    fn grown_within(&self, window: Duration) -> Grown {
        let until = Instant::now();
        wait_until("a sample after the kill", seconds(30), || {
            self.samples.lock().expect("samples").back().is_some_and(|(at, _)| *at > until)
        });
        let samples = self.samples.lock().expect("samples");
        let after = samples.back().map_or_else(Grown::default, |(_, grown)| *grown);
        let since = until.checked_sub(window).unwrap_or(until);
        let before = samples.iter().rev().find(|(at, _)| *at <= since).map_or_else(Grown::default, |(_, grown)| *grown);
        after.minus(before)
    }

    fn stop(self) {
        self.stop.store(true, Ordering::Relaxed);
        self.thread.join().expect("sampler");
    }
}
