//! From a line's birth to its arrival: in the topic, as a consumer sees it, and in the file, as a reader sees it.

use std::fs::{File, OpenOptions};
use std::io::{Read, Write};
use std::path::PathBuf;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use rdkafka::ClientConfig;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::message::Message;
use rdkafka::producer::{BaseRecord, DefaultProducerContext, ThreadedProducer};
use rdkafka::{Offset, TopicPartitionList};
use serde_json::Map;

use super::Scale;
use super::contender::{Contender, Job};
use crate::kafka::Kafka;
use crate::temp::TempDir;

/// Lines are born in groups so far apart.
const BEAT: Duration = Duration::from_millis(5);
/// At the start, not counted: the connector begins, the group is made.
const LEAD: Duration = Duration::from_secs(5);
/// Longer than anything is on its way.
const TAIL: Duration = Duration::from_secs(10);

/// Milliseconds on the way.
pub struct Result {
    pub contender: Contender,
    pub what: &'static str,
    /// Records a second.
    pub rate: usize,
    pub p50: f64,
    pub p99: f64,
    pub p999: f64,
}

/// Both ways, at a low and a high rate.
pub fn run(scale: &Scale, kafka: &Kafka) -> Vec<Result> {
    let mut results = Vec::new();
    for rate in [1_000, 50_000] {
        for contender in [Contender::Java, Contender::Wasm] {
            let found = [
                ("source to topic", source(contender, rate, scale, kafka)),
                ("topic to sink", sink(contender, rate, scale, kafka)),
            ];
            for (what, mut found) in found {
                found.sort_by(f64::total_cmp);
                let at = |share: f64| found.get((found.len() as f64 * share) as usize).copied().unwrap_or(f64::NAN);
                let result = Result { contender, what, rate, p50: at(0.5), p99: at(0.99), p999: at(0.999) };
                println!(
                    "  {}, {what}, {rate} a second: {:.1} / {:.1} / {:.1} ms",
                    contender.name(),
                    result.p50,
                    result.p99,
                    result.p999
                );
                results.push(result);
            }
        }
    }
    results
}

fn now_us() -> u128 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_micros())
}

/// Calls `bear` with groups of lines, each with the time of its birth, at the rate.
fn births(rate: usize, during: Duration, mut bear: impl FnMut(&[String])) {
    let (began, mut born) = (Instant::now(), 0);
    while began.elapsed() < during {
        let due = (began.elapsed().as_secs_f64() * rate as f64) as usize;
        let group: Vec<String> = (born..due).map(|_| format!("{:016} {}", now_us(), "x".repeat(80))).collect();
        bear(&group);
        born = due;
        std::thread::sleep(BEAT);
    }
}

/// The age of a line, in milliseconds, if it was born after `from`.
fn age(line: &[u8], from: u128) -> Option<f64> {
    let born: u128 = std::str::from_utf8(line.get(..16)?).ok()?.parse().ok()?;
    (born >= from).then(|| now_us().saturating_sub(born) as f64 / 1e3)
}

fn source(contender: Contender, rate: usize, scale: &Scale, kafka: &Kafka) -> Vec<f64> {
    let directory = TempDir::new("bench-latency");
    let file = directory.write("in.txt", "");
    let topic = kafka.unique_topic("bench-latency");
    kafka.create_topic(&topic, 1);
    let mut running = contender.start(&directory, kafka);
    running.wait_ready();
    running.begin("measured", &Job::Source { file: file.clone(), topic: topic.clone() }, &Map::new());
    let during = LEAD + scale.latency;
    let from = now_us() + LEAD.as_micros();
    let reader = {
        let bootstrap = kafka.bootstrap().to_owned();
        std::thread::spawn(move || read_topic(&bootstrap, &topic, from, during + TAIL))
    };
    let mut out = OpenOptions::new().append(true).open(file).expect("the input can be written");
    births(rate, during, |lines| {
        out.write_all((lines.join("\n") + "\n").as_bytes()).expect("the input can be written")
    });
    reader.join().expect("the topic could be read")
}

fn read_topic(bootstrap: &str, topic: &str, from: u128, during: Duration) -> Vec<f64> {
    let consumer: BaseConsumer = ClientConfig::new()
        .set("bootstrap.servers", bootstrap)
        .set("group.id", "bench-latency")
        .set("fetch.wait.max.ms", "10")
        .create()
        .expect("a consumer");
    let mut assignment = TopicPartitionList::new();
    assignment.add_partition_offset(topic, 0, Offset::Beginning).expect("an offset");
    consumer.assign(&assignment).expect("a partition");
    let (began, mut ages) = (Instant::now(), Vec::new());
    while began.elapsed() < during {
        if let Some(Ok(message)) = consumer.poll(Duration::from_millis(100)) {
            ages.extend(message.payload().and_then(|line| age(line, from)));
        }
    }
    ages
}

fn sink(contender: Contender, rate: usize, scale: &Scale, kafka: &Kafka) -> Vec<f64> {
    let directory = TempDir::new("bench-latency");
    let file = directory.file("out.txt");
    let topic = kafka.unique_topic("bench-latency");
    kafka.create_topic(&topic, 1);
    let mut running = contender.start(&directory, kafka);
    running.wait_ready();
    running.begin(&topic, &Job::Sink { topic: topic.clone(), file: file.clone() }, &Map::new());
    let during = LEAD + scale.latency;
    let from = now_us() + LEAD.as_micros();
    let reader = std::thread::spawn(move || read_file(file, from, during + TAIL));
    let producer: ThreadedProducer<DefaultProducerContext> = ClientConfig::new()
        .set("bootstrap.servers", kafka.bootstrap())
        .set("linger.ms", "1")
        .set("queue.buffering.max.messages", "0")
        .create()
        .expect("a producer");
    births(rate, during, |lines| {
        for line in lines {
            // A full queue would be a rate that is too high for the machine.
            producer.send(BaseRecord::<(), str>::to(&topic).payload(line)).map_err(|(error, _)| error).expect("room");
        }
    });
    reader.join().expect("the file could be read")
}

/// Follows a file that grows.
fn read_file(path: PathBuf, from: u128, during: Duration) -> Vec<f64> {
    let (began, mut ages, mut rest) = (Instant::now(), Vec::new(), Vec::new());
    let mut file = None;
    while began.elapsed() < during {
        if file.is_none() {
            file = File::open(&path).ok();
        }
        let mut new = Vec::new();
        let read = file.as_mut().map_or(0, |file| file.read_to_end(&mut new).unwrap_or(0));
        if read == 0 {
            std::thread::sleep(Duration::from_millis(1));
            continue;
        }
        rest.extend_from_slice(&new);
        let whole = rest.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
        ages.extend(rest[..whole].split(|byte| *byte == b'\n').filter_map(|line| age(line, from)));
        rest.drain(..whole);
    }
    ages
}
