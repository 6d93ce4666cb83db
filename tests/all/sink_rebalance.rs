//! Promise: when its consumer group is shared anew, a sink's task is told which partitions it loses and gets, no others.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use rdkafka::ClientConfig;
use rdkafka::consumer::{BaseConsumer, Consumer};
use serde_json::json;
use wasm_connect_tests::kafka::Kafka;
use wasm_connect_tests::temp::TempDir;
use wasm_connect_tests::wait::{seconds, wait_for, wait_until};
use wasm_connect_tests::worker::WorkerOptions;

const BOTH_OPENED: [&str; 2] = ["open t-0", "open t-1"];

#[test]
fn all_is_closed_and_opened_when_everything_is_given_up_first() {
    let [joined, left] = journal("org.apache.kafka.clients.consumer.RangeAssignor", "range", [3, 3]);
    assert_eq!(sorted(&joined[..2]), ["close t-0", "close t-1"]);
    assert!(BOTH_OPENED.contains(&&*joined[2]), "{joined:?}");
    assert_eq!(left[0], joined[2].replace("open", "close"));
    assert_eq!(sorted(&left[1..]), BOTH_OPENED);
}

#[test]
fn what_is_kept_is_not_touched_when_members_cooperate() {
    let [joined, left] =
        journal("org.apache.kafka.clients.consumer.CooperativeStickyAssignor", "cooperative-sticky", [1, 1]);
    assert!(["close t-0", "close t-1"].contains(&&*joined[0]), "{joined:?}");
    assert_eq!(left[0], joined[0].replace("close", "open"));
}

/// What a sink of one task and two partitions is told when another member joins its group, and when that leaves; `count`: how
/// much each time.
#[track_caller]
fn journal(assignor: &str, strategy: &str, count: [usize; 2]) -> [Vec<String>; 2] {
    let kafka = Kafka::shared();
    let directory = TempDir::new("sink-rebalance");
    let topic = kafka.unique_topic("sink-rebalance");
    kafka.create_topic(&topic, 2);
    let worker = WorkerOptions::new(&directory, kafka).with_test_plugins().start();
    let file = directory.file("journal.txt");
    let config = json!({
        "connector.class": "tests.guests.OffsetKeeper",
        "topics": topic,
        "file": file,
        "consumer.override.partition.assignment.strategy": assignor,
        "consumer.override.heartbeat.interval.ms": "300",
    });
    worker.rest().create(&topic, config);
    let mut seen = 0;
    let mut wait_more = |what: &str, count: usize| {
        wait_for(&format!("the task was told {what}"), seconds(60), || {
            worker.rest().assert_nothing_failed(&topic);
            let text = std::fs::read_to_string(&file).unwrap_or_default();
            let lines: Vec<String> = text.lines().skip(seen).map(|line| line.replace(&topic, "t")).collect();
            if lines.len() < count {
                return Err(format!("{lines:?}"));
            }
            assert_eq!(lines.len(), count, "{lines:?}");
            seen += count;
            Ok(lines)
        })
    };
    assert_eq!(sorted(&wait_more("of its partitions", 2)), BOTH_OPENED);
    let other = Member::join(kafka, &topic, strategy);
    let joined = wait_more("what it loses", count[0]);
    other.wait_assigned();
    other.leave();
    [joined, wait_more("what it gets back", count[1])]
}

fn sorted(lines: &[String]) -> Vec<&str> {
    let mut lines: Vec<&str> = lines.iter().map(String::as_str).collect();
    lines.sort_unstable();
    lines
}

/// Another member of the sink's consumer group, as a task of another worker would be.
struct Member {
    assigned: Arc<AtomicBool>,
    stop: Arc<AtomicBool>,
    thread: JoinHandle<()>,
}

impl Member {
    fn join(kafka: &Kafka, sink: &str, strategy: &str) -> Self {
        let consumer: BaseConsumer = ClientConfig::new()
            .set("bootstrap.servers", kafka.bootstrap())
            .set("group.id", format!("connect-{sink}"))
            .set("partition.assignment.strategy", strategy)
            .set("heartbeat.interval.ms", "300")
            .set("enable.auto.commit", "false")
            .create()
            .expect("a consumer");
        // The sink is named after its topic.
        consumer.subscribe(&[sink]).expect("the topic can be subscribed to");
        let (assigned, stop) = (Arc::<AtomicBool>::default(), Arc::<AtomicBool>::default());
        let (is_assigned, is_over) = (assigned.clone(), stop.clone());
        let thread = std::thread::spawn(move || {
            while !is_over.load(Ordering::SeqCst) {
                drop(consumer.poll(Duration::from_millis(50)));
                is_assigned.store(consumer.assignment().is_ok_and(|assigned| assigned.count() == 1), Ordering::SeqCst);
            }
        });
        Self { assigned, stop, thread }
    }

    #[track_caller]
    fn wait_assigned(&self) {
        wait_until("the other member has a partition", seconds(60), || self.assigned.load(Ordering::SeqCst));
    }

    fn leave(self) {
        self.stop.store(true, Ordering::SeqCst);
        self.thread.join().expect("it has left");
    }
}
