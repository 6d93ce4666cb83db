//! Promise: what does not belong to a cluster does it no harm, and is named.

use std::time::Duration;

use rdkafka::ClientConfig;
use rdkafka::producer::{BaseProducer, BaseRecord, Producer};
use serde_json::json;
use wasm_connect::kafka::KafkaClients;
use wasm_connect::kafka::ports::{Clients, GroupEvent, GroupMembership, GroupMembershipOptions, JoinProtocol};
use wasm_connect_tests::connectors::file_source;
use wasm_connect_tests::kafka::Kafka;
use wasm_connect_tests::temp::TempDir;
use wasm_connect_tests::wait::{seconds, wait_for, wait_until};
use wasm_connect_tests::worker::Worker;
use wasm_connect_tests::worker_cluster::{WorkerCluster, placement, retried, wait_placed};

use crate::cluster::settings;

const SETTLED: Duration = seconds(90);

#[test]
fn a_worker_with_other_topics_ends_and_says_why() {
    let kafka = Kafka::shared();
    let directory = TempDir::new("strangers");
    let home = WorkerCluster::new(&directory, kafka, "home");
    let mut worker = home.worker("home").start();
    create(&worker, kafka, "at-home");
    // Another cluster, whose config topic has more.
    let abroad = WorkerCluster::new(&directory, kafka, "abroad");
    let mut stranger = abroad.worker("abroad").start();
    (0..8).for_each(|number| create(&stranger, kafka, &format!("abroad-{number}")));
    stranger.kill();

    for (topics, what) in [(&abroad, "more"), (&WorkerCluster::new(&directory, kafka, "empty"), "less")] {
        println!("a worker whose config topic has {what}");
        let mut stranger = topics.worker(what).set("group.id", home.group()).spawn();
        let status = stranger.wait_exit(SETTLED);
        assert_eq!(status.code(), Some(3), "{status}");
        let log = stranger.log();
        assert!(log.contains("config.storage.topic is not that of the others"), "{log}");
        wait_placed(worker.rest(), 2, &[worker.id()], SETTLED);
        create(&worker, kafka, &format!("after-{what}"));
        worker.rest().delete(&format!("/connectors/after-{what}")).expect(204);
        wait_placed(worker.rest(), 2, &[worker.id()], SETTLED);
    }
    assert!(worker.is_running());
}

#[test]
fn records_that_nobody_can_read_are_skipped_and_named() {
    let kafka = Kafka::shared();
    let directory = TempDir::new("strangers");
    let cluster = WorkerCluster::new(&directory, kafka, "junk");
    let mut worker = cluster.worker("one").start();
    create(&worker, kafka, "before");
    let junk: [(&str, &[u8], &[u8]); 6] = [
        ("configs", b"connector-broken", b"{\"properties\":"),
        ("configs", b"of nobody", b"{}"),
        ("offsets", b"not JSON", b"{}"),
        ("offsets", b"[1,2]", b"\xff"),
        ("status", b"status-task-before-0", b"not JSON"),
        ("status", b"\xff\xfe", b"{}"),
    ];
    for (topic, key, value) in junk {
        let end = write(kafka, &cluster.topic(topic), key, value);
        // It is skipped while it runs, and when it starts.
        let named = format!("the record at offset {end} of {}-0", cluster.topic(topic));
        wait_until(&format!("the log names {named}"), seconds(30), || worker.log().contains(&named));
    }
    create(&worker, kafka, "after");
    worker.kill();
    let before = worker.log().len();
    worker.start_again();
    wait_placed(worker.rest(), 4, &[worker.id()], SETTLED);
    let again = worker.log().split_off(before).matches("Ignoring the record at offset").count();
    assert_eq!(again, junk.len());
}

#[test]
fn members_that_are_no_workers_get_nothing_and_one_that_shares_no_protocol_is_refused() {
    let kafka = Kafka::shared();
    let directory = TempDir::new("strangers");
    let cluster = WorkerCluster::new(&directory, kafka, "members");
    let worker = cluster.worker("one").start();
    create(&worker, kafka, "lines");
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(async {
        let mut member = member(kafka, &cluster, &["sessioned", "compatible", "default"]).await;
        let bytes = assigned(&mut *member).await.expect("it is a member");
        assert!(!bytes.windows(5).any(|window| window == b"lines"), "it got the connector: {bytes:?}");
        assert!(worker.log().contains("is no worker that is understood here"));
        member.close().await;
    });
    wait_placed(worker.rest(), 2, &[worker.id()], SETTLED);

    // A group whose members speak what we do not.
    let other = WorkerCluster::new(&directory, kafka, "others");
    runtime.block_on(async {
        let mut member = member(kafka, &other, &["of tomorrow"]).await;
        assigned(&mut *member).await.expect("it is a member");
        let mut refused = other.worker("refused").spawn();
        let status = tokio::select! {
            _ = assigned_for_ever(&mut *member) => unreachable!(),
            status = tokio::task::spawn_blocking(move || (refused.wait_exit(SETTLED), refused.log())) => status,
        };
        let (status, log) = status.expect("the worker has ended");
        assert_eq!(status.code(), Some(3), "{log}");
        member.close().await;
    });
}

/// One that says nothing that a worker would.
async fn member(kafka: &Kafka, cluster: &WorkerCluster<'_>, protocols: &[&str]) -> Box<dyn GroupMembership> {
    let options = GroupMembershipOptions {
        group_id: cluster.group().to_owned(),
        protocol_type: "connect".to_owned(),
        session_timeout: seconds(6),
        heartbeat_interval: Duration::from_millis(300),
        rebalance_timeout: seconds(30),
    };
    let member = KafkaClients::new().group_membership("stranger", &settings(kafka, &[]), options).await;
    let mut member = member.expect("a member");
    loop {
        if let GroupEvent::Joining = member.poll().await.expect("the group can be joined") {
            let protocol = |name: &&str| JoinProtocol { name: (*name).to_owned(), metadata: b"hello".to_vec() };
            member.join(protocols.iter().map(protocol).collect());
            return member;
        }
    }
}

/// What the member is assigned; as a leader it assigns nothing to anybody.
async fn assigned(member: &mut dyn GroupMembership) -> Option<Vec<u8>> {
    loop {
        match member.poll().await.ok()? {
            GroupEvent::Leading { members, .. } => {
                member.sync(members.into_iter().map(|member| (member.member_id, Vec::new())).collect());
            }
            GroupEvent::Joined { assignment, .. } => return Some(assignment),
            _ => {}
        }
    }
}

async fn assigned_for_ever(member: &mut dyn GroupMembership) {
    loop {
        assigned(member).await;
    }
}

/// A connector with one task, which has started when this returns.
#[track_caller]
fn create(worker: &Worker, kafka: &Kafka, name: &str) {
    // A file that never comes.
    let file = worker.directory().join("none.txt");
    let config = file_source(&file, &kafka.unique_topic("strangers"));
    let body = json!({ "name": name, "config": config });
    retried("a creation", || worker.rest().post("/connectors", &body)).expect(201);
    wait_for(&format!("{name} runs"), SETTLED, || {
        let placement = placement(worker.rest())?;
        let runs = [name.to_owned(), format!("{name}-0")].iter().all(|part| placement.iter().any(|(is, _)| is == part));
        if runs { Ok(()) } else { Err(format!("{placement:?}")) }
    });
}

/// Appends a record to the first partition; answers its offset.
fn write(kafka: &Kafka, topic: &str, key: &[u8], value: &[u8]) -> u64 {
    let offset = wasm_connect_tests::topic::Topics::new(kafka).end(topic, 0);
    let producer: BaseProducer =
        ClientConfig::new().set("bootstrap.servers", kafka.bootstrap()).create().expect("a producer");
    let record = BaseRecord::<[u8], [u8]>::to(topic).partition(0).key(key).payload(value);
    producer.send(record).unwrap_or_else(|(error, _)| panic!("could not write to {topic}: {error}"));
    producer.flush(seconds(10)).expect("the record is written");
    offset
}
